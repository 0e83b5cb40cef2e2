// SPDX-License-Identifier: GPL-2.0
/// A worker that has no CPU of its own stays SCHED_FIFO, and nobody watches it.

@@
@@
pcq_wanted(...)
{
<...
- (BIT(PCQ_PARKED) | BIT(PCQ_UNBOUND))
+ BIT(PCQ_PARKED)
...>
}
