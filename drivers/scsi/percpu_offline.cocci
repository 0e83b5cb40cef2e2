// SPDX-License-Identifier: GPL-2.0
///
/// A CPU hotplug callback that completes what is left on a per-CPU list does so
/// under the lock of the list.  Complete it when the lock is released and the
/// thread has stopped: what was queued first comes first, and nothing is left
/// that could change the list.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: cpuhp_setup_state, kthread_stop

@@
identifier down, P, thread, list, t, work, tmp, link, lock;
identifier unlock =~ "^spin_unlock";
struct P *p;
expression list es;
iterator name list_for_each_entry_safe;
@@

  down(...)
  {
  ... when any
  t = p->thread;
  p->thread = NULL;
+ 	unlock(&p->lock, es);
+ 	if (t)
+ 		kthread_stop(t);
  list_for_each_entry_safe(work, tmp, &p->list, link) { ... }
- unlock(&p->lock, es);
- if (t)
- 	kthread_stop(t);
  ...
  }
