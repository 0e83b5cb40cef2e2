// SPDX-License-Identifier: GPL-2.0
/// A short function that follows a long one makes up for it.
// Noticed by percpu_completer_sched.normal_task_keeps_its_share_of_seldom_long_callbacks

@@
expression E;
@@
pcq_debt_at(...)
{
<...
- min(max(debt, more), E)
+ min(more, E)
...>
}
