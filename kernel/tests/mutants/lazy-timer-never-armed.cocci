// SPDX-License-Identifier: GPL-2.0
/// A lazy node has no deadline.

@@
identifier q;
@@
- hrtimer_start(&q->lazy_timer, ...);
+ (void)q;
