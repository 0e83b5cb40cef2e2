// SPDX-License-Identifier: GPL-2.0
/// Workers go on as before when the administrator has changed their policy.
// Noticed by percpu_completer_sched.override_at_run_time

@@
@@
pcq_apply(...)
{
...
- pcq_begin_anew(...);
...
}
