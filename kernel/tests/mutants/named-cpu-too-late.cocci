// SPDX-License-Identifier: GPL-2.0
/// A CPU that is named before it is up gets no worker when it comes up.

@@
identifier pc;
@@
percpu_completer_cpu_up(...)
{
<...
- percpu_completer_override(pc);
...>
}
