// SPDX-License-Identifier: GPL-2.0
/// The worker of a CPU that returns stays parked.
// Noticed by percpu_completer.hotplug_reuses_thread, in a guest

@@
expression E;
@@
- kthread_unpark(E);
+ (void)E;
