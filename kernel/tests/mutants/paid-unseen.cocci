// SPDX-License-Identifier: GPL-2.0
/// A worker that was in debt, and gets no CPU time, stays a normal task.

@@
identifier q;
@@
pcq_look_for_privilege(...)
{
<...
- pcq_has_paid(q)
+ false
...>
}
