// SPDX-License-Identifier: GPL-2.0
/// A worker that becomes SCHED_FIFO while it is awake is not watched.
// Noticed by percpu_completer_sched.override_to_fifo_of_awake_worker_beside_rival

@@
identifier q;
@@
pcq_set_policy(...)
{
<...
- pcq_watch(q);
...>
}
