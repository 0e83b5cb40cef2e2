// SPDX-License-Identifier: GPL-2.0
/// Nodes that the worker of a queue that closes had grabbed go behind newer ones.
// Noticed by percpu_completer.hotplug_keeps_order_of_backlog, in a guest

@@
identifier q, to;
@@
pcq_hand_over(...)
{
...
- pcq_give_back(q->todo, &to->list)
+ pcq_move_lists(q, to)
...
- pcq_move_lists(q, to)
+ pcq_give_back(q->todo, &to->list)
...
}
