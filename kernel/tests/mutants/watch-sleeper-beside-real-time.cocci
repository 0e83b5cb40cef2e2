// SPDX-License-Identifier: GPL-2.0
/// The watch of a worker that sleeps in debt goes on beside a real-time task.
// Noticed by percpu_completer_sched.worker_that_sleeps_in_debt_is_left_alone_beside_rival

@@
expression E;
@@
pcq_look_for_privilege(...)
{
<...
- rt_or_dl_task(current) && E
+ rt_or_dl_task(current)
...>
}
