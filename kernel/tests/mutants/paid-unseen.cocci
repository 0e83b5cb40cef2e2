// SPDX-License-Identifier: GPL-2.0
/// A worker that was in debt, and gets no CPU time, stays a normal task.
// Noticed by percpu_completer_sched.worker_that_paid_gets_privilege_back

@@
identifier q;
@@
pcq_look_for_privilege(...)
{
<...
- pcq_has_paid(q)
+ false
...>
}
