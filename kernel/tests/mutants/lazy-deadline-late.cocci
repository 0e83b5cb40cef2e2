// SPDX-License-Identifier: GPL-2.0
/// A lazy node may wait for a jiffy more than was asked for.
// Noticed by percpu_completer.queue_lazy_waits_at_most_delay, in a guest

@@
identifier q;
expression E, F;
@@
- hrtimer_start(&q->lazy_timer, E, F)
+ hrtimer_start(&q->lazy_timer, E + TICK_NSEC, F)
