// SPDX-License-Identifier: GPL-2.0
/// A CPU whose worker cannot be created does not come up.

@@
identifier err;
@@
percpu_completer_cpu_up(...)
{
<...
  if (err)
-	pr_warn(...);
+	return err;
...>
}
