// SPDX-License-Identifier: GPL-2.0
/// A node that is queued twice is completed for ever.
// Noticed by percpu_completer_misuse.node_queued_twice_warns

@@
expression E;
@@
pcq_grab(...)
{
<...
- pcq_cut_ring(E);
+ (void)E;
...>
}
