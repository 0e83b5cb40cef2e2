// SPDX-License-Identifier: GPL-2.0
/// Urgent nodes do not overtake a batch that has begun to run.

@@
identifier q;
statement S;
@@
pcq_complete_later(struct percpu_completer_queue *q, ...)
{
<+...
- if (!llist_empty(&q->list)) S
...+>
}
