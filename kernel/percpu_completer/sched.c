// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion: how a worker is scheduled at the moment
 *
 * A worker that is SCHED_FIFO, or has a negative nice value, has a privilege over normal
 * tasks.  That needs three rules, none of which the scheduler has:
 *
 * Urgent nodes only.  A worker runs lazy nodes as a normal task of nice 0.
 *
 * Half of the CPU.  The privileged workers of a CPU, of all completers together, may use
 * half of it.  What they use beyond that is a debt.  When it reaches a bound,
 * percpu_completer.burst_us, they are normal tasks of nice 0 until it is paid.  So other
 * normal tasks keep half of the CPU, and never wait longer for it than twice the bound, a
 * tick and one completion function.
 *
 * No starvation.  A SCHED_FIFO task gets nothing beside another one that does not stop,
 * be it of the same priority, while a normal task still gets what the scheduler's fair
 * server reserves.  So a worker that was runnable for PCQ_WATCH_NS and did not run goes
 * on as a normal task for PCQ_STARVED.
 *
 * A worker that has lost SCHED_FIFO for a while has a short slice.
 */

#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/cputime.h>
#include <linux/sched/rt.h>
#include <linux/time64.h>
#include <linux/workqueue.h>

#include <uapi/linux/sched/types.h>

#include "internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "percpu_completer."

#define PCQ_WATCH_NS	(10 * NSEC_PER_MSEC)
#define PCQ_STARVED	HZ

static unsigned int pcq_burst_us = 2000;
module_param_named(burst_us, pcq_burst_us, uint, 0644);

/* Has a thread of its own, so that a starved worker is rescued without memory. */
static struct workqueue_struct *pcq_rescue_wq;

/* What the privileged workers of a CPU have used beyond half of it; written by them. */
struct pcq_debt {
	u64 ns;
	u64 at;		/* when that was so, by local_clock() */
};

static DEFINE_PER_CPU(struct pcq_debt, pcq_debt);

/*
 * The policy in force
 */

static bool pcq_is_privileged(struct percpu_completer_queue *q)
{
	const struct percpu_completer_attrs *attrs = &q->pc->attrs;

	return READ_ONCE(attrs->policy) == PERCPU_COMPLETER_FIFO ||
		READ_ONCE(attrs->nice) < 0;
}

static struct pcq_sched pcq_wanted(struct percpu_completer_queue *q)
{
	struct pcq_sched wanted = {
		.policy	= READ_ONCE(q->pc->attrs.policy),
		.nice	= READ_ONCE(q->pc->attrs.nice),
	};

	if (READ_ONCE(q->state) != PCQ_LAZY && !READ_ONCE(q->spent) &&
	    !READ_ONCE(q->starved))
		return wanted;
	if (wanted.policy == PERCPU_COMPLETER_FIFO)
		wanted.policy = PERCPU_COMPLETER_SHORT_SLICE;
	wanted.nice = max(wanted.nice, 0);
	return wanted;
}

static bool pcq_has(struct percpu_completer_queue *q, struct pcq_sched wanted)
{
	return READ_ONCE(q->sched.policy) == wanted.policy &&
		READ_ONCE(q->sched.nice) == wanted.nice;
}

static void pcq_schedule_as(struct percpu_completer_queue *q, struct pcq_sched wanted)
{
	struct sched_attr attr = {
		.sched_policy	= SCHED_NORMAL,
		.sched_nice	= wanted.nice,
	};

	if (wanted.policy == PERCPU_COMPLETER_SHORT_SLICE)
		attr.sched_runtime = READ_ONCE(q->pc->attrs.slice_us) * NSEC_PER_USEC;
	if (wanted.policy == PERCPU_COMPLETER_FIFO)
		sched_set_fifo_low(q->worker);
	else
		WARN_ON_ONCE(sched_setattr_nocheck(q->worker, &attr));
	WRITE_ONCE(q->sched.policy, wanted.policy);
	WRITE_ONCE(q->sched.nice, wanted.nice);
}

/*
 * Give a worker the policy that it shall have.  The worker, the administrator and the
 * rescue may do so at the same time: each looks again afterwards, so that the last one
 * leaves what is wanted by then.
 */
void pcq_set_policy(struct percpu_completer_queue *q)
{
	struct pcq_sched wanted;
	unsigned int generation;

	do {
		/* Pairs with percpu_completer_apply(). */
		generation = smp_load_acquire(&q->pc->generation); /* [F] */
		wanted = pcq_wanted(q);
		pcq_schedule_as(q, wanted);
		smp_mb();					/* [F] */
	} while (!pcq_has(q, pcq_wanted(q)) ||
		 generation != READ_ONCE(q->pc->generation));
}

/*
 * Half of the CPU
 */

/* Returns the debt of this CPU after the worker has used @ns more. */
static u64 pcq_add_debt(u64 ns, u64 max)
{
	struct pcq_debt *debt;
	u64 now, paid;

	guard(preempt)();
	debt = this_cpu_ptr(&pcq_debt);
	now = local_clock();
	paid = (now - debt->at) / 2;
	ns += debt->ns;
	debt->at = now;
	/* Cap it: time used on an otherwise idle CPU does not count for long. */
	debt->ns = ns > paid ? min(ns - paid, max) : 0;
	return debt->ns;
}

/* Charge the worker for its CPU time since the last call, unless that is free. */
static noinline void pcq_charge(struct percpu_completer_queue *q, bool lazy)
{
	u64 burst = (u64)READ_ONCE(pcq_burst_us) * NSEC_PER_USEC;
	u64 ran = task_sched_runtime(current), debt;

	debt = pcq_add_debt(q->free ? 0 : ran - q->charged_ns, 2 * burst);
	q->charged_at = jiffies;
	q->charged_ns = ran;
	q->free = lazy;

	if (debt >= burst && !q->spent) {
		WRITE_ONCE(q->spent, true);
		q->stats.demotions++;
	} else if (!debt) {
		WRITE_ONCE(q->spent, false);
	}
}

static noinline void pcq_follow_privileged(struct percpu_completer_queue *q)
{
	bool lazy = READ_ONCE(q->state) == PCQ_LAZY;

	/* Reading the CPU time costs more than completing a small object. */
	if (pcq_tick_came(q->charged_at) || lazy != q->free)
		pcq_charge(q, lazy);
	if (READ_ONCE(q->starved) && time_after(jiffies, READ_ONCE(q->starved_until)))
		WRITE_ONCE(q->starved, false);
	if (!pcq_has(q, pcq_wanted(q)))
		pcq_set_policy(q);
}

/* By the worker: have the policy that fits what it does next. */
void pcq_follow_policy(struct percpu_completer_queue *q)
{
	if (pcq_is_privileged(q))
		pcq_follow_privileged(q);
	else if (unlikely(!q->free))
		q->free = true;
}

/*
 * No starvation
 */

static void pcq_start_watch(void *data)
{
	struct percpu_completer_queue *q = data;

	q->watched_ns = READ_ONCE(q->worker->se.sum_exec_runtime);
	hrtimer_start(&q->watch, PCQ_WATCH_NS, HRTIMER_MODE_REL_PINNED_HARD);
}

/*
 * A worker is kicked and not watched yet.  If it is SCHED_FIFO, notice when it does not
 * run.  Only its own CPU can tell why it does not; while that is offline the worker runs on
 * another one.
 */
void pcq_watch(struct percpu_completer_queue *q)
{
	lockdep_assert_preemption_disabled();

	if (READ_ONCE(q->pc->attrs.policy) != PERCPU_COMPLETER_FIFO ||
	    test_bit(PCQ_UNBOUND, &q->flags) ||
	    test_and_set_bit(PCQ_WATCHED, &q->flags))
		return;
	if (q->cpu == smp_processor_id())
		pcq_start_watch(q);
	else if (smp_call_function_single_async(q->cpu, &q->watch_csd))
		clear_bit(PCQ_WATCHED, &q->flags);
}

static bool pcq_is_awake(struct percpu_completer_queue *q)
{
	return READ_ONCE(q->state) > PCQ_OPEN;
}

/*
 * Runnable, and not run since we looked.  If a normal task has the CPU then the worker
 * will preempt it at once: a virtual machine may have been stopped.
 */
static bool pcq_is_starved(struct percpu_completer_queue *q)
{
	u64 ns = READ_ONCE(q->worker->se.sum_exec_runtime);
	bool ran = ns != q->watched_ns;

	q->watched_ns = ns;
	/* Not by ->sched: a worker may lose the CPU while it becomes SCHED_FIFO. */
	return !ran && task_is_running(q->worker) && rt_task(q->worker) &&
		current != q->worker && rt_or_dl_task(current);
}

/* In hard interrupt context, also on PREEMPT_RT: no thread has to get the CPU first. */
static enum hrtimer_restart pcq_watch_timer(struct hrtimer *timer)
{
	struct percpu_completer_queue *q =
		container_of(timer, struct percpu_completer_queue, watch);

	if (!pcq_is_awake(q)) {
		clear_bit(PCQ_WATCHED, &q->flags);
		/* Pairs with the cmpxchg() of pcq_raise(), before it calls pcq_watch(). */
		smp_mb__after_atomic();
		if (!pcq_is_awake(q) || test_and_set_bit(PCQ_WATCHED, &q->flags))
			return HRTIMER_NORESTART;
	} else if (pcq_is_starved(q)) {
		WRITE_ONCE(q->starved_until, jiffies + PCQ_STARVED);
		WRITE_ONCE(q->starved, true);
		q->stats.starvations++;
		queue_work(pcq_rescue_wq, &q->rescue);
	}
	hrtimer_forward_now(timer, PCQ_WATCH_NS);
	return HRTIMER_RESTART;
}

static void pcq_rescue(struct work_struct *work)
{
	pcq_set_policy(container_of(work, struct percpu_completer_queue, rescue));
}

/*
 * Setting up and tearing down
 */

void pcq_sched_init(struct percpu_completer_queue *q)
{
	hrtimer_setup(&q->watch, pcq_watch_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	INIT_CSD(&q->watch_csd, pcq_start_watch, q);
	INIT_WORK(&q->rescue, pcq_rescue);
	q->free = true;
}

static void pcq_nothing(void *unused)
{
}

/* No producer is left; what one has sent to start the timer may be on its way. */
void pcq_sched_stop(struct percpu_completer_queue *q)
{
	if (test_bit(PCQ_WATCHED, &q->flags))
		smp_call_function_single(q->cpu, pcq_nothing, NULL, true);
	hrtimer_cancel(&q->watch);
	cancel_work_sync(&q->rescue);
}

static int __init pcq_sched_setup(void)
{
	pcq_rescue_wq = alloc_workqueue("percpu_completer", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!pcq_rescue_wq)
		panic("percpu_completer: no workqueue\n");
	return 0;
}
postcore_initcall(pcq_sched_setup);
