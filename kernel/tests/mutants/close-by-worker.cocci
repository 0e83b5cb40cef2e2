// SPDX-License-Identifier: GPL-2.0
/// A worker that parks before it has run does not close its queue.
// Noticed by percpu_completer.hotplug_down_before_worker_ran, in a guest

@@
identifier q;
@@
pcq_open(...)
{
<+...
+ WRITE_ONCE(q->looked, 0);
  smp_store_release(&q->state, PCQ_OPEN);
...+>
}

@@
identifier q;
@@
pcq_close(...)
{
<+...
- READ_ONCE(q->state) == PCQ_CLOSED
+ READ_ONCE(q->state) == PCQ_CLOSED || !READ_ONCE(q->looked)
...+>
}
