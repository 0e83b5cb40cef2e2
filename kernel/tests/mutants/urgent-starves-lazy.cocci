// SPDX-License-Identifier: GPL-2.0
/// Urgent nodes overtake lazy ones for ever.

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
