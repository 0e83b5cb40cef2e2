// SPDX-License-Identifier: GPL-2.0
/// A lazy node may wait for a jiffy more than was asked for.

@@
identifier q;
expression E, F;
@@
- hrtimer_start(&q->lazy_timer, E, F)
+ hrtimer_start(&q->lazy_timer, E + TICK_NSEC, F)
