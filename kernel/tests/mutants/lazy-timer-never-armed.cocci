// SPDX-License-Identifier: GPL-2.0
/// A lazy node has no deadline.

@@
expression E, F;
@@
- mod_timer(E, F)
+ (void)E
