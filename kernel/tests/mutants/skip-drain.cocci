// SPDX-License-Identifier: GPL-2.0
/// A queue that closes leaves behind what is on its list.

@@
identifier q, to;
@@
pcq_hand_over(...)
{
<...
- pcq_splice(&q->list, &to->list)
+ 0
...>
}
