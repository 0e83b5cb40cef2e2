// SPDX-License-Identifier: GPL-2.0
/// A worker that never sleeps holds up RCU-tasks.

@@
@@
- cond_resched_tasks_rcu_qs();
