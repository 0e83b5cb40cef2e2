// SPDX-License-Identifier: GPL-2.0
/// What one worker uses does not matter to another one that wakes up.
// Noticed by percpu_completer_sched.budget_is_that_of_the_cpu

@@
expression E;
@@
- __this_cpu_write(pcq_owes, E);
