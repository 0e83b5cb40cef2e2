// SPDX-License-Identifier: GPL-2.0
/// What is added to a closed queue waits there until its CPU returns.

@@
identifier q;
@@
pcq_kick(struct percpu_completer_queue *q)
{
<...
- pcq_evict(q);
+ (void)q;
...>
}

@@
identifier q;
@@
pcq_start(struct percpu_completer_queue *q)
{
...
  smp_store_release(&q->state, PCQ_OPEN);
  raw_spin_unlock_irq(&q->pc->lock);
+ pcq_kick(q);
  return 0;
}
