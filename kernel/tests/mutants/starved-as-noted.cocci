// SPDX-License-Identifier: GPL-2.0
/// A worker that loses the CPU before it has noted its policy is not taken for starved.
// Noticed by percpu_completer_sched.rival_does_not_starve_worker_again, in a guest

@@
identifier q, wanted;
@@
pcq_set_policy(...)
{
<...
- WRITE_ONCE(q->sched, wanted);
  pcq_schedule_as(q, wanted);
+ WRITE_ONCE(q->sched, wanted);
...>
}

@@
identifier q;
@@
pcq_waits(...)
{
<...
- rt_task(q->worker)
+ (READ_ONCE(q->sched) == PCQ_FIFO)
...>
}
