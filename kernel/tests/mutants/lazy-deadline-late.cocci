// SPDX-License-Identifier: GPL-2.0
/// A lazy node may wait for a jiffy more than was asked for.

@@
expression E, F;
@@
- timer_reduce(E, F - 1)
+ timer_reduce(E, F)
