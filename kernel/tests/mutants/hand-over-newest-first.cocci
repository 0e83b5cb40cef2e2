// SPDX-License-Identifier: GPL-2.0
/// Nodes that the worker of a queue that closes had grabbed change their order.

@@
identifier nodes;
@@
pcq_give_back(...)
{
<...
- llist_reverse_order(nodes)
+ nodes
...>
}
