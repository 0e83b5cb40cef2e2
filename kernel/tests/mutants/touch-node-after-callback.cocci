// SPDX-License-Identifier: GPL-2.0
/// A node is written to after its completion function returned.

@@
expression E;
identifier node;
@@
  E->attrs.fn(node);
+ WRITE_ONCE(node->next, NULL);
