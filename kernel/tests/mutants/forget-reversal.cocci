// SPDX-License-Identifier: GPL-2.0
/// A batch is completed newest node first.
// Noticed by percpu_completer.queue_completes_in_queued_order

@@
identifier node, oldest, newest;
statement S;
@@
pcq_grab(...)
{
<...
- node->next = oldest;
- oldest = node;
+ oldest = newest;
...>
- if (unlikely(oldest == newest && ...)) S
...
}
