// SPDX-License-Identifier: GPL-2.0
/// A worker that is told to park leaves behind what its queue holds.

@@
identifier q;
@@
pcq_close(struct percpu_completer_queue *q)
{
...
- return llist_del_all(...);
+ return NULL;
}
