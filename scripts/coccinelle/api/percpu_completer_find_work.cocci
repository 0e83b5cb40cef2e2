// SPDX-License-Identifier: GPL-2.0
///
/// Completion callbacks that initialise and queue a work item for each object,
/// only to get to a task.  percpu_completer does that with one pointer for each
/// object, on the CPU of the interrupt and in the order of the completions.
///
//# To decide by hand: does completing wait for other I/O or sleep for long, for
//# which only a workqueue has threads enough; do objects need to be completed
//# at the same time; is the order relied upon; who waits (urgent) and who does
//# not (lazy); what has to be flushed before it is freed.
///
// Confidence: Low
// Comments: A report is a candidate, not a defect.  A function is taken for a
//	completion callback if it is stored as one, if its name says so, or if
//	such a function calls it; or if it chooses the CPU that is to complete.
// Options: --no-includes
// Keywords: percpu_completer, INIT_WORK, queue_work, bi_end_io, ki_complete
// Tokens: INIT_WORK|kthread_init_work & end_?(a?io|bio)|(io_|[.>]|ki_)complete|complete_(a?io|bio|cmd)|[.>]done\b|(queue|schedule)_work_on|_set_callback|usb_fill_ & queue_work|schedule_work

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

@initialize:python depends on context || patch@
@@
def show(p, msg):
	pass

@initialize:python@
@@
import re

NAMED = re.compile(r"end_?(a?io|bio)|a?io_complete$|complete_(a?io|bio|cmd)(_|$)")
stored, callers = {}, {}
loops, chosen, seen = set(), set(), set()

def is_callback(p, fn):
	return (p.file, fn) in stored or NAMED.search(fn)

def callback(p, fn):
	"""How is it known that this function runs when something completes?"""
	if (p.file, fn) in stored:
		return "stored in %s" % stored[p.file, fn]
	if NAMED.search(fn):
		return "named as a completion callback"
	by = sorted(c for c in callers.get((p.file, fn), ()) if is_callback(p, c))
	return "called from %s()" % by[0] if by else None

def found(p, fn, item, why):
	"""Each function is reported once for a file."""
	if (p.file, fn) not in seen:
		seen.add((p.file, fn))
		show(p, "percpu_completer work %s: each object has its own work item %s, "
		     "initialised to reach a task by a function %s; decide: does completing "
		     "wait for I/O or take long? order? who waits? what is flushed before "
		     "it is freed?" % (fn, item.replace(" ", ""), why))

// ----------------------------------------------------------------------------
// A work item of an object is initialised and queued in one go

@defer exists@
iterator name scoped_guard;
identifier G;
expression X, F;
identifier queue =~ "^((queue|schedule)_work(_on)?|kthread_queue_work)$";
position p;
@@

  G(...)
  {
  ... when any
  \(INIT_WORK\|kthread_init_work\)(X, F);
  ... when any
  queue@p(..., X, ...)
  ... when any
  }

// ----------------------------------------------------------------------------
// Which functions are completion callbacks

@hook depends on defer@
identifier F;
expression E;
identifier fld =~ "^(bi_end_io|b_end_io|end_io|ki_complete|complete|done)$";
position p;
@@

(
  E->fld = F@p
|
  E.fld = F@p
)

@script:python@
p << hook.p;
f << hook.F;
m << hook.fld;
@@
stored[p[0].file, f] = "->" + m

@argument depends on defer@
identifier F;
identifier set =~ "_set_callback$|^usb_fill_(bulk|control|int)_urb$";
position p;
@@

  set(..., F@p, ...)

@script:python@
p << argument.p;
f << argument.F;
s << argument.set;
@@
stored[p[0].file, f] = "a request by %s()" % s

@call@
identifier defer.G;
position p;
@@

  G@p(...)

@script:python@
p << call.p;
g << defer.G;
@@
callers.setdefault((p[0].file, g), set()).add(p[0].current_element)

// ----------------------------------------------------------------------------
// A CPU that is chosen for one object, not all of them in turn

@loop@
iterator name for_each_online_cpu, for_each_possible_cpu, for_each_cpu;
position p;
@@

(
  for_each_online_cpu(...) { <+... \(queue_work_on@p\|schedule_work_on@p\)(...) ...+> }
|
  for_each_possible_cpu(...) { <+... \(queue_work_on@p\|schedule_work_on@p\)(...) ...+> }
|
  for_each_cpu(...) { <+... \(queue_work_on@p\|schedule_work_on@p\)(...) ...+> }
)

@script:python@
p << loop.p;
@@
for one in p:
	loops.add((one.file, one.line, one.column))

@chosen depends on defer@
expression C !~ "^[0-9]+$";
position p;
@@

  \(queue_work_on@p\|schedule_work_on@p\)(C, ...)

@script:python@
p << chosen.p;
@@
if (p[0].file, p[0].line, p[0].column) not in loops:
	chosen.add((p[0].file, p[0].line, p[0].column))

// ----------------------------------------------------------------------------
// Both together

@script:python candidate@
p << defer.p;
g << defer.G;
x << defer.X;
@@
why = callback(p[0], g)
if not why and (p[0].file, p[0].line, p[0].column) in chosen:
	why = "that chooses the CPU"
if why:
	found(p[0], g, x, why)
else:
	cocci.include_match(False)

@depends on context && candidate@
identifier defer.queue;
position defer.p;
@@

* queue@p(...)
