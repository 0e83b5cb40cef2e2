/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared inside of the benchmark of deferred completion: what a mechanism is.
 *
 * One implementation of each serves all comparisons, the dispatch benchmark as
 * well as bio and erofs.
 */
#ifndef _PERCPU_COMPLETER_BENCH_H
#define _PERCPU_COMPLETER_BENCH_H

#include <linux/llist.h>
#include <linux/percpu_completer.h>
#include <linux/seq_file.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct dentry;
struct pcb_cpu;
struct pcb_mechanism;

/**
 * struct pcb_instance - a mechanism at work for one owner
 * @completer: of the mechanisms percpu_completer and percpu_completer_lazy
 * @mechanism: which one
 * @attrs: what the owner would give to percpu_completer_init()
 * @work_fn: completes a node that is the start of a work_struct; NULL if the
 *	     owner's objects have room for nothing but the node
 * @wq: of the workqueue mechanisms
 * @online: of those that are as bio completion in 7.3, for CPU hotplug
 * @dead: the same
 * @cpus: what the others have for each CPU
 */
struct pcb_instance {
	struct percpu_completer completer;
	const struct pcb_mechanism *mechanism;
	struct percpu_completer_attrs attrs;
	work_func_t work_fn;
	struct workqueue_struct *wq;
	struct hlist_node online;
	struct hlist_node dead;
	struct pcb_cpu __percpu *cpus;
};

/**
 * struct pcb_mechanism - a way from a hard interrupt to a task
 * @name: as in the results
 * @init: makes ready what the instance needs on all CPUs; they have to stay
 *	  online but for percpu_completer, and workqueue as in 7.3
 * @exit: waits for what is queued, and tears down
 * @queue: hands over one node, from any context, with preemption off
 * @queue_lazy: the same for a node that nobody waits for; NULL if that makes no
 *		difference
 * @expedite: lets no node that was queued so wait any longer; NULL likewise
 */
struct pcb_mechanism {
	const char *name;
	int (*init)(struct pcb_instance *inst);
	void (*exit)(struct pcb_instance *inst);
	void (*queue)(struct pcb_instance *inst, struct llist_node *node);
	void (*queue_lazy)(struct pcb_instance *inst, struct llist_node *node);
	void (*expedite)(struct pcb_instance *inst);
};

const struct pcb_mechanism *pcb_find(const char *name);
struct pcb_instance *pcb_create(const struct pcb_mechanism *mechanism,
				const struct percpu_completer_attrs *attrs,
				work_func_t work_fn);
void pcb_destroy(struct pcb_instance *inst);
void pcb_show_mechanisms(struct seq_file *seq);

static inline void pcb_queue(struct pcb_instance *inst, struct llist_node *node,
			     bool urgent)
{
	const struct pcb_mechanism *mechanism = inst->mechanism;

	if (urgent || !mechanism->queue_lazy)
		mechanism->queue(inst, node);
	else
		mechanism->queue_lazy(inst, node);
}

static inline void pcb_expedite(struct pcb_instance *inst)
{
	if (inst->mechanism->expedite)
		inst->mechanism->expedite(inst);
}

/* The directory of the benchmark; made by who needs it first. */
struct dentry *pcb_debugfs(void);

#endif /* _PERCPU_COMPLETER_BENCH_H */
