// SPDX-License-Identifier: GPL-2.0
/// A worker loses its privilege for a lazy node although an urgent one waits for that.
// Noticed by percpu_completer_sched.lazy_node_that_urgent_waits_for_keeps_privilege

@@
identifier q;
@@
pcq_turn_lazy(...)
{
<...
- WRITE_ONCE(q->state, PCQ_KICKED);
...>
}
