// SPDX-License-Identifier: GPL-2.0
/// When the only CPU that is named goes down, no other CPU is allowed.
// Noticed by percpu_completer.hotplug_down_of_named_cpu, in a guest

@@
identifier pc;
@@
percpu_completer_cpu_down(...)
{
<...
- percpu_completer_override(pc) ||
  percpu_completer_is_last(...)
...>
}
