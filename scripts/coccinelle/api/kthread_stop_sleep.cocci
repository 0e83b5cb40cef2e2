// SPDX-License-Identifier: GPL-2.0
///
/// A thread that looks whether it should stop, then prepares to sleep, and sleeps
/// without looking again, misses a kthread_stop() between the two: its wake-up
/// finds a thread that is still running.  Nothing else may ever wake it.
///
//  Confidence: Moderate
//  Comments: Who is woken by something else now and then is only late to stop.
//  Options: --no-includes --include-headers
//  Keywords: kthread_stop, kthread_should_stop, set_current_state, schedule

virtual patch

@@
identifier unlock =~ "^(raw_)?spin_unlock(_bh|_irq|_irqrestore)?$";
expression list es;
@@

  while (!kthread_should_stop()) {
  	...
  	set_current_state(TASK_INTERRUPTIBLE);
  	unlock(es);
- 	schedule();
+ 	if (!kthread_should_stop())
+ 		schedule();
  }
