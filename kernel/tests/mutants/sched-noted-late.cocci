// SPDX-License-Identifier: GPL-2.0
/// What a worker is scheduled as is noted after it is so.

@@
identifier q, wanted;
@@
pcq_set_policy(...)
{
<...
- WRITE_ONCE(q->sched, wanted);
  pcq_schedule_as(q, wanted);
+ WRITE_ONCE(q->sched, wanted);
...>
}
