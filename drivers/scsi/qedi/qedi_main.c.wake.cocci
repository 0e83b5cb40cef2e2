// SPDX-License-Identifier: GPL-2.0
///
/// Take another CPU's thread when this CPU is going down and has none any more.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: qedi, wake_up_process

@@
symbol cpu_online_mask;
@@

+ 	/* On its way down or up, as one CPU at a time may be: take another. */
  if (unlikely(!p->iothread))
- 	WARN_ON(1);
+ 	p = &per_cpu(qedi_percpu, cpumask_any_but(cpu_online_mask, cpu));
