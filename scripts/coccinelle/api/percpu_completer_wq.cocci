// SPDX-License-Identifier: GPL-2.0
///
/// A workqueue that runs one work item per CPU at a time, each of which is set up
/// and queued for one object and only completes that, is what percpu_completer does.
///
//  Confidence: Moderate
//  Comments: The files of a driver have to be given together, headers included,
//  Comments: for instance: spatch -D patch --sp-file THIS --in-place a.h b.c c.c
//  Comments: Nothing is changed if the workqueue or the work items are used in
//  Comments: any other way.  Left to do by hand: see that completing does not wait
//  Comments: for other I/O, and that no object is queued while it is queued;
//  Comments: percpu_completer_flush() before what is queued, or what it points to,
//  Comments: is freed; select PERCPU_COMPLETER.
//  Options: --no-includes --include-headers
//  Keywords: percpu_completer, alloc_workqueue, INIT_WORK, queue_work
//
//  Names used below: queue is the workqueue, "struct W" the object, work its work
//  item, handler the function of that.

virtual patch

// Find the parts

@create@
identifier init, queue;
expression fmt, flags;
@@

  init(...)
  {
  <+...
  queue = alloc_workqueue(fmt, flags, 1, ...)
  ...+>
  }

@highpri@
identifier create.queue;
@@

  queue = alloc_workqueue(..., <+... WQ_HIGHPRI ...+>, 1, ...)

@title_first@
identifier create.queue;
constant title =~ "^\"[^%]*\"$";
@@

  queue = alloc_workqueue(title, ..., 1)

@title_last@
identifier create.queue;
constant title =~ "^\"[^%]*\"$";
@@

  queue = alloc_workqueue("%s", ..., 1, title)

@queued@
identifier create.queue, W, work, handler;
struct W *w;
position set, used;
expression cpu;
@@

  INIT_WORK(&w->work@set, handler);
  ... when any
(
  queue_work(queue@used, &w->work);
|
  queue_work_on(cpu, queue@used, &w->work);
)

@function@
identifier queued.handler, queued.W, queued.work, w, arg;
@@

  handler(struct work_struct *arg)
  {
  ...
  struct W *w = container_of(arg, struct W, work);
  ...
  }

@type_of_work@
identifier queued.W, queued.work;
@@

  struct W {
  ...
  struct work_struct work;
  ...
  };

// Find what percpu_completer does not do

@known_queue@
identifier create.queue;
position pos;
@@

(
  queue@pos = alloc_workqueue(...)
|
  flush_workqueue(queue@pos)
|
  destroy_workqueue(queue@pos)
|
  !queue@pos
)

@other_queue@
identifier create.queue;
position pos != {known_queue.pos,queued.used};
@@

  queue@pos

@known_work@
identifier queued.W, queued.work;
struct W *w;
position pos;
@@

  \(queue_work\|queue_work_on\)(..., &w->work@pos)

@other_work@
identifier queued.W, queued.work;
struct W *w;
position pos != {known_work.pos,queued.set};
@@

  w->work@pos

@script:python names depends on function && type_of_work && !other_queue && !other_work@
queue << create.queue;
completer;
@@

import re
coccinelle.completer = cocci.make_ident(re.sub("_?(wq|workqueue)$", "", queue) + "_completer")

// Objects

@depends on names@
identifier queued.W, queued.work;
@@

  struct W {
  ...
- struct work_struct
+ struct llist_node
- 	work
+ 	node
  ;
  ...
  };

@depends on names@
identifier queued.handler, arg;
@@

- extern
  void handler(
- 	struct work_struct *arg
+ 	struct llist_node *node
  );

@depends on names@
identifier queued.handler, queued.W, queued.work, w, arg;
@@

  handler(
- 	struct work_struct *arg
+ 	struct llist_node *node
  )
  {
  ...
  struct W *w =
- 	container_of(arg, struct W, work)
+ 	llist_entry(node, struct W, node)
  ;
  ...
  }

@depends on names@
identifier queued.W, queued.work, queued.handler, create.queue, names.completer;
struct W *w;
expression cpu;
@@

(
- INIT_WORK(&w->work, handler);
|
- queue_work(queue, &w->work);
+ percpu_completer_queue(&completer, &w->node);
|
- queue_work_on(smp_processor_id(), queue, &w->work);
+ percpu_completer_queue(&completer, &w->node);
|
- queue_work_on(cpu, queue, &w->work);
+ percpu_completer_queue_on(&completer, cpu, &w->node);
)

// The queue

@depends on names@
identifier create.queue, names.completer;
statement S;
symbol attrs;
@@

- queue = alloc_workqueue(...);
- if (!queue)
+ if (percpu_completer_init(&completer, &attrs))
  S

@depends on names@
identifier create.queue, names.completer;
@@

(
- flush_workqueue(queue);
+ percpu_completer_flush(&completer);
|
- destroy_workqueue(queue);
+ percpu_completer_destroy(&completer);
)

@depends on names && title_first@
identifier create.init, queued.handler;
constant title_first.title;
@@

  init(...)
  {
+ 	static const struct percpu_completer_attrs attrs = {
+ 		.name = title,
+ 		.fn = handler,
+ 	};
  	...
  }

@depends on names && title_last@
identifier create.init, queued.handler;
constant title_last.title;
@@

  init(...)
  {
+ 	static const struct percpu_completer_attrs attrs = {
+ 		.name = title,
+ 		.fn = handler,
+ 	};
  	...
  }

@depends on names && highpri@
identifier queued.handler;
symbol attrs;
@@

  struct percpu_completer_attrs attrs = {
  	...,
+ 	.nice = MIN_NICE,
  };

@depends on names@
identifier create.queue, names.completer;
@@

(
- extern struct workqueue_struct *queue;
+ extern struct percpu_completer completer;
|
- static struct workqueue_struct *queue;
+ static struct percpu_completer completer;
|
- struct workqueue_struct *queue;
+ struct percpu_completer completer;
)

@depends on names@
@@

- #include <linux/workqueue.h>
+ #include <linux/percpu_completer.h>
