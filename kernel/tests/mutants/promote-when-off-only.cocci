// SPDX-License-Identifier: GPL-2.0
/// An urgent node does not help a worker that is about to lose the CPU among lazy ones.
// Noticed by percpu_completer_sched.urgent_promotes_worker_that_loses_cpu, in a guest

@@
identifier q;
expression E;
@@
pcq_promote(...)
{
<...
- (E || test_tsk_need_resched(q->worker))
+ E
...>
}
