// SPDX-License-Identifier: GPL-2.0
/// When the only CPU that is named goes down, workers return only if no other queue is open.
// Noticed by percpu_completer.hotplug_down_of_named_cpu_while_other_leaves, in a guest

@@
identifier pc;
expression E;
@@
percpu_completer_cpu_down(...)
{
<...
- percpu_completer_override(pc) || percpu_completer_is_last(pc, E)
+ (percpu_completer_override(pc), percpu_completer_is_last(pc, E))
...>
}
