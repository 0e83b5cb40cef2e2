// SPDX-License-Identifier: GPL-2.0
/// A node that is queued twice is completed for ever.

@@
expression E;
@@
pcq_grab(...)
{
<...
- pcq_cut_ring(E);
+ (void)E;
...>
}
