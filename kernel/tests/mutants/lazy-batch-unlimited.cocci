// SPDX-License-Identifier: GPL-2.0
/// Any number of lazy nodes waits for the deadline.
// Noticed by percpu_completer.queue_lazy_runs_when_batch_full

@@
identifier nr;
expression E;
@@
- nr >= READ_ONCE(E->attrs.lazy_batch)
+ 0

@@
identifier nr;
@@
- nr >= READ_ONCE(pc->attrs.lazy_batch)
+ 0
