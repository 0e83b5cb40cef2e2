// SPDX-License-Identifier: GPL-2.0
/// A lazy node has no deadline.

@@
expression E, F;
@@
- timer_reduce(E, F)
+ (void)E
