// SPDX-License-Identifier: GPL-2.0
/// A lazy node has no deadline.
// Noticed by percpu_completer.queue_lazy_waits_at_most_delay

@@
identifier q;
@@
- hrtimer_start(&q->lazy_timer, ...);
+ (void)q;
