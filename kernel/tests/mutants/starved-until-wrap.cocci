// SPDX-License-Identifier: GPL-2.0
/// A worker that slept for longer than half of the range of jiffies goes on as starved.
// Noticed by percpu_completer_sched.worker_is_fifo_when_jiffies_wrap

@@
expression E;
identifier until;
@@
pcq_may_try_again(...)
{
<...
- !time_in_range(jiffies, E, until)
+ time_after(jiffies, until)
...>
}
