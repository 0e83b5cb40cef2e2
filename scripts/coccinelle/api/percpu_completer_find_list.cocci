// SPDX-License-Identifier: GPL-2.0
///
/// A list and a work item of one's own, per CPU or for all of them, to complete
/// in a task what interrupts have finished.  percpu_completer has the queue, the
/// threads and the CPU hotplug code once for all.
///
//# To decide by hand: is the order relied upon; who waits (urgent) and who does
//# not (lazy, as behind delayed work); what has to be flushed before it is freed;
//# does completing wait for other I/O, for which only a workqueue has threads
//# enough, or for anything that the same work item completes.
///
// Confidence: Moderate
// Comments: A report is a candidate, not a defect.  Lists of one object each,
//	such as those of an inode or of a device, are not reported; nor is one list
//	for all CPUs that is not filled with interrupts off, as most of those
//	hold what is torn down by tasks.
// Options: --no-includes
// Keywords: percpu_completer, queue_work, schedule_work, per_cpu, llist, bio_list
// Tokens: this_cpu_ptr|raw_cpu_ptr|per_cpu_ptr|per_cpu & llist_add|list_add|bio_list_add|skb_queue_tail|enqueue_request & (queue|schedule)_(delayed_)?work|mod_delayed_work
// Tokens: llist_add & (queue|schedule)_work_on
// Tokens: DECLARE_(DELAYED_)?WORK & spin_lock_irqsave & schedule_(delayed_)?work|queue_(delayed_)?work

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
		show(p, "percpu_completer %s %s: %s; decide: order? who waits? "
		     "does completing wait for I/O? what is flushed before it is freed?"
		     % (kind, name, what))

def single(p, fn, work, queue):
	found(p, "single", work, "%s() drains %s, one list and one work item for all CPUs" % (fn, queue))

// ----------------------------------------------------------------------------
// Per-CPU data with a list and a work item that are used together

@both exists@
iterator name scoped_guard;
local idexpression P;
expression E, X;
identifier V, L, M, W;
identifier queue =~ "^(queue|schedule|mod)_(delayed_)?work(_on)?$";
position p;
@@

(
  P = &per_cpu(V, ...)
|
  P = \(per_cpu_ptr\|this_cpu_ptr\|raw_cpu_ptr\)(\(&V\|V\|E->V\), ...)
)
  ... when any
(
  \(list_add\|list_add_tail\|llist_add\)(X, \(&P->L\|&P->M.L\))
|
  \(bio_list_add\|__skb_queue_tail\|skb_queue_tail\|crypto_enqueue_request\)(\(&P->L\|&P->M.L\), X)
)
  ... when any
  queue@p(..., \(&P->W\|&P->M.W\), ...)

@script:python depends on report || org@
p << both.p;
v << both.V;
l << both.L;
w << both.W;
q << both.queue;
@@
found(p[0], "list", v, "%s() runs the per-CPU work item %s for the per-CPU list %s" % (q, w, l))

// ----------------------------------------------------------------------------
// The same in variables of their own

@apart exists@
expression X;
identifier V, W;
identifier queue =~ "^(queue|schedule|mod)_(delayed_)?work(_on)?$";
position p;
@@

  \(list_add\|list_add_tail\|llist_add\)(X, \(\(this_cpu_ptr\|raw_cpu_ptr\|per_cpu_ptr\)(&V, ...)\|&per_cpu(V, ...)\))
  ... when any
  queue@p(..., \(\(this_cpu_ptr\|raw_cpu_ptr\|per_cpu_ptr\)(&W, ...)\|&per_cpu(W, ...)\), ...)

@script:python depends on report || org@
p << apart.p;
v << apart.V;
w << apart.W;
q << apart.queue;
@@
found(p[0], "list", v, "%s() runs the per-CPU work item %s for the per-CPU list %s" % (q, w, v))

// ----------------------------------------------------------------------------
// An array with an element for each CPU, on which the work item has to run

@indexed exists@
local idexpression P;
expression E, X, C;
identifier A, L, M, W;
position p;
@@

(
  P = &E->A[C]
|
  P = &E->A[C].M
|
  P = &A[C]
|
  P = &A[C].M
)
  ... when any
  \(list_add\|list_add_tail\|llist_add\)(X, &P->L)
  ... when any
(
  queue_work_on@p(C, ..., &P->W)
|
  schedule_work_on@p(C, &P->W)
)

@script:python depends on report || org@
p << indexed.p;
a << indexed.A;
l << indexed.L;
w << indexed.W;
@@
found(p[0], "list", a, "the work item %s[].%s is run for the list %s[].%s, one for each CPU" % (a, w, a, l))

// ----------------------------------------------------------------------------
// One list, filled with interrupts off, and one work item for all CPUs

@item@
declarer name DECLARE_WORK, DECLARE_DELAYED_WORK;
identifier W, F;
@@

(
  DECLARE_WORK(W, F);
|
  DECLARE_DELAYED_WORK(W, F);
)

@single exists@
identifier item.W, L, K;
expression X;
identifier queue =~ "^(queue|schedule|mod)_(delayed_)?work(_on)?$";
position p;
@@

  spin_lock_irqsave(&K, ...)
  ... when any
  \(\(list_add\|list_add_tail\)(X, &L)\|bio_list_add(&L, X)\)
  ... when any
  queue@p(..., &W, ...)

@script:python depends on report || org@
p << single.p;
w << item.W;
f << item.F;
l << single.L;
@@
single(p[0], f, w, l)

@ahead exists@
identifier item.W, L, K;
expression X;
identifier queue =~ "^(queue|schedule|mod)_(delayed_)?work(_on)?$";
position p;
@@

  spin_lock_irqsave(&K, ...)
  ... when any
  queue@p(..., &W, ...)
  ... when any
  \(\(list_add\|list_add_tail\)(X, &L)\|bio_list_add(&L, X)\)

@script:python depends on report || org@
p << ahead.p;
w << item.W;
f << item.F;
l << ahead.L;
@@
single(p[0], f, w, l)

@pushed exists@
identifier item.W, L, K, M;
expression O;
identifier queue =~ "^(queue|schedule|mod)_(delayed_)?work(_on)?$";
position p;
@@

  spin_lock_irqsave(&K, ...)
  ... when any
  O->M = L;
  L = O;
  ... when any
  queue@p(..., &W, ...)

@script:python depends on report || org@
p << pushed.p;
w << item.W;
f << item.F;
l << pushed.L;
@@
single(p[0], f, w, l)

// ----------------------------------------------------------------------------
// For context mode

@depends on context@
identifier f;
position both.p;
@@

* f@p(...)

@depends on context@
identifier f;
position apart.p;
@@

* f@p(...)

@depends on context@
identifier f;
position indexed.p;
@@

* f@p(...)

@depends on context@
identifier f;
position single.p;
@@

* f@p(...)

@depends on context@
identifier f;
position ahead.p;
@@

* f@p(...)

@depends on context@
identifier f;
position pushed.p;
@@

* f@p(...)
