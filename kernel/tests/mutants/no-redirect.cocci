// SPDX-License-Identifier: GPL-2.0
/// A queue whose worker is parked takes nodes.

@@
identifier q;
@@
pcq_close(struct percpu_completer_queue *q)
{
...
- xchg(&q->state, PCQ_CLOSED);
...
}
