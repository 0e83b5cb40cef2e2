// SPDX-License-Identifier: GPL-2.0
/// Once a task has waited for lazy nodes, none waits for company any more.
// Noticed by percpu_completer.queue_lazy_during_wait_runs

@@
@@
percpu_completer_end_wait(...)
{
<...
- atomic_dec(&pc->waiters);
+ ;
...>
}
