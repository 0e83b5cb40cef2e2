// SPDX-License-Identifier: GPL-2.0
/// The first function that a worker calls costs no debt.
// Noticed by percpu_completer_sched.worker_that_sleeps_gets_privilege_back

@@
struct percpu_completer_queue *q;
@@
pcq_sched_init(...)
{
...
+ q->free = true;
}
