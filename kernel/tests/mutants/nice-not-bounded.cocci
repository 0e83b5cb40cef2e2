// SPDX-License-Identifier: GPL-2.0
/// A worker of negative nice value keeps it for as long as it likes.
// Noticed by percpu_completer_sched.normal_task_keeps_its_share_of_negative_nice

@@
expression E, F;
@@
pcq_is_privileged(...)
{
<...
- READ_ONCE(E->policy) == PERCPU_COMPLETER_FIFO || F
+ READ_ONCE(E->policy) == PERCPU_COMPLETER_FIFO
...>
}
