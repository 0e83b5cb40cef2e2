// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion: how a worker is scheduled at the moment
 *
 * A worker that is SCHED_FIFO, or has a negative nice value, has a privilege over normal
 * tasks.  That needs three rules, none of which the scheduler has:
 *
 * Urgent nodes only.  A worker runs lazy nodes as a normal task, of nice 0 unless its own is
 * higher, until an urgent one comes, or a task waits for lazy ones.
 *
 * Half of the CPU.  The privileged workers of a CPU, of all completers together, may use
 * half of it.  What they use beyond that is a debt.  When it reaches a bound,
 * percpu_completer.burst_us, they are such normal tasks until it is below half of that
 * bound.  So other normal tasks keep half of the CPU, and never wait longer for SCHED_FIFO
 * workers than twice the bound, a tick and one completion function.  A worker need not run
 * to get its privilege back.
 *
 * No starvation.  A SCHED_FIFO task gets nothing beside another one that does not stop,
 * be it of the same priority, while normal tasks still get what the scheduler's fair server
 * reserves.  A worker that was runnable at PCQ_LOOKS looks in a row, and hardly ran, goes on
 * as a normal task, until it sleeps after PCQ_STARVED.
 *
 * A worker that has lost SCHED_FIFO for a while has a short slice.  A timer, the watch, looks
 * every PCQ_WATCH_NS whether a SCHED_FIFO worker starves, and whether one that has lost its
 * privilege may have it back.
 */

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/cputime.h>
#include <linux/sched/deadline.h>
#include <linux/sched/rt.h>
#include <linux/stop_machine.h>
#include <linux/time64.h>

#include <uapi/linux/sched/types.h>

#include "internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "percpu_completer."

/* A longer debt than that of two seconds may mean that a virtual machine was stopped. */
#define PCQ_MAX_DEBT	NSEC_PER_SEC
#define PCQ_WATCH_NS	(10 * NSEC_PER_MSEC)
/* Longer than a turn of the fair server, 50 ms by default: then normal tasks run. */
#define PCQ_LOOKS	6
/* Its turns begin a second apart: a worker that tries again within one wastes the rest. */
#define PCQ_STARVED	(2 * HZ)

static unsigned int pcq_burst_us = 2000;

static int pcq_burst_set(const char *value, const struct kernel_param *kp)
{
	return param_set_uint_minmax(value, kp, 1, UINT_MAX);
}

static const struct kernel_param_ops pcq_burst_ops = {
	.set	= pcq_burst_set,
	.get	= param_get_uint,
};
module_param_cb(burst_us, &pcq_burst_ops, &pcq_burst_us, 0644);

/*
 * The CPU time that privileged workers have used beyond half of a CPU.  They write it with
 * interrupts off, because of the watch.
 */
struct pcq_debt {
	u64 ns;
	u64 at;		/* when that was so, by local_clock() */
};

static DEFINE_PER_CPU(struct pcq_debt, pcq_debt);

DEFINE_PER_CPU(bool, pcq_owes);		/* see internal.h */

/*
 * The policy in force
 */

static bool pcq_is_awake(struct percpu_completer_queue *q)
{
	return READ_ONCE(q->state) > PCQ_OPEN;
}

static bool pcq_is_privileged(struct percpu_completer_queue *q)
{
	const struct percpu_completer_attrs *attrs = &q->pc->attrs;

	return READ_ONCE(attrs->policy) == PERCPU_COMPLETER_FIFO ||
		READ_ONCE(attrs->nice) < 0;
}

/* Only lazy nodes are in hand, and no task waits for any. */
static bool pcq_is_at_lazy(struct percpu_completer_queue *q)
{
	return READ_ONCE(q->state) == PCQ_LAZY && !atomic_read(&q->pc->waiters);
}

/*
 * A nice value, or PCQ_FIFO.  Not that for a worker that is about to park or to lose its
 * CPU: other tasks wait for it, and nobody would notice if it starved.
 */
static int pcq_wanted(struct percpu_completer_queue *q)
{
	const struct percpu_completer_attrs *attrs = &q->pc->attrs;
	int nice = READ_ONCE(attrs->nice);

	if (pcq_is_at_lazy(q) || READ_ONCE(q->spent) ||
	    READ_ONCE(q->flags) & (BIT(PCQ_PARKED) | BIT(PCQ_UNBOUND)))
		return max(nice, 0);
	if (READ_ONCE(attrs->policy) != PERCPU_COMPLETER_FIFO)
		return nice;
	return READ_ONCE(q->starved) ? max(nice, 0) : PCQ_FIFO;
}

static void pcq_schedule_as(struct percpu_completer_queue *q, int sched)
{
	struct sched_attr attr = {
		.sched_policy	= SCHED_NORMAL,
		.sched_nice	= sched,
	};

	if (READ_ONCE(q->pc->attrs.policy) != PERCPU_COMPLETER_NORMAL)
		attr.sched_runtime = READ_ONCE(q->pc->attrs.slice_us) * NSEC_PER_USEC;
	if (sched == PCQ_FIFO)
		sched_set_fifo_low(q->worker);
	else
		WARN_ON_ONCE(sched_setattr_nocheck(q->worker, &attr));
}

/*
 * Give a worker the policy that it shall have.  The worker, the administrator, the rescue
 * and CPU hotplug may do so at the same time:
 *
 *	WRITE_ONCE(sched, mine)
 *	change the policy, under a lock of the scheduler
 *	look again, at what is wanted and at sched
 *
 * The last one to change the policy sees what the others wrote.  If that is not what it
 * wrote itself, then it starts again.
 */
void pcq_set_policy(struct percpu_completer_queue *q)
{
	unsigned int generation;
	int wanted;

	do {
		/* Pairs with percpu_completer_apply(). */
		generation = smp_load_acquire(&q->pc->generation); /* [F] */
		wanted = pcq_wanted(q);
		WRITE_ONCE(q->sched, wanted);
		pcq_schedule_as(q, wanted);
		smp_mb();					/* [F] */
	} while (READ_ONCE(q->sched) != wanted || pcq_wanted(q) != wanted ||
		 generation != READ_ONCE(q->pc->generation));
	/* It may have become SCHED_FIFO while it was awake, or about to sleep. */
	if (pcq_is_awake(q) || READ_ONCE(q->worker->on_rq)) {
		guard(preempt)();
		pcq_watch(q);
	}
}

/* Must not sleep, as changing a SCHED_DEADLINE task, which chrt may have made it, does. */
static int pcq_rescue(void *data)
{
	struct percpu_completer_queue *q = data;

	if (!dl_task(q->worker))
		pcq_set_policy(q);
	/* The rest of a lazy node costs debt, like an urgent node. */
	if (q->free && READ_ONCE(q->sched) < 0) {
		q->charged_ns = q->worker->se.sum_exec_runtime;
		q->free = false;
	}
	/* Pairs with pcq_sched_stop(): the queue may be freed then. */
	clear_bit_unlock(PCQ_RESCUING, &q->flags);
	return 0;
}

/*
 * Set the policy of a worker that gets no CPU.  Nothing but the CPU's stopper thread is sure
 * to run there, whatever other tasks do.
 */
static void pcq_call_rescue(struct percpu_completer_queue *q)
{
	lockdep_assert_preemption_disabled();

	if (!test_bit(PCQ_UNBOUND, &q->flags) &&
	    !test_and_set_bit(PCQ_RESCUING, &q->flags))
		stop_one_cpu_nowait(q->cpu, pcq_rescue, q, &q->rescue);
}

/*
 * An urgent node has come while the worker is at lazy ones, as a normal task that may have
 * to wait for others.  If so, or if it is about to, do not wait until it looks up.
 */
void pcq_promote(struct percpu_completer_queue *q)
{
	if (READ_ONCE(q->sched) != pcq_wanted(q) &&
	    (!task_curr(q->worker) || test_tsk_need_resched(q->worker)))
		pcq_call_rescue(q);
}

/*
 * Half of the CPU
 */

static u64 pcq_burst(void)
{
	return (u64)READ_ONCE(pcq_burst_us) * NSEC_PER_USEC;
}

/*
 * The debt of this CPU at @now, when a worker has used @ns since its last charge.  Time that
 * was not used pays for half of it, but only for what is owed at that time: take it that the
 * worker was idle first, and used the CPU at the end.  If other workers were charged since,
 * then the time before that counted as unused.
 */
static u64 pcq_debt_at(u64 now, u64 ns)
{
	const struct pcq_debt *last = this_cpu_ptr(&pcq_debt);
	u64 debt = READ_ONCE(last->ns), elapsed = now - READ_ONCE(last->at);
	u64 used = min(ns, elapsed), more = ns - used / 2;

	debt -= min(debt, (elapsed - used) / 2);
	/*
	 * Do not let it grow: time used on an otherwise idle CPU does not count for long.  But
	 * a single long function counts whole, or the next one could follow soon.
	 */
	return min(debt + more, max(2 * pcq_burst(), min(max(debt, more), PCQ_MAX_DEBT)));
}

static u64 pcq_add_debt(u64 ns)
{
	struct pcq_debt *debt = this_cpu_ptr(&pcq_debt);
	u64 now = local_clock(), owed = pcq_debt_at(now, ns);

	lockdep_assert_irqs_disabled();

	WRITE_ONCE(debt->at, now);
	WRITE_ONCE(debt->ns, owed);
	return owed;
}

/*
 * Charge the worker for its CPU time since the last call, unless that is free.  Not beside
 * the rescue, which writes the same fields, or the watch.
 */
static noinline void pcq_charge(struct percpu_completer_queue *q, bool lazy)
{
	u64 ran, debt;

	guard(irqsave)();
	ran = task_sched_runtime(current);
	debt = pcq_add_debt(q->free ? 0 : ran - q->charged_ns);
	q->charged_at = jiffies;
	q->charged_ns = ran;
	q->free = lazy;

	__this_cpu_write(pcq_owes, debt >= pcq_burst());
	if (debt >= pcq_burst() && !READ_ONCE(q->spent)) {
		WRITE_ONCE(q->spent, true);
		q->stats.demotions++;
		pcq_watch(q);
	} else if (debt < pcq_burst() / 2) {
		WRITE_ONCE(q->spent, false);
	}
}

/*
 * A worker that does not run cannot see that the debt of its CPU is paid.  Its CPU time since
 * the last charge has not been charged yet.
 */
static bool pcq_has_paid(struct percpu_completer_queue *q)
{
	u64 ns = q->free ? 0 : q->worker->se.sum_exec_runtime - q->charged_ns;

	return READ_ONCE(q->spent) && current != q->worker &&
		pcq_debt_at(local_clock(), ns) < pcq_burst() / 2;
}

/*
 * Not with nodes in hand: a worker that got the CPU as a normal task might lose it by that.
 * Time may have gone round since.
 */
static bool pcq_may_try_again(struct percpu_completer_queue *q)
{
	unsigned long until = READ_ONCE(q->starved_until);

	return READ_ONCE(q->state) == PCQ_OPEN &&
		!time_in_range(jiffies, until - PCQ_STARVED, until);
}

static noinline void pcq_follow_privileged(struct percpu_completer_queue *q)
{
	bool lazy = pcq_is_at_lazy(q);

	/* Reading the CPU time costs more than completing a small object. */
	if (lazy != q->free || (!lazy && pcq_tick_came(q->charged_at)))
		pcq_charge(q, lazy);
	if (READ_ONCE(q->starved) && pcq_may_try_again(q))
		WRITE_ONCE(q->starved, false);
	if (READ_ONCE(q->sched) != pcq_wanted(q))
		pcq_set_policy(q);
}

/* The worker had a privilege before, or those of other completers have one. */
static noinline void pcq_follow_normal(struct percpu_completer_queue *q)
{
	q->free = true;
	WRITE_ONCE(q->spent, false);
	guard(preempt)();
	/* The one that owed may be gone. */
	if (pcq_debt_at(local_clock(), 0) < pcq_burst() / 2)
		__this_cpu_write(pcq_owes, false);
}

/* By the worker: have the policy that fits what it does next. */
void pcq_follow_policy(struct percpu_completer_queue *q)
{
	if (pcq_is_privileged(q))
		pcq_follow_privileged(q);
	else if (unlikely(!q->free || !pcq_may_run_at_once(q)))
		pcq_follow_normal(q);
}

/*
 * The watch
 */

/* A worker that is parked, or may run anywhere, has no privilege. */
static bool pcq_is_to_be_watched(struct percpu_completer_queue *q)
{
	return !(READ_ONCE(q->flags) & (BIT(PCQ_PARKED) | BIT(PCQ_UNBOUND))) &&
		(READ_ONCE(q->pc->attrs.policy) == PERCPU_COMPLETER_FIFO ||
		 READ_ONCE(q->spent));
}

static void pcq_start_watch(struct irq_work *work)
{
	struct percpu_completer_queue *q =
		container_of(work, struct percpu_completer_queue, watch_start);

	q->watched_ns = READ_ONCE(q->worker->se.sum_exec_runtime);
	q->watched_wakeups = READ_ONCE(q->stats.wakeups);
	q->looks = 0;
	hrtimer_start(&q->watch, PCQ_WATCH_NS, HRTIMER_MODE_REL_PINNED_HARD);
}

/*
 * A worker is awake, or in debt, and not watched yet.  If it is SCHED_FIFO, notice when it
 * does not run.  Only its own CPU can tell.
 */
void pcq_watch(struct percpu_completer_queue *q)
{
	lockdep_assert_preemption_disabled();

	if (!pcq_is_to_be_watched(q) || test_and_set_bit(PCQ_WATCHED, &q->flags))
		return;
	/* The worker is not parked, so its CPU is online, for as long as preemption is off. */
	if (q->cpu == smp_processor_id())
		pcq_start_watch(&q->watch_start);
	else
		irq_work_queue_on(&q->watch_start, q->cpu);
}

/*
 * A worker that has woken since the last look will soon do so again: keep the timer.  One
 * that was about to sleep may have lost the CPU when it became SCHED_FIFO for that.
 */
static bool pcq_is_at_rest(struct percpu_completer_queue *q)
{
	return !pcq_is_awake(q) && !READ_ONCE(q->worker->on_rq) &&
		READ_ONCE(q->stats.wakeups) == q->watched_wakeups;
}

static bool pcq_watch_is_over(struct percpu_completer_queue *q)
{
	return !pcq_is_to_be_watched(q) || (!READ_ONCE(q->spent) && pcq_is_at_rest(q));
}

/*
 * Has the worker been runnable since the last look?  Its state does not tell, as a worker may
 * be preempted when it is about to sleep.  Nor does the running task, which may be a normal
 * one in the time that the fair server reserves.
 */
static bool pcq_waits(struct percpu_completer_queue *q)
{
	return READ_ONCE(q->stats.wakeups) == q->watched_wakeups &&
		READ_ONCE(q->worker->on_rq) && rt_task(q->worker) && current != q->worker;
}

/*
 * Has it waited at so many looks in a row, all in all with less of the CPU than normal tasks
 * get of it?  One look is not enough: a virtual machine may have been stopped.
 */
static bool pcq_is_starved(struct percpu_completer_queue *q)
{
	u64 ns = READ_ONCE(q->worker->se.sum_exec_runtime);

	q->looks++;
	if (!pcq_waits(q) || ns - q->watched_ns >= q->looks * PCQ_WATCH_NS / 20) {
		q->watched_wakeups = READ_ONCE(q->stats.wakeups);
		q->watched_ns = ns;
		q->looks = 0;
	}
	return q->looks >= PCQ_LOOKS;
}

/*
 * Give the worker back what it has lost, or could not be given in time: one that had the CPU
 * when an urgent node came may have lost it since.  A privilege is of no use beside a
 * real-time task, unless the worker sleeps and the task may be gone when it wakes.
 */
static void pcq_look_for_privilege(struct percpu_completer_queue *q)
{
	if (rt_or_dl_task(current) && !pcq_is_at_rest(q))
		return;
	if (pcq_has_paid(q))
		WRITE_ONCE(q->spent, false);
	pcq_promote(q);
}

/*
 * In hard interrupt context, also on PREEMPT_RT: no thread has to get the CPU first.  Timers
 * of a CPU that goes down move to another one, and stay there when it returns.
 */
static enum hrtimer_restart pcq_watch_timer(struct hrtimer *timer)
{
	struct percpu_completer_queue *q =
		container_of(timer, struct percpu_completer_queue, watch);

	if (q->cpu != smp_processor_id() || pcq_watch_is_over(q)) {
		clear_bit(PCQ_WATCHED, &q->flags);
		/* Pairs with the cmpxchg() of pcq_raise(), before it calls pcq_watch(). */
		smp_mb__after_atomic();
		if (!pcq_watch_is_over(q))
			pcq_watch(q);
		return HRTIMER_NORESTART;
	}
	if (pcq_is_starved(q)) {
		q->looks = 0;
		WRITE_ONCE(q->starved_until, jiffies + PCQ_STARVED);
		WRITE_ONCE(q->starved, true);
		q->stats.starvations++;
		pcq_call_rescue(q);
	} else {
		pcq_look_for_privilege(q);
	}
	hrtimer_forward_now(timer, PCQ_WATCH_NS);
	return HRTIMER_RESTART;
}

/*
 * Setting up and tearing down
 */

void pcq_sched_init(struct percpu_completer_queue *q)
{
	hrtimer_setup(&q->watch, pcq_watch_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	q->watch_start = IRQ_WORK_INIT_HARD(pcq_start_watch);
}

/* By the worker: what it has used so far is not for nodes. */
void pcq_sched_begin(struct percpu_completer_queue *q)
{
	q->charged_ns = task_sched_runtime(current);
}

/* No producer is left. */
void pcq_sched_stop(struct percpu_completer_queue *q)
{
	irq_work_sync(&q->watch_start);
	hrtimer_cancel(&q->watch);
	while (test_bit_acquire(PCQ_RESCUING, &q->flags))
		schedule_timeout_uninterruptible(1);
}
