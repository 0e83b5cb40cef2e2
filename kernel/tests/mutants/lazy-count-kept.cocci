// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes are counted on when a batch has run.
// Noticed by percpu_completer.queue_lazy_after_urgent_has_deadline

@@
identifier q;
@@
- WRITE_ONCE(q->nr_lazy, 0);
