// SPDX-License-Identifier: GPL-2.0
/// Each worker may use half of a CPU.
// Noticed by percpu_completer_sched.budget_is_that_of_the_cpu, in a guest

@@
identifier debt;
@@
pcq_add_debt(...)
{
+ static struct pcq_debt debts[64];
<+...
- struct pcq_debt *debt = this_cpu_ptr(&pcq_debt);
+ struct pcq_debt *debt = &debts[current->pid % 64];
...+>
}
