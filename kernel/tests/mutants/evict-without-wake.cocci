// SPDX-License-Identifier: GPL-2.0
/// What is moved to another queue does not wake its worker.
// Noticed by percpu_completer.override_of_cpus_while_producers_run

@@
identifier to != q;
@@
- pcq_kick(to, PCQ_KICKED);
+ (void)to;
