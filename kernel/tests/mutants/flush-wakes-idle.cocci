// SPDX-License-Identifier: GPL-2.0
/// flush() wakes workers that have nothing to do.
// Noticed by percpu_completer.flush_leaves_idle_workers_asleep

@@
identifier q;
@@
- if (pcq_is_idle(q)) return;
