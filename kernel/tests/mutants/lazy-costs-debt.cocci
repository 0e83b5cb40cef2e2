// SPDX-License-Identifier: GPL-2.0
/// CPU time for lazy nodes is charged, too.
// Noticed by percpu_completer_sched.lazy_nodes_run_as_normal_task

@@
identifier q;
expression E;
@@
- q->free ? 0 : E
+ E
