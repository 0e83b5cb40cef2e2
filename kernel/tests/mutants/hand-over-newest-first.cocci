// SPDX-License-Identifier: GPL-2.0
/// Nodes that the worker of a queue that closes had grabbed change their order.
// Noticed by percpu_completer.hotplug_keeps_order_of_backlog, in a guest

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
