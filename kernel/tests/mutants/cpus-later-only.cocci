// SPDX-License-Identifier: GPL-2.0
/// Workers start on CPUs that are not allowed.

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
