// SPDX-License-Identifier: GPL-2.0
/// Urgent nodes do not overtake a batch that has begun to run.
// Noticed by percpu_completer.queue_urgent_overtakes_running_batch

@@
identifier q;
statement S1, S2;
@@
pcq_work(...)
{
- if (!q->todo && !q->todo_lazy) S1
- else if (!q->todo && !llist_empty(&q->list)) S2
+ if (!q->todo && !q->todo_lazy) S1
...
}
