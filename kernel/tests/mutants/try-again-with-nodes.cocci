// SPDX-License-Identifier: GPL-2.0
/// A worker that was rescued becomes SCHED_FIFO again with nodes in hand.

@@
identifier q;
expression E;
@@
pcq_may_try_again(...)
{
<...
- READ_ONCE(q->state) == PCQ_OPEN && E
+ E
...>
}
