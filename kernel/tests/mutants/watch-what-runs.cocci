// SPDX-License-Identifier: GPL-2.0
/// A worker does not starve when a normal task runs.

@@
identifier q;
@@
pcq_waits(...)
{
<...
- current != q->worker
+ rt_or_dl_task(current) && current != q->worker
...>
}
