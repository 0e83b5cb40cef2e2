// SPDX-License-Identifier: GPL-2.0
/// The worker is not woken.
// Noticed by percpu_completer.queue_wakes_sleeping_worker

@@
expression E;
@@
pcq_wake_worker(...)
{
<...
- wake_up_process(E);
...>
}
