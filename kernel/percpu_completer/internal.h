/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by percpu_completer.c and percpu_completer_admin.c: what a completer has on
 * each CPU.
 */
#ifndef _KERNEL_PERCPU_COMPLETER_INTERNAL_H
#define _KERNEL_PERCPU_COMPLETER_INTERNAL_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu_completer.h>
#include <linux/timer_types.h>
#include <linux/types.h>

struct task_struct;

/* What a queue may be: see the table in <linux/percpu_completer.h>. */
#define PCQ_KICKED_BIT	1

enum pcq_state {
	PCQ_CLOSED	= 0,
	PCQ_OPEN	= BIT(0),
	PCQ_KICKED	= BIT(PCQ_KICKED_BIT),
};

/*
 * Latencies, from the kick to the grab, of one wake-up in PCQ_SAMPLE: reading the
 * clock twice would be a few percent of each.  The first class is below 1 us, each
 * other one reaches four times as far, the last one has no end.
 */
#define PCQ_SAMPLE		16
#define PCQ_LATENCY_CLASSES	8

/* What the counters of one queue count; see the field legend below. */
struct pcq_stats {
	unsigned long queued;		/* W: nodes grabbed */
	unsigned long completed;	/* W: nodes */
	unsigned long batches;		/* W: grabs of the list */
	unsigned long longest_batch;	/* W: nodes */
	unsigned long wakeups;		/* W: returns from sleep */
	unsigned long demotions;	/* W: times that the budget was spent */
	unsigned long redirected;	/* L: nodes moved to another queue */
	unsigned int latency[PCQ_LATENCY_CLASSES];	/* W: wake-ups sampled */
};

/* How much of its time a worker runs as SCHED_FIFO; all W. */
struct pcq_budget {
	unsigned long tick;		/* when a round began or we looked, in jiffies */
	unsigned long looked;		/* when we looked */
	unsigned long start;		/* of the span that we look at */
	u64 start_ns;			/* the worker's CPU time at its start */
	bool spent;			/* so that it is a normal task for now */
};

/*
 * struct percpu_completer_queue - what one completer has on one CPU
 *
 * Who may write a field:
 *
 * I: nobody after initialisation
 * P: any producer and the worker, without a lock
 * C: this CPU, without a lock
 * H: who holds percpu_completers_lock
 * L: who holds &percpu_completer.lock
 * W: the worker
 *
 * What producers and the worker touch for every node comes first, in one cache
 * line; what they touch per batch or seldom follows.
 */
struct percpu_completer_queue {
	struct llist_head list;		/* P: nodes, the newest first */
	struct llist_head later;	/* P: those that @list may overtake */
	unsigned long state;		/* P; from and to PCQ_CLOSED L */
	unsigned int nr_lazy;		/* C: lazy nodes since the last grab */
	unsigned int cpu;		/* I */
	struct task_struct *worker;	/* H: NULL until the CPU comes up */
	struct percpu_completer *pc;	/* I */
	unsigned long round;		/* W: batches begun and ended, odd inside */
	u64 kicked_at;			/* P: when, in ns; 0 if not timed */
	unsigned int generation;	/* W: of the attributes in force */
	bool sample;			/* W: the next kick is to be timed */
	struct pcq_budget budget;
	struct pcq_stats stats;
	struct timer_list lazy_timer;	/* P: the oldest lazy node's deadline */
} ____cacheline_aligned;

/* All completers, and what overrides their attributes; nests in cpus_read_lock(). */
extern struct mutex percpu_completers_lock;
extern struct list_head percpu_completers;

void percpu_completer_apply(struct percpu_completer *pc);

bool percpu_completer_override(struct percpu_completer *pc);
int percpu_completer_set_override(const char *value);
void percpu_completer_show(struct percpu_completer *pc);
void percpu_completer_hide(struct percpu_completer *pc);

#endif /* _KERNEL_PERCPU_COMPLETER_INTERNAL_H */
