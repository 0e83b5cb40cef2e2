// SPDX-License-Identifier: GPL-2.0
/// A worker stays SCHED_FIFO for as long as it likes.

@@
identifier q;
@@
- WRITE_ONCE(q->spent, true);
