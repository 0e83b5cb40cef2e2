// SPDX-License-Identifier: GPL-2.0
/// What a worker in debt has used since it was charged last pays, too.
// Noticed by percpu_completer_sched.normal_task_keeps_its_share_of_long_callbacks, in a guest

@@
identifier q;
expression E;
@@
pcq_has_paid(...)
{
<...
- q->free ? 0 : E
+ 0 * (E)
...>
}
