// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes run as SCHED_FIFO, too.
// Noticed by percpu_completer_sched.lazy_nodes_run_as_normal_task

@@
identifier q;
expression E;
@@
pcq_wanted(...)
{
<...
- pcq_is_at_lazy(q) || E
+ E
...>
}
