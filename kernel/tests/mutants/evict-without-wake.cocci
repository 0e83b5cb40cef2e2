// SPDX-License-Identifier: GPL-2.0
/// What is moved to another queue does not wake its worker.

@@
identifier to;
@@
  if (to)
- 	pcq_wake(to);
+ 	(void)to;
