// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes are counted from the last urgent one on.
// Noticed by percpu_completer.queue_lazy_beside_urgent_fills_batch

@@
identifier q;
statement S;
@@
pcq_begin_round(...)
{
<...
- if (!q->pc->attrs.order) S
+ S
...>
}
