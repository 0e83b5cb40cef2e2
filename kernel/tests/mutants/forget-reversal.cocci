// SPDX-License-Identifier: GPL-2.0
/// A batch is completed newest node first.

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
