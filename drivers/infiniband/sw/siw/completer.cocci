// SPDX-License-Identifier: GPL-2.0
///
/// Resume queue pairs on a percpu_completer instead of private threads.  As before,
/// of the CPUs that share a core only one is used.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: siw, percpu_completer, kthread_run_on_cpu

@threads@
@@

- struct task_struct *siw_tx_thread[NR_CPUS];
+ struct percpu_completer siw_tx_completer;

@depends on threads@
@@

- extern struct task_struct *siw_tx_thread[];
+ extern struct percpu_completer siw_tx_completer;

@depends on threads@
@@

(
- int siw_create_tx_threads(void);
+ void siw_sq_resume(struct llist_node *node);
|
- void siw_stop_tx_threads(void);
|
- int siw_run_sq(void *arg);
)

@depends on threads@
@@

- #include <linux/kthread.h>

@depends on threads@
@@

  #include <linux/crc32c.h>
+ #include <linux/percpu_completer.h>

@depends on threads@
@@

- memset(siw_tx_thread, ...);

@depends on threads@
@@

- if (!siw_tx_thread[cpu])
+ 	if (cpu != cpumask_first(topology_sibling_cpumask(cpu)))
  	continue;

@depends on threads@
symbol attrs;
statement S;
@@

  siw_init_module(...)
  {
+ 	static const struct percpu_completer_attrs attrs = {
+ 		.name = "siw_tx",
+ 		.fn = siw_sq_resume,
+ 	};
  	... when any
- 	if (!siw_create_tx_threads()) S
+ 	rv = percpu_completer_init(&siw_tx_completer, &attrs);
+ 	if (rv)
+ 		goto out_error;
  	... when any
  }

@depends on threads@
@@

- siw_stop_tx_threads();
+ percpu_completer_destroy(&siw_tx_completer);

@depends on threads@
declarer name DEFINE_PER_CPU;
@@

(
- struct tx_task_t { ... };
|
- static DEFINE_PER_CPU(struct tx_task_t, siw_tx_task_g);
)

@depends on threads@
identifier fn = {siw_create_tx_threads,siw_stop_tx_threads,siw_run_sq};
type T;
@@

- T fn(...) { ... }

@depends on threads@
@@

- static void siw_sq_resume(struct siw_qp *qp)
+ void siw_sq_resume(struct llist_node *node)
  {
+ 	struct siw_qp *qp = llist_entry(node, struct siw_qp, tx_list);
+
  	...
  }

@depends on threads@
@@

- llist_add(&qp->tx_list, ...);
- wake_up(...);
+ percpu_completer_queue_on(&siw_tx_completer, qp->tx_cpu, &qp->tx_list);
