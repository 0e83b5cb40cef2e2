// SPDX-License-Identifier: GPL-2.0
/// A CPU whose worker cannot be created does not come up.

@@
identifier pc;
@@
percpu_completer_cpu_up(...)
{
<...
- percpu_completer_settle(pc);
+ if (percpu_completer_start_missing(pc))
+	return -ENOMEM;
...>
}
