// SPDX-License-Identifier: GPL-2.0
/// A worker is parked as SCHED_FIFO, beside others that do not stop.
// Noticed by percpu_completer_sched.hotplug_down_beside_rival, in a guest

@@
expression E;
@@
pcq_park(...)
{
...
- pcq_set_policy(E);
...
}
