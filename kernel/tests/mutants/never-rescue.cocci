// SPDX-License-Identifier: GPL-2.0
/// A worker that another SCHED_FIFO task keeps from running stays SCHED_FIFO.

@@
@@
pcq_watch_timer(...)
{
<...
- queue_work(pcq_rescue_wq, ...);
...>
}
