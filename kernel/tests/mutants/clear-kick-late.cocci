// SPDX-License-Identifier: GPL-2.0
/// What is queued while a batch runs does not wake.

@@
identifier q;
@@
pcq_grab(struct percpu_completer_queue *q)
{
...
- WRITE_ONCE(q->state, PCQ_OPEN);
...
}

@@
identifier q;
statement S;
@@
pcq_run(struct percpu_completer_queue *q, ...)
{
...
if (wq_has_sleeper(...)) S
+ if (q->state == PCQ_KICKED)
+ 	WRITE_ONCE(q->state, PCQ_OPEN);
}
