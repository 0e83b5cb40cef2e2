// SPDX-License-Identifier: GPL-2.0
/// A worker that leaves closes its queue, even if no other queue is open.

@@
identifier q;
@@
pcq_leave(...)
{
<...
- !pcq_retire(q)
+ (pcq_retire(q), false)
...>
}
