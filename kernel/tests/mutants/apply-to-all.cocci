// SPDX-License-Identifier: GPL-2.0
/// What the administrator changes disturbs completers that it is not about.

@@
@@
- if (percpu_completer_override(pc))
-	percpu_completer_apply(pc);
+ percpu_completer_override(pc);
+ percpu_completer_apply(pc);
