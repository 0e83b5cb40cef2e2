// SPDX-License-Identifier: GPL-2.0
/// A queue that closes leaves behind what is on its list.
// Noticed by percpu_completer.override_of_cpus_while_producers_run

@@
identifier q, to;
@@
pcq_hand_over(...)
{
<...
- pcq_move_lists(q, to)
+ pcq_splice(&q->lazy, &to->lazy)
...>
}
