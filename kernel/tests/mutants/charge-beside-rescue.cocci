// SPDX-License-Identifier: GPL-2.0
/// The rescue may change what the worker has been charged while that is being charged.
// Noticed by percpu_completer_sched.budget_demotes_busy_worker, in a guest

@@
@@
pcq_charge(...)
{
<...
- guard(irqsave)();
...>
}
