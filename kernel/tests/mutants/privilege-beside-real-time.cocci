// SPDX-License-Identifier: GPL-2.0
/// A worker that has paid is SCHED_FIFO beside a real-time task, too.

@@
@@
pcq_look_for_privilege(...)
{
<...
- rt_or_dl_task(current)
+ false
...>
}
