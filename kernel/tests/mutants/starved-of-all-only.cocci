// SPDX-License-Identifier: GPL-2.0
/// A worker that gets any CPU time at all does not starve.
// Noticed by percpu_completer_sched.rival_that_spares_little_does_not_starve_worker, in a guest

@@
identifier q, ns;
expression E;
@@
pcq_is_starved(...)
{
<...
- ns - q->watched_ns >= E
+ ns != q->watched_ns
...>
}
