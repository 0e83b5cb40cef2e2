// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes of other CPUs go on waiting.

@@
@@
percpu_completer_expedite(...)
{
<...
- pcq_kick_all(pc->queues);
+ pcq_kick(raw_cpu_ptr(pc->queues));
...>
}
