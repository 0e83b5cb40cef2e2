// SPDX-License-Identifier: GPL-2.0
/// A node is written to after its completion function returned.

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
