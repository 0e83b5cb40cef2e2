// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion: queueing
 *
 * A queue is a lock-less list, so that a producer needs no lock and no memory.  A
 * producer adds its node, then looks at the state of the queue.  If that is KICKED,
 * then the worker is awake and will grab once more, and the producer is done.  Lazy
 * nodes do not wake the worker, they make sure that a timer will.  Those that urgent
 * nodes may overtake have a list of their own, which the worker grabs when it is due:
 * the timer has fired, the batch is full, or somebody waits for them.
 *
 * Producers find their queue by the ->route of their CPU: its own queue, or, while
 * that is closed, the queue of a CPU that stands in for it.  A task may be preempted
 * and moved at any point: any CPU may add to any queue.
 *
 * A producer that has read ->route may add to a queue that closes at that moment.  It
 * sees the queue closed when it looks at the state, and moves the nodes to where the
 * route leads now.
 */

#define pr_fmt(fmt) "percpu_completer: " fmt

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/cleanup.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/percpu_completer.h>

/* A completer whose destruction has begun: all routes end at a closed queue. */
static struct percpu_completer percpu_completer_dead = {
	.lock	= __RAW_SPIN_LOCK_UNLOCKED(percpu_completer_dead.lock),
};

static struct percpu_completer_queue pcq_dead = {
	.route	= &pcq_dead,
	.flags	= BIT(PCQ_USED),
	.pc	= &percpu_completer_dead,
};

static DEFINE_PER_CPU(struct percpu_completer_queue *, pcq_dead_route) = &pcq_dead;

/* From now on queueing is a bug that is warned about. */
void percpu_completer_kill(struct percpu_completer *pc)
{
	WRITE_ONCE(pc->route, &pcq_dead_route);
}

/* Neither zeroed nor destroyed. */
bool percpu_completer_is_set_up(struct percpu_completer *pc)
{
	/* Pairs with percpu_completer_start(). */
	void __percpu *route = smp_load_acquire(&pc->route);

	return route && route != &pcq_dead_route;
}

/*
 * Kicking
 */

/*
 * Only sampled kicks are timestamped.  Producers that race are nanoseconds apart, and one
 * of them does the kick: whose stamp it is does not matter.
 */
static void pcq_stamp(struct percpu_completer_queue *q)
{
	if (unlikely(READ_ONCE(q->sample)))
		WRITE_ONCE(q->kicked_at, ktime_get_mono_fast_ns());
}

/* Out of line, so that waking pays nothing but the disabled branch. */
static noinline void pcq_trace_wake(struct percpu_completer_queue *q)
{
	trace_percpu_completer_wake(q->pc->attrs.name, q->cpu);
}

static __always_inline void pcq_wake_worker(struct percpu_completer_queue *q)
{
	if (tracepoint_enabled(percpu_completer_wake))
		pcq_trace_wake(q);
	wake_up_process(q->worker);
	if (!test_bit(PCQ_WATCHED, &q->flags) &&
	    READ_ONCE(q->pc->attrs.policy) == PERCPU_COMPLETER_FIFO)
		pcq_watch(q);
}

/* The worker is at lazy nodes: let it look up after the current one. */
static noinline void pcq_hurry(struct percpu_completer_queue *q)
{
	WRITE_ONCE(q->looked, jiffies - 1);
	pcq_promote(q);
}

/*
 * See to it that an open queue's worker grabs the list once more, from now on, at the
 * priority of lazy or of urgent nodes.  Returns the state found.
 *
 * The producer that moves the state away from OPEN wakes the worker; all others rely
 * on it.  The worker moves it back before it looks at the list for the last time:
 *
 *	producer				worker
 *	llist_add(node), a full barrier [A]	xchg(state, OPEN), a full barrier [A]
 *	if (READ_ONCE(state) == KICKED)		if (!llist_empty())
 *		return;					go on;
 *
 * If the producer still saw the old state then the worker sees the node.  Otherwise
 * both could look before the other's store arrives, and the node be left.
 *
 *	try_cmpxchg(state, OPEN, KICKED)	set_current_state(TASK_IDLE) [B]
 *	wake_up_process(), a full barrier [B]	if (READ_ONCE(state) == OPEN)
 *							schedule();
 *
 * [B] is the rule of any sleeper: it does not sleep, or it is woken.
 *
 * A worker that is busy with lazy nodes looks up after the current one:
 *
 *	try_cmpxchg(state, LAZY, KICKED) [G]	looked = jiffies
 *	looked = jiffies - 1			set_current_state(), a full barrier [G]
 *						READ_ONCE(state)
 *
 * If the worker misses the new state, then its own store to ->looked comes first and
 * it finds ours after the next node.
 */
static __always_inline unsigned long pcq_raise(struct percpu_completer_queue *q,
					       unsigned long kick)
{
	unsigned long state = PCQ_OPEN;

	lockdep_assert_preemption_disabled();

	pcq_stamp(q);
	pcq_mark_used(q);
	while (!try_cmpxchg(&q->state, &state, kick)) {		/* [B], [G] */
		if (state == PCQ_CLOSED || state >= kick)
			return state;
	}

	if (likely(state == PCQ_OPEN))
		pcq_wake_worker(q);
	else
		pcq_hurry(q);
	return state;
}

/* The queue that the route of @q leads to; NULL once destruction has begun. */
struct percpu_completer_queue *pcq_resolve(struct percpu_completer_queue *q)
{
	lockdep_assert_held(&q->pc->lock);

	/* Each queue stands in for queues that closed before it, so there is no ring. */
	while (READ_ONCE(q->state) == PCQ_CLOSED) {
		if (q->route == q)
			return NULL;
		q = q->route;
	}
	return q;
}

/*
 * A node that was queued twice makes the list end in a ring, and the nodes behind it are
 * lost.  Cut the ring, so that each of its nodes is completed once instead of for ever.
 */
noinline void pcq_cut_ring(struct llist_node *first)
{
	struct llist_node *slow = first, *fast = first;

	do {
		if (!fast || !fast->next)
			return;
		slow = slow->next;
		fast = fast->next->next;
	} while (slow != fast);

	WARN_ONCE(1, "a node was queued twice, others are lost\n");
	/* The ring begins where one that starts now meets one that goes on. */
	for (slow = first; slow != fast; fast = fast->next)
		slow = slow->next;
	while (fast->next != slow)
		fast = fast->next;
	fast->next = NULL;
}

/* Move all nodes of a list to another one; returns how many. */
unsigned long pcq_splice(struct llist_head *from, struct llist_head *to)
{
	struct llist_node *first = llist_del_all(from), *last;
	unsigned long nr = 1;

	if (!first)
		return 0;
	pcq_cut_ring(first);
	for (last = first; last->next; last = last->next)
		nr++;
	llist_add_batch(first, last, to);			/* [A] */
	return nr;
}

/*
 * Lazy nodes that are on their list wait no longer.  Then kick:
 *
 *	here					worker
 *	set_bit(DUE)				xchg(state, OPEN), a full barrier [A]
 *	smp_mb() [A]				if (test_bit(DUE))
 *	if (READ_ONCE(state) == KICKED)			go on;
 *		return;
 *
 * A flag of its own, as the next producer may arm the timer again before the worker looks.
 */
void pcq_set_due(struct percpu_completer_queue *q)
{
	set_bit(PCQ_DUE, &q->flags);
	smp_mb__after_atomic();					/* [A] */
}

/* Move all that is on the lists of a queue to another one; returns how many nodes. */
unsigned long pcq_move_lists(struct percpu_completer_queue *from,
			     struct percpu_completer_queue *to)
{
	unsigned long lazy;

	lockdep_assert_held(&from->pc->lock);

	lazy = pcq_splice(&from->lazy, &to->lazy);
	/* No timer takes care of them. */
	if (lazy)
		pcq_set_due(to);
	return pcq_splice(&from->list, &to->list) + lazy;
}

/*
 * Empty a closed queue; returns the queue to kick.
 *
 * No queue opens or closes meanwhile.  All producers that find a queue closed take the
 * lock, so none returns while another one holds its node: by then the node is on an
 * open queue, where percpu_completer_flush() finds it.
 */
static struct percpu_completer_queue *pcq_move(struct percpu_completer_queue *q)
{
	struct percpu_completer_queue *to;

	guard(raw_spinlock_irqsave)(&q->pc->lock);
	to = pcq_resolve(q);
	if (WARN_ONCE(!to, "queueing after destruction has begun\n")) {
		llist_del_all(&q->list);
		llist_del_all(&q->lazy);
	} else if (to != q) {
		q->stats.redirected += pcq_move_lists(q, to);
	}
	return to;
}

/* Follow the nodes to a queue that is open, and kick that. */
static noinline void pcq_evict(struct percpu_completer_queue *q, unsigned long kick)
{
	do {
		q = pcq_move(q);
	} while (q && pcq_raise(q, kick) == PCQ_CLOSED);
}

/*
 * Others depend on this wake-up once the state has changed or nodes have moved, so
 * preemption stays off in between.  Not from NMI, as waking takes locks: the node waits
 * for the next kick.
 */
noinline void pcq_kick(struct percpu_completer_queue *q, unsigned long kick)
{
	if (WARN_ON_ONCE(in_nmi()))
		return;
	preempt_disable();
	if (unlikely(pcq_raise(q, kick) == PCQ_CLOSED))
		pcq_evict(q, kick);
	preempt_enable();
}

/*
 * Lazy nodes
 */

/*
 * Start the timer for a lazy node, unless a task waits for such nodes.  Other lazy nodes rely
 * on that while the flag is set.
 *
 *	here					percpu_completer_begin_wait()
 *	->waiting = 1, ARMED = 1		waiters++
 *	smp_mb() [E]				smp_mb() [E]
 *	if (waiters)				if (->waiting)
 *		kick;					clear both, kick;
 *
 * Either sees the other.
 *
 * If the delay is shortened meanwhile then pcq_disarm() perhaps came too early to find
 * the timer; hence the second look.
 */
static void pcq_arm(struct percpu_completer_queue *q)
{
	struct percpu_completer *pc = q->pc;
	enum hrtimer_mode mode;
	unsigned int delay;

	guard(preempt)();
	pcq_mark_used(q);
	/* Set for those who find the flag set; and again if it was cleared in between. */
	cpumask_set_cpu(q->cpu, pc->waiting);
	if (test_and_set_bit(PCQ_ARMED, &q->flags))		/* [E] */
		return;
	cpumask_set_cpu(q->cpu, pc->waiting);
	smp_mb__after_atomic();					/* [E] */
	if (unlikely(atomic_read(&pc->waiters))) {
		pcq_disarm(q, PCQ_KICKED);
		return;
	}
	/* The CPU of an isolated producer shall not get a timer for another one. */
	mode = q->cpu == smp_processor_id() ? HRTIMER_MODE_REL_PINNED_HARD :
					      HRTIMER_MODE_REL_HARD;
	do {
		delay = READ_ONCE(pc->attrs.lazy_delay);
		hrtimer_start(&q->lazy_timer, (u64)delay * TICK_NSEC, mode);
	} while (READ_ONCE(pc->attrs.lazy_delay) < delay);
}

/* Let the worker grab the lazy nodes, too.  A producer that finds it awake and DUE is done. */
void pcq_kick_due(struct percpu_completer_queue *q, unsigned long kick)
{
	guard(preempt)();
	pcq_set_due(q);
	pcq_kick(q, kick);
}

/*
 * The timer takes care of lazy nodes no longer: kick for those that are there.  Their
 * producers relied on the timer, so preemption stays off in between.
 *
 *	producer				here
 *	llist_add(node), a full barrier [E]	clear_bit(ARMED)
 *	if (test_bit(ARMED))			smp_mb() [E]
 *		return;				if (!llist_empty())
 *							kick;
 *
 * A node whose producer relied on the timer is seen.
 */
void pcq_disarm(struct percpu_completer_queue *q, unsigned long kick)
{
	guard(preempt)();
	clear_bit(PCQ_ARMED, &q->flags);
	smp_mb__after_atomic();					/* [E] */
	if (!pcq_is_empty(q))
		pcq_kick_due(q, kick);
}

/* Fires at the deadline; early for nodes that came after the worker grabbed older ones. */
static enum hrtimer_restart pcq_lazy_timer(struct hrtimer *timer)
{
	pcq_disarm(container_of(timer, struct percpu_completer_queue, lazy_timer),
		   PCQ_LAZY);
	return HRTIMER_NORESTART;
}

/* Kick if @nr lazy nodes are a full batch, otherwise in time for the oldest. */
static noinline void pcq_kick_lazy(struct percpu_completer_queue *q, unsigned int nr)
{
	if (nr >= READ_ONCE(q->pc->attrs.lazy_batch) ||
	    READ_ONCE(q->state) == PCQ_CLOSED || in_nmi())
		pcq_kick_due(q, PCQ_LAZY);
	else
		pcq_arm(q);
}

void pcq_queue_init(struct percpu_completer_queue *q)
{
	init_llist_head(&q->list);
	init_llist_head(&q->lazy);
	init_llist_head(&q->flushers);
	hrtimer_setup(&q->lazy_timer, pcq_lazy_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	q->route = q;
}

/*
 * Adding
 */

/*
 * A completer that was never set up: debugging kernels take it for destroyed.  Others
 * fault, as the route of a zeroed completer is no pointer.
 */
static __always_inline struct percpu_completer_queue * __percpu *
pcq_routes(struct percpu_completer *pc)
{
	struct percpu_completer_queue * __percpu *route = READ_ONCE(pc->route);

	if (IS_ENABLED(CONFIG_DEBUG_LIST) && !route)
		return &pcq_dead_route;
	return route;
}

static __always_inline void pcq_add(struct percpu_completer_queue *q,
				    struct llist_node *node)
{
	llist_add(node, &q->list);				/* [A] */
	/* Test a bit: x86 does that in memory, without a load. */
	if (unlikely(!test_bit_acquire(PCQ_KICKED_BIT, &q->state)))
		pcq_kick(q, PCQ_KICKED);
}

/* Out of line: registers saved around the call would cost the untraced path more. */
static noinline void pcq_add_traced(struct percpu_completer_queue *q,
				    struct llist_node *node)
{
	trace_percpu_completer_queue(q->pc->attrs.name, q->cpu, node, false);
	pcq_add(q, node);
}

static __always_inline void pcq_add_urgent(struct percpu_completer_queue *q,
					   struct llist_node *node)
{
	if (tracepoint_enabled(percpu_completer_queue))
		pcq_add_traced(q, node);
	else
		pcq_add(q, node);
}

static __always_inline void pcq_add_lazy(struct percpu_completer *pc,
					 struct percpu_completer_queue *q,
					 struct llist_node *node)
{
	unsigned long state;
	unsigned int nr;

	llist_add(node, pc->attrs.order ? &q->lazy : &q->list); /* [A], [E] */
	state = READ_ONCE(q->state);
	/* A worker that is awake grabs it, from the other list if that is due. */
	if (state > PCQ_OPEN && (!pc->attrs.order || test_bit(PCQ_DUE, &q->flags)))
		return;
	/* A racing producer may make this one too few: no harm. */
	nr = READ_ONCE(q->nr_lazy) + 1;
	WRITE_ONCE(q->nr_lazy, nr);
	if (unlikely(state == PCQ_CLOSED || nr >= READ_ONCE(pc->attrs.lazy_batch) ||
		     !test_bit_acquire(PCQ_ARMED, &q->flags)))
		pcq_kick_lazy(q, nr);
}

static noinline void pcq_add_lazy_traced(struct percpu_completer *pc,
					 struct percpu_completer_queue *q,
					 struct llist_node *node)
{
	trace_percpu_completer_queue(pc->attrs.name, q->cpu, node, true);
	pcq_add_lazy(pc, q, node);
}

/**
 * percpu_completer_queue - complete an object in task context, soon
 * @pc: the completer
 * @node: embedded in the object, on no list
 *
 * Wakes the worker of this CPU at once.  With %PERCPU_COMPLETER_IN_ORDER, lazy nodes that
 * wait there are completed before it; with %PERCPU_COMPLETER_URGENT_FIRST they go on
 * waiting.
 *
 * Nodes queued on one CPU are completed in the order queued (unless the completer
 * has another &enum percpu_completer_order), one at a time, each exactly once; also
 * when the CPU goes down and another one stands in for it.  When the CPU returns, nodes
 * queued before that may still be in progress there.  A task that is moved while it
 * queues has queued on either CPU.  All that the caller wrote before is visible to the
 * completion function.
 *
 * Context: Any but NMI: hard and soft interrupts, tasks, interrupts on or off,
 *	    under any spinlock but those that wake_up_process() takes itself (run
 *	    queues, task->pi_lock, timer bases).  Never fails, allocates or
 *	    sleeps.
 */
void percpu_completer_queue(struct percpu_completer *pc,
			    struct llist_node *node)
{
	pcq_add_urgent(this_cpu_read(*pcq_routes(pc)), node);
}
EXPORT_SYMBOL_GPL(percpu_completer_queue);

/**
 * percpu_completer_queue_lazy - complete an object in task context, some time
 * @pc: the completer
 * @node: embedded in the object, on no list
 *
 * As percpu_completer_queue(), but the worker is not woken for it.  The node
 * waits until &percpu_completer_attrs.lazy_delay jiffies are over,
 * &percpu_completer_attrs.lazy_batch lazy nodes wait, a task waits for such nodes
 * (percpu_completer_begin_wait()), the completer is flushed, or the CPU goes down,
 * whichever comes first.  An urgent node that is queued
 * on this CPU takes it along, unless urgent nodes may go first.  This is for objects for
 * which nobody waits, such as background writeback: one wake-up then serves very many of
 * them.
 *
 * The order is that of queueing, urgent or lazy; unless urgent nodes are allowed
 * to go first, by &percpu_completer_attrs.order.
 *
 * Context: As percpu_completer_queue().
 */
void percpu_completer_queue_lazy(struct percpu_completer *pc,
				 struct llist_node *node)
{
	struct percpu_completer_queue *q = this_cpu_read(*pcq_routes(pc));

	if (tracepoint_enabled(percpu_completer_queue))
		pcq_add_lazy_traced(pc, q, node);
	else
		pcq_add_lazy(pc, q, node);
}
EXPORT_SYMBOL_GPL(percpu_completer_queue_lazy);

/**
 * percpu_completer_queue_on - complete an object in task context on a given CPU
 * @pc: the completer
 * @cpu: the CPU whose worker is to complete the object
 * @node: embedded in the object, on no list
 *
 * As percpu_completer_queue(), but for another CPU, for instance the one that
 * submitted the request.  A CPU that has no worker, as it is offline, was never
 * online or is isolated, is replaced by one that has; a number that names no CPU means
 * this CPU.
 *
 * Context: As percpu_completer_queue().
 */
void percpu_completer_queue_on(struct percpu_completer *pc, unsigned int cpu,
			       struct llist_node *node)
{
	if (unlikely(cpu >= nr_cpu_ids || !cpu_possible(cpu)))
		cpu = raw_smp_processor_id();
	pcq_add_urgent(READ_ONCE(*per_cpu_ptr(pcq_routes(pc), cpu)), node);
}
EXPORT_SYMBOL_GPL(percpu_completer_queue_on);

/* Kick for the lazy nodes that wait, on whatever CPU, as an urgent node would. */
static void percpu_completer_expedite(struct percpu_completer *pc)
{
	unsigned int cpu;

	for_each_cpu(cpu, pc->waiting) {
		/* Another caller that finds the bit clear relies on the kick. */
		guard(preempt)();
		/* The producer that arms the timer next sets it again. */
		cpumask_clear_cpu(cpu, pc->waiting);
		smp_mb__after_atomic();				/* [E] */
		pcq_disarm(per_cpu_ptr(pc->queues, cpu), PCQ_KICKED);
	}
}

/**
 * percpu_completer_begin_wait - let no lazy node wait for company
 * @pc: the completer; one that is zeroed is left alone
 *
 * Call before waiting for an object that is queued as lazy, or may be queued so while
 * the caller waits, on any CPU; and percpu_completer_end_wait() after it.  Until then the
 * workers are woken for lazy nodes as for urgent ones: for those that wait already, and
 * for those that come.  That holds for all lazy nodes of @pc, as it does not know for
 * which one the caller waits.
 *
 * Costs an atomic increment and a look at one bitmap, and at the queues of the CPUs that
 * had lazy nodes since the last call.
 *
 * Context: As percpu_completer_queue().
 */
void percpu_completer_begin_wait(struct percpu_completer *pc)
{
	if (!percpu_completer_is_set_up(pc))
		return;
	atomic_inc(&pc->waiters);
	/* Pairs with pcq_arm(): it sees the waiter, or the CPU is seen in ->waiting. */
	smp_mb__after_atomic();					/* [E] */
	percpu_completer_expedite(pc);
}
EXPORT_SYMBOL_GPL(percpu_completer_begin_wait);

/**
 * percpu_completer_end_wait - lazy nodes may wait for company again
 * @pc: the completer, as it was when percpu_completer_begin_wait() was called
 *
 * Context: Any.
 */
void percpu_completer_end_wait(struct percpu_completer *pc)
{
	if (percpu_completer_is_set_up(pc))
		atomic_dec(&pc->waiters);
}
EXPORT_SYMBOL_GPL(percpu_completer_end_wait);
