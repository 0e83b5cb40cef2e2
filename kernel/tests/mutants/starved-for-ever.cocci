// SPDX-License-Identifier: GPL-2.0
/// A worker that starved stays a normal task when the administrator wants it to be FIFO.

@@
identifier q;
@@
pcq_apply(...)
{
<...
- WRITE_ONCE(q->starved, false);
...>
}
