// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes of other CPUs go on waiting.
// Noticed by percpu_completer.begin_wait_runs_lazy

@@
identifier cpu, pc;
@@
percpu_completer_expedite(...)
{
<+...
- cpumask_clear_cpu(cpu, pc->waiting);
+ if (cpu != raw_smp_processor_id())
+ 	continue;
+ cpumask_clear_cpu(cpu, pc->waiting);
...+>
}
