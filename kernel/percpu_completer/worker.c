// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion: the worker threads
 *
 * A worker grabs the whole list at once, reverses it and completes node by node.  It
 * works in rounds: a round completes all that was queued when it began, and the
 * callers of percpu_completer_flush() that had come by then are told at its end.  Lazy nodes
 * that may be overtaken wait for a round in which they are due, or for such a caller.  Within
 * a round the worker looks up after each tick, and after each node once an urgent one
 * has come in among lazy ones.  Then it parks, changes its policy or lets urgent nodes
 * overtake, whatever is due.
 */

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu_completer.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>

#include "internal.h"

#include <trace/events/percpu_completer.h>

/*
 * Grabbing
 */

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

/* Take all nodes of a list, the oldest first, and count them. */
static struct llist_node *pcq_grab(struct percpu_completer_queue *q,
				   struct llist_head *list)
{
	struct llist_node *newest = llist_del_all(list);	/* [A], [C], [E] */
	struct llist_node *node, *next, *oldest = NULL;
	unsigned long nr = 0;

	if (!newest)
		return NULL;
	for (node = newest; node; node = next) {
		next = node->next;
		node->next = oldest;
		oldest = node;
		nr++;
	}
	/* Reversing a list that ends in a ring leads back to where it began. */
	if (unlikely(oldest == newest && nr > 1))
		pcq_cut_ring(oldest);
	q->stats.queued += nr;
	q->stats.batches++;
	if (nr > q->stats.longest_batch)
		q->stats.longest_batch = nr;
	return oldest;
}

/*
 * A flush adds its waiter when all that it waits for is on the lists, or was grabbed
 * before:
 *
 *	flush					worker
 *	nodes are on the list			llist_del_all(flushers) [C]
 *	llist_add(waiter), a full barrier [C]	llist_del_all(list)
 *
 * A worker that takes the waiter takes the nodes in the same round.
 */
static void pcq_begin_round(struct percpu_completer_queue *q)
{
	if (unlikely(!llist_empty(&q->flushers)))
		q->flushing = llist_del_all(&q->flushers);	/* [C] */
	/* Lazy nodes that must not be overtaken are on the first list. */
	if (!q->pc->attrs.order)
		WRITE_ONCE(q->nr_lazy, 0);
	q->todo = pcq_grab(q, &q->list);
	/* Urgent nodes do not wait until a batch of lazy ones is in order. */
	q->grab_lazy = q->flushing || test_bit(PCQ_DUE, &q->flags);
}

/*
 * Clear, then grab:
 *
 *	producer				worker
 *	llist_add(node), a full barrier [E]	clear_bit(DUE)
 *	if (test_bit(DUE))			llist_del_all(lazy), a full barrier [E]
 *		return;
 *
 * A node whose producer has set the flag, or found it set, is on the list that is grabbed, now
 * or when the flag is set again.
 */
static void pcq_grab_lazy(struct percpu_completer_queue *q)
{
	q->grab_lazy = false;
	clear_bit(PCQ_DUE, &q->flags);
	WRITE_ONCE(q->nr_lazy, 0);
	q->todo_lazy = pcq_grab(q, &q->lazy);
}

static void pcq_end_round(struct percpu_completer_queue *q)
{
	struct pcq_waiter *waiter, *next;

	llist_for_each_entry_safe(waiter, next, q->flushing, node)
		complete(&waiter->done);			/* [D] */
	q->flushing = NULL;
}

/*
 * Completing
 */

/*
 * Complete nodes until there are no more or it is time to look up, but one at least.
 * Returns the others.
 */
static struct llist_node *pcq_complete(struct percpu_completer_queue *q,
				       struct llist_node *node)
{
	percpu_completer_fn fn = q->pc->attrs.fn;
	struct llist_node *next;
	unsigned long nr = 0;

	if (!node)
		return NULL;
	for (;;) {
		next = node->next;
		fn(node);
		node = next;
		nr++;
		/* If a producer writes it just now, then the next look will do: [G]. */
		if (!node || pcq_tick_came(data_race(q->looked)))
			break;
		cond_resched();
	}
	q->stats.completed += nr;
	return node;
}

/*
 * Only lazy nodes are in hand.  A producer of an urgent one that still sees the queue
 * KICKED has added it before we look, see [A]; others make it KICKED again.
 */
static void pcq_turn_lazy(struct percpu_completer_queue *q)
{
	if (READ_ONCE(q->state) != PCQ_LAZY)
		xchg(&q->state, PCQ_LAZY);			/* [A] */
	if (!llist_empty(&q->list)) {
		/* An urgent node waits for the next lazy one: keep the privilege until then. */
		WRITE_ONCE(q->state, PCQ_KICKED);
		WRITE_ONCE(q->looked, jiffies - 1);
	}
	pcq_follow_policy(q);
}

/*
 * A part of a round.  Urgent nodes overtake the lazy ones in hand, but each time that
 * happens one of these is completed, too, so that every round comes to its end.
 */
static void pcq_work(struct percpu_completer_queue *q)
{
	if (!q->todo && !q->todo_lazy) {
		pcq_begin_round(q);
	} else if (!q->todo && !llist_empty(&q->list)) {
		WRITE_ONCE(q->state, PCQ_KICKED);
		q->todo = pcq_grab(q, &q->list);
		pcq_follow_policy(q);
	}
	q->todo = pcq_complete(q, q->todo);
	if (!q->todo && q->grab_lazy)
		pcq_grab_lazy(q);
	if (!q->todo && q->todo_lazy) {
		pcq_turn_lazy(q);
		q->todo_lazy = pcq_complete(q, q->todo_lazy);
	}
	if (!q->todo && !q->todo_lazy && q->flushing)
		pcq_end_round(q);
}

static void pcq_run(struct percpu_completer_queue *q)
{
	struct percpu_completer *pc = q->pc;
	unsigned long completed = q->stats.completed;

	if (unlikely(READ_ONCE(q->kicked_at)))
		pcq_record_latency(q);

	trace_percpu_completer_run_begin(pc->attrs.name, q->cpu);
	lock_map_acquire(&pc->lockdep_map);
	pcq_work(q);
	lock_map_release(&pc->lockdep_map);
	trace_percpu_completer_run_end(pc->attrs.name, q->cpu,
				       q->stats.completed - completed);
}

/* The flag alone is no work: a queue that opens again may have it from before it closed. */
static bool pcq_lazy_are_due(struct percpu_completer_queue *q)
{
	return !llist_empty(&q->lazy) && test_bit(PCQ_DUE, &q->flags);
}

static bool pcq_has_work(struct percpu_completer_queue *q)
{
	return q->todo || q->todo_lazy || !llist_empty(&q->list) ||
		pcq_lazy_are_due(q) || !llist_empty(&q->flushers);
}

/*
 * Nothing is left to do, and producers kick again from now on.  Whatever was added before
 * that shows when the worker looks once more.
 */
static void pcq_rest(struct percpu_completer_queue *q)
{
	unsigned long state;

	__set_current_state(TASK_RUNNING);
	state = xchg(&q->state, PCQ_OPEN);			/* [A] */
	if (unlikely(pcq_has_work(q)))
		cmpxchg(&q->state, PCQ_OPEN, state);
	else
		pcq_follow_policy(q);
}

static void pcq_sleep(struct percpu_completer_queue *q)
{
	if (q->stats.wakeups % PCQ_SAMPLE == 0)
		WRITE_ONCE(q->sample, true);
	schedule();
	q->stats.wakeups++;
	WRITE_ONCE(q->looked, jiffies);
}

/*
 * The thread
 */

/* Between the nodes of a closed queue and their producers the worker has no business. */
static void pcq_serve(struct percpu_completer_queue *q)
{
	if (READ_ONCE(q->state) == PCQ_CLOSED) {
		schedule();
	} else if (unlikely(test_bit(PCQ_LEAVING, &q->flags))) {
		__set_current_state(TASK_RUNNING);
		pcq_leave(q);
	} else if (READ_ONCE(q->state) == PCQ_OPEN) {
		pcq_sleep(q);
		/* Nothing else is as urgent. */
		if (likely(READ_ONCE(q->state) == PCQ_KICKED && pcq_may_run_at_once(q)))
			pcq_run(q);
	} else if (pcq_has_work(q)) {
		__set_current_state(TASK_RUNNING);
		pcq_follow_policy(q);
		/* A worker that never sleeps must not hold up RCU-tasks. */
		cond_resched_tasks_rcu_qs();
		pcq_run(q);
	} else {
		pcq_rest(q);
	}
}

static bool pcq_may_stop(struct percpu_completer_queue *q)
{
	return READ_ONCE(q->state) == PCQ_CLOSED || !pcq_has_work(q);
}

static int pcq_thread(void *data)
{
	struct percpu_completer_queue *q = data;

	pcq_sched_begin(q);
	for (;;) {
		WRITE_ONCE(q->looked, jiffies);
		set_current_state(TASK_IDLE);			/* [B], [G] */
		if (kthread_should_stop() && pcq_may_stop(q))
			break;
		if (kthread_should_park()) {
			__set_current_state(TASK_RUNNING);
			kthread_parkme();
		} else {
			pcq_serve(q);
		}
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* The name that is cut is that of the completer: the CPU says more. */
struct task_struct *pcq_create_thread(struct percpu_completer_queue *q)
{
	char cpu[TASK_COMM_LEN];
	int room;

	room = TASK_COMM_LEN - 1 - snprintf(cpu, sizeof(cpu), "/%u", q->cpu);
	return kthread_create_on_node(pcq_thread, q, cpu_to_node(q->cpu), "%.*s%s",
				      room, q->pc->attrs.name, cpu);
}

/* Is this called by a completion function of @pc? */
bool percpu_completer_is_worker(struct percpu_completer *pc)
{
	struct percpu_completer_queue *q;

	if (!(current->flags & PF_KTHREAD) || kthread_func(current) != pcq_thread)
		return false;
	q = kthread_data(current);
	return q->pc == pc;
}
