// SPDX-License-Identifier: GPL-2.0
/// Nodes that the worker of a queue that closes had grabbed go behind newer ones.

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
