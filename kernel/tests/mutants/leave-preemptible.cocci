// SPDX-License-Identifier: GPL-2.0
/// A worker that leaves may lose the CPU before it kicks for what it has handed over.
// Noticed by percpu_completer_sched.override_of_cpus_kicks_before_worker_loses_cpu, in a guest

@@
iterator name scoped_guard;
statement S;
@@
pcq_leave(...)
{
<...
- scoped_guard(preempt)
  S
...>
}
