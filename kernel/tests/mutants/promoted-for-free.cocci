// SPDX-License-Identifier: GPL-2.0
/// A worker that is promoted in a lazy node is not charged for the rest of it.

@@
identifier q;
expression E;
@@
pcq_rescue(...)
{
<...
- if (READ_ONCE(q->sched) < 0)
-	q->free = E;
...>
}
