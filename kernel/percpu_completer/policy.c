// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU deferred completion: what the administrator overrides
 *
 * How workers are scheduled, where, and how long lazy nodes wait is policy.  Users of a
 * completer suggest it; the parameter percpu_completer.override has the last word, at
 * boot and, in /sys/module/percpu_completer/parameters/, at run time:
 *
 *	NAME:KEY=VALUE,KEY=VALUE...;NAME:...
 *
 * for the completer NAME, which need not exist yet.  KEY is one of
 *
 * policy		normal, short_slice or fifo
 * nice			-20 to 19, while the workers are normal tasks
 * slice_us		100 to 100000, while they have a short slice
 * lazy_delay_ms	1 to 60000
 * lazy_batch		1 or more nodes
 * cpus			the CPUs that may have a worker, as 0-3+8; the others are
 *			served by these
 *
 * A new string replaces the old one; attributes that it does not mention are again those
 * that the user requested.  An invalid string changes nothing.
 */

#define pr_fmt(fmt) "percpu_completer: " fmt

#include <linux/cleanup.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kconfig.h>
#include <linux/kstrtox.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/sched/isolation.h>
#include <linux/sched/prio.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "percpu_completer."

/* Including the terminating NUL; enough for some completers with all attributes. */
#define PC_OVERRIDE_MAX		256

/* Under percpu_completers_lock: a valid string, without the newline of a shell. */
static char pc_override[PC_OVERRIDE_MAX];

/* What the override of one completer is parsed into. */
struct pc_rule {
	struct percpu_completer_attrs attrs;
	struct cpumask *cpus;		/* empty: not mentioned */
};

/* Under percpu_completers_lock: too large for a stack. */
static struct cpumask pc_cpus, pc_other_cpus;

const char * const percpu_completer_policies[] = {
	[PERCPU_COMPLETER_NORMAL]	= "normal",
	[PERCPU_COMPLETER_SHORT_SLICE]	= "short_slice",
	[PERCPU_COMPLETER_FIFO]		= "fifo",
};

static int pc_parse_policy(const char *value, struct percpu_completer_attrs *attrs)
{
	int policy = match_string(percpu_completer_policies,
				  PERCPU_COMPLETER_FIFO + 1, value);

	if (policy < 0)
		return policy;
	attrs->policy = policy;
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

static int pc_parse_number(const char *value, unsigned int min, unsigned int max,
			   unsigned int *number)
{
	unsigned int found;
	int err;

	err = kstrtouint(value, 10, &found);
	if (err)
		return err;
	if (found < min || found > max)
		return -ERANGE;
	*number = found;
	return 0;
}

static int pc_parse_ms(const char *value, unsigned int max_ms, unsigned int *ticks)
{
	unsigned int ms;
	int err;

	err = pc_parse_number(value, 1, max_ms, &ms);
	if (!err)
		*ticks = msecs_to_jiffies(ms);
	return err;
}

/* A list of CPUs with "+" for its commas, which separate attributes. */
static int pc_parse_cpus(char *value, struct cpumask *cpus)
{
	int err;

	strreplace(value, '+', ',');
	err = cpulist_parse(value, cpus);
	if (!err && !cpumask_intersects(cpus, cpu_possible_mask))
		err = -ERANGE;
	return err;
}

/* One KEY=VALUE. */
static int pc_parse_attr(char *text, struct pc_rule *rule)
{
	struct percpu_completer_attrs *attrs = &rule->attrs;
	char *key = strsep(&text, "=");

	if (!text)
		return -EINVAL;
	if (!strcmp(key, "policy"))
		return pc_parse_policy(text, attrs);
	if (!strcmp(key, "nice"))
		return pc_parse_nice(text, attrs);
	if (!strcmp(key, "slice_us"))
		return pc_parse_number(text, PERCPU_COMPLETER_SLICE_US,
				       PERCPU_COMPLETER_MAX_SLICE_US, &attrs->slice_us);
	if (!strcmp(key, "lazy_delay_ms"))
		return pc_parse_ms(text, 60 * MSEC_PER_SEC, &attrs->lazy_delay);
	if (!strcmp(key, "lazy_batch"))
		return pc_parse_number(text, 1, UINT_MAX, &attrs->lazy_batch);
	if (!strcmp(key, "cpus"))
		return pc_parse_cpus(text, rule->cpus);
	return -EINVAL;
}

/* All of @text, which is consumed; what is for @name changes @rule. */
static int pc_parse(char *text, const char *name, struct pc_rule *rule)
{
	struct pc_rule other = { .cpus = &pc_other_cpus };
	char *part, *of, *attr;
	int err;

	lockdep_assert_held(&percpu_completers_lock);

	while ((part = strsep(&text, ";"))) {
		if (!*part)
			continue;
		of = strsep(&part, ":");
		if (!*of || !part)
			return -EINVAL;
		while ((attr = strsep(&part, ","))) {
			err = pc_parse_attr(attr, strcmp(of, name) ? &other : rule);
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
		one->slice_us == other->slice_us &&
		one->lazy_delay == other->lazy_delay &&
		one->lazy_batch == other->lazy_batch;
}

/* Isolated CPUs have no workers unless the administrator names them. */
static void pc_default_cpus(struct cpumask *cpus)
{
	unsigned int cpu;

	cpumask_clear(cpus);
	for_each_possible_cpu(cpu) {
		if (housekeeping_cpu(cpu, HK_TYPE_DOMAIN_BOOT) &&
		    housekeeping_cpu(cpu, HK_TYPE_TICK))
			cpumask_set_cpu(cpu, cpus);
	}
}

/* Producers and workers may read them meanwhile. */
static void pc_take(struct percpu_completer *pc, const struct pc_rule *rule)
{
	WRITE_ONCE(pc->attrs.policy, rule->attrs.policy);
	WRITE_ONCE(pc->attrs.nice, rule->attrs.nice);
	WRITE_ONCE(pc->attrs.slice_us, rule->attrs.slice_us);
	WRITE_ONCE(pc->attrs.lazy_delay, rule->attrs.lazy_delay);
	WRITE_ONCE(pc->attrs.lazy_batch, rule->attrs.lazy_batch);
	cpumask_copy(pc->allowed, rule->cpus);
}

/*
 * The attributes that the user requested, unless the administrator overrides them.
 * Returns whether that changes anything.
 */
bool percpu_completer_override(struct percpu_completer *pc)
{
	struct pc_rule rule = { .attrs = pc->requested, .cpus = &pc_cpus };
	char text[PC_OVERRIDE_MAX];

	lockdep_assert_held(&percpu_completers_lock);

	cpumask_clear(rule.cpus);
	strscpy(text, pc_override);
	WARN_ON_ONCE(pc_parse(text, rule.attrs.name, &rule));
	if (cpumask_empty(rule.cpus))
		pc_default_cpus(rule.cpus);
	/* If none of these is up, then any. */
	if (!cpumask_intersects(rule.cpus, &pcq_cpus))
		cpumask_copy(rule.cpus, &pcq_cpus);
	if (pc_same(&rule.attrs, &pc->attrs) && cpumask_equal(rule.cpus, pc->allowed))
		return false;
	pc_take(pc, &rule);
	return true;
}

static int pc_check(const char *value)
{
	struct pc_rule unused = { .cpus = &pc_cpus };
	char text[PC_OVERRIDE_MAX];

	strscpy(text, value);
	return pc_parse(text, "", &unused);
}

/* An invalid string is refused, and changes nothing. */
int percpu_completer_set_override(const char *value)
{
	char text[PC_OVERRIDE_MAX];
	struct percpu_completer *pc;
	int err;

	if (strscpy(text, value) < 0) {
		pr_err("override has more than %d characters\n", PC_OVERRIDE_MAX - 1);
		return -E2BIG;
	}

	guard(cpus_read_lock)();
	guard(mutex)(&percpu_completers_lock);
	err = pc_check(strim(text));
	if (err) {
		pr_err("override \"%s\" is not NAME:KEY=VALUE,...;... with values in range\n",
		       strim(text));
		return err;
	}
	strscpy(pc_override, strim(text));
	list_for_each_entry(pc, &percpu_completers, list) {
		if (percpu_completer_override(pc))
			percpu_completer_apply(pc);
	}
	return 0;
}

/* For the torture test, which may be a module. */
#if IS_ENABLED(CONFIG_PERCPU_COMPLETER_TORTURE_TEST)
EXPORT_SYMBOL_GPL(percpu_completer_set_override);
#endif

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
