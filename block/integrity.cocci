// SPDX-License-Identifier: GPL-2.0
///
/// Verify the integrity of what was read on a percpu_completer instead of a workqueue
/// that runs one work item at a time on each CPU.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: percpu_completer, bio, integrity, kintegrityd

@queue@
identifier wq;
expression flags;
@@

  wq = alloc_workqueue("kintegrityd", flags, 1);

@use depends on queue@
identifier queue.wq, work, verify;
expression data;
@@

  INIT_WORK(&data->work, verify);
  queue_work(wq, &data->work);

@script:python names@
work << use.work;
node;
@@

coccinelle.node = work.replace("work", "node")

@depends on use@
identifier data, use.work, names.node;
@@

  struct data {
  	...
- 	struct work_struct
+ 	struct llist_node
- 		work
+ 		node
  		;
  	...
  };

@depends on use@
identifier queue.wq;
@@

- static struct workqueue_struct *wq;
+ static struct percpu_completer bio_integrity_completer;

@depends on use@
identifier data, use.verify, use.work, names.node, item, w;
@@

- static void verify(struct work_struct *w)
+ static void verify(struct llist_node *link)
  {
  	struct data *item =
- 		container_of(w, struct data, work);
+ 		llist_entry(link, struct data, node);
  	...
  }

@depends on use@
identifier queue.wq, use.work, use.verify, names.node;
expression data;
@@

- INIT_WORK(&data->work, verify);
- queue_work(wq, &data->work);
+ percpu_completer_queue(&bio_integrity_completer, &data->node);

@depends on use@
identifier queue.wq;
@@

- flush_workqueue(wq);
+ percpu_completer_flush(&bio_integrity_completer);

@depends on use@
identifier queue.wq, use.verify, init;
statement S;
@@

  init(void)
  {
+ 	static const struct percpu_completer_attrs attrs = {
+ 		.name = "kintegrityd",
+ 		.fn = verify,
+ 		.nice = MIN_NICE,
+ 	};
+
  	... when any
- 	wq = alloc_workqueue(...);
- 	if (!wq) S
+ 	if (percpu_completer_init(&bio_integrity_completer, &attrs))
+ 		panic("bio: can't start the integrity completer\n");
  	...
  }

@depends on use@
@@

- #include <linux/workqueue.h>

@depends on use@
@@

+ #include <linux/percpu_completer.h>
+ #include <linux/sched/prio.h>
  #include <linux/t10-pi.h>
