// SPDX-License-Identifier: GPL-2.0
/// The worker of a CPU that returns stays parked.

@@
expression E;
@@
- kthread_unpark(E);
+ (void)E;
