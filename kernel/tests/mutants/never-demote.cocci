// SPDX-License-Identifier: GPL-2.0
/// A worker stays SCHED_FIFO for as long as it likes.
// Noticed by percpu_completer_sched.budget_demotes_busy_worker

@@
identifier q;
@@
- WRITE_ONCE(q->spent, true);
