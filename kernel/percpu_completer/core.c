// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion
 *
 * Interrupt handlers finish I/O where nobody may sleep.  A completer carries
 * the finished objects to a thread on the same CPU and completes them there, in
 * the order in which they finished.
 *
 * A queue is a lock-less list, so that a producer needs no lock and no memory;
 * the worker grabs the whole list, reverses it and completes node by node.  A
 * producer adds, then looks at the state of the queue.  If that says that the
 * worker will grab once more, then that is all that the node costs.  Lazy nodes
 * do not wake, they only see to it that somebody does.
 *
 * Urgent nodes may go first, see enum percpu_completer_order.  Each queue has a second
 * list for that, of the lazy nodes that they overtake.
 *
 * A task may be preempted and moved at any point: any CPU may add to any queue.
 *
 * The hard part: a CPU goes down
 * ------------------------------
 * Nodes must neither be parked on a CPU that nobody serves nor be completed by
 * the hotplug code, which holds locks that completion functions may wait for.
 *
 * A worker that is told to park closes its queue itself, grabs the list for the
 * last time in the same step, completes that, and parks.  What is on the list
 * after that was added by somebody who has yet to look, and who then moves it to
 * another queue, see pcq_move().  So the nodes of whoever has returned are always
 * in a queue that is open, or in the last batch of one that is not.
 *
 * This happens in an ordinary teardown callback, long before the CPU stops taking
 * interrupts or the scheduler leaves it.  When the CPU returns, the queue is
 * opened and its thread unparked; nothing is created or freed.
 */

#define pr_fmt(fmt) "percpu_completer: " fmt

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/cputime.h>
#include <linux/sched/prio.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/topology.h>

#include "percpu_completer_internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/percpu_completer.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(percpu_completer_queue);
EXPORT_TRACEPOINT_SYMBOL_GPL(percpu_completer_wake);
EXPORT_TRACEPOINT_SYMBOL_GPL(percpu_completer_run_begin);
EXPORT_TRACEPOINT_SYMBOL_GPL(percpu_completer_run_end);

static_assert(IS_ENABLED(CONFIG_LOCKDEP) ||
	      sizeof(struct percpu_completer_queue) <=
	      MAX(2 * SMP_CACHE_BYTES, 256));

/* What a completer has once its destruction has begun: queues never opened. */
static struct percpu_completer percpu_completer_dead;

static DEFINE_PER_CPU(struct percpu_completer_queue, pcq_dead) = {
	.pc	= &percpu_completer_dead,
};

static struct percpu_completer percpu_completer_dead = {
	.queues	= &pcq_dead,
	.lock	= __RAW_SPIN_LOCK_UNLOCKED(percpu_completer_dead.lock),
};

/* For CPU hotplug and the administrator, see the internal header. */
DEFINE_MUTEX(percpu_completers_lock);
LIST_HEAD(percpu_completers);

static bool pcq_is_empty(struct percpu_completer_queue *q)
{
	return llist_empty(&q->list) && llist_empty(&q->later);
}

/*
 * Waking the worker
 */

/*
 * Who kicks tells when.  Others may do so at the same time, nanoseconds apart, and
 * one of them kicks; so nobody gets the time of a former kick, and no more is asked
 * for.
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

/*
 * See to it that an open queue's worker grabs the list once more, from now on.
 * Returns the state found.
 *
 * Who makes it KICKED wakes, and the others rely on that.  The worker changes the
 * state before it grabs:
 *
 *	producer				worker
 *	llist_add(node), a full barrier [A]	state = OPEN or CLOSED
 *	if (READ_ONCE(state) == KICKED)		llist_del_all(), a full barrier [A]
 *		return;
 *
 * If the producer still saw the old state then the worker sees the node.  Else
 * both could look before the other's store arrives, and the node be left.
 *
 *	try_cmpxchg(state, OPEN, KICKED)	set_current_state(TASK_IDLE) [B]
 *	wake_up_process(), a full barrier [B]	if (READ_ONCE(state) != KICKED)
 *							schedule();
 *
 * [B] is the rule of any sleeper: it does not sleep, or it is woken.
 */
static __always_inline unsigned long pcq_wake(struct percpu_completer_queue *q)
{
	unsigned long state = PCQ_OPEN;

	lockdep_assert_preemption_disabled();

	pcq_stamp(q);
	if (try_cmpxchg(&q->state, &state, PCQ_KICKED)) {
		if (tracepoint_enabled(percpu_completer_wake))
			pcq_trace_wake(q);
		wake_up_process(q->worker);
	}
	return state;
}

/*
 * The queue to use instead of one that is closed: the next that is open.  There
 * always is one, see percpu_completer_cpu_down(), until destruction has begun.
 */
static struct percpu_completer_queue *
pcq_next_open(struct percpu_completer_queue *closed)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	lockdep_assert_held(&closed->pc->lock);

	for_each_cpu_wrap(cpu, cpu_online_mask, closed->cpu) {
		q = per_cpu_ptr(READ_ONCE(closed->pc->queues), cpu);
		if (READ_ONCE(q->state) != PCQ_CLOSED)
			return q;
	}
	return NULL;
}

/* Move what is on a list to another one; returns how many. */
static unsigned long pcq_splice(struct llist_head *from, struct llist_head *to)
{
	struct llist_node *first = llist_del_all(from), *last;
	unsigned long nr = 1;

	if (!first)
		return 0;
	/* Only of producers that have not looked yet, hence few. */
	for (last = first; last->next; last = last->next)
		nr++;
	llist_add_batch(first, last, to);			/* [A] */
	return nr;
}

/* Move all nodes of a closed queue to an open one; returns that. */
static struct percpu_completer_queue *
pcq_move_to_open(struct percpu_completer_queue *q)
{
	struct percpu_completer_queue *to = pcq_next_open(q);

	if (WARN_ONCE(!to, "queueing after destruction has begun\n")) {
		llist_del_all(&q->list);
		llist_del_all(&q->later);
		return NULL;
	}
	q->stats.redirected += pcq_splice(&q->list, &to->list) +
			       pcq_splice(&q->later, &to->later);
	return to;
}

/*
 * Empty a closed queue; returns the queue to wake.
 *
 * No queue opens or closes meanwhile.  And as all who find a queue closed take the
 * lock, nobody returns while somebody else has his node: it is in an open queue by
 * then, where percpu_completer_flush() finds it.
 */
static struct percpu_completer_queue *pcq_move(struct percpu_completer_queue *q)
{
	struct percpu_completer_queue *to = q;
	unsigned long flags;

	raw_spin_lock_irqsave(&q->pc->lock, flags);
	if (READ_ONCE(q->state) == PCQ_CLOSED)
		to = pcq_is_empty(q) ? NULL : pcq_move_to_open(q);
	raw_spin_unlock_irqrestore(&q->pc->lock, flags);
	return to;
}

static noinline void pcq_evict(struct percpu_completer_queue *q)
{
	struct percpu_completer_queue *to = pcq_move(q);

	/* If that one has closed since then its last grab took the nodes. */
	if (to)
		pcq_wake(to);
}

/*
 * What a producer does when it has added and the queue is not KICKED.  Others rely
 * on it once it has changed the state or has moved their nodes, therefore it must
 * not be preempted then.  Not from NMI, as waking takes locks: the node waits for
 * the next kick.
 */
static noinline void pcq_kick(struct percpu_completer_queue *q)
{
	if (WARN_ON_ONCE(in_nmi()))
		return;
	preempt_disable();
	if (unlikely(pcq_wake(q) == PCQ_CLOSED))
		pcq_evict(q);
	preempt_enable();
}

/*
 * Kick in time for a lazy node.
 *
 * A timer still pending from a batch that an urgent node took along fires early
 * for the nodes that came since, never late; two that arm it at once do so, too.
 * One for jiffies + n fires when n to n + 1 jiffies are over.  Hence the - 1:
 * @lazy_delay is what a node waits at most.
 *
 * If that was shortened meanwhile, then perhaps after the worker knew, and had the
 * timer fire: who comes next would rely on one for the former time.  The timer's
 * lock orders the two: pcq_take_attrs() finds it armed, or we find the time changed.
 */
static void pcq_arm_timer(struct percpu_completer_queue *q)
{
	unsigned long delay;

	do {
		delay = READ_ONCE(q->pc->attrs.lazy_delay);
		timer_reduce(&q->lazy_timer, jiffies + delay - 1);
	} while (READ_ONCE(q->pc->attrs.lazy_delay) < delay);
}

/* Kick if @nr lazy nodes are a full batch, and in time for the oldest otherwise. */
static noinline void pcq_kick_lazy(struct percpu_completer_queue *q,
				   unsigned int nr)
{
	unsigned int batch = READ_ONCE(q->pc->attrs.lazy_batch);

	if (nr >= batch || READ_ONCE(q->state) != PCQ_OPEN || in_nmi())
		pcq_kick(q);
	else
		pcq_arm_timer(q);
}

/*
 * Who relied on the timer to be pending is seen, also from another CPU:
 *
 *	producer				timer, not pending any more
 *	llist_add(node), a full barrier [E]	smp_mb() [E]
 *	if (timer_pending()) return;		llist_empty()
 */
static void pcq_lazy_timer(struct timer_list *timer)
{
	struct percpu_completer_queue *q =
		container_of(timer, struct percpu_completer_queue, lazy_timer);

	smp_mb();						/* [E] */
	if (!pcq_is_empty(q))
		pcq_kick(q);
}

/* Unlike a comparison, x86 tests a bit where it lies. */
static __always_inline void pcq_add(struct percpu_completer_queue *q,
				    struct llist_node *node)
{
	llist_add(node, &q->list);				/* [A] */
	if (unlikely(!test_bit_acquire(PCQ_KICKED_BIT, &q->state)))
		pcq_kick(q);
}

/*
 * Fairness
 *
 * A SCHED_FIFO worker preempts every normal task, so a flood of completions would
 * leave them nothing.  Hence it may use half of the CPU that way.  If it has run for
 * its budget, and for more than half of the time, then it goes on as a normal task,
 * among the others, until its queue is empty and it has left the CPU to them for as
 * long as it took too much.
 *
 * Looking costs more than completing a small object.  So it is done once for a tick,
 * after a batch; within one only if a tick came while it ran.
 */

/* What the worker has run since the span began, in jiffies. */
static unsigned long pcq_ran(struct percpu_completer_queue *q)
{
	return nsecs_to_jiffies(task_sched_runtime(current) - q->budget.start_ns);
}

/* How long it has to leave the CPU to have run for half of the time, in jiffies. */
static long pcq_debt(struct percpu_completer_queue *q, unsigned long ran)
{
	return 2 * ran - (jiffies - q->budget.start);
}

static void pcq_start_span(struct percpu_completer_queue *q)
{
	q->budget.start = jiffies;
	q->budget.start_ns = task_sched_runtime(current);
}

static void pcq_demote(struct percpu_completer_queue *q)
{
	sched_set_normal(current, READ_ONCE(q->pc->attrs.nice));
	q->budget.spent = true;
	q->stats.demotions++;
}

static void pcq_promote(struct percpu_completer_queue *q)
{
	__set_current_state(TASK_RUNNING);
	sched_set_fifo_low(current);
	q->budget.spent = false;
	pcq_start_span(q);
}

static bool pcq_tick_came(unsigned long since)
{
	unsigned long now = jiffies;

	return time_after(now, since);
}

static noinline void pcq_look_at_budget(struct percpu_completer_queue *q)
{
	const struct percpu_completer_attrs *attrs = &q->pc->attrs;
	unsigned long ran, budget = READ_ONCE(attrs->budget), span = 2 * budget;
	long debt;

	q->budget.tick = jiffies;
	q->budget.looked = q->budget.tick;
	if (READ_ONCE(attrs->policy) != PERCPU_COMPLETER_FIFO)
		return;
	ran = pcq_ran(q);
	debt = pcq_debt(q, ran);
	if (debt <= 0) {
		if (jiffies - q->budget.start >= span)
			pcq_start_span(q);
		return;
	}
	/* What it took when nobody else wanted the CPU is not held against it. */
	if (debt > span)
		q->budget.start -= debt - span;
	if (ran >= budget && !q->budget.spent)
		pcq_demote(q);
}

/* Nothing to do.  A worker that owes time is woken when it has paid. */
static void pcq_sleep(struct percpu_completer_queue *q)
{
	long debt = q->budget.spent ? pcq_debt(q, pcq_ran(q)) : 0;

	if (unlikely(debt > 0))
		schedule_timeout(debt);
	else if (unlikely(q->budget.spent))
		pcq_promote(q);
	else
		schedule();
	q->stats.wakeups++;
}

/*
 * The worker
 */

/* What a round completes: lists of nodes, the newest first. */
struct pcq_batch {
	struct llist_node *nodes;
	struct llist_node *later;
};

/* After a store that producers look at, see [A]. */
static struct pcq_batch pcq_grab_lists(struct percpu_completer_queue *q)
{
	struct pcq_batch batch = { .nodes = llist_del_all(&q->list) };	/* [A], [C] */

	/* Seldom used, and del_all() is a barrier as the one before was. */
	if (!llist_empty(&q->later))
		batch.later = llist_del_all(&q->later);
	return batch;
}

/* Of a kick that was sampled, see pcq_stamp(). */
static noinline void pcq_record_latency(struct percpu_completer_queue *q)
{
	u64 now = ktime_get_mono_fast_ns(), kicked_at = READ_ONCE(q->kicked_at);
	u64 us = now > kicked_at ? div_u64(now - kicked_at, NSEC_PER_USEC) : 0;
	unsigned int class = us ? ilog2(us) / 2 + 1 : 0;

	q->stats.latency[min(class, PCQ_LATENCY_CLASSES - 1U)]++;
	WRITE_ONCE(q->sample, false);
	WRITE_ONCE(q->kicked_at, 0);
}

/*
 * Begin a round.  ->round tells percpu_completer_flush() where we are: it is made
 * odd after the state was changed and before the list is grabbed, and even when
 * the last function has returned.
 */
static struct pcq_batch pcq_grab(struct percpu_completer_queue *q)
{
	WRITE_ONCE(q->state, PCQ_OPEN);
	WRITE_ONCE(q->nr_lazy, 0);
	if (unlikely(READ_ONCE(q->kicked_at)))
		pcq_record_latency(q);
	smp_store_release(&q->round, q->round + 1);		/* [D] */
	return pcq_grab_lists(q);
}

/*
 * Begin the last round: close and grab in one step, so that pcq_move() never
 * gets what was queued before.  Who sees the queue closed sees the round, too.
 */
static struct pcq_batch pcq_close(struct percpu_completer_queue *q)
{
	struct pcq_batch batch;

	smp_store_release(&q->round, q->round + 1);		/* [D] */
	raw_spin_lock_irq(&q->pc->lock);
	xchg(&q->state, PCQ_CLOSED);				/* [C] */
	batch = pcq_grab_lists(q);
	raw_spin_unlock_irq(&q->pc->lock);
	return batch;
}

static void pcq_complete(struct percpu_completer_queue *q,
			 struct llist_node *node)
{
	q->pc->attrs.fn(node);
	if (unlikely(pcq_tick_came(q->budget.tick)))
		pcq_look_at_budget(q);
	cond_resched();
}

/* llist_reverse_order(), and count. */
static struct llist_node *pcq_take(struct percpu_completer_queue *q,
				   struct llist_node *newest)
{
	struct llist_node *oldest = NULL, *next;
	unsigned long nr = 0;

	for (; newest; newest = next) {
		next = newest->next;
		newest->next = oldest;
		oldest = newest;
		nr++;
	}
	q->stats.queued += nr;
	return oldest;
}

static void pcq_complete_nodes(struct percpu_completer_queue *q,
			       struct llist_node *nodes)
{
	struct llist_node *node, *next;

	llist_for_each_safe(node, next, pcq_take(q, nodes))
		pcq_complete(q, node);
}

/* Before each of these, what has come meanwhile and may overtake them. */
static void pcq_complete_later(struct percpu_completer_queue *q,
			       struct llist_node *nodes)
{
	struct llist_node *node, *next;

	llist_for_each_safe(node, next, pcq_take(q, nodes)) {
		if (!llist_empty(&q->list))
			pcq_complete_nodes(q, llist_del_all(&q->list));
		pcq_complete(q, node);
	}
}

/* All that was grabbed has been completed. */
static unsigned long pcq_count(struct percpu_completer_queue *q)
{
	unsigned long nr = q->stats.queued - q->stats.completed;

	q->stats.completed = q->stats.queued;
	if (q->stats.batches++ % PCQ_SAMPLE == 0)
		WRITE_ONCE(q->sample, true);
	q->stats.longest_batch = max(q->stats.longest_batch, nr);
	return nr;
}

/* Complete a batch, and end the round. */
static void pcq_run(struct percpu_completer_queue *q, struct pcq_batch batch)
{
	struct percpu_completer *pc = q->pc;
	unsigned long nr;

	trace_percpu_completer_run_begin(pc->attrs.name, q->cpu);
	q->budget.tick = jiffies;
	lock_map_acquire(&pc->lockdep_map);
	pcq_complete_nodes(q, batch.nodes);
	if (batch.later)
		pcq_complete_later(q, batch.later);
	lock_map_release(&pc->lockdep_map);

	nr = pcq_count(q);
	trace_percpu_completer_run_end(pc->attrs.name, q->cpu, nr);
	if (pcq_tick_came(q->budget.looked))
		pcq_look_at_budget(q);

	smp_store_release(&q->round, q->round + 1);		/* [D] */
	if (wq_has_sleeper(&pc->flush_wait))
		wake_up_all(&pc->flush_wait);
}

static void pcq_set_policy(struct task_struct *worker,
			   const struct percpu_completer_attrs *attrs)
{
	if (READ_ONCE(attrs->policy) == PERCPU_COMPLETER_FIFO)
		sched_set_fifo_low(worker);
	else
		sched_set_normal(worker, READ_ONCE(attrs->nice));
}

static bool pcq_attrs_changed(struct percpu_completer_queue *q)
{
	/* Pairs with percpu_completer_apply(). */
	return smp_load_acquire(&q->pc->generation) != q->generation;
}

/*
 * A worker's policy is changed by itself alone, as it is for its budget.  A timer
 * that was armed for a longer time than lazy nodes now may wait fires at once.
 */
static void pcq_take_attrs(struct percpu_completer_queue *q)
{
	/* As in pcq_attrs_changed(). */
	q->generation = smp_load_acquire(&q->pc->generation);
	pcq_set_policy(current, &q->pc->attrs);
	/* Under the timer's lock, see pcq_arm_timer(). */
	timer_reduce(&q->lazy_timer, jiffies);
	q->budget.spent = false;
	pcq_start_span(q);
}

static int pcq_thread(void *data)
{
	struct percpu_completer_queue *q = data;

	pcq_start_span(q);
	for (;;) {
		if (unlikely(pcq_attrs_changed(q)))
			pcq_take_attrs(q);
		set_current_state(TASK_IDLE);			/* [B] */
		if (kthread_should_stop())
			break;
		if (kthread_should_park()) {
			__set_current_state(TASK_RUNNING);
			pcq_run(q, pcq_close(q));
			kthread_parkme();
		} else if (READ_ONCE(q->state) == PCQ_KICKED) {
			__set_current_state(TASK_RUNNING);
			pcq_run(q, pcq_grab(q));
		} else {
			pcq_sleep(q);
		}
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * The life of a queue
 */

static void pcq_init(struct percpu_completer_queue *q,
		     struct percpu_completer *pc, unsigned int cpu)
{
	init_llist_head(&q->list);
	init_llist_head(&q->later);
	timer_setup(&q->lazy_timer, pcq_lazy_timer, TIMER_PINNED);
	q->pc = pc;
	q->cpu = cpu;
}

static int pcq_create_worker(struct percpu_completer_queue *q)
{
	const struct percpu_completer_attrs *attrs = &q->pc->attrs;
	struct task_struct *worker;

	worker = kthread_create_on_node(pcq_thread, q, cpu_to_node(q->cpu),
					"%s/%u", attrs->name, q->cpu);
	if (IS_ERR(worker))
		return PTR_ERR(worker);

	kthread_bind(worker, q->cpu);
	kthread_set_per_cpu(worker, q->cpu);
	pcq_set_policy(worker, attrs);
	q->generation = q->pc->generation;
	WRITE_ONCE(q->worker, worker);
	return 0;
}

static int pcq_start(struct percpu_completer_queue *q)
{
	int err;

	lockdep_assert_held(&percpu_completers_lock);

	err = q->worker ? 0 : pcq_create_worker(q);
	if (err)
		return err;
	WRITE_ONCE(q->kicked_at, 0);
	/* That was parked, or that is new. */
	kthread_unpark(q->worker);
	wake_up_process(q->worker);
	raw_spin_lock_irq(&q->pc->lock);
	/* Pairs with pcq_wake(): an open queue has a worker. */
	smp_store_release(&q->state, PCQ_OPEN);
	raw_spin_unlock_irq(&q->pc->lock);
	return 0;
}

static void pcq_park(struct percpu_completer_queue *q)
{
	lockdep_assert_held(&percpu_completers_lock);

	if (READ_ONCE(q->state) != PCQ_CLOSED)
		kthread_park(q->worker);
}

static void pcq_park_all(struct percpu_completer_queue __percpu *queues)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		pcq_park(per_cpu_ptr(queues, cpu));
}

/* All are parked, and no producer is left that could arm a timer. */
static void pcq_free_all(struct percpu_completer_queue __percpu *queues)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	guard(cpus_read_lock)();
	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(queues, cpu);
		timer_shutdown_sync(&q->lazy_timer);
		if (q->worker)
			kthread_stop(q->worker);
		WARN_ON_ONCE(!pcq_is_empty(q));
	}
	free_percpu(queues);
}

/*
 * Queueing
 */

/* A completer that was never set up: debugging kernels take it for destroyed. */
static __always_inline struct percpu_completer_queue __percpu *
pcq_queues(struct percpu_completer *pc)
{
	struct percpu_completer_queue __percpu *queues = READ_ONCE(pc->queues);

	if (IS_ENABLED(CONFIG_DEBUG_LIST) && !queues)
		return &pcq_dead;
	return queues;
}

/*
 * Tracing is out of line, as what has to survive a call would cost the others more
 * than they do themselves.
 */
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

static __always_inline bool pcq_timer_pending(struct percpu_completer_queue *q)
{
	/* The timer code clears what this looks at by a plain store. */
	return data_race(timer_pending(&q->lazy_timer));
}

static __always_inline void pcq_add_lazy(struct percpu_completer *pc,
					 struct llist_node *node)
{
	struct percpu_completer_queue __percpu *queues = pcq_queues(pc);
	struct percpu_completer_queue *q = raw_cpu_ptr(queues);
	unsigned int nr, batch;
	unsigned long state;

	llist_add(node, pc->attrs.order ? &q->later : &q->list); /* [A], [E] */
	state = READ_ONCE(q->state);
	if (state == PCQ_KICKED)
		return;
	/* If we have been moved then another queue's count is off by one. */
	nr = this_cpu_inc_return(queues->nr_lazy);
	batch = READ_ONCE(pc->attrs.lazy_batch);
	if (unlikely(state != PCQ_OPEN || nr >= batch || !pcq_timer_pending(q)))
		pcq_kick_lazy(q, nr);
}

static noinline void pcq_add_lazy_traced(struct percpu_completer *pc,
					 struct llist_node *node)
{
	trace_percpu_completer_queue(pc->attrs.name, raw_smp_processor_id(), node,
				     true);
	pcq_add_lazy(pc, node);
}

/**
 * percpu_completer_queue - complete an object in task context, soon
 * @pc: the completer
 * @node: embedded in the object, on no list
 *
 * Wakes the worker of this CPU at once; it completes all that waits in its queue,
 * lazy nodes too, without further delay.
 *
 * Nodes queued on one CPU are completed in the order queued (unless the completer
 * has another &enum percpu_completer_order), each exactly once, as long as that CPU
 * is online; after that, by another CPU's worker.  A task that is moved while it
 * queues has queued on either CPU.  All that the caller wrote before is visible to
 * the completion function.
 *
 * Context: Any but NMI: hard and soft interrupts, tasks, interrupts on or off,
 *	    under any spinlock but those that wake_up_process() takes itself (run
 *	    queues, task->pi_lock, timer bases).  Never fails, allocates or
 *	    sleeps.
 */
void percpu_completer_queue(struct percpu_completer *pc,
			    struct llist_node *node)
{
	pcq_add_urgent(raw_cpu_ptr(pcq_queues(pc)), node);
}
EXPORT_SYMBOL_GPL(percpu_completer_queue);

/**
 * percpu_completer_queue_lazy - complete an object in task context, some time
 * @pc: the completer
 * @node: embedded in the object, on no list
 *
 * As percpu_completer_queue(), but the worker is not woken for it.  The node
 * waits until &percpu_completer_attrs.lazy_delay jiffies are over,
 * &percpu_completer_attrs.lazy_batch lazy nodes wait, an urgent node is queued
 * on this CPU, the completer is flushed or the CPU goes down, whatever comes
 * first.  This is for objects that nobody waits for, such as background
 * writeback: one wake-up then serves very many of them.
 *
 * The order is that of queueing, urgent or lazy; unless urgent nodes are allowed
 * to go first, by &percpu_completer_attrs.order.
 *
 * Context: As percpu_completer_queue().
 */
void percpu_completer_queue_lazy(struct percpu_completer *pc,
				 struct llist_node *node)
{
	if (tracepoint_enabled(percpu_completer_queue))
		pcq_add_lazy_traced(pc, node);
	else
		pcq_add_lazy(pc, node);
}
EXPORT_SYMBOL_GPL(percpu_completer_queue_lazy);

/**
 * percpu_completer_queue_on - complete an object in task context on a given CPU
 * @pc: the completer
 * @cpu: the CPU whose worker is to complete the object
 * @node: embedded in the object, on no list
 *
 * As percpu_completer_queue(), but for another CPU, for instance the one that
 * submitted the request.  A CPU that is offline or was never online is replaced
 * by one that is; a number that names no CPU means this CPU.
 *
 * Context: As percpu_completer_queue().
 */
void percpu_completer_queue_on(struct percpu_completer *pc, unsigned int cpu,
			       struct llist_node *node)
{
	if (unlikely(cpu >= nr_cpu_ids || !cpu_possible(cpu)))
		cpu = raw_smp_processor_id();
	pcq_add_urgent(per_cpu_ptr(pcq_queues(pc), cpu), node);
}
EXPORT_SYMBOL_GPL(percpu_completer_queue_on);

/*
 * Flushing
 */

/*
 * Nothing waits and nothing runs.  The list must be looked at first: once it is
 * empty its nodes are part of a round that shows in ->round.  On the list of a
 * closed queue is only what was not queued before, as its producer is yet to look.
 */
static bool pcq_idle(struct percpu_completer_queue *q)
{
	if (READ_ONCE(q->state) != PCQ_CLOSED && !pcq_is_empty(q))
		return false;
	smp_rmb();						/* [C] */
	return !(smp_load_acquire(&q->round) & 1);		/* [D] */
}

static bool pcq_round_reached(struct percpu_completer_queue *q,
			      unsigned long target)
{
	/* What the completion functions wrote is visible then. */
	return (long)(smp_load_acquire(&q->round) - target) >= 0; /* [D] */
}

/*
 * Wait for a round that began after now to end, or for the queue to be idle.
 *
 *	flush					worker
 *	node is on the list			WRITE_ONCE(state, OPEN)
 *	smp_mb() [C]				round becomes odd
 *	target = f(round)			llist_del_all(),
 *	pcq_kick()					a full barrier [C]
 *
 * If we still see the even number then the round that makes it odd grabs the
 * node: its end will do.  If we see an odd one then that round may have grabbed
 * before, but had made the state OPEN: we find it KICKED since, or kick, and
 * another round follows.  The second condition is for a worker that parks: it
 * leaves nothing behind and may not see our kick.
 */
static void pcq_flush(struct percpu_completer_queue *q)
{
	unsigned long target = (smp_load_acquire(&q->round) + 3) & ~1UL; /* [D] */

	if (pcq_idle(q))
		return;
	pcq_kick(q);
	wait_event(q->pc->flush_wait,
		   pcq_round_reached(q, target) || pcq_idle(q));
}

/* Everything that waits is grabbed soon, wherever it is. */
static void pcq_kick_all(struct percpu_completer_queue __percpu *queues)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(queues, cpu);
		if (!pcq_is_empty(q))
			pcq_kick(q);
	}
}

static void pcq_flush_all(struct percpu_completer_queue __percpu *queues)
{
	unsigned int cpu;

	smp_mb();						/* [C] */
	/* Kick them all before waiting for the first. */
	pcq_kick_all(queues);
	for_each_possible_cpu(cpu)
		pcq_flush(per_cpu_ptr(queues, cpu));
}

/* Neither zeroed nor destroyed. */
static bool percpu_completer_is_set_up(struct percpu_completer *pc)
{
	/* Pairs with percpu_completer_start(). */
	void __percpu *queues = smp_load_acquire(&pc->queues);

	return queues && queues != &pcq_dead;
}

/* A worker is bound, so that it need only look at its own CPU's queue. */
static bool percpu_completer_is_worker(struct percpu_completer *pc)
{
	return READ_ONCE(raw_cpu_ptr(pc->queues)->worker) == current;
}

/* For lockdep: the caller waits for completion functions of @pc. */
static void percpu_completer_lockdep_wait(struct percpu_completer *pc)
{
	lock_map_acquire(&pc->lockdep_map);
	lock_map_release(&pc->lockdep_map);
}

/**
 * percpu_completer_flush - wait for all that was queued before
 * @pc: the completer
 *
 * Returns when every node queued before the call, urgent or lazy, on whatever
 * CPU, has been completed and its function has returned.  What these functions
 * wrote is visible to the caller.  Nodes queued meanwhile are not waited for, so
 * that a steady stream of them does not hold up the caller.
 *
 * Must not be called from a completion function of @pc: that is warned about,
 * and the call returns at once.
 *
 * Context: Task context, may sleep.
 */
void percpu_completer_flush(struct percpu_completer *pc)
{
	might_sleep();
	if (!percpu_completer_is_set_up(pc))
		return;
	percpu_completer_lockdep_wait(pc);
	if (WARN_ON_ONCE(percpu_completer_is_worker(pc)))
		return;

	pcq_flush_all(pc->queues);
}
EXPORT_SYMBOL_GPL(percpu_completer_flush);

/**
 * percpu_completer_expedite - do not let lazy nodes wait for company any longer
 * @pc: the completer
 *
 * For who is about to wait for an object that was perhaps queued as lazy, when
 * nobody waited for it, on some CPU.  Wakes the workers of all CPUs on which nodes
 * wait, as an urgent node would, and does not wait for them.  Costs a look at the
 * queue of each CPU.
 *
 * Context: As percpu_completer_queue().
 */
void percpu_completer_expedite(struct percpu_completer *pc)
{
	if (percpu_completer_is_set_up(pc))
		pcq_kick_all(pc->queues);
}
EXPORT_SYMBOL_GPL(percpu_completer_expedite);

/*
 * Setting up and tearing down
 */

static bool percpu_completer_attrs_valid(const struct percpu_completer_attrs *a)
{
	return a->name && *a->name && a->fn &&
		a->policy <= PERCPU_COMPLETER_FIFO &&
		a->order <= PERCPU_COMPLETER_URGENT_FIRST &&
		a->budget <= PERCPU_COMPLETER_MAX_BUDGET &&
		a->nice >= MIN_NICE && a->nice <= MAX_NICE;
}

/* Start the workers and let CPU hotplug and producers see the completer. */
static int percpu_completer_start(struct percpu_completer *pc,
				  struct percpu_completer_queue __percpu *queues)
{
	unsigned int cpu;
	int err;

	guard(cpus_read_lock)();
	guard(mutex)(&percpu_completers_lock);

	percpu_completer_override(pc);
	for_each_online_cpu(cpu) {
		err = pcq_start(per_cpu_ptr(queues, cpu));
		if (err) {
			pcq_park_all(queues);
			return err;
		}
	}
	list_add_tail(&pc->list, &percpu_completers);
	/* Pairs with percpu_completer_is_set_up(). */
	smp_store_release(&pc->queues, queues);
	return 0;
}

int __percpu_completer_init(struct percpu_completer *pc,
			    const struct percpu_completer_attrs *attrs,
			    const char *lock_name, struct lock_class_key *key)
{
	struct percpu_completer_queue __percpu *queues;
	unsigned int cpu;
	int err;

	if (!percpu_completer_attrs_valid(attrs))
		return -EINVAL;
	queues = alloc_percpu(struct percpu_completer_queue);
	if (!queues)
		return -ENOMEM;

	pc->queues = &pcq_dead;
	raw_spin_lock_init(&pc->lock);
	pc->asked = *attrs;
	pc->asked.lazy_delay = attrs->lazy_delay ?: PERCPU_COMPLETER_LAZY_DELAY;
	pc->asked.lazy_batch = attrs->lazy_batch ?: PERCPU_COMPLETER_LAZY_BATCH;
	pc->asked.budget = attrs->budget ?: PERCPU_COMPLETER_BUDGET;
	pc->attrs = pc->asked;
	pc->generation = 0;
	init_waitqueue_head(&pc->flush_wait);
	lockdep_init_map(&pc->lockdep_map, lock_name, key, 0);
	for_each_possible_cpu(cpu)
		pcq_init(per_cpu_ptr(queues, cpu), pc, cpu);

	err = percpu_completer_start(pc, queues);
	if (err) {
		pcq_free_all(queues);
		return err;
	}
	percpu_completer_show(pc);
	return 0;
}
EXPORT_SYMBOL_GPL(__percpu_completer_init);

int __percpu_completer_init_once(struct percpu_completer *pc,
				 const struct percpu_completer_attrs *attrs,
				 const char *lock_name,
				 struct lock_class_key *key)
{
	static DEFINE_MUTEX(once_lock);

	if (percpu_completer_is_set_up(pc))
		return 0;

	guard(mutex)(&once_lock);
	if (percpu_completer_is_set_up(pc))
		return 0;
	return __percpu_completer_init(pc, attrs, lock_name, key);
}
EXPORT_SYMBOL_GPL(__percpu_completer_init_once);

/* &percpu_completer.attrs have changed; workers that sleep shall know, too. */
void percpu_completer_apply(struct percpu_completer *pc)
{
	unsigned int cpu;

	lockdep_assert_held(&percpu_completers_lock);

	/* Pairs with pcq_attrs_changed(). */
	smp_store_release(&pc->generation, pc->generation + 1);
	/* A queue that is KICKED yet had not looked at it: as [A], see pcq_wake(). */
	smp_mb();						/* [F] */
	for_each_possible_cpu(cpu)
		pcq_kick(per_cpu_ptr(pc->queues, cpu));
}

/**
 * percpu_completer_destroy - complete what is queued, stop the workers
 * @pc: the completer; one that is zeroed, or destroyed already, is left alone
 *
 * Completes all that is queued, on whatever CPU, then stops the threads and
 * frees what percpu_completer_init() took.  When it returns no completion
 * function runs or will run, so that the module that holds them may go.
 *
 * The caller has stopped its producers.  A node queued after this function has
 * begun may be dropped, with a warning.  Like percpu_completer_flush(), not to
 * be called from a completion function of @pc.
 *
 * Context: Task context, may sleep.  Takes cpus_read_lock().
 */
void percpu_completer_destroy(struct percpu_completer *pc)
{
	struct percpu_completer_queue __percpu *queues = pc->queues;

	if (!percpu_completer_is_set_up(pc))
		return;
	if (WARN_ON_ONCE(percpu_completer_is_worker(pc)))
		return;

	/* The bulk of the work while no lock is held. */
	percpu_completer_flush(pc);
	percpu_completer_hide(pc);

	scoped_guard(cpus_read_lock) {
		guard(mutex)(&percpu_completers_lock);
		list_del(&pc->list);
		WRITE_ONCE(pc->queues, &pcq_dead);
		pcq_park_all(queues);
	}
	/*
	 * A producer may have yet to look or to wake although its node has been
	 * completed: in an interrupt, or as a task that was preempted.
	 */
	synchronize_rcu();
	if (IS_ENABLED(CONFIG_TASKS_RCU))
		synchronize_rcu_tasks();
	pcq_free_all(queues);
}
EXPORT_SYMBOL_GPL(percpu_completer_destroy);

/*
 * CPU hotplug
 */

/* A CPU without a worker is served by the others: never veto, only tell. */
static int percpu_completer_cpu_up(unsigned int cpu)
{
	struct percpu_completer *pc;

	guard(mutex)(&percpu_completers_lock);
	list_for_each_entry(pc, &percpu_completers, list) {
		int err = pcq_start(per_cpu_ptr(pc->queues, cpu));

		if (err)
			pr_warn("no worker %s/%u (%d), other CPUs serve it\n",
				pc->attrs.name, cpu, err);
	}
	return 0;
}

static bool percpu_completer_open_but(struct percpu_completer *pc,
				      unsigned int but)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (cpu != but &&
		    READ_ONCE(per_cpu_ptr(pc->queues, cpu)->state) != PCQ_CLOSED)
			return true;
	}
	return false;
}

/*
 * See the top of the file.  The last open queue of a completer must stay; it is
 * that of a CPU on its way down only if threads could not be created before.
 */
static int percpu_completer_cpu_down(unsigned int cpu)
{
	struct percpu_completer *pc;

	guard(mutex)(&percpu_completers_lock);
	list_for_each_entry(pc, &percpu_completers, list) {
		if (!percpu_completer_open_but(pc, cpu))
			return -EBUSY;
	}

	list_for_each_entry(pc, &percpu_completers, list) {
		percpu_completer_lockdep_wait(pc);
		pcq_park(per_cpu_ptr(pc->queues, cpu));
	}
	return 0;
}

/* Before any user. */
static int __init percpu_completer_subsys_init(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					"kernel/percpu_completer:online",
					percpu_completer_cpu_up,
					percpu_completer_cpu_down);
	if (err < 0)
		panic("percpu_completer: no CPU hotplug state: %d\n", err);
	return 0;
}
postcore_initcall(percpu_completer_subsys_init);
