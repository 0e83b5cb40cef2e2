// SPDX-License-Identifier: GPL-2.0
/// The first function that a worker calls costs no debt.
// Noticed by percpu_completer_sched.worker_that_sleeps_gets_privilege_back

@@
identifier q;
@@
pcq_sched_init(struct percpu_completer_queue *q)
{
...
+ q->free = true;
}
