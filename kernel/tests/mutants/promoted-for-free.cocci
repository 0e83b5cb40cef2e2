// SPDX-License-Identifier: GPL-2.0
/// A worker promoted in the middle of a lazy node is not charged for the rest of it.
// Noticed by percpu_completer_sched.budget_demotes_worker_promoted_in_lazy_node

@@
identifier q;
@@
pcq_rescue(...)
{
<...
- q->free = false;
...>
}
