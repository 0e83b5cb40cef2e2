// SPDX-License-Identifier: GPL-2.0
/// A function that takes long costs no more debt than several short ones.
// Noticed by percpu_completer_sched.important_task_keeps_its_share_of_long_callbacks

@@
expression E;
@@
pcq_debt_at(...)
{
<...
- max(2 * pcq_burst(), min(E, PCQ_MAX_DEBT))
+ 2 * pcq_burst()
...>
}
