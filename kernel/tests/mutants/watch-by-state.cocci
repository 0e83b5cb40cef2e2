// SPDX-License-Identifier: GPL-2.0
/// A worker that was preempted when it was about to sleep is not taken for runnable.

@@
identifier q;
@@
pcq_waits(...)
{
<...
- READ_ONCE(q->worker->on_rq)
+ task_is_running(q->worker)
...>
}
