// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes that may be overtaken wait for ever on the queue that stands in.

@@
expression E;
@@
pcq_move_lists(...)
{
<...
- pcq_set_due(E);
...>
}
