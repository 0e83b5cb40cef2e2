// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes that may be overtaken are not grabbed when their timer fires.
// Noticed by percpu_completer.queue_lazy_beside_urgent_has_deadline

@@
expression E, F;
@@
pcq_disarm(...)
{
<...
- pcq_kick_due(E, F);
+ pcq_kick(E, F);
...>
}
