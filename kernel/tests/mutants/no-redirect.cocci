// SPDX-License-Identifier: GPL-2.0
/// A queue that closes has no substitute.

@@
identifier q, to;
@@
pcq_shut(...)
{
...
- WRITE_ONCE(q->route, to);
...
}
