// SPDX-License-Identifier: GPL-2.0
/// A lazy node that comes while a task waits for such nodes waits for company.
// Noticed by percpu_completer.queue_lazy_during_wait_runs

@@
@@
pcq_arm(...)
{
<...
- atomic_read(&pc->waiters)
+ false
...>
}
