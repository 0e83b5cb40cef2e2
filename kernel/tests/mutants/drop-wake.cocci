// SPDX-License-Identifier: GPL-2.0
/// The worker is not woken.

@@
identifier q;
@@
pcq_kick(struct percpu_completer_queue *q)
{
...
- wake_up_process(q->worker);
}
