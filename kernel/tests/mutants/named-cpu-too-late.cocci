// SPDX-License-Identifier: GPL-2.0
/// A CPU that is named before it is up gets no worker when it comes up.
// Noticed by percpu_completer.hotplug_up_of_named_cpu, in a guest

@@
identifier pc;
@@
percpu_completer_cpu_up(...)
{
<...
- percpu_completer_override(pc);
...>
}
