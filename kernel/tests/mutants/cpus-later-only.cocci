// SPDX-License-Identifier: GPL-2.0
/// Workers start on CPUs that are not allowed.
// Noticed by percpu_completer.override_of_cpus_before_init

@@
identifier cpu, pc;
expression E;
@@
pcq_is_missing(...)
{
<...
- cpumask_test_cpu(cpu, pc->allowed) && E
+ E
...>
}
