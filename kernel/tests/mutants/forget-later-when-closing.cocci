// SPDX-License-Identifier: GPL-2.0
/// A worker that is told to park leaves behind what may be overtaken.

@@
identifier q;
@@
pcq_close(struct percpu_completer_queue *q)
{
...
- return pcq_grab_lists(q);
+ return (struct pcq_batch){ .nodes = llist_del_all(&q->list) };
}
