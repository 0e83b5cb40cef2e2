// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion
 *
 * Interrupt handlers finish I/O where nobody may sleep.  A completer carries the
 * finished objects to a thread on the same CPU and completes them there, in the order in
 * which they finished.  From the interrupt to the completion function an object passes
 * queue.c and worker.c; here are the life of a completer, flushing and CPU hotplug.
 *
 * The hard part: a CPU goes down
 * ------------------------------
 * Nodes must neither be stranded on a CPU without a worker nor be completed by the
 * hotplug code, which holds locks that completion functions may wait for.  Nor may they
 * change their order or be completed two at a time.
 *
 * The hotplug callback parks the worker.  That stops between two nodes, within a tick and
 * one completion function.  Then the callback closes the queue: under the lock, it moves
 * all nodes, those that the worker had grabbed first, to a queue that is open and stands
 * in from then on.  A node found on the closed queue later belongs to a producer that has
 * not checked the state yet; that producer moves it.  So each node whose producer has
 * returned is on an open queue, behind all that were queued before it.
 *
 * Opening is simpler: from then on the CPU uses its own queue.  Nodes that it queued
 * before may still be on the queue that stood in, and complete beside newer ones.
 *
 * All this happens in an ordinary callback, long before the CPU stops taking interrupts.
 * The scheduler has taken all other tasks off the CPU by then, but leaves per-CPU kthreads
 * alone until they park.  The thread is kept for when the CPU returns.
 */

#define pr_fmt(fmt) "percpu_completer: " fmt

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "internal.h"

/* After a thread could not be created: there may be memory again by then. */
#define PCQ_RETRY	(10 * HZ)

DEFINE_MUTEX(percpu_completers_lock);	/* see internal.h */
LIST_HEAD(percpu_completers);

struct cpumask pcq_cpus;

static void pcq_retry(struct work_struct *work);
static DECLARE_DELAYED_WORK(pcq_retry_work, pcq_retry);

/*
 * Opening and closing
 */

/* Which queue stands in for that of a CPU: spread over all that are open. */
static struct percpu_completer_queue *pcq_substitute(struct percpu_completer_queue *q)
{
	struct percpu_completer *pc = q->pc;
	unsigned int nr = cpumask_weight(pc->open);

	lockdep_assert_held(&pc->lock);

	if (!nr)
		return NULL;
	return per_cpu_ptr(pc->queues, cpumask_nth(q->cpu % nr, pc->open));
}

/* Nodes that the worker had grabbed, the oldest first. */
static unsigned long pcq_give_back(struct llist_node *nodes, struct llist_head *to)
{
	struct llist_head from = { llist_reverse_order(nodes) };

	return pcq_splice(&from, to);
}

/* Move everything from a queue whose worker does nothing at the moment. */
static void pcq_hand_over(struct percpu_completer_queue *q,
			  struct percpu_completer_queue *to)
{
	unsigned long grabbed;

	lockdep_assert_held(&q->pc->lock);

	grabbed = pcq_give_back(q->todo_lazy, &to->lazy);
	if (grabbed)
		pcq_set_due(to);
	grabbed += pcq_give_back(q->todo, &to->list);
	q->stats.queued -= grabbed;
	q->stats.redirected += grabbed + pcq_move_lists(q, to);
	q->todo = NULL;
	q->todo_lazy = NULL;
	/* Those who wait for these nodes come after them, see [C]. */
	pcq_give_back(q->flushing, &to->flushers);
	pcq_splice(&q->flushers, &to->flushers);
	q->flushing = NULL;
}

/* Let @q stand in for no other queue any longer, unless it is the last open one. */
static bool pcq_retire(struct percpu_completer_queue *q)
{
	struct cpumask *open = q->pc->open;

	lockdep_assert_held(&q->pc->lock);

	cpumask_clear_cpu(q->cpu, open);
	if (!cpumask_empty(open))
		return true;
	cpumask_set_cpu(q->cpu, open);
	return false;
}

/* Close a queue that has retired.  Returns the one that now has its nodes: kick that. */
static struct percpu_completer_queue *pcq_shut(struct percpu_completer_queue *q)
{
	struct percpu_completer *pc = q->pc;
	struct percpu_completer_queue *to = pcq_substitute(q);

	pc->closings++;
	xchg(&q->state, PCQ_CLOSED);				/* [A] */
	pcq_mark_used(to);
	pcq_hand_over(q, to);
	/* Only now: nodes that come by the new route go behind those handed over. */
	WRITE_ONCE(q->route, to);
	return to;
}

/* CPUs whose queue is closed find their substitute without the lock from now on. */
static void pcq_reroute(struct percpu_completer_queue *closed)
{
	struct percpu_completer *pc = closed->pc;
	struct percpu_completer_queue *q;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(pc->queues, cpu);
		guard(raw_spinlock_irqsave)(&pc->lock);
		/* To itself, if it is open again. */
		if (q->route == closed)
			WRITE_ONCE(q->route, pcq_resolve(closed));
	}
}

/* The worker is parked, perhaps without having run since it was unparked. */
static void pcq_close(struct percpu_completer_queue *q)
{
	struct percpu_completer_queue *to;

	/* The nodes that have moved wait for the kick. */
	scoped_guard(preempt) {
		scoped_guard(raw_spinlock_irqsave, &q->pc->lock) {
			/* The worker has left before. */
			if (READ_ONCE(q->state) == PCQ_CLOSED)
				return;
			to = pcq_shut(q);
		}
		pcq_kick(to, PCQ_KICKED);
	}
	pcq_reroute(q);
}

/* By the worker itself: the administrator no longer wants it on this CPU. */
void pcq_leave(struct percpu_completer_queue *q)
{
	struct percpu_completer_queue *to;

	scoped_guard(preempt) {
		scoped_guard(raw_spinlock_irqsave, &q->pc->lock) {
			if (!test_and_clear_bit(PCQ_LEAVING, &q->flags) || !pcq_retire(q))
				return;
			to = pcq_shut(q);
		}
		pcq_kick(to, PCQ_KICKED);
	}
	pcq_reroute(q);
}

static void pcq_open(struct percpu_completer_queue *q)
{
	guard(raw_spinlock_irqsave)(&q->pc->lock);
	clear_bit(PCQ_LEAVING, &q->flags);
	cpumask_set_cpu(q->cpu, q->pc->open);
	if (READ_ONCE(q->state) != PCQ_CLOSED)
		return;
	WRITE_ONCE(q->route, q);
	/* Pairs with pcq_raise(): an open queue has a worker. */
	smp_store_release(&q->state, PCQ_OPEN);
}

/*
 * Workers
 */

static void pcq_bind(struct percpu_completer_queue *q)
{
	set_cpus_allowed_ptr(q->worker, cpumask_of(q->cpu));
	kthread_set_per_cpu(q->worker, q->cpu);
	clear_bit(PCQ_UNBOUND, &q->flags);
}

/* CPU hotplug need not care for it any more. */
static void pcq_unbind(struct percpu_completer_queue *q)
{
	kthread_set_per_cpu(q->worker, -1);
	set_cpus_allowed_ptr(q->worker, cpu_possible_mask);
	set_bit(PCQ_UNBOUND, &q->flags);
	pcq_set_policy(q);
}

static int pcq_create_worker(struct percpu_completer_queue *q)
{
	struct task_struct *worker = pcq_create_thread(q);

	if (IS_ERR(worker))
		return PTR_ERR(worker);

	kthread_bind(worker, q->cpu);
	kthread_set_per_cpu(worker, q->cpu);
	WRITE_ONCE(q->worker, worker);
	return 0;
}

/* With the policy that the attributes ask for, which may suit a worker that lost another. */
static void pcq_begin_anew(struct percpu_completer_queue *q)
{
	WRITE_ONCE(q->starved, false);
	WRITE_ONCE(q->spent, false);
	pcq_set_policy(q);
}

/* Unless that is impossible for now, the CPU has a worker and an open queue then. */
static int pcq_start(struct percpu_completer_queue *q)
{
	bool parked;
	int err;

	lockdep_assert_held(&percpu_completers_lock);

	err = q->worker ? 0 : pcq_create_worker(q);
	if (err)
		return err;
	if (test_bit(PCQ_UNBOUND, &q->flags))
		pcq_bind(q);
	parked = test_and_clear_bit(PCQ_PARKED, &q->flags);
	pcq_begin_anew(q);
	WRITE_ONCE(q->kicked_at, 0);
	pcq_open(q);
	if (parked)
		kthread_unpark(q->worker);
	else
		wake_up_process(q->worker);
	return 0;
}

static bool pcq_is_missing(struct percpu_completer *pc, unsigned int cpu)
{
	struct percpu_completer_queue *q = per_cpu_ptr(pc->queues, cpu);

	return cpumask_test_cpu(cpu, pc->allowed) &&
		(!q->worker || READ_ONCE(q->state) == PCQ_CLOSED ||
		 READ_ONCE(q->flags) & (BIT(PCQ_LEAVING) | BIT(PCQ_UNBOUND)));
}

/* A worker has no business on its CPU; it closes its queue unless that is the last one. */
static void pcq_send_away(struct percpu_completer_queue *q)
{
	if (READ_ONCE(q->state) == PCQ_CLOSED)
		return;
	set_bit(PCQ_LEAVING, &q->flags);
	smp_mb__after_atomic();					/* [A] */
	pcq_kick(q, PCQ_KICKED);
}

/* Start the workers that are missing on CPUs that are up. */
static int percpu_completer_start_missing(struct percpu_completer *pc)
{
	unsigned int cpu;
	int err = 0;

	for_each_cpu(cpu, &pcq_cpus) {
		if (pcq_is_missing(pc, cpu))
			err = pcq_start(per_cpu_ptr(pc->queues, cpu)) ?: err;
	}
	return err;
}

/*
 * Have workers on the CPUs that are up and allowed, as far as there is memory: the others
 * serve a CPU that has none.
 */
static void percpu_completer_settle(struct percpu_completer *pc)
{
	int err = percpu_completer_start_missing(pc);
	unsigned int cpu;

	if (err) {
		pr_warn_ratelimited("%s: no worker for some CPU (%d), others serve it\n",
				    pc->attrs.name, err);
		schedule_delayed_work(&pcq_retry_work, PCQ_RETRY);
	}
	for_each_possible_cpu(cpu) {
		if (!cpumask_test_cpu(cpu, pc->allowed))
			pcq_send_away(per_cpu_ptr(pc->queues, cpu));
	}
}

static void pcq_retry(struct work_struct *work)
{
	struct percpu_completer *pc;

	guard(cpus_read_lock)();
	guard(mutex)(&percpu_completers_lock);
	list_for_each_entry(pc, &percpu_completers, list)
		percpu_completer_settle(pc);
}

static void pcq_park(struct percpu_completer_queue *q)
{
	set_bit(PCQ_PARKED, &q->flags);
	pcq_set_policy(q);
	kthread_park(q->worker);
}

/*
 * Flushing
 */

/*
 * Nothing waits and nothing runs.  The lists must be looked at first: if they are empty
 * because the worker has grabbed, then the state that we see is that of then or later.
 */
static bool pcq_is_idle(struct percpu_completer_queue *q)
{
	if (!pcq_is_empty(q))
		return false;
	smp_rmb();						/* [C] */
	/* What the completion functions wrote is visible then. */
	return smp_load_acquire(&q->state) == PCQ_OPEN;		/* [D] */
}

/*
 * Wait for all that was queued here before.  A queue that closes hands over the waiter
 * together with the nodes, and has done so when we get the lock.
 */
static void pcq_flush(struct percpu_completer_queue *q)
{
	struct pcq_waiter waiter;

	if (pcq_is_idle(q))
		return;
	init_completion(&waiter.done);
	scoped_guard(raw_spinlock_irqsave, &q->pc->lock) {
		if (READ_ONCE(q->state) == PCQ_CLOSED)
			return;
		llist_add(&waiter.node, &q->flushers);		/* [A], [C] */
	}
	pcq_kick(q, PCQ_KICKED);
	wait_for_completion(&waiter.done);			/* [D] */
}

/* Get all of them going before waiting for the first. */
static void percpu_completer_kick_used(struct percpu_completer *pc)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	for_each_cpu(cpu, pc->used) {
		q = per_cpu_ptr(pc->queues, cpu);
		if (!pcq_is_empty(q))
			pcq_kick_due(q, PCQ_KICKED);
	}
}

static void percpu_completer_flush_used(struct percpu_completer *pc)
{
	unsigned int cpu;

	for_each_cpu(cpu, pc->used)
		pcq_flush(per_cpu_ptr(pc->queues, cpu));
}

/* With the lock: no queue is half way through closing. */
static unsigned int percpu_completer_closings(struct percpu_completer *pc)
{
	guard(raw_spinlock_irqsave)(&pc->lock);
	return pc->closings;
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
 * that a steady stream of them does not hold up the caller.  Looks only at CPUs that
 * have ever queued to @pc, and wakes only those workers that have something to do.
 *
 * Must not be called from a completion function of @pc: that is warned about,
 * and the call returns at once.
 *
 * Context: Task context, may sleep.
 */
void percpu_completer_flush(struct percpu_completer *pc)
{
	unsigned int closings;

	might_sleep();
	if (!percpu_completer_is_set_up(pc))
		return;
	percpu_completer_lockdep_wait(pc);
	if (WARN_ON_ONCE(percpu_completer_is_worker(pc)))
		return;

	smp_mb();						/* [C] */
	percpu_completer_kick_used(pc);
	/* A queue that closes may hand nodes over to one that we have visited. */
	do {
		closings = percpu_completer_closings(pc);
		percpu_completer_flush_used(pc);
	} while (percpu_completer_closings(pc) != closings);
}
EXPORT_SYMBOL_GPL(percpu_completer_flush);

/*
 * Setting up and tearing down
 */

static bool percpu_completer_attrs_valid(const struct percpu_completer_attrs *a)
{
	return a->name && *a->name && a->fn &&
		a->policy <= PERCPU_COMPLETER_FIFO &&
		a->order <= PERCPU_COMPLETER_URGENT_FIRST &&
		(!a->slice_us || (a->slice_us >= PERCPU_COMPLETER_SLICE_US &&
				  a->slice_us <= PERCPU_COMPLETER_MAX_SLICE_US)) &&
		a->lazy_delay <= PERCPU_COMPLETER_MAX_LAZY_DELAY &&
		a->nice >= MIN_NICE && a->nice <= MAX_NICE;
}

static void pcq_init(struct percpu_completer_queue *q, struct percpu_completer *pc,
		     unsigned int cpu)
{
	q->pc = pc;
	q->cpu = cpu;
	pcq_queue_init(q);
	pcq_sched_init(q);
}

/* What has no worker of its own gets a substitute. */
static void percpu_completer_route_others(struct percpu_completer *pc)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(pc->queues, cpu);
		guard(raw_spinlock_irqsave)(&pc->lock);
		if (READ_ONCE(q->state) == PCQ_CLOSED && q->route == q)
			WRITE_ONCE(q->route, pcq_substitute(q));
	}
}

/* The workers may run anywhere, so that stopping them needs no lock. */
static void percpu_completer_unbind(struct percpu_completer *pc)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	lockdep_assert_cpus_held();

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(pc->queues, cpu);
		/* No queue closes any more. */
		scoped_guard(raw_spinlock_irqsave, &pc->lock)
			clear_bit(PCQ_LEAVING, &q->flags);
		if (q->worker)
			pcq_unbind(q);
	}
}

/* Start the workers and let CPU hotplug and producers see the completer. */
static int percpu_completer_start(struct percpu_completer *pc)
{
	int err;

	guard(cpus_read_lock)();
	guard(mutex)(&percpu_completers_lock);

	percpu_completer_override(pc);
	err = percpu_completer_start_missing(pc);
	if (err) {
		percpu_completer_unbind(pc);
		return err;
	}
	percpu_completer_route_others(pc);
	list_add_tail(&pc->list, &percpu_completers);
	/* Pairs with percpu_completer_is_set_up(). */
	smp_store_release(&pc->route, &pc->queues->route);
	return 0;
}

/* No producer is left, and CPU hotplug does not know the completer any more. */
static void percpu_completer_free(struct percpu_completer *pc)
{
	struct percpu_completer_queue *q;
	unsigned int cpu;

	if (pc->queues) {
		for_each_possible_cpu(cpu) {
			q = per_cpu_ptr(pc->queues, cpu);
			hrtimer_cancel(&q->lazy_timer);
			pcq_disarm(q, PCQ_KICKED);
			pcq_sched_stop(q);
			if (q->worker)
				kthread_stop(q->worker);
			WARN_ON_ONCE(!pcq_is_empty(q));
		}
	}
	free_percpu(pc->queues);
	free_cpumask_var(pc->open);
	free_cpumask_var(pc->allowed);
	free_cpumask_var(pc->used);
	free_cpumask_var(pc->waiting);
}

static int percpu_completer_alloc(struct percpu_completer *pc)
{
	unsigned int cpu;

	if (!zalloc_cpumask_var(&pc->open, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&pc->allowed, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&pc->used, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&pc->waiting, GFP_KERNEL))
		return -ENOMEM;
	pc->queues = alloc_percpu(struct percpu_completer_queue);
	if (!pc->queues)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		pcq_init(per_cpu_ptr(pc->queues, cpu), pc, cpu);
	return 0;
}

int __percpu_completer_init(struct percpu_completer *pc,
			    const struct percpu_completer_attrs *attrs,
			    const char *lock_name, struct lock_class_key *key)
{
	int err;

	memset(pc, 0, sizeof(*pc));
	if (!percpu_completer_attrs_valid(attrs))
		return -EINVAL;

	raw_spin_lock_init(&pc->lock);
	pc->requested = *attrs;
	pc->requested.slice_us = attrs->slice_us ?: PERCPU_COMPLETER_SLICE_US;
	pc->requested.lazy_delay = attrs->lazy_delay ?: PERCPU_COMPLETER_LAZY_DELAY;
	pc->requested.lazy_batch = attrs->lazy_batch ?: PERCPU_COMPLETER_LAZY_BATCH;
	pc->attrs = pc->requested;
	lockdep_init_map(&pc->lockdep_map, lock_name, key, 0);

	err = percpu_completer_alloc(pc);
	if (!err)
		err = percpu_completer_start(pc);
	if (err) {
		percpu_completer_free(pc);
		return err;
	}
	percpu_completer_debugfs_add(pc);
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

/* A lazy timer may have been set for a longer delay than there is now. */
static void pcq_apply(struct percpu_completer_queue *q)
{
	if (!q->worker)
		return;
	pcq_begin_anew(q);
	if (test_bit(PCQ_ARMED, &q->flags))
		pcq_disarm(q, PCQ_LAZY);
}

/* Make attributes that have changed take effect, also on workers that do not run. */
void percpu_completer_apply(struct percpu_completer *pc)
{
	unsigned int cpu;

	lockdep_assert_cpus_held();
	lockdep_assert_held(&percpu_completers_lock);

	/* Pairs with pcq_set_policy(). */
	smp_store_release(&pc->generation, pc->generation + 1);
	smp_mb();						/* [F] */
	percpu_completer_settle(pc);
	for_each_possible_cpu(cpu)
		pcq_apply(per_cpu_ptr(pc->queues, cpu));
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
 * Context: Task context, may sleep.  Takes cpus_read_lock(), but waits for completion
 *	    functions without any lock.
 */
void percpu_completer_destroy(struct percpu_completer *pc)
{
	if (!percpu_completer_is_set_up(pc))
		return;
	if (WARN_ON_ONCE(percpu_completer_is_worker(pc)))
		return;

	percpu_completer_flush(pc);
	percpu_completer_debugfs_remove(pc);

	scoped_guard(cpus_read_lock) {
		guard(mutex)(&percpu_completers_lock);
		list_del(&pc->list);
		percpu_completer_kill(pc);
		percpu_completer_unbind(pc);
	}
	/*
	 * A producer may have yet to look or to wake although its node has been
	 * completed: in an interrupt, or as a task that was preempted.  So may a worker
	 * that has closed its queue.
	 */
	synchronize_rcu();
	if (IS_ENABLED(CONFIG_TASKS_RCU))
		synchronize_rcu_tasks();
	percpu_completer_free(pc);
}
EXPORT_SYMBOL_GPL(percpu_completer_destroy);

/*
 * CPU hotplug
 *
 * cpus_write_lock() is held: no completer comes or goes.
 */

static int percpu_completer_cpu_up(unsigned int cpu)
{
	struct percpu_completer *pc;

	guard(mutex)(&percpu_completers_lock);
	cpumask_set_cpu(cpu, &pcq_cpus);
	/* Never veto. */
	list_for_each_entry(pc, &percpu_completers, list) {
		/* The administrator may have named this CPU before it was up. */
		percpu_completer_override(pc);
		percpu_completer_settle(pc);
	}
	return 0;
}

static bool percpu_completer_is_last(struct percpu_completer *pc, unsigned int cpu)
{
	guard(raw_spinlock_irqsave)(&pc->lock);
	return cpumask_any_but(pc->open, cpu) >= nr_cpu_ids;
}

static bool pcq_may_go(struct percpu_completer_queue *q)
{
	guard(raw_spinlock_irqsave)(&q->pc->lock);
	return READ_ONCE(q->state) == PCQ_CLOSED || pcq_retire(q);
}

/*
 * See the top of the file.  If no thread could be created on any other CPU then this one
 * goes on where the scheduler puts it.
 */
static void pcq_cpu_down(struct percpu_completer_queue *q)
{
	if (!q->worker || test_bit(PCQ_PARKED, &q->flags))
		return;
	percpu_completer_lockdep_wait(q->pc);
	if (!pcq_may_go(q)) {
		pcq_unbind(q);
		return;
	}
	pcq_park(q);
	pcq_close(q);
}

/* Without our lock while waiting for workers: those who read attributes need it. */
static int percpu_completer_cpu_down(unsigned int cpu)
{
	struct percpu_completer *pc;

	scoped_guard(mutex, &percpu_completers_lock) {
		cpumask_clear_cpu(cpu, &pcq_cpus);
		list_for_each_entry(pc, &percpu_completers, list) {
			/* The administrator may have named no other CPU that is up. */
			if (percpu_completer_override(pc) ||
			    percpu_completer_is_last(pc, cpu))
				percpu_completer_settle(pc);
		}
	}
	list_for_each_entry(pc, &percpu_completers, list)
		pcq_cpu_down(per_cpu_ptr(pc->queues, cpu));
	return 0;
}

/* Before any user. */
static int __init percpu_completer_setup(void)
{
	int err;

	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "kernel/percpu_completer:online",
				percpu_completer_cpu_up, percpu_completer_cpu_down);
	if (err < 0)
		panic("percpu_completer: no CPU hotplug state: %d\n", err);
	return 0;
}
postcore_initcall(percpu_completer_setup);
