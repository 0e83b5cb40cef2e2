// SPDX-License-Identifier: GPL-2.0
/// What is moved to another queue does not wake its worker.
// Noticed by percpu_completer_sched.override_of_cpus_kicks_before_worker_loses_cpu

@@
identifier to != q;
@@
- pcq_kick(to, PCQ_KICKED);
+ (void)to;
