// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes do not wait for company once an urgent one has come.
// Noticed by percpu_completer.queue_urgent_leaves_lazy_waiting

@@
identifier q;
expression E;
@@
pcq_begin_round(...)
{
<...
- q->grab_lazy = E;
+ q->grab_lazy = !llist_empty(&q->lazy);
...>
}
