// SPDX-License-Identifier: GPL-2.0
/// A node is written to after its completion function returned.
// Noticed by percpu_completer.node_is_left_alone_after_callback

@@
identifier fn, node;
@@
pcq_complete(...)
{
<...
  fn(node);
+ WRITE_ONCE(node->next, NULL);
...>
}
