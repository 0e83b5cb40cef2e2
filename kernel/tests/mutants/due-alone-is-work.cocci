// SPDX-License-Identifier: GPL-2.0
/// The flag that lazy nodes are due keeps the worker from stopping, though there are none.
// Noticed by percpu_completer.destroy_after_queue_opened_again, in a guest

@@
identifier q;
@@
pcq_lazy_are_due(...)
{
<...
- !llist_empty(&q->lazy) && test_bit(PCQ_DUE, &q->flags)
+ test_bit(PCQ_DUE, &q->flags)
...>
}
