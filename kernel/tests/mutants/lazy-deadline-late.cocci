// SPDX-License-Identifier: GPL-2.0
/// A lazy node may wait for a jiffy more than was asked for.

@@
expression E, F;
@@
- mod_timer(E, F - 1)
+ mod_timer(E, F)
