// SPDX-License-Identifier: GPL-2.0
/// A queue that closes leaves behind what may be overtaken.
// Noticed by percpu_completer.hotplug_down_takes_lazy_along, in a guest

@@
identifier q, to;
@@
pcq_hand_over(...)
{
<...
- pcq_move_lists(q, to)
+ pcq_splice(&q->list, &to->list)
...>
}
