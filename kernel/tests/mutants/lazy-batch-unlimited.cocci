// SPDX-License-Identifier: GPL-2.0
/// Any number of lazy nodes waits for the deadline.

@@
identifier q, nr, attrs;
@@
pcq_kick_lazy(struct percpu_completer_queue *q)
{
<...
- nr >= attrs->lazy_batch
+ 0
...>
}
