// SPDX-License-Identifier: GPL-2.0
/// flush() visits CPUs that never queued.
// Noticed by percpu_completer.flush_looks_at_used_cpus

@@
identifier q, pc, cpu;
@@
pcq_init(struct percpu_completer_queue *q, struct percpu_completer *pc, unsigned int cpu)
{
...
  pcq_queue_init(q);
+ pcq_mark_used(q);
...
}
