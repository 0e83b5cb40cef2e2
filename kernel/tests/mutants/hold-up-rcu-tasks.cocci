// SPDX-License-Identifier: GPL-2.0
/// A worker that never sleeps holds up RCU-tasks.
// Noticed by percpu_completer.busy_worker_leaves_rcu_tasks_alone, in a guest

@@
@@
- cond_resched_tasks_rcu_qs();
