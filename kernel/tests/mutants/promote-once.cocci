// SPDX-License-Identifier: GPL-2.0
/// An urgent node does not help a worker that loses the CPU later.
// Noticed by percpu_completer_sched.urgent_promotes_worker_that_loses_cpu_to_normal_task, in a guest

@@
identifier q;
@@
pcq_look_for_privilege(...)
{
<...
- pcq_promote(q);
...>
}
