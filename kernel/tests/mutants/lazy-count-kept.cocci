// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes are counted on when a batch has run.
// Noticed by percpu_completer.queue_lazy_runs_when_batch_full

@@
identifier q;
@@
- WRITE_ONCE(q->nr_lazy, 0);
