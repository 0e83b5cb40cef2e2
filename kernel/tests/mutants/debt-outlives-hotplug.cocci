// SPDX-License-Identifier: GPL-2.0
/// A worker that was in debt when its CPU went down is so when that returns.
// Noticed by percpu_completer_sched.hotplug_down_of_worker_in_debt, in a guest

@@
identifier q;
@@
pcq_start(...)
{
<...
- pcq_begin_anew(q);
+ pcq_set_policy(q);
...>
}
