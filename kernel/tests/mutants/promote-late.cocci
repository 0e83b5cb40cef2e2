// SPDX-License-Identifier: GPL-2.0
/// An urgent node does not help a worker that waits for the CPU among lazy ones.
// Noticed by percpu_completer_sched.urgent_gives_waiting_worker_its_privilege

@@
identifier q;
@@
pcq_promote(...)
{
<...
- pcq_call_rescue(q);
+ (void)q;
...>
}
