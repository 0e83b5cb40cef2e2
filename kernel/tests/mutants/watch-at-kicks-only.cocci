// SPDX-License-Identifier: GPL-2.0
/// A worker that becomes SCHED_FIFO while it is awake is not watched.

@@
identifier q;
@@
pcq_set_policy(...)
{
<...
- pcq_watch(q);
...>
}
