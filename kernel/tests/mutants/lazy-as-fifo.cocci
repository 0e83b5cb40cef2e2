// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes run as SCHED_FIFO, too.

@@
identifier q;
expression E;
@@
pcq_wanted(...)
{
<...
- READ_ONCE(q->state) == PCQ_LAZY || E
+ E
...>
}
