// SPDX-License-Identifier: GPL-2.0
/// A worker that was in debt under another policy is so under the new one.

@@
identifier q;
@@
pcq_apply(...)
{
<...
- WRITE_ONCE(q->spent, false);
...>
}
