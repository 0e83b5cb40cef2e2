// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes do not go on waiting where other nodes are moved to.
// Noticed by percpu_completer.override_of_cpus_leaves_lazy_waiting

@@
expression E;
identifier to;
@@
pcq_move_lists(...)
{
<...
- if (E) pcq_set_due(to);
+ pcq_set_due(to);
...>
}
