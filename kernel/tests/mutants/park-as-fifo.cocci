// SPDX-License-Identifier: GPL-2.0
/// A worker is parked as SCHED_FIFO, beside others that do not stop.

@@
expression E;
@@
pcq_park(...)
{
...
- pcq_set_policy(E);
...
}
