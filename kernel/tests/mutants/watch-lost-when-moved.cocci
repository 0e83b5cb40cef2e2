// SPDX-License-Identifier: GPL-2.0
/// A watch that is on another CPU when it looks ends, even if the worker waits.
// Noticed by percpu_completer_sched.rival_does_not_starve_worker_whose_watch_has_moved, in a guest

@@
identifier q;
@@
pcq_watch_timer(...)
{
<...
- !pcq_watch_is_over(q)
+ q->cpu == smp_processor_id() && !pcq_watch_is_over(q)
...>
}
