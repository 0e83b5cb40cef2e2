// SPDX-License-Identifier: GPL-2.0
/// A worker does not starve when a normal task runs.
// Noticed by percpu_completer_sched.starvation_is_noticed_beside_normal_task

@@
identifier q;
@@
pcq_waits(...)
{
<...
- current != q->worker
+ rt_or_dl_task(current) && current != q->worker
...>
}
