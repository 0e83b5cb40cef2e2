// SPDX-License-Identifier: GPL-2.0
/// A worker that is told to park leaves behind what its queue holds.

@@
identifier q, batch;
@@
pcq_close(struct percpu_completer_queue *q)
{
...
- batch = pcq_grab_lists(q);
+ batch = (struct pcq_batch){ };
...
}
