// SPDX-License-Identifier: GPL-2.0
/// A worker of negative nice value that sleeps in debt keeps nice 0.
// Noticed by percpu_completer_sched.worker_that_sleeps_gets_privilege_back

@@
identifier q;
expression E;
@@
pcq_is_to_be_watched(...)
{
<...
- E || READ_ONCE(q->spent)
+ E
...>
}
