// SPDX-License-Identifier: GPL-2.0
/// Urgent nodes overtake lazy ones for ever.
// Noticed by percpu_completer.queue_lazy_completes_beside_urgent

@@
identifier q;
@@
pcq_work(...)
{
<...
  if (!q->todo && q->todo_lazy
+     && llist_empty(&q->list)
     ) {
  ...
  }
...>
}
