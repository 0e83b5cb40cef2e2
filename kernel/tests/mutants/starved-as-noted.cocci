// SPDX-License-Identifier: GPL-2.0
/// A worker that loses the CPU before it has noted its policy is not taken for starved.

@@
identifier q;
@@
pcq_is_starved(...)
{
<...
- rt_task(q->worker)
+ READ_ONCE(q->sched.policy) == PERCPU_COMPLETER_FIFO
...>
}
