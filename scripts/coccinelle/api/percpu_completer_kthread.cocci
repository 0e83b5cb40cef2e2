// SPDX-License-Identifier: GPL-2.0
///
/// A per-CPU list and lock, with a thread for each CPU that is created and
/// stopped by CPU hotplug callbacks, is what percpu_completer does.
///
//  Confidence: Moderate
//  Comments: The files of a driver have to be given together, headers included,
//  Comments: for instance: spatch -D patch --sp-file THIS --in-place a.h b.c c.c
//  Comments: Nothing is changed unless all parts are found and nothing else uses
//  Comments: them.  Left to do by hand: percpu_completer_flush() before what is
//  Comments: queued, or what it points to, is freed; select PERCPU_COMPLETER;
//  Comments: labels that are not used any more.  And a person has to see whether
//  Comments: the lock protected anything else.
//  Options: --no-includes --include-headers
//  Keywords: percpu_completer, kthread_create_on_cpu, kthread_bind, cpuhp_setup_state
//
//  Names used below: each CPU has a "struct P" with the members thread, list and
//  lock, in the per-CPU variable V; on the list are "struct W", by their member
//  link; thread_fn is the thread's function, up and down are the callbacks.

virtual patch

// Find the parts

@setup@
identifier init, up, down, state;
expression err;
@@

  init(...)
  {
  ... when any
  err = \(cpuhp_setup_state\|cpuhp_setup_state_nocalls\|cpuhp_setup_state_cpuslocked\)(..., up, down);
  ... when any
  state = err;
  ... when any
  }

@online@
identifier setup.up, thread_fn, P, t, thread;
struct P *p;
constant title =~ "^\"";
@@

  up(...)
  {
  ... when any
(
  t = kthread_create_on_cpu(thread_fn, ..., title);
|
  t = kthread_create_on_node(thread_fn, ..., title, ...);
  ... when any
  kthread_bind(t, ...);
)
  ... when any
  p->thread = t;
  ... when any
  }

@offline@
identifier setup.down, online.thread, online.P;
struct P *p;
@@

  down(...)
  {
  <+...
  p->thread = NULL
  ...+>
  }

@variable@
identifier online.P, V;
declarer name DEFINE_PER_CPU;
@@

  DEFINE_PER_CPU(struct P, V);

@loop@
identifier online.thread_fn, online.P, W, work, tmp, batch, link, list;
struct P *p;
iterator name list_for_each_entry_safe;
@@

  thread_fn(...)
  {
  ... when any
  struct W *work;
  <+...
  list_splice_init(&p->list, &batch);
  ...
  list_for_each_entry_safe(work, tmp, &batch, link) {
  	\(list_del_init\|list_del\)(&work->link);
  	...
  }
  ...+>
  }

@locked@
identifier online.thread_fn, online.P, lock;
struct P *p;
@@

  thread_fn(...)
  {
  <+...
  \(spin_lock\|spin_lock_bh\|spin_lock_irq\|spin_lock_irqsave\)(&p->lock, ...)
  ...+>
  }

@type_of_cpu@
identifier online.P;
@@

  struct P { ... };

@type_of_work@
identifier loop.W, loop.link;
@@

  struct W {
  ...
  struct list_head link;
  ...
  };

// Find what percpu_completer does not do

@completes@
identifier online.thread_fn, loop.work, loop.tmp, loop.batch, loop.link, f;
iterator name list_for_each_entry_safe;
position pos;
@@

  thread_fn(...)
  {
  <+...
  list_for_each_entry_safe(work, tmp, &batch, link) {
  	<+...
  	f@pos(...)
  	...+>
  }
  ...+>
  }

@thread_does_more@
identifier online.thread_fn;
identifier f !~ "^(kthread_should_stop|schedule|cond_resched|(__)?set_current_state|set_user_nice|LIST_HEAD|list_empty|list_splice_init|spin_(un)?lock(_bh|_irq|_irqsave|_irqrestore)?)$";
position pos != completes.pos;
@@

  thread_fn(...)
  {
  <+...
  f@pos(...)
  ...+>
  }

@known_list@
identifier online.P, loop.list;
struct P *p;
position pos;
@@

(
  list_splice_init(&p->list@pos, ...)
|
  list_empty(&p->list@pos)
|
  INIT_LIST_HEAD(&p->list@pos)
)

@queued exists@
identifier online.P, online.thread, loop.W, loop.list, loop.link, variable.V;
struct P *p;
struct W *w;
expression cpu;
position pos;
@@

(
  p = &per_cpu(V, cpu);
|
  p = per_cpu_ptr(&V, cpu);
|
  p = this_cpu_ptr(&V);
)
  ... when any
      when != p = ...
  list_add_tail(&w->link, &p->list@pos);
  ...
  wake_up_process(p->thread);

@handed_down exists@
identifier online.P, online.thread, variable.V, helper;
struct P *p;
expression cpu;
@@

(
  cpu = smp_processor_id();
  ...
  p = &per_cpu(V, cpu);
|
  p = &per_cpu(V, smp_processor_id());
|
  p = this_cpu_ptr(&V);
)
  ... when any
      when != p = ...
  helper(..., p)
  ... when any
  wake_up_process(p->thread);

@queued_by_helper@
identifier handed_down.helper, online.P, loop.list, loop.link, p;
expression e;
position pos;
@@

  helper(..., struct P *p)
  {
  <+...
  list_add_tail(\(&e->link\|&e.link\), &p->list@pos)
  ...+>
  }

@known_loop@
identifier setup.down, online.P, loop.list;
struct P *p;
position pos;
iterator name list_for_each_entry_safe;
@@

  down(...)
  {
  <+...
  list_for_each_entry_safe(..., &p->list@pos, ...) { ... }
  ...+>
  }

@known_thread@
identifier online.P, online.thread;
struct P *p;
position pos;
@@

  p->thread@pos

@known_lock@
identifier online.P, locked.lock;
struct P *p;
position pos;
@@

  &p->lock@pos

@used_otherwise@
identifier online.P, m;
struct P *p;
position pos != {known_list.pos,queued.pos,queued_by_helper.pos,known_loop.pos,known_thread.pos,known_lock.pos};
@@

  p->m@pos

@script:python names depends on offline && type_of_cpu && type_of_work && locked && !thread_does_more && !used_otherwise@
V << variable.V;
W << loop.W;
thread_fn << online.thread_fn;
title << online.title;
completer;
complete;
label;
@@

import re
coccinelle.completer = cocci.make_ident(re.sub("_?per_?cpu.*", "", V) + "_completer")
coccinelle.complete = cocci.make_ident(re.sub("(_percpu)?(_io)?_k?thread(_fn)?$", "", thread_fn) + "_complete")
coccinelle.label = cocci.make_expr(re.sub('/%[diu]"$', '"', title))

// The completion function takes the place of the thread

@depends on names@
identifier online.thread_fn, loop.work, loop.tmp, loop.batch, loop.link;
iterator name list_for_each_entry_safe;
@@

  thread_fn(...)
  {
  <+...
  list_for_each_entry_safe(work, tmp, &batch, link) {
- 	\(list_del_init\|list_del\)(&work->link);
  	...
  }
  ...+>
  }

@body depends on names@
identifier online.thread_fn, loop.work, loop.tmp, loop.batch, loop.link;
iterator name list_for_each_entry_safe;
statement list SS;
@@

  thread_fn(...)
  {
  <+...
  list_for_each_entry_safe(work, tmp, &batch, link) { SS }
  ...+>
  }

@nice depends on names@
identifier online.thread_fn;
expression N;
symbol current;
@@

  thread_fn(...)
  {
  <+...
  set_user_nice(current, N)
  ...+>
  }

@depends on names@
identifier online.thread_fn, names.complete, arg;
@@

(
- extern
- int thread_fn(void *arg)
+ void complete(struct llist_node *node)
  ;
|
  static
- int thread_fn(void *arg)
+ void complete(struct llist_node *node)
  ;
|
- int thread_fn(void *arg)
+ void complete(struct llist_node *node)
  ;
)

@depends on names@
identifier online.thread_fn, names.complete, arg, loop.W, loop.work;
statement list body.SS;
@@

(
+ static void complete(struct llist_node *node)
+ {
+ 	struct W *work = llist_entry(node, struct W, node);
+
+ 	SS
+ }
- static int thread_fn(void *arg) { ... }
|
+ void complete(struct llist_node *node)
+ {
+ 	struct W *work = llist_entry(node, struct W, node);
+
+ 	SS
+ }
- int thread_fn(void *arg) { ... }
)

@depends on names@
identifier loop.W, loop.link;
@@

  struct W {
  ...
- struct list_head link;
+ struct llist_node node;
  ...
  };

// Queue.  It has to come last: the object may be gone when it returns.

@depends on names exists@
identifier online.P, online.thread, loop.W, loop.list, loop.link, names.completer, variable.V;
struct P *p;
struct W *w;
expression cpu;
@@

(
  p = &per_cpu(V, cpu);
|
  p = per_cpu_ptr(&V, cpu);
)
  ... when any
      when != p = ...
- list_add_tail(&w->link, &p->list);
  ...
- wake_up_process(p->thread);
+ percpu_completer_queue_on(&completer, cpu, &w->node);

@depends on names exists@
identifier online.P, online.thread, loop.W, loop.list, loop.link, names.completer, variable.V;
struct P *p;
struct W *w;
@@

  p = this_cpu_ptr(&V);
  ... when any
      when != p = ...
- list_add_tail(&w->link, &p->list);
  ...
- wake_up_process(p->thread);
+ percpu_completer_queue(&completer, &w->node);

@depends on names exists@
identifier handed_down.helper, online.P, loop.list, loop.link, p;
expression e;
@@

  helper(..., struct P *p)
  {
  ... when any
- INIT_LIST_HEAD(&e.link);
  ... when any
  list_add_tail(&e.link, &p->list);
  ... when any
  }

@depends on names@
identifier handed_down.helper, online.P, loop.list, loop.link, names.completer, p;
expression e;
@@

  helper(..., struct P *p)
  {
  <...
(
- list_add_tail(&e->link, &p->list);
+ percpu_completer_queue(&completer, &e->node);
|
- list_add_tail(&e.link, &p->list);
+ percpu_completer_queue(&completer, &e.node);
)
  ...>
  }

@depends on names@
identifier handed_down.helper, online.P, p;
@@

  helper(...
- 	, struct P *p
  )
  {
  ...
  }

@depends on names@
identifier handed_down.helper, online.P;
struct P *p;
@@

  helper(...
- 	, p
  )

@depends on names@
identifier loop.W, loop.link;
struct W *w;
@@

- INIT_LIST_HEAD(&w->link);

@depends on names@
identifier online.P, online.thread;
struct P *p;
@@

- wake_up_process(p->thread);

@depends on names@
identifier online.P, online.thread;
struct P *p;
statement S;
@@

- if (unlikely(!p->thread)) S

@depends on names@
identifier online.P, online.thread;
struct P *p;
@@

- if (likely(p->thread)) {
  ...
- }

@depends on names@
identifier online.P, locked.lock;
struct P *p;
expression flags;
@@

(
- spin_lock(&p->lock);
|
- spin_unlock(&p->lock);
|
- spin_lock_bh(&p->lock);
|
- spin_unlock_bh(&p->lock);
|
- spin_lock_irq(&p->lock);
|
- spin_unlock_irq(&p->lock);
|
- spin_lock_irqsave(&p->lock, flags);
|
- spin_unlock_irqrestore(&p->lock, flags);
|
- spin_lock_init(&p->lock);
)

// CPU hotplug

@depends on names@
identifier setup.up, setup.down;
@@

(
- static int up(...) { ... }
|
- static int down(...) { ... }
)

@depends on names@
identifier setup.state;
@@

- static enum cpuhp_state state;

@depends on names@
identifier setup.state, names.completer;
@@

(
- cpuhp_remove_state(state);
+ percpu_completer_destroy(&completer);
|
- cpuhp_remove_state_nocalls(state);
+ percpu_completer_destroy(&completer);
)

@depends on names@
identifier setup.up, setup.down, setup.state, names.completer;
expression setup.err;
statement S;
symbol attrs;
@@

  err =
- 	\(cpuhp_setup_state\|cpuhp_setup_state_nocalls\|cpuhp_setup_state_cpuslocked\)(..., up, down)
+ 	percpu_completer_init(&completer, &attrs)
  ;
  if (
- 	err < 0
+ 	err
  ) S
- state = err;

@depends on names@
identifier setup.init, names.complete;
expression names.label;
@@

  init(...)
  {
+ 	static const struct percpu_completer_attrs attrs = {
+ 		.name = label,
+ 		.fn = complete,
+ 	};
  	...
  }

@depends on names@
identifier names.complete;
expression nice.N;
symbol attrs, fn;
@@

  struct percpu_completer_attrs attrs = {
  	.fn = complete,
+ 	.nice = N,
  };

@depends on names@
identifier online.P, online.thread, loop.list;
struct P *p;
@@

(
- INIT_LIST_HEAD(&p->list);
|
- p->thread = NULL;
)

@depends on names@
identifier online.P, variable.V;
struct P *p;
expression cpu;
@@

(
- p = &per_cpu(V, cpu);
|
- p = per_cpu_ptr(&V, cpu);
|
- p = this_cpu_ptr(&V);
)

@depends on names@
identifier setup.init;
iterator name for_each_possible_cpu;
expression cpu;
@@

  init(...)
  {
  <...
- for_each_possible_cpu(cpu) {}
  ...>
  }

@depends on names@
identifier online.P, p;
@@

(
- struct P *p;
|
- struct P *p = NULL;
)
  ... when != p

@depends on names@
identifier cpu;
@@

- cpu = smp_processor_id();
  ... when != cpu

@depends on names@
identifier v =~ "^(cpu|flags)$";
type T;
constant c;
@@

(
- T v;
|
- T v = c;
)
  ... when != v

// What each CPU had

@is_static depends on names@
identifier online.P, variable.V, names.completer;
declarer name DEFINE_PER_CPU;
@@

- static DEFINE_PER_CPU(struct P, V);
+ static struct percpu_completer completer;

@depends on names && !is_static@
identifier online.P, variable.V, names.completer;
declarer name DEFINE_PER_CPU;
@@

- DEFINE_PER_CPU(struct P, V);
+ struct percpu_completer completer;

@declared depends on names@
identifier online.P, variable.V;
declarer name DECLARE_PER_CPU;
@@

- DECLARE_PER_CPU(struct P, V);

@depends on names && declared@
identifier online.P, names.completer;
@@

+ extern struct percpu_completer completer;
- struct P { ... };

@depends on names && !declared@
identifier online.P;
@@

- struct P { ... };

// Headers

@still@
identifier f =~ "^kthread_";
@@

  f(...)

@depends on names && !still@
@@

- #include <linux/kthread.h>
+ #include <linux/percpu_completer.h>

@depends on names && still@
@@

  #include <linux/kthread.h>
+ #include <linux/percpu_completer.h>
