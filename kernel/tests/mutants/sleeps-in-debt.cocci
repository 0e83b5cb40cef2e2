// SPDX-License-Identifier: GPL-2.0
/// A worker that sleeps in debt stays a normal task.
// Noticed by percpu_completer_sched.worker_that_sleeps_gets_privilege_back

@@
identifier q;
expression E;
@@
pcq_watch_is_over(...)
{
<...
- !READ_ONCE(q->spent) && E
+ E
...>
}
