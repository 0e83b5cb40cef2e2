// SPDX-License-Identifier: GPL-2.0
/// A queue that closes leaves behind what may be overtaken.

@@
identifier q, to;
@@
pcq_hand_over(...)
{
<...
- pcq_splice(&q->lazy, &to->lazy)
+ 0
...>
}
