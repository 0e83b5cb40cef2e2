// SPDX-License-Identifier: GPL-2.0
/// A worker that has spent its budget once stays a normal task.

@@
identifier q;
@@
- pcq_promote(q);
+ (void)q;
