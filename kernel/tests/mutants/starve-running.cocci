// SPDX-License-Identifier: GPL-2.0
/// A worker that runs for long is taken for one that does not get to run.

@@
identifier q;
expression E;
symbol current;
@@
pcq_is_starved(struct percpu_completer_queue *q)
{
<...
- E && current != q->worker && rt_or_dl_task(current)
+ E
...>
}
