// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion: what can be seen in debugfs
 *
 * percpu_completer/NAME/ has the attributes in force, and counters and latencies of
 * each CPU.
 */

#include <linux/cleanup.h>
#include <linux/cpumask.h>
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "internal.h"

static struct dentry *pc_debugfs;

static int pc_attributes_show(struct seq_file *m, void *unused)
{
	static const char * const orders[] = {
		[PERCPU_COMPLETER_IN_ORDER]	= "in_order",
		[PERCPU_COMPLETER_URGENT_FIRST]	= "urgent_first",
	};
	struct percpu_completer *pc = m->private;
	const struct percpu_completer_attrs *attrs = &pc->attrs;

	guard(mutex)(&percpu_completers_lock);
	seq_printf(m, "policy=%s\n", percpu_completer_policies[attrs->policy]);
	seq_printf(m, "nice=%d\n", attrs->nice);
	seq_printf(m, "slice_us=%u\n", attrs->slice_us);
	seq_printf(m, "order=%s\n", orders[attrs->order]);
	seq_printf(m, "lazy_delay_ms=%u\n", jiffies_to_msecs(attrs->lazy_delay));
	seq_printf(m, "lazy_batch=%u\n", attrs->lazy_batch);
	seq_printf(m, "cpus=%*pbl\n", cpumask_pr_args(pc->allowed));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pc_attributes);

/* Racy snapshot; counters may be mutually inconsistent. */
static struct pcq_stats pc_stats(const struct percpu_completer_queue *q)
{
	/* The worker goes on counting. */
	return data_race(q->stats);
}

static int pc_counters_show(struct seq_file *m, void *unused)
{
	struct percpu_completer *pc = m->private;
	struct percpu_completer_queue *q;
	struct pcq_stats stats;
	unsigned int cpu;

	seq_puts(m, "cpu live queued completed batches longest_batch wakeups demotions starvations redirected\n");
	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(pc->queues, cpu);
		stats = pc_stats(q);
		if (!READ_ONCE(q->worker) && !stats.redirected)
			continue;
		seq_printf(m, "%u %d %lu %lu %lu %lu %lu %lu %lu %lu\n", cpu,
			   READ_ONCE(q->state) != PCQ_CLOSED, stats.queued,
			   stats.completed, stats.batches, stats.longest_batch,
			   stats.wakeups, stats.demotions, stats.starvations,
			   stats.redirected);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pc_counters);

static int pc_latency_show(struct seq_file *m, void *unused)
{
	struct percpu_completer *pc = m->private;
	struct percpu_completer_queue *q;
	struct pcq_stats stats;
	unsigned int cpu, i;

	seq_puts(m, "cpu");
	for (i = 0; i < PCQ_LATENCY_CLASSES - 1; i++)
		seq_printf(m, " <%uus", 1U << (2 * i));
	seq_puts(m, " more\n");
	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(pc->queues, cpu);
		if (!READ_ONCE(q->worker))
			continue;
		stats = pc_stats(q);
		seq_printf(m, "%u", cpu);
		for (i = 0; i < PCQ_LATENCY_CLASSES; i++)
			seq_printf(m, " %u", stats.latency[i]);
		seq_putc(m, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pc_latency);

/* Names need not be unique: the second completer of a name is NAME.2, and so on. */
static struct dentry *pc_create_dir(const char *name)
{
	struct dentry *other;
	char numbered[64];
	unsigned int i = 1;

	strscpy(numbered, name);
	while (!IS_ERR_OR_NULL(other = debugfs_lookup(numbered, pc_debugfs))) {
		dput(other);
		snprintf(numbered, sizeof(numbered), "%s.%u", name, ++i);
	}
	return debugfs_create_dir(numbered, pc_debugfs);
}

void percpu_completer_debugfs_add(struct percpu_completer *pc)
{
	struct dentry *dir = pc_create_dir(pc->attrs.name);

	debugfs_create_file("attributes", 0444, dir, pc, &pc_attributes_fops);
	debugfs_create_file("counters", 0444, dir, pc, &pc_counters_fops);
	debugfs_create_file("latency", 0444, dir, pc, &pc_latency_fops);
	pc->debugfs = dir;
}

/* Nobody reads the files when this returns. */
void percpu_completer_debugfs_remove(struct percpu_completer *pc)
{
	debugfs_remove(pc->debugfs);
}

/* After debugfs itself, which is set up by a core_initcall(), and before any user. */
static int __init pc_debugfs_init(void)
{
	pc_debugfs = debugfs_create_dir("percpu_completer", NULL);
	return 0;
}
postcore_initcall(pc_debugfs_init);
