/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU deferred completion: what a completer has on each CPU.
 *
 * core.c	life of a completer, flushing, CPU hotplug
 * queue.c	adding nodes, waking workers, moving nodes off a closed queue
 * worker.c	the thread: grabbing and completing
 * sched.c	which scheduling policy a worker has at the moment
 * policy.c	what the administrator overrides
 * debugfs.c	attributes in force, counters, latencies
 */
#ifndef _KERNEL_PERCPU_COMPLETER_INTERNAL_H
#define _KERNEL_PERCPU_COMPLETER_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/hrtimer_types.h>
#include <linux/irq_work_types.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/sched/prio.h>
#include <linux/stop_machine.h>
#include <linux/types.h>

struct task_struct;

/*
 * States of a queue, see the table in <linux/percpu_completer.h>.  A kick only
 * ever raises the state.
 */
#define PCQ_KICKED_BIT	2

enum pcq_state {
	PCQ_CLOSED	= 0,
	PCQ_OPEN	= BIT(0),
	PCQ_LAZY	= BIT(1),
	PCQ_KICKED	= BIT(PCQ_KICKED_BIT),
};

/* Bits of ->flags. */
enum pcq_flag {
	PCQ_ARMED,	/* P: ->lazy_timer takes care of lazy nodes */
	PCQ_DUE,	/* P: the worker shall grab ->lazy */
	PCQ_WATCHED,	/* P: ->watch is pending */
	PCQ_RESCUING,	/* P: ->rescue is pending */
	PCQ_USED,	/* P: the CPU is in percpu_completer.used */
	PCQ_LEAVING,	/* H, L: the worker shall close its queue */
	PCQ_PARKED,	/* H: so is the worker, or it is about to be */
	PCQ_UNBOUND,	/* H: the worker may run on any CPU */
};

/*
 * One wake-up in PCQ_SAMPLE is timed, from the kick to the grab: so few that the clock's
 * cost does not show in the 99th percentile.  The first class is below 1 us, each further
 * one reaches four times as far, the last one is open-ended.
 */
#define PCQ_SAMPLE		128
#define PCQ_LATENCY_CLASSES	8

/* Counters of one queue; see the field legend below. */
struct pcq_stats {
	unsigned long queued;		/* W: nodes grabbed */
	unsigned long completed;	/* W: nodes */
	unsigned long batches;		/* W: grabs that found nodes */
	unsigned long longest_batch;	/* W: nodes */
	unsigned long wakeups;		/* W: returns from sleep */
	unsigned long demotions;	/* W: times that the CPU was in debt */
	unsigned long starvations;	/* T: SCHED_FIFO lost for not running at all */
	unsigned long redirected;	/* L: nodes moved to another queue */
	unsigned int latency[PCQ_LATENCY_CLASSES];	/* W: wake-ups sampled */
};

/* In place of a nice value. */
#define PCQ_FIFO		(MIN_NICE - 1)

/* Somebody who waits until all that was queued before has been completed. */
struct pcq_waiter {
	struct llist_node node;
	struct completion done;
};

/*
 * struct percpu_completer_queue - what one completer has on one CPU
 *
 * Who may write a field:
 *
 * I: nobody after initialisation
 * P: any producer and the worker, without a lock
 * H: the holder of percpu_completers_lock or of cpus_write_lock()
 * L: the holder of &percpu_completer.lock
 * S: the CPU's stopper thread, while the worker does not run
 * T: the watch timer, or what starts that
 * W: the worker; while that is parked or stopped, H
 *
 * The first cache line has all that a producer needs.
 */
struct percpu_completer_queue {
	struct llist_head list;		/* P: nodes, newest first */
	struct percpu_completer_queue *route; /* L: where producers of this CPU add */
	struct llist_head lazy;		/* P: those that @list may overtake */
	unsigned long state;		/* P; from and to PCQ_CLOSED L */
	unsigned long flags;		/* enum pcq_flag */
	struct task_struct *worker;	/* H: NULL until one is created */
	struct percpu_completer *pc;	/* I */
	unsigned int nr_lazy;		/* P: lazy nodes that wait, roughly */
	unsigned int cpu;		/* I */

	struct llist_node *todo ____cacheline_aligned; /* W: grabbed, oldest first */
	struct llist_node *todo_lazy;	/* W: the same of @lazy */
	bool grab_lazy;			/* W: in this round, when @todo is done */
	struct llist_node *flushing;	/* W: waiters for the end of this round */
	struct llist_head flushers;	/* P: waiters for the next one */
	unsigned long looked;		/* W, P: jiffies; another value: look up */
	u64 kicked_at;			/* P: in ns; 0 if this kick is not timed */
	bool sample;			/* W: the next kick is to be timed */
	bool spent;			/* W, T, H: the CPU is in debt */
	bool starved;			/* T, W, H: no CPU time as SCHED_FIFO */
	bool free;			/* W, S: time since then is not charged */
	int sched;			/* W, S, H: nice value, or PCQ_FIFO, asked for last */
	unsigned long starved_until;	/* T: in jiffies */
	unsigned long charged_at;	/* W: jiffies when CPU time was last charged */
	u64 charged_ns;			/* W, S: CPU time that has been charged */
	unsigned int looks;		/* T: in a row that found the worker waiting */
	u64 watched_ns;			/* T: CPU time before these */
	unsigned long watched_wakeups;	/* T: the same of &pcq_stats.wakeups */
	struct pcq_stats stats;

	struct hrtimer lazy_timer;	/* the deadline of the oldest lazy node */
	struct hrtimer watch;		/* looks after privileges, see sched.c */
	struct irq_work watch_start;	/* starts that on the worker's CPU */
	struct cpu_stop_work rescue;	/* sets the policy of one that does not */
} ____cacheline_aligned;

/*
 * All completers, and what overrides their attributes.  Nests in cpus_read_lock(),
 * so that CPU hotplug needs it only where the administrator could interfere.
 * Nobody waits under it for a worker to complete anything.
 */
extern struct mutex percpu_completers_lock;
extern struct list_head percpu_completers;

/* CPUs on which our hotplug callback has run: not all that are online need be. H */
extern struct cpumask pcq_cpus;

extern const char * const percpu_completer_policies[];

/* queue.c */
void pcq_kick(struct percpu_completer_queue *q, unsigned long kick);
void pcq_disarm(struct percpu_completer_queue *q, unsigned long kick);
void pcq_kick_due(struct percpu_completer_queue *q, unsigned long kick);
void pcq_set_due(struct percpu_completer_queue *q);
void pcq_queue_init(struct percpu_completer_queue *q);
void pcq_cut_ring(struct llist_node *first);
unsigned long pcq_splice(struct llist_head *from, struct llist_head *to);
unsigned long pcq_move_lists(struct percpu_completer_queue *from,
			     struct percpu_completer_queue *to);
struct percpu_completer_queue *pcq_resolve(struct percpu_completer_queue *q);
void percpu_completer_kill(struct percpu_completer *pc);
bool percpu_completer_is_set_up(struct percpu_completer *pc);

/* Without effect on who adds at the same time. */
static inline bool pcq_is_empty(struct percpu_completer_queue *q)
{
	return llist_empty(&q->list) && llist_empty(&q->lazy);
}

/* Let percpu_completer_flush() visit the queue, before a producer relies on another. */
static inline void pcq_mark_used(struct percpu_completer_queue *q)
{
	if (likely(test_bit(PCQ_USED, &q->flags)))
		return;
	cpumask_set_cpu(q->cpu, q->pc->used);
	/* Whoever finds the flag set relies on the mask. */
	smp_mb__before_atomic();
	set_bit(PCQ_USED, &q->flags);
}

/* A CPU without a tick sees the time go on, too. */
static inline bool pcq_tick_came(unsigned long since)
{
	unsigned long now = jiffies;

	return now != since;
}

/* worker.c */
struct task_struct *pcq_create_thread(struct percpu_completer_queue *q);
bool percpu_completer_is_worker(struct percpu_completer *pc);

/* sched.c */

/* Privileged workers, of whatever completer, have used up what they may use of the CPU. */
DECLARE_PER_CPU(bool, pcq_owes);

/* Is the policy with which the worker wakes up right for urgent nodes? */
static inline bool pcq_may_run_at_once(struct percpu_completer_queue *q)
{
	return likely(!READ_ONCE(q->spent) && !raw_cpu_read(pcq_owes));
}

void pcq_sched_init(struct percpu_completer_queue *q);
void pcq_set_policy(struct percpu_completer_queue *q);
void pcq_promote(struct percpu_completer_queue *q);
void pcq_follow_policy(struct percpu_completer_queue *q);
void pcq_watch(struct percpu_completer_queue *q);
void pcq_sched_begin(struct percpu_completer_queue *q);
void pcq_sched_stop(struct percpu_completer_queue *q);

/* core.c */
void pcq_leave(struct percpu_completer_queue *q);
void percpu_completer_apply(struct percpu_completer *pc);

/* policy.c */
bool percpu_completer_override(struct percpu_completer *pc);
int percpu_completer_set_override(const char *value);

/* debugfs.c */
void percpu_completer_debugfs_add(struct percpu_completer *pc);
void percpu_completer_debugfs_remove(struct percpu_completer *pc);

#endif /* _KERNEL_PERCPU_COMPLETER_INTERNAL_H */
