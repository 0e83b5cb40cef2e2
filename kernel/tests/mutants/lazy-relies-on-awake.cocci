// SPDX-License-Identifier: GPL-2.0
/// A lazy node relies on a worker that is awake, whether it grabs lazy ones or not.
// Noticed by percpu_completer.queue_lazy_beside_urgent_has_deadline

@@
expression E, F;
@@
pcq_add_lazy(...)
{
<...
- if (E && F) return;
+ if (E) return;
...>
}
