// SPDX-License-Identifier: GPL-2.0
/// A worker that is told to park leaves behind what its queue holds.

@@
identifier q;
@@
pcq_should_run(struct percpu_completer_queue *q)
{
- return ...;
+ return !kthread_should_park() && READ_ONCE(q->kicked);
}
