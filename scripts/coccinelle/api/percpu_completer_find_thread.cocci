// SPDX-License-Identifier: GPL-2.0
///
/// Threads of one's own, one per CPU, that complete what interrupts have
/// finished.  percpu_completer has the queue, the threads and the CPU hotplug
/// code once for all.
///
//# To decide by hand: is the order relied upon; who waits (urgent) and who does
//# not (lazy); what has to be flushed before it is freed; does completing wait
//# for anything that the same threads complete.
///
// Confidence: Moderate
// Comments: A report is a candidate, not a defect.  Threads that nothing is
//	queued to, such as those of benchmarks, are not reported.
// Options: --no-includes
// Keywords: percpu_completer, kthread_create_on_cpu, kthread_bind, smpboot, kthread_worker
// Tokens: kthread_create_on_cpu|kthread_run_on_cpu|kthread_bind|smp_hotplug_thread & per_cpu|this_cpu_ptr|raw_cpu_ptr & INIT_LIST_HEAD|init_llist_head|bio_list_init|skb_queue_head_init
// Tokens: num_online_cpus|num_possible_cpus|nr_cpu_ids & list_add & wake_up
// Tokens: kthread_create_worker_on_cpu|kthread_run_worker_on_cpu

virtual patch
virtual context
virtual org
virtual report

@initialize:python depends on report@
@@
def show(p, msg):
	coccilib.report.print_report(p, "WARNING: " + msg)

@initialize:python depends on org@
@@
def show(p, msg):
	coccilib.org.print_todo(p, msg.replace("[", "@(").replace("]", ")"))

@initialize:python depends on report || org@
@@
seen = set()

def found(p, kind, name, what):
	"""Each name is reported once for a file."""
	if (p.file, name) not in seen:
		seen.add((p.file, name))
		show(p, "percpu_completer %s %s: %s; "
		     "decide: order? who waits? what is flushed before it is freed?"
		     % (kind, name, what))

def thread(p, fn, name, queue):
	found(p, "thread", name, "%s() drains the per-CPU list %s in a thread per CPU"
				 % (fn, queue))

// ----------------------------------------------------------------------------
// A thread per CPU, made beside a list in per-CPU data

@queue exists@
iterator name scoped_guard;
local idexpression P;
expression E;
identifier V, L;
@@

(
  P = &per_cpu(V, ...)
|
  P = \(per_cpu_ptr\|this_cpu_ptr\|raw_cpu_ptr\)(\(&V\|V\|E->V\), ...)
)
  ... when any
  \(INIT_LIST_HEAD\|init_llist_head\|bio_list_init\|skb_queue_head_init\)(&P->L)

@thread exists@
local idexpression P;
expression E;
identifier queue.V, F;
position p;
@@

(
  P = &per_cpu(V, ...)
|
  P = \(per_cpu_ptr\|this_cpu_ptr\|raw_cpu_ptr\)(\(&V\|V\|E->V\), ...)
)
  ... when any
  \(kthread_create_on_cpu@p\|kthread_run_on_cpu@p\)(F, ...)

@bound exists@
local idexpression P;
expression E, T;
identifier queue.V, F;
position p;
@@

(
  P = &per_cpu(V, ...)
|
  P = \(per_cpu_ptr\|this_cpu_ptr\|raw_cpu_ptr\)(\(&V\|V\|E->V\), ...)
)
  ... when any
  T = \(kthread_create_on_node@p\|kthread_create@p\)(F, ...)
  ... when any
  kthread_bind(T, ...)

@script:python depends on report || org@
p << thread.p;
f << thread.F;
v << queue.V;
l << queue.L;
@@
thread(p[0], f, v, l)

@script:python depends on report || org@
p << bound.p;
f << bound.F;
v << queue.V;
l << queue.L;
@@
thread(p[0], f, v, l)

// ----------------------------------------------------------------------------
// The same, with the threads left to smpboot

@smpboot@
identifier queue.V, S, F, M;
position p;
@@

  struct smp_hotplug_thread S@p = {
  .store = &V.M,
  .thread_fn = F,
  };

@script:python depends on report || org@
p << smpboot.p;
f << smpboot.F;
v << queue.V;
l << queue.L;
@@
thread(p[0], f, v, l)

// ----------------------------------------------------------------------------
// Lists and wait queues in arrays with an element for each CPU

@cpus@
symbol nr_cpu_ids;
expression N;
@@

(
  N = num_online_cpus();
|
  N = num_possible_cpus();
|
  N = nr_cpu_ids;
)

@array depends on cpus@
symbol nr_cpu_ids;
expression cpus.N, A;
identifier alloc;
@@

  A = alloc(..., N, ...)

@indexed exists@
expression array.A, X, W, I;
identifier L, S;
position p;
@@

  \(list_add\|list_add_tail\|llist_add\)(X, &A[I].L)
  ... when any
  \(wake_up@p\|wake_up_process@p\)(\(&W[I]\|W[I]\|&A[I].S\|A[I].S\))

@script:python depends on report || org@
p << indexed.p;
a << array.A;
l << indexed.L;
@@
found(p[0], "thread", a, "a thread is woken for the list %s[].%s, one for each CPU" % (a, l))

// ----------------------------------------------------------------------------
// An array of kthread workers, one for each CPU

@workers@
identifier A;
@@

(
  struct kthread_worker **A;
|
  struct kthread_worker *A[...];
)

@made exists@
identifier G;
@@

  G(...)
  {
  ... when any
  \(kthread_create_worker_on_cpu\|kthread_run_worker_on_cpu\)(...)
  ... when any
  }

@worker@
identifier workers.A, made.G;
expression I;
position p;
@@

  A[I]@p = \(G\|kthread_create_worker_on_cpu\|kthread_run_worker_on_cpu\)(...)

@stored exists@
identifier workers.A, made.G;
expression W, I;
position p;
@@

  W = G(...)
  ... when any
(
  A[I]@p = W
|
  rcu_assign_pointer@p(A[I], W)
)

@script:python depends on report || org@
p << worker.p;
a << workers.A;
@@
found(p[0], "worker", a, "a kthread worker for each CPU")

@script:python depends on report || org@
p << stored.p;
a << workers.A;
@@
found(p[0], "worker", a, "a kthread worker for each CPU")

// ----------------------------------------------------------------------------
// For context mode

@depends on context@
identifier f;
position thread.p;
@@

* f@p(...)

@depends on context@
identifier f;
position bound.p;
@@

* f@p(...)

@depends on context@
identifier f;
position indexed.p;
@@

* f@p(...)

@depends on context@
identifier S;
position smpboot.p;
@@

* struct smp_hotplug_thread S@p = { ... };

@depends on context@
expression A, W, I;
position worker.p;
@@

* A[I]@p = W

@depends on context@
expression A, W, I;
position stored.p;
@@

(
* A[I]@p = W
|
* rcu_assign_pointer@p(A[I], W)
)
