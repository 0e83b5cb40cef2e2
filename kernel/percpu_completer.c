// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion
 *
 * Interrupt handlers finish I/O where nobody may sleep.  A completer carries
 * the finished objects to a thread on the same CPU and completes them there, in
 * the order in which they finished.
 *
 * A queue is a lock-less list, so that a producer needs no lock and no memory;
 * the worker grabs the whole list, reverses it and completes node by node.  The
 * producers' cost of waking is paid once for as many nodes as arrive before the
 * worker looks: see pcq_kick().  Lazy nodes do not wake at all, they only see to
 * it that somebody does: see pcq_kick_lazy().
 *
 * The hard part: a CPU goes down
 * ------------------------------
 * Nodes must neither be parked on a CPU that nobody serves nor be completed by
 * the hotplug code, which holds locks that completion functions may wait for.
 * So the queue is closed while its worker can still run:
 *
 *  1. Clear pcq->live of all completers.  From now on producers are redirected
 *     to the next CPU that is live, the dying CPU's own interrupts included.
 *  2. Wait for one RCU grace period, the same one for all completers.  Producers
 *     run with preemption off, so that those which saw the queue live have added
 *     their node and kicked.
 *  3. Park each worker.  A worker that is told to park first completes what its
 *     queue holds, so that the queue is empty when kthread_park() returns.
 *
 * This runs as an ordinary teardown callback, long before the CPU stops taking
 * interrupts or the scheduler leaves it.  When the CPU returns, its thread is
 * unparked and the queue goes live again; nothing is created or freed.
 */

#define pr_fmt(fmt) "percpu_completer: " fmt

#include <linux/cleanup.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/topology.h>

/* What the counters of one queue count; see the field legend below. */
struct pcq_stats {
	unsigned long completed;	/* W: nodes */
	unsigned long batches;		/* W: grabs of the list */
	unsigned long longest_batch;	/* W: nodes */
	unsigned long wakeups;		/* W: returns from sleep */
	unsigned long redirected;	/* C: nodes sent from this CPU elsewhere */
};

/*
 * struct percpu_completer_queue - what one completer has on one CPU
 *
 * Who may write a field:
 *
 * I: nobody after initialisation
 * P: any producer and the worker, without a lock
 * C: producers on this CPU, preemption off, and the worker
 * H: who holds percpu_completers_lock
 * W: the worker
 *
 * What producers and the worker touch for every node comes first, in one cache
 * line; what they touch per batch or seldom follows.
 */
struct percpu_completer_queue {
	struct llist_head list;		/* P: nodes, the newest first */
	bool live;			/* H: producers may add */
	bool kicked;			/* P: the worker was or is being woken */
	unsigned int nr_lazy;		/* C: lazy nodes since the last grab */
	struct task_struct *worker;	/* H: NULL until the CPU comes up */
	struct percpu_completer *pc;	/* I */
	unsigned long round;		/* W: batches begun and ended, odd inside */
	unsigned int cpu;		/* I */
	struct pcq_stats stats;
	struct timer_list lazy_timer;	/* C: the oldest lazy node's deadline */
} ____cacheline_aligned;

static_assert(IS_ENABLED(CONFIG_LOCKDEP) ||
	      sizeof(struct percpu_completer_queue) <=
	      MAX(2 * SMP_CACHE_BYTES, 128));

/* All completers, for CPU hotplug; nests inside cpus_read_lock(). */
static DEFINE_MUTEX(percpu_completers_lock);
static LIST_HEAD(percpu_completers);

static struct dentry *percpu_completer_debugfs;

/*
 * Waking the worker
 */

/*
 * See to it that the worker grabs the list once more, from now on.
 *
 * Whoever finds ->kicked clear sets it and wakes; the others rely on that.  The
 * worker clears it before it grabs:
 *
 *	producer				worker
 *	llist_add(node), a full barrier [A]	WRITE_ONCE(kicked, false)
 *	if (READ_ONCE(kicked))			smp_mb() [A]
 *		return;				llist_del_all()
 *
 * If the producer still saw the old kick then the worker sees the node.  With
 * either barrier missing both could look before the other's store arrives, and
 * the node would wait for the next kick, perhaps for ever.  Two CPUs may both
 * find the flag clear; the second wake-up is then superfluous and harmless.
 *
 *	WRITE_ONCE(kicked, true)		set_current_state(TASK_IDLE) [B]
 *	wake_up_process(), a full barrier [B]	if (!READ_ONCE(kicked))
 *							schedule();
 *
 * [B] is the rule of any sleeper: it does not sleep, or it is woken.
 */
static void pcq_kick(struct percpu_completer_queue *q)
{
	if (READ_ONCE(q->kicked))
		return;
	WRITE_ONCE(q->kicked, true);
	wake_up_process(q->worker);
}

/*
 * Kick when the batch is full, and in time for the oldest lazy node otherwise.
 *
 * Only this CPU's producers come here.  An interrupt between the load and the
 * store of ->nr_lazy makes the batch longer by what it queued; the deadline
 * stands.  A timer still pending from a batch that an urgent node took along
 * fires early for the nodes that came since, never late.  The full barrier of
 * llist_add() [A] makes that so: if the timer is seen pending then its function,
 * which is yet to run, kicks a worker that sees the node.
 *
 * A timer never fires early, so that one for jiffies + n fires when n to n + 1
 * jiffies are over.  Hence the - 1: @lazy_delay is what a node waits at most.
 */
static void pcq_kick_lazy(struct percpu_completer_queue *q)
{
	const struct percpu_completer_attrs *attrs = &q->pc->attrs;
	unsigned int nr_lazy = READ_ONCE(q->nr_lazy) + 1;

	lockdep_assert_preemption_disabled();

	WRITE_ONCE(q->nr_lazy, nr_lazy);
	if (READ_ONCE(q->kicked))
		return;
	if (nr_lazy >= attrs->lazy_batch)
		pcq_kick(q);
	else if (!timer_pending(&q->lazy_timer))
		mod_timer(&q->lazy_timer, jiffies + attrs->lazy_delay - 1);
}

static void pcq_lazy_timer(struct timer_list *timer)
{
	struct percpu_completer_queue *q =
		container_of(timer, struct percpu_completer_queue, lazy_timer);

	if (!llist_empty(&q->list))
		pcq_kick(q);
}

/*
 * The worker
 */

/*
 * Complete all that is queued.  ->round tells percpu_completer_flush() where we
 * are: it is made odd after ->kicked was cleared and before the list is grabbed,
 * and even when the last function has returned.
 */
static void pcq_run(struct percpu_completer_queue *q)
{
	struct percpu_completer *pc = q->pc;
	struct llist_node *node, *next;
	unsigned long nr = 0;

	WRITE_ONCE(q->kicked, false);
	WRITE_ONCE(q->nr_lazy, 0);
	smp_store_release(&q->round, q->round + 1);	/* [D] */
	smp_mb();					/* [A], [C] */

	node = llist_reverse_order(llist_del_all(&q->list));

	lock_map_acquire(&pc->lockdep_map);
	llist_for_each_safe(node, next, node) {
		pc->attrs.fn(node);
		nr++;
		cond_resched();
	}
	lock_map_release(&pc->lockdep_map);

	q->stats.completed += nr;
	q->stats.batches++;
	q->stats.longest_batch = max(q->stats.longest_batch, nr);

	smp_store_release(&q->round, q->round + 1);	/* [D] */
	if (wq_has_sleeper(&pc->flush_wait))
		wake_up_all(&pc->flush_wait);
}

static bool pcq_should_run(struct percpu_completer_queue *q)
{
	return READ_ONCE(q->kicked) ||
		(kthread_should_park() && !llist_empty(&q->list));
}

static int pcq_thread(void *data)
{
	struct percpu_completer_queue *q = data;

	for (;;) {
		set_current_state(TASK_IDLE);		/* [B] */
		if (kthread_should_stop())
			break;
		if (pcq_should_run(q)) {
			__set_current_state(TASK_RUNNING);
			pcq_run(q);
		} else if (kthread_should_park()) {
			__set_current_state(TASK_RUNNING);
			kthread_parkme();
		} else {
			schedule();
			q->stats.wakeups++;
		}
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * The life of a queue: absent, live, draining, parked, see the header
 */

static void pcq_init(struct percpu_completer_queue *q,
		     struct percpu_completer *pc, unsigned int cpu)
{
	init_llist_head(&q->list);
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
	if (attrs->policy == PERCPU_COMPLETER_FIFO)
		sched_set_fifo_low(worker);
	else
		set_user_nice(worker, attrs->nice);
	WRITE_ONCE(q->worker, worker);
	return 0;
}

static int pcq_start(struct percpu_completer_queue *q)
{
	lockdep_assert_held(&percpu_completers_lock);

	if (q->worker) {
		kthread_unpark(q->worker);
	} else {
		int err = pcq_create_worker(q);

		if (err)
			return err;
		wake_up_process(q->worker);
	}
	/* Pairs with pcq_route(), pcq_redirect(): a live queue has a worker. */
	smp_store_release(&q->live, true);
	return 0;
}

/*
 * Drain the queue through its worker and park that.  The caller has closed the
 * queue and waited for the producers that saw it open.
 */
static void pcq_park(struct percpu_completer_queue *q)
{
	lockdep_assert_held(&percpu_completers_lock);

	timer_delete_sync(&q->lazy_timer);
	kthread_park(q->worker);
	WARN_ON_ONCE(!llist_empty(&q->list));
}

/* Nobody can reach the queues any more but through their workers. */
static void pcq_stop_all(struct percpu_completer_queue __percpu *queues)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(queues, cpu);
		if (q->live)
			pcq_park(q);
		if (q->worker)
			kthread_stop(q->worker);
	}
}

/*
 * Queueing
 */

/*
 * The queue to use when the one of CPU @from is not live: the next one that is.
 * There always is one, see percpu_completer_cpu_down().
 */
static struct percpu_completer_queue *
pcq_redirect(struct percpu_completer_queue __percpu *queues, unsigned int from)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	this_cpu_inc(queues->stats.redirected);
	for_each_cpu_wrap(cpu, cpu_online_mask, from) {
		q = per_cpu_ptr(queues, cpu);
		/* Pairs with pcq_start(). */
		if (smp_load_acquire(&q->live))
			return q;
	}
	WARN_ONCE(1, "no live worker\n");
	return NULL;
}

/*
 * The queue for a node that CPU @cpu is to complete.  It stays fit for use as
 * long as preemption is off.  NULL, after a warning, if the caller may not
 * queue: from NMI, as waking takes locks, or after destruction has begun.
 */
static struct percpu_completer_queue *
pcq_route(struct percpu_completer *pc, unsigned int cpu)
{
	struct percpu_completer_queue __percpu *queues = READ_ONCE(pc->queues);
	struct percpu_completer_queue *q;

	lockdep_assert_preemption_disabled();

	if (WARN_ON_ONCE(!queues || in_nmi()))
		return NULL;
	q = per_cpu_ptr(queues, cpu);
	/* Pairs with pcq_start(). */
	if (likely(smp_load_acquire(&q->live)))
		return q;
	return pcq_redirect(queues, cpu);
}

/* Add without a kick.  The caller sees to that, with preemption still off. */
static struct percpu_completer_queue *
pcq_add(struct percpu_completer *pc, unsigned int cpu, struct llist_node *node)
{
	struct percpu_completer_queue *q = pcq_route(pc, cpu);

	if (likely(q))
		llist_add(node, &q->list);		/* [A] */
	return q;
}

/**
 * percpu_completer_queue - complete an object in task context, soon
 * @pc: the completer
 * @node: embedded in the object, on no list
 *
 * Wakes the worker of this CPU at once; all that waits in its queue, lazy nodes
 * too, is completed before @node and without further delay.
 *
 * Nodes queued on one CPU are completed in the order queued, each exactly once,
 * as long as that CPU is online.  On a CPU whose worker is not available, one
 * that is on its way down above all, the node goes to another CPU's worker.
 *
 * All that the caller wrote before is visible to the completion function.
 *
 * Context: Any but NMI: hard and soft interrupts, tasks, interrupts on or off,
 *	    under any spinlock but those that wake_up_process() takes itself (run
 *	    queues, task->pi_lock, timer bases).  Never fails, allocates or
 *	    sleeps.
 */
void percpu_completer_queue(struct percpu_completer *pc,
			    struct llist_node *node)
{
	struct percpu_completer_queue *q;

	guard(preempt)();
	q = pcq_add(pc, smp_processor_id(), node);
	if (likely(q))
		pcq_kick(q);
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
 * The order is that of queueing, urgent or lazy.
 *
 * Context: As percpu_completer_queue().
 */
void percpu_completer_queue_lazy(struct percpu_completer *pc,
				 struct llist_node *node)
{
	struct percpu_completer_queue *q;

	guard(preempt)();
	q = pcq_add(pc, smp_processor_id(), node);
	if (!q)
		return;
	/* Another CPU's timer is out of reach; redirection is rare. */
	if (likely(q->cpu == smp_processor_id()))
		pcq_kick_lazy(q);
	else
		pcq_kick(q);
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
	struct percpu_completer_queue *q;

	guard(preempt)();
	if (unlikely(cpu >= nr_cpu_ids || !cpu_possible(cpu)))
		cpu = smp_processor_id();
	q = pcq_add(pc, cpu, node);
	if (likely(q))
		pcq_kick(q);
}
EXPORT_SYMBOL_GPL(percpu_completer_queue_on);

/*
 * Flushing
 */

/*
 * Nothing waits and nothing runs.  The list must be looked at first: once it is
 * empty its nodes are part of a round that shows in ->round.
 */
static bool pcq_idle(struct percpu_completer_queue *q)
{
	if (!llist_empty(&q->list))
		return false;
	smp_rmb();					/* [C] */
	return !(smp_load_acquire(&q->round) & 1);	/* [D] */
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
 *	node is on the list			WRITE_ONCE(kicked, false)
 *	smp_mb() [C]				round becomes odd
 *	target = f(round)			smp_mb() [C]
 *	pcq_kick()				llist_del_all()
 *
 * If we still see the even number then the round that makes it odd grabs the
 * node: its end will do.  If we see an odd one then that round may have grabbed
 * before, and ->kicked, which we set after, makes another one follow.  The
 * second condition is for a worker that parks: it leaves nothing behind and may
 * not see our kick.
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
	unsigned int cpu;

	might_sleep();
	if (!pc->queues)
		return;
	percpu_completer_lockdep_wait(pc);
	if (WARN_ON_ONCE(percpu_completer_is_worker(pc)))
		return;

	smp_mb();					/* [C] */
	/* Kick them all before waiting for the first. */
	for_each_possible_cpu(cpu) {
		struct percpu_completer_queue *q = per_cpu_ptr(pc->queues, cpu);

		if (!llist_empty(&q->list))
			pcq_kick(q);
	}
	for_each_possible_cpu(cpu)
		pcq_flush(per_cpu_ptr(pc->queues, cpu));
}
EXPORT_SYMBOL_GPL(percpu_completer_flush);

/*
 * Counters
 */

static int percpu_completer_stats_show(struct seq_file *m, void *unused)
{
	struct percpu_completer *pc = m->private;
	struct percpu_completer_queue *q;
	struct pcq_stats stats;
	unsigned int cpu;

	seq_puts(m, "cpu live completed batches longest_batch wakeups redirected\n");
	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(pc->queues, cpu);
		if (!READ_ONCE(q->worker))
			continue;
		/* A snapshot in passing; the figures need not fit each other. */
		stats = data_race(q->stats);
		seq_printf(m, "%u %d %lu %lu %lu %lu %lu\n", cpu,
			   READ_ONCE(q->live), stats.completed, stats.batches,
			   stats.longest_batch, stats.wakeups,
			   stats.redirected);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(percpu_completer_stats);

/*
 * Setting up and tearing down
 */

static bool percpu_completer_attrs_valid(const struct percpu_completer_attrs *a)
{
	return a->name && *a->name && a->fn &&
		a->policy <= PERCPU_COMPLETER_FIFO &&
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

	for_each_online_cpu(cpu) {
		err = pcq_start(per_cpu_ptr(queues, cpu));
		if (err) {
			pcq_stop_all(queues);
			return err;
		}
	}
	list_add_tail(&pc->list, &percpu_completers);
	/* Pairs with __percpu_completer_init_once(). */
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

	pc->queues = NULL;
	pc->attrs = *attrs;
	pc->attrs.lazy_delay = attrs->lazy_delay ?: PERCPU_COMPLETER_LAZY_DELAY;
	pc->attrs.lazy_batch = attrs->lazy_batch ?: PERCPU_COMPLETER_LAZY_BATCH;
	init_waitqueue_head(&pc->flush_wait);
	lockdep_init_map(&pc->lockdep_map, lock_name, key, 0);
	for_each_possible_cpu(cpu)
		pcq_init(per_cpu_ptr(queues, cpu), pc, cpu);

	err = percpu_completer_start(pc, queues);
	if (err) {
		free_percpu(queues);
		return err;
	}
	pc->debugfs = debugfs_create_file(attrs->name, 0444,
					  percpu_completer_debugfs, pc,
					  &percpu_completer_stats_fops);
	return 0;
}
EXPORT_SYMBOL_GPL(__percpu_completer_init);

int __percpu_completer_init_once(struct percpu_completer *pc,
				 const struct percpu_completer_attrs *attrs,
				 const char *lock_name,
				 struct lock_class_key *key)
{
	static DEFINE_MUTEX(once_lock);

	/* Pairs with percpu_completer_start(). */
	if (smp_load_acquire(&pc->queues))
		return 0;

	guard(mutex)(&once_lock);
	if (pc->queues)
		return 0;
	return __percpu_completer_init(pc, attrs, lock_name, key);
}
EXPORT_SYMBOL_GPL(__percpu_completer_init_once);

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

	if (!queues)
		return;
	if (WARN_ON_ONCE(percpu_completer_is_worker(pc)))
		return;

	/* The bulk of the work while no lock is held. */
	percpu_completer_flush(pc);
	debugfs_remove(pc->debugfs);

	scoped_guard(cpus_read_lock) {
		guard(mutex)(&percpu_completers_lock);
		list_del(&pc->list);
		WRITE_ONCE(pc->queues, NULL);
		/* For producers that still saw the queues. */
		synchronize_rcu();
		pcq_stop_all(queues);
	}
	free_percpu(queues);
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

static bool percpu_completer_live_but(struct percpu_completer *pc,
				      unsigned int but)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (cpu != but && per_cpu_ptr(pc->queues, cpu)->live)
			return true;
	}
	return false;
}

/*
 * See the top of the file.  The last live queue of a completer must stay; it is
 * that of a CPU on its way down only if threads could not be created before.
 */
static int percpu_completer_cpu_down(unsigned int cpu)
{
	struct percpu_completer *pc;

	guard(mutex)(&percpu_completers_lock);
	list_for_each_entry(pc, &percpu_completers, list) {
		if (!percpu_completer_live_but(pc, cpu))
			return -EBUSY;
	}

	list_for_each_entry(pc, &percpu_completers, list)
		WRITE_ONCE(per_cpu_ptr(pc->queues, cpu)->live, false);
	synchronize_rcu();
	list_for_each_entry(pc, &percpu_completers, list) {
		struct percpu_completer_queue *q = per_cpu_ptr(pc->queues, cpu);

		percpu_completer_lockdep_wait(pc);
		if (q->worker)
			pcq_park(q);
	}
	return 0;
}

/* After debugfs, which is set up by a core_initcall(), and before any user. */
static int __init percpu_completer_subsys_init(void)
{
	int err;

	percpu_completer_debugfs = debugfs_create_dir("percpu_completer", NULL);
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					"kernel/percpu_completer:online",
					percpu_completer_cpu_up,
					percpu_completer_cpu_down);
	if (err < 0)
		panic("percpu_completer: no CPU hotplug state: %d\n", err);
	return 0;
}
postcore_initcall(percpu_completer_subsys_init);
