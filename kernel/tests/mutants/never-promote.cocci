// SPDX-License-Identifier: GPL-2.0
/// A worker that was in debt once stays a normal task.
// Noticed by percpu_completer_sched.budget_promotes_idle_worker

@@
identifier q, fn != pcq_begin_anew;
@@
fn(...)
{
<...
- WRITE_ONCE(q->spent, false);
+ (void)q;
...>
}
