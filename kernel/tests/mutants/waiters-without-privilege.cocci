// SPDX-License-Identifier: GPL-2.0
/// A task that waits for lazy nodes waits for a worker without privilege.
// Noticed by percpu_completer_sched.lazy_nodes_run_with_privilege_while_task_waits

@@
expression E;
@@
pcq_is_at_lazy(...)
{
<...
- E && !atomic_read(&q->pc->waiters)
+ E
...>
}
