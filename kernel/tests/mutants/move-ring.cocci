// SPDX-License-Identifier: GPL-2.0
/// A node that is queued twice keeps a queue that closes busy for ever.
// Noticed by percpu_completer_misuse.node_queued_twice_on_queue_that_closes_warns

@@
expression E;
@@
pcq_splice(...)
{
<...
- pcq_cut_ring(E);
...>
}
