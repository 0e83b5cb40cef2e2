// SPDX-License-Identifier: GPL-2.0
/// What is queued while a batch runs does not wake.
// Noticed by percpu_completer.flush_waits_for_next_batch

@@
identifier q;
@@
pcq_run(struct percpu_completer_queue *q)
{
...
  pcq_work(q);
+ WRITE_ONCE(q->state, PCQ_OPEN);
...
}
