// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes that may be overtaken wait for ever on the queue that stands in.
// Noticed by percpu_completer.hotplug_down_takes_lazy_along, in a guest

@@
expression E, F;
@@
pcq_move_lists(...)
{
<...
- if (E) pcq_set_due(F);
...>
}
