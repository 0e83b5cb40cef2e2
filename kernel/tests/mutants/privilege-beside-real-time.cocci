// SPDX-License-Identifier: GPL-2.0
/// A worker that has paid is SCHED_FIFO beside a real-time task, too.
// Noticed by percpu_completer_sched.worker_in_debt_stays_normal_beside_rival, in a guest

@@
@@
pcq_look_for_privilege(...)
{
<...
- rt_or_dl_task(current)
+ false
...>
}
