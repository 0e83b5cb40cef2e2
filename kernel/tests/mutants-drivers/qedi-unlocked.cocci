// SPDX-License-Identifier: GPL-2.0
/// Whether the CPU has a thread is seen before the lock is taken.

@@
expression flags;
statement S;
symbol p;
@@

- spin_lock_irqsave(&p->p_work_lock, flags);
  if (unlikely(!p->iothread))
- 	S
+ 	p = &per_cpu(qedi_percpu, cpumask_any_but(cpu_online_mask, cpu));
+ spin_lock_irqsave(&p->p_work_lock, flags);
