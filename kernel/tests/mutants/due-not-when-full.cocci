// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes that may be overtaken are not grabbed when their batch is full.
// Noticed by percpu_completer.queue_lazy_beside_urgent_fills_batch

@@
expression E, F;
@@
pcq_kick_lazy(...)
{
<...
- pcq_kick_due(E, F);
+ pcq_kick(E, F);
...>
}
