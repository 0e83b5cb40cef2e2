// SPDX-License-Identifier: GPL-2.0
///
/// Take another CPU's thread when this CPU is going down and has none any more.
/// Only under the lock does a thread that is there stay there.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: qedi, wake_up_process

@@
expression flags;
symbol p, cpu, cpu_online_mask;
@@

- if (unlikely(!p->iothread))
- 	WARN_ON(1);
  spin_lock_irqsave(&p->p_work_lock, flags);
+ if (unlikely(!p->iothread)) {
+ 	/* On its way down or up; all others have their threads. */
+ 	spin_unlock_irqrestore(&p->p_work_lock, flags);
+ 	p = &per_cpu(qedi_percpu, cpumask_any_but(cpu_online_mask, cpu));
+ 	spin_lock_irqsave(&p->p_work_lock, flags);
+ }
