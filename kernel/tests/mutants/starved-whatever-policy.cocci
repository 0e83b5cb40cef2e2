// SPDX-License-Identifier: GPL-2.0
/// A worker that starved as SCHED_FIFO does not get another privilege either.
// Noticed by percpu_completer_sched.override_begins_anew

@@
identifier nice;
@@
pcq_wanted(struct percpu_completer_queue *q)
{
<...
- return nice;
+ return READ_ONCE(q->starved) ? max(nice, 0) : nice;
...>
}
