// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion: what the administrator sees and decides
 *
 * How workers are scheduled and how long lazy nodes wait is policy.  Users of a
 * completer suggest it; the parameter percpu_completer.override has the last word, at
 * boot and, in /sys/module/percpu_completer/parameters/, at run time:
 *
 *	NAME:KEY=VALUE,KEY=VALUE...;NAME:...
 *
 * for the completer NAME, which need not exist yet.  KEY is one of
 *
 * policy		fifo or normal
 * nice			-20 to 19, while the workers are normal tasks
 * lazy_delay_ms	1 to 60000
 * lazy_batch		1 or more nodes
 * budget_ms		1 to 3600000, of CPU time as SCHED_FIFO
 *
 * What is written replaces what was there; what it does not mention is again as the
 * user asked for.  A string that is not understood changes nothing.
 *
 * In debugfs, percpu_completer/NAME/ has the attributes in force, and counters and
 * latencies of each CPU.
 */

#define pr_fmt(fmt) "percpu_completer: " fmt

#include <linux/cleanup.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/sched/prio.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "percpu_completer_internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "percpu_completer."

/* With its end; long enough for some completers and all of their attributes. */
#define PC_OVERRIDE_MAX		256

/* Under percpu_completers_lock: understood, without the newline of a shell. */
static char pc_override[PC_OVERRIDE_MAX];

static struct dentry *pc_debugfs;

/*
 * Overriding attributes
 */

static int pc_parse_policy(const char *value, struct percpu_completer_attrs *attrs)
{
	if (!strcmp(value, "fifo"))
		attrs->policy = PERCPU_COMPLETER_FIFO;
	else if (!strcmp(value, "normal"))
		attrs->policy = PERCPU_COMPLETER_NORMAL;
	else
		return -EINVAL;
	return 0;
}

static int pc_parse_nice(const char *value, struct percpu_completer_attrs *attrs)
{
	int nice, err;

	err = kstrtoint(value, 10, &nice);
	if (err)
		return err;
	if (nice < MIN_NICE || nice > MAX_NICE)
		return -ERANGE;
	attrs->nice = nice;
	return 0;
}

static int pc_parse_number(const char *value, unsigned int max, unsigned int *number)
{
	unsigned int found;
	int err;

	err = kstrtouint(value, 10, &found);
	if (err)
		return err;
	if (!found || found > max)
		return -ERANGE;
	*number = found;
	return 0;
}

static int pc_parse_ms(const char *value, unsigned int max_ms, unsigned int *ticks)
{
	unsigned int ms;
	int err;

	err = pc_parse_number(value, max_ms, &ms);
	if (!err)
		*ticks = msecs_to_jiffies(ms);
	return err;
}

/* One KEY=VALUE. */
static int pc_parse_attr(char *text, struct percpu_completer_attrs *attrs)
{
	char *key = strsep(&text, "=");

	if (!text)
		return -EINVAL;
	if (!strcmp(key, "policy"))
		return pc_parse_policy(text, attrs);
	if (!strcmp(key, "nice"))
		return pc_parse_nice(text, attrs);
	if (!strcmp(key, "lazy_delay_ms"))
		return pc_parse_ms(text, 60 * MSEC_PER_SEC, &attrs->lazy_delay);
	if (!strcmp(key, "lazy_batch"))
		return pc_parse_number(text, UINT_MAX, &attrs->lazy_batch);
	if (!strcmp(key, "budget_ms"))
		return pc_parse_ms(text, 3600 * MSEC_PER_SEC, &attrs->budget);
	return -EINVAL;
}

/* All of @text, which is consumed, but only what is for @name goes to @attrs. */
static int pc_parse(char *text, const char *name, struct percpu_completer_attrs *attrs)
{
	struct percpu_completer_attrs others;
	char *rule, *of, *attr;
	int err;

	while ((rule = strsep(&text, ";"))) {
		if (!*rule)
			continue;
		of = strsep(&rule, ":");
		if (!*of || !rule)
			return -EINVAL;
		while ((attr = strsep(&rule, ","))) {
			err = pc_parse_attr(attr, strcmp(of, name) ? &others : attrs);
			if (err)
				return err;
		}
	}
	return 0;
}

static bool pc_same(const struct percpu_completer_attrs *one,
		    const struct percpu_completer_attrs *other)
{
	return one->policy == other->policy && one->nice == other->nice &&
		one->lazy_delay == other->lazy_delay &&
		one->lazy_batch == other->lazy_batch &&
		one->budget == other->budget;
}

/*
 * What the user asked for, unless the administrator decided otherwise.  Returns
 * whether that changes anything.
 */
bool percpu_completer_override(struct percpu_completer *pc)
{
	struct percpu_completer_attrs attrs = pc->asked;
	char text[PC_OVERRIDE_MAX];

	lockdep_assert_held(&percpu_completers_lock);

	strscpy(text, pc_override);
	WARN_ON_ONCE(pc_parse(text, attrs.name, &attrs));
	if (pc_same(&attrs, &pc->attrs))
		return false;
	/* Producers and workers may read them meanwhile. */
	WRITE_ONCE(pc->attrs.policy, attrs.policy);
	WRITE_ONCE(pc->attrs.nice, attrs.nice);
	WRITE_ONCE(pc->attrs.lazy_delay, attrs.lazy_delay);
	WRITE_ONCE(pc->attrs.lazy_batch, attrs.lazy_batch);
	WRITE_ONCE(pc->attrs.budget, attrs.budget);
	return true;
}

/* Anything that is not understood is refused, and nothing changed. */
int percpu_completer_set_override(const char *value)
{
	struct percpu_completer_attrs unused;
	char text[PC_OVERRIDE_MAX], copy[PC_OVERRIDE_MAX];
	struct percpu_completer *pc;
	int err;

	if (strscpy(text, value) < 0)
		return -E2BIG;
	strscpy(copy, strim(text));
	err = pc_parse(copy, "", &unused);
	if (err) {
		pr_err("override \"%s\" is not NAME:KEY=VALUE,...;... with values in range\n",
		       strim(text));
		return err;
	}

	guard(mutex)(&percpu_completers_lock);
	strscpy(pc_override, strim(text));
	list_for_each_entry(pc, &percpu_completers, list) {
		if (percpu_completer_override(pc))
			percpu_completer_apply(pc);
	}
	return 0;
}

/* For the tests, which may be a module. */
EXPORT_SYMBOL_GPL(percpu_completer_set_override);

static int pc_override_set(const char *value, const struct kernel_param *kp)
{
	return percpu_completer_set_override(value);
}

static int pc_override_get(char *buffer, const struct kernel_param *kp)
{
	guard(mutex)(&percpu_completers_lock);
	return sysfs_emit(buffer, "%s\n", pc_override);
}

static const struct kernel_param_ops pc_override_ops = {
	.set	= pc_override_set,
	.get	= pc_override_get,
};
module_param_cb(override, &pc_override_ops, NULL, 0644);

/*
 * Attributes, counters and latencies in debugfs
 */

static int pc_attributes_show(struct seq_file *m, void *unused)
{
	static const char * const orders[] = {
		[PERCPU_COMPLETER_IN_ORDER]	= "in_order",
		[PERCPU_COMPLETER_URGENT_FIRST]	= "urgent_first",
	};
	struct percpu_completer *pc = m->private;
	struct percpu_completer_attrs attrs;

	scoped_guard(mutex, &percpu_completers_lock)
		attrs = pc->attrs;
	seq_printf(m, "policy=%s\n",
		   attrs.policy == PERCPU_COMPLETER_FIFO ? "fifo" : "normal");
	seq_printf(m, "nice=%d\n", attrs.nice);
	seq_printf(m, "order=%s\n", orders[attrs.order]);
	seq_printf(m, "lazy_delay_ms=%u\n", jiffies_to_msecs(attrs.lazy_delay));
	seq_printf(m, "lazy_batch=%u\n", attrs.lazy_batch);
	seq_printf(m, "budget_ms=%u\n", jiffies_to_msecs(attrs.budget));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pc_attributes);

/* A snapshot in passing; the figures need not fit each other. */
static struct pcq_stats pc_stats(const struct percpu_completer_queue *q)
{
	/* The worker counts on. */
	return data_race(q->stats);
}

static int pc_counters_show(struct seq_file *m, void *unused)
{
	struct percpu_completer *pc = m->private;
	struct percpu_completer_queue *q;
	struct pcq_stats stats;
	unsigned int cpu;

	seq_puts(m, "cpu live queued completed batches longest_batch wakeups demotions redirected\n");
	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(pc->queues, cpu);
		if (!READ_ONCE(q->worker))
			continue;
		stats = pc_stats(q);
		seq_printf(m, "%u %d %lu %lu %lu %lu %lu %lu %lu\n", cpu,
			   READ_ONCE(q->state) != PCQ_CLOSED, stats.queued,
			   stats.completed, stats.batches, stats.longest_batch,
			   stats.wakeups, stats.demotions, stats.redirected);
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

void percpu_completer_show(struct percpu_completer *pc)
{
	struct dentry *dir = debugfs_create_dir(pc->attrs.name, pc_debugfs);

	debugfs_create_file("attributes", 0444, dir, pc, &pc_attributes_fops);
	debugfs_create_file("counters", 0444, dir, pc, &pc_counters_fops);
	debugfs_create_file("latency", 0444, dir, pc, &pc_latency_fops);
	pc->debugfs = dir;
}

/* Nobody reads them when this returns. */
void percpu_completer_hide(struct percpu_completer *pc)
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
