// SPDX-License-Identifier: GPL-2.0
/// A worker that another SCHED_FIFO task keeps from running stays SCHED_FIFO.
// Noticed by percpu_completer_sched.rival_does_not_starve_worker

@@
identifier q;
@@
pcq_watch_timer(...)
{
<...
- pcq_call_rescue(q);
...>
}
