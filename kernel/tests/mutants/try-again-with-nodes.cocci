// SPDX-License-Identifier: GPL-2.0
/// A worker that was rescued becomes SCHED_FIFO again with nodes in hand.
// Noticed by percpu_completer_sched.rescued_worker_completes_before_it_tries_again, in a guest

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
