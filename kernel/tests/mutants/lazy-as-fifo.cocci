// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes run as SCHED_FIFO, too.

@@
identifier q;
@@
- READ_ONCE(q->state) == PCQ_LAZY || READ_ONCE(q->spent)
+ READ_ONCE(q->spent)
