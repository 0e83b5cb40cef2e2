// SPDX-License-Identifier: GPL-2.0
/// What is moved to another queue does not wake its worker.

@@
identifier to != q;
@@
- pcq_kick(to, PCQ_KICKED);
+ (void)to;
