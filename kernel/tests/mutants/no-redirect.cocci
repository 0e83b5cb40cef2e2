// SPDX-License-Identifier: GPL-2.0
/// A queue whose worker is parked takes nodes.

@@
identifier q;
@@
- likely(smp_load_acquire(&q->live))
+ smp_load_acquire(&q->live) || q->worker
