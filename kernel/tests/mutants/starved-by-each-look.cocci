// SPDX-License-Identifier: GPL-2.0
/// A worker does not starve if it ran at one of the looks, however little that is of all.
// Noticed by percpu_completer_sched.rival_that_spares_little_does_not_starve_worker, in a guest

@@
identifier q, ns;
@@
pcq_is_starved(...)
{
<...
- ns - q->watched_ns >= q->looks * PCQ_WATCH_NS / 20
+ ns - q->watched_ns >= PCQ_WATCH_NS / 20
...>
}
