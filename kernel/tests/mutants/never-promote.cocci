// SPDX-License-Identifier: GPL-2.0
/// A worker that was in debt once stays a normal task.

@@
identifier q;
@@
- WRITE_ONCE(q->spent, false);
+ (void)q;
