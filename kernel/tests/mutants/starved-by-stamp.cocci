// SPDX-License-Identifier: GPL-2.0
/// The stamp alone tells whether a worker is starved, even if nothing has set it.
// Noticed by percpu_completer_sched.worker_is_fifo_when_jiffies_wrap

@@
identifier q;
@@
pcq_wanted(...)
{
<...
- READ_ONCE(q->starved)
+ time_before(jiffies, READ_ONCE(q->starved_until))
...>
}
