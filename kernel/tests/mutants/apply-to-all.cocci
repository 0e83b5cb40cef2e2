// SPDX-License-Identifier: GPL-2.0
/// What the administrator changes disturbs completers that it is not about.
// Noticed by percpu_completer_sched.override_leaves_others_alone

@@
@@
- if (percpu_completer_override(pc))
-	percpu_completer_apply(pc);
+ percpu_completer_override(pc);
+ percpu_completer_apply(pc);
