// SPDX-License-Identifier: GPL-2.0
/// flush() waits without waking the workers.
// Noticed by percpu_completer.flush_takes_lazy

@@
identifier q;
@@
percpu_completer_kick_used(...)
{
<+...
- pcq_kick_due(q, PCQ_KICKED);
+ (void)q;
...+>
}

@@
identifier q;
expression E;
@@
- pcq_kick(q, PCQ_KICKED);
  wait_for_completion(E);
