// SPDX-License-Identifier: GPL-2.0
/// A worker whose queue is open counts as asleep, even if it waits for the CPU.
// Noticed by percpu_completer_sched.rival_does_not_starve_worker_that_rests, in a guest

@@
identifier q;
expression E;
@@
pcq_is_at_rest(...)
{
<...
- !pcq_is_awake(q) && !READ_ONCE(q->worker->on_rq) && E
+ !pcq_is_awake(q) && E
...>
}

@@
identifier q;
@@
pcq_waits(...)
{
<...
- READ_ONCE(q->worker->on_rq)
+ pcq_is_awake(q) && READ_ONCE(q->worker->on_rq)
...>
}
