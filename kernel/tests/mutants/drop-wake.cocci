// SPDX-License-Identifier: GPL-2.0
/// The worker is not woken.

@@
expression E;
@@
  if (try_cmpxchg(...))
- 	wake_up_process(E);
+ 	(void)E;
