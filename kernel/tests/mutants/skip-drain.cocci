// SPDX-License-Identifier: GPL-2.0
/// A worker that is told to park leaves behind what its queue holds.

@@
identifier q;
@@
pcq_close(struct percpu_completer_queue *q)
{
...
- return pcq_grab_lists(q);
+ return (struct pcq_batch){ };
}
