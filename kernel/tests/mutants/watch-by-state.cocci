// SPDX-License-Identifier: GPL-2.0
/// A worker that was preempted when it was about to sleep is not taken for runnable.
// Noticed by percpu_completer_sched.rival_does_not_starve_worker_about_to_sleep

@@
identifier q;
@@
pcq_waits(...)
{
<...
- READ_ONCE(q->worker->on_rq)
+ task_is_running(q->worker)
...>
}
