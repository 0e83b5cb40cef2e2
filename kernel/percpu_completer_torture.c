// SPDX-License-Identifier: GPL-2.0
/*
 * Torture test of percpu_completer
 *
 * On every CPU there are three writers: a timer in hard interrupt context, one in
 * soft interrupt context and a task.  They queue nodes to all completers there
 * are, one for each order and policy, in every way there is, while CPUs go off and
 * on, others flush, and more completers come and go.  Where so much happens, something
 * takes a node along that would have waited for ever.  So two more completers have
 * nodes of one kind only, and nobody flushes them.
 *
 * A flow is the nodes that one writer queues to one completer.  They are numbered,
 * and each has a state, so that a completion function can tell what is wrong with
 * being called: twice, out of order, on the wrong CPU, too late.  What nobody can be
 * called for, nodes that are lost, is found at the end.  A failure of each kind has a
 * counter.
 *
 * A test that cannot fail proves nothing.  So percpu_completer has siblings among the
 * operations, which are called busted_ and what is wrong with them: they have to end
 * in failure.
 *
 * As a module, the test runs while it is loaded.  Built in, it runs while the
 * parameter "run" is set, at boot or later, one type after the other.
 */

#define pr_fmt(fmt) fmt

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/torture.h>

#include "percpu_completer/internal.h"

MODULE_DESCRIPTION("Torture test of percpu_completer");
MODULE_LICENSE("GPL");

torture_param(int, deadline, HZ, "Beats until a node is late, see pctt_beat_thread()");
torture_param(int, interval_us, 500, "How often each context writes (us)");
torture_param(int, keep_cpu, -1, "CPU that is not taken off, for others to do so, -1=none");
torture_param(int, onoff_interval, HZ / 10, "Time between CPU hotplugs (jiffies), 0=disable");
torture_param(int, shuffle_interval, 3, "Number of seconds between shuffles, 0=disable");
torture_param(int, shutdown_secs, 0, "Shutdown time (s), <= zero to disable.");
torture_param(int, spin_ms, 0, "How long a SCHED_FIFO task keeps a CPU to itself, 0=disable");
torture_param(int, stat_interval, 15, "Number of seconds between stats printk()s");
torture_param(int, stutter, 3, "Number of seconds to halt test, 0=disable");
torture_param(int, stutter_gap, 4, "Number of seconds between halts");
torture_param(int, verbose, 0, "Enable verbose debugging printk()s");

static int hang_secs = 60;
module_param(hang_secs, int, 0644);
MODULE_PARM_DESC(hang_secs, "Seconds until what does not end hangs");

/* Nodes that one flow may have on its way. */
#define PCTT_RING	32

/* Churned completers there are at a time, and tasks that flush. */
#define PCTT_CHURNS	2
#define PCTT_FLUSHERS	2

/* Failures of a class that are told one by one. */
#define PCTT_TELL	3

/* The classes of failures. */
enum pctt_failure {
	PCTT_LOST,	/* not completed when all had ended */
	PCTT_TWICE,	/* completed when it was not queued */
	PCTT_ORDER,	/* overtaken by one that must not */
	PCTT_CONTEXT,	/* not in preemptible task context, under no lock */
	PCTT_PLACE,	/* not by the CPU it was queued on, although online */
	PCTT_LATE,	/* later than the deadline */
	PCTT_FLUSH,	/* not completed when a later flush had returned */
	PCTT_DESTROY,	/* not completed when destruction had returned */
	PCTT_SETUP,	/* a completer could not be set up, or not be changed */
	PCTT_HANG,	/* flush or destruction did not return */
	PCTT_NR_FAILURES
};

static const char * const pctt_failure_names[] = {
	"lost", "twice", "order", "context", "place", "late", "flush", "destroy",
	"setup", "hang",
};

static_assert(ARRAY_SIZE(pctt_failure_names) == PCTT_NR_FAILURES);

/* What has been done, to see that everything has. */
enum pctt_deed {
	PCTT_HARDIRQ, PCTT_SOFTIRQ, PCTT_TASK,	/* writers, in that order */
	PCTT_LAZY, PCTT_REMOTE, PCTT_OFFLINE, PCTT_NEVER, PCTT_IMPOSSIBLE,
	PCTT_REQUEUED, PCTT_SLEPT, PCTT_FREED,
	PCTT_EXPEDITED, PCTT_OVERRIDDEN, PCTT_FLUSHED, PCTT_DESTROYED, PCTT_CYCLES,
	PCTT_SPUN,
	PCTT_NR_DEEDS
};

static const char * const pctt_deed_names[] = {
	"hardirq", "softirq", "task", "lazy", "remote", "offline", "never",
	"impossible", "requeued", "slept", "freed", "expedited", "overridden",
	"flushed", "destroyed", "cycles", "spun",
};

static_assert(ARRAY_SIZE(pctt_deed_names) == PCTT_NR_DEEDS);

/* What a node may be: on its way for the first time, or once more. */
enum pctt_state {
	PCTT_IDLE,
	PCTT_QUEUED,
	PCTT_RUNNING,
	PCTT_QUEUED_AGAIN,
	PCTT_RUNNING_AGAIN,
	PCTT_STATES = 8
};

/* What else a completion function is to do. */
enum pctt_task {
	PCTT_NOTHING,
	PCTT_SLEEP,
	PCTT_REQUEUE,
	PCTT_FREE,
};

/* What an order promises: how many sequences a flow's nodes have on one CPU. */
struct pctt_promise {
	enum percpu_completer_order order;
	unsigned int sequences;		/* 2: lazy nodes have their own */
};

static const struct pctt_promise pctt_promises[] = {
	{ PERCPU_COMPLETER_IN_ORDER, 1 },
	{ PERCPU_COMPLETER_URGENT_FIRST, 2 },
};

static const enum percpu_completer_policy pctt_policies[] = {
	PERCPU_COMPLETER_NORMAL,
	PERCPU_COMPLETER_SHORT_SLICE,
	PERCPU_COMPLETER_FIFO,
};

/* Which nodes a completer has. */
enum pctt_kinds {
	PCTT_ALL_KINDS,
	PCTT_ONLY_URGENT,
	PCTT_ONLY_LAZY,
	PCTT_NR_KINDS
};

/* First those with nodes of all kinds. */
#define PCTT_MIXED	(ARRAY_SIZE(pctt_promises) * ARRAY_SIZE(pctt_policies))
#define PCTT_COMPLETERS	(PCTT_MIXED + PCTT_NR_KINDS - 1)

struct pctt_completer {
	struct percpu_completer pc;
	struct percpu_completer_attrs attrs;
	const struct pctt_promise *promise;
	enum pctt_kinds kinds;
	char name[12];
	bool alive;
	atomic_long_t unfreed;		/* nodes that their completion will free */
};

struct pctt_flow;

struct pctt_item {
	struct llist_node node;
	struct pctt_flow *flow;
	atomic_long_t word;		/* number in the flow and pctt_state */
	unsigned int cpu;		/* that has to complete it, or nr_cpu_ids */
	unsigned int epoch;		/* of that CPU when it was queued */
	unsigned long beat;		/* when it was queued */
	bool lazy;
	u8 again;			/* how often to queue it again */
	enum pctt_task task;
};

/* By the completions on one CPU: the last number of each sequence. */
struct pctt_seen {
	unsigned long number[2];
};

struct pctt_flow {
	struct pctt_completer *completer;
	unsigned long number;		/* of the last node */
	unsigned long returned;		/* the last that has been queued */
	unsigned int next;
	struct pctt_seen __percpu *seen;
	struct pctt_item items[PCTT_RING];
};

/* One for each CPU and context. */
struct pctt_writer {
	enum pctt_deed context;
	unsigned int cpu;		/* where it begins; a task moves */
	bool pinned;			/* while it queues */
	struct hrtimer hrtimer;
	struct timer_list timer;
	struct task_struct *task;
	struct torture_random_state rand;
	struct pctt_flow *flows;	/* one for each completer */
};

/* A completer that is set up and destroyed over and over. */
struct pctt_churn {
	struct pctt_completer completer;
	struct pctt_flow flow;
	struct task_struct *task;
	struct torture_random_state rand;
};

struct pctt_stats {
	unsigned long completions;
	unsigned long deeds[PCTT_NR_DEEDS];
};

/*
 * Operations vector.  What is left out is done by percpu_completer.
 */
struct pctt_ops {
	char *name;
	void (*adjust)(struct percpu_completer_attrs *attrs);
	void (*queue)(struct percpu_completer *pc, struct llist_node *node);
	void (*queue_lazy)(struct percpu_completer *pc, struct llist_node *node);
	void (*queue_on)(struct percpu_completer *pc, unsigned int cpu,
			 struct llist_node *node);
	void (*flush)(struct percpu_completer *pc);
	void (*destroy)(struct percpu_completer *pc);
	void (*settle)(struct percpu_completer *pc);	/* what destroy() left */
	void (*beat)(unsigned long beat);
	percpu_completer_fn complete;
};

static char *torture_type;		/* what runs, or ran last */
static struct pctt_ops pctt_ops;

static struct pctt_completer pctt_completers[PCTT_COMPLETERS];
static struct pctt_writer *pctt_writers;
static unsigned int pctt_nr_writers;
static struct pctt_churn *pctt_churns[PCTT_CHURNS];
static struct task_struct *pctt_flusher_tasks[PCTT_FLUSHERS];
static struct task_struct *pctt_beat_task;
static struct task_struct *pctt_onoff_task;
static struct task_struct *pctt_override_task;
static struct task_struct *pctt_spin_task;
static struct task_struct *pctt_stats_task;
static enum cpuhp_state pctt_cpuhp;

static DEFINE_PER_CPU(struct pctt_stats, pctt_stats);
static atomic_long_t pctt_failures[PCTT_NR_FAILURES];
static unsigned long pctt_beats;
static atomic_t pctt_paused;		/* task writers that stutter */
static bool pctt_started;		/* as a whole */
static bool pctt_stopping;		/* nothing is to be queued any more */
static bool pctt_hung;			/* and leaked */
static DECLARE_COMPLETION(pctt_ended);

/* Odd while the CPU has a worker for sure, another number each time. */
static DEFINE_PER_CPU(unsigned int, pctt_epoch);

/*
 * Counting
 */

static void pctt_did(enum pctt_deed deed)
{
	this_cpu_inc(pctt_stats.deeds[deed]);
}

static void pctt_tell(const char *failure, struct pctt_item *item)
{
	unsigned long word = atomic_long_read(&item->word);

	pr_alert("%s" TORTURE_FLAG "!!! %s: %s/%u node %lu state %lu for CPU %u, %lu beats\n",
		 torture_type, failure, item->flow->completer->name,
		 raw_smp_processor_id(), word / PCTT_STATES, word % PCTT_STATES,
		 item->cpu, READ_ONCE(pctt_beats) - item->beat);
}

static void pctt_fail(enum pctt_failure failure, struct pctt_item *item)
{
	if (atomic_long_inc_return(&pctt_failures[failure]) > PCTT_TELL)
		return;
	if (item)
		pctt_tell(pctt_failure_names[failure], item);
	else
		pr_alert("%s" TORTURE_FLAG "!!! %s:\n", torture_type,
			 pctt_failure_names[failure]);
}

static void pctt_reset_counters(void)
{
	unsigned int cpu, i;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&pctt_stats, cpu), 0, sizeof(struct pctt_stats));
	for (i = 0; i < PCTT_NR_FAILURES; i++)
		atomic_long_set(&pctt_failures[i], 0);
}

static bool pctt_failed(void)
{
	unsigned int i;

	for (i = 0; i < PCTT_NR_FAILURES; i++) {
		if (atomic_long_read(&pctt_failures[i]))
			return true;
	}
	return false;
}

static void pctt_sum_stats(struct pctt_stats *sum)
{
	struct pctt_stats stats;
	unsigned int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		/* A snapshot in passing; the figures need not fit each other. */
		stats = data_race(per_cpu(pctt_stats, cpu));
		sum->completions += stats.completions;
		for (i = 0; i < PCTT_NR_DEEDS; i++)
			sum->deeds[i] += stats.deeds[i];
	}
}

/* Each line at once, so that nobody can come between. */
static void pctt_print_stats(void)
{
	DECLARE_SEQ_BUF(failures, 256);
	DECLARE_SEQ_BUF(deeds, 512);
	struct pctt_stats sum;
	unsigned int i;

	pctt_sum_stats(&sum);
	for (i = 0; i < PCTT_NR_FAILURES; i++)
		seq_buf_printf(&failures, " %s: %ld", pctt_failure_names[i],
			       atomic_long_read(&pctt_failures[i]));
	for (i = 0; i < PCTT_NR_DEEDS; i++)
		seq_buf_printf(&deeds, " %s: %lu", pctt_deed_names[i], sum.deeds[i]);
	pr_alert("%s" TORTURE_FLAG " completions: %lu%s%s\n", torture_type,
		 sum.completions, seq_buf_str(&failures), pctt_failed() ? " !!!" : "");
	pr_alert("%s" TORTURE_FLAG " did:%s\n", torture_type, seq_buf_str(&deeds));
}

static int pctt_stats_thread(void *arg)
{
	do {
		schedule_timeout_interruptible(stat_interval * HZ);
		pctt_print_stats();
		torture_shutdown_absorb("pctt_stats_thread");
	} while (!torture_must_stop());
	torture_kthread_stopping("pctt_stats_thread");
	return 0;
}

/*
 * Completing
 */

/* From queued to running; all that a second call could do is to fail here. */
static bool pctt_begin_item(struct pctt_item *item)
{
	long word = atomic_long_read(&item->word);
	unsigned int state = word % PCTT_STATES;

	if ((state == PCTT_QUEUED || state == PCTT_QUEUED_AGAIN) &&
	    atomic_long_try_cmpxchg(&item->word, &word, word + 1))
		return true;
	pctt_fail(PCTT_TWICE, item);
	return false;
}

/* The writer may use it again. */
static void pctt_end_item(struct pctt_item *item)
{
	long word = atomic_long_read(&item->word);

	atomic_long_set_release(&item->word, word - word % PCTT_STATES + PCTT_IDLE);
}

/* That of the completer's threads; lockdep knows of the one "lock" that they hold. */
static bool pctt_context_is_good(struct pctt_completer *completer)
{
	return in_task() && !irqs_disabled() && !rcu_preempt_depth() &&
		(preemptible() || !IS_ENABLED(CONFIG_PREEMPT_COUNT)) &&
		(current->flags & PF_KTHREAD) && is_percpu_thread() &&
		lockdep_depth(current) <= 1 &&
		str_has_prefix(current->comm, completer->name);
}

/*
 * As long as the CPU stays online, which its epoch tells.  All nodes of which that
 * is true are completed by the same thread, so that nobody else writes ->seen.
 */
static void pctt_check_order(struct pctt_item *item)
{
	const struct pctt_promise *promise = item->flow->completer->promise;
	unsigned long number = atomic_long_read(&item->word) / PCTT_STATES;
	unsigned int epoch;
	unsigned long *seen;

	if (item->cpu >= nr_cpu_ids)
		return;
	epoch = READ_ONCE(per_cpu(pctt_epoch, item->cpu));
	if (!(epoch & 1) || epoch != item->epoch)
		return;
	if (item->cpu != raw_smp_processor_id() &&
	    cpumask_test_cpu(item->cpu, item->flow->completer->pc.allowed)) {
		pctt_fail(PCTT_PLACE, item);
		return;
	}
	seen = &per_cpu_ptr(item->flow->seen, item->cpu)
		->number[item->lazy && promise->sequences == 2];
	if ((long)(number - *seen) <= 0)
		pctt_fail(PCTT_ORDER, item);
	*seen = number;
}

static void pctt_check(struct pctt_item *item)
{
	if (!READ_ONCE(item->flow->completer->alive))
		pctt_fail(PCTT_DESTROY, item);
	if (READ_ONCE(pctt_beats) - item->beat > deadline)
		pctt_fail(PCTT_LATE, item);
	pctt_check_order(item);
}

/* Once more, in another way each time; false if it is enough. */
static bool pctt_requeue(struct pctt_item *item)
{
	struct percpu_completer *pc = &item->flow->completer->pc;
	long word = atomic_long_read(&item->word);

	if (!item->again || READ_ONCE(pctt_stopping) ||
	    item->flow->completer->kinds != PCTT_ALL_KINDS)
		return false;
	item->again--;
	item->cpu = nr_cpu_ids;
	item->beat = READ_ONCE(pctt_beats);
	pctt_did(PCTT_REQUEUED);
	atomic_long_set(&item->word, word - word % PCTT_STATES + PCTT_QUEUED_AGAIN);
	if (item->again % 3 == 0)
		pctt_ops.queue(pc, &item->node);
	else if (item->again % 3 == 1)
		pctt_ops.queue_lazy(pc, &item->node);
	else
		pctt_ops.queue_on(pc, raw_smp_processor_id() + 1, &item->node);
	return true;
}

static void pctt_free(struct pctt_item *item)
{
	struct pctt_completer *completer = item->flow->completer;

	pctt_did(PCTT_FREED);
	kfree(item);
	atomic_long_dec(&completer->unfreed);
}

static void pctt_complete(struct llist_node *node)
{
	struct pctt_item *item = container_of(node, struct pctt_item, node);
	bool good = pctt_context_is_good(item->flow->completer);

	if (!pctt_begin_item(item))
		return;
	if (!good)
		pctt_fail(PCTT_CONTEXT, item);
	pctt_check(item);
	this_cpu_inc(pctt_stats.completions);

	if (item->task == PCTT_FREE) {
		pctt_free(item);
		return;
	}
	if (item->task == PCTT_REQUEUE && pctt_requeue(item))
		return;
	if (item->task == PCTT_SLEEP && good) {
		schedule_timeout_uninterruptible(1);
		pctt_did(PCTT_SLEPT);
	}
	pctt_end_item(item);
}

/*
 * What is wrong
 *
 * They break a promise now and then, or once in a CPU's or completer's life, and
 * leave no other trace: nothing but the checks above can notice.
 */

static bool pctt_one_in(unsigned int n)
{
	static atomic_t calls;

	return !((unsigned int)atomic_inc_return(&calls) % n);
}

/* Of a node that nobody frees; others would be leaked. */
static struct pctt_item *pctt_pick(struct llist_node *node, unsigned int n)
{
	struct pctt_item *item = container_of(node, struct pctt_item, node);

	return item->task != PCTT_FREE && pctt_one_in(n) ? item : NULL;
}

static void busted_lose_queue(struct percpu_completer *pc,
			      struct llist_node *node)
{
	if (!pctt_pick(node, 1000))
		percpu_completer_queue(pc, node);
}

/* Of a CPU that goes down nothing is moved to another one. */
static void busted_offline_queue_on(struct percpu_completer *pc,
				    unsigned int cpu, struct llist_node *node)
{
	bool down = cpu < nr_cpu_ids && !cpu_online(cpu);

	if (!down || !pctt_pick(node, 1))
		percpu_completer_queue_on(pc, cpu, node);
}

static void busted_twice_complete(struct llist_node *node)
{
	struct pctt_item *item = pctt_pick(node, 1000);

	if (item && pctt_begin_item(item)) {
		pctt_complete(node);
		pctt_end_item(item);
	} else if (!item) {
		pctt_complete(node);
	}
}

static void busted_order_adjust(struct percpu_completer_attrs *attrs)
{
	attrs->order = PERCPU_COMPLETER_URGENT_FIRST;
}

static void busted_context_queue(struct percpu_completer *pc,
				 struct llist_node *node)
{
	if (pctt_pick(node, 1000))
		pctt_complete(node);
	else
		percpu_completer_queue(pc, node);
}

static DEFINE_MUTEX(busted_mutex);

static void busted_lock_complete(struct llist_node *node)
{
	guard(mutex)(&busted_mutex);
	pctt_complete(node);
}

static void busted_place_queue_on(struct percpu_completer *pc,
				  unsigned int cpu, struct llist_node *node)
{
	percpu_completer_queue(pc, node);
}

/* Nodes that have been held up. */
static LLIST_HEAD(busted_held);

/* None of a completer that is destroyed before they come back. */
static bool busted_may_hold(struct percpu_completer *pc)
{
	return !READ_ONCE(pctt_stopping) && pc >= &pctt_completers[0].pc &&
	       pc <= &pctt_completers[PCTT_COMPLETERS - 1].pc;
}

static bool busted_hold(struct percpu_completer *pc, struct llist_node *node)
{
	if (!busted_may_hold(pc) || !pctt_pick(node, 1000))
		return false;
	llist_add(node, &busted_held);
	return true;
}

static void busted_late_queue(struct percpu_completer *pc,
			      struct llist_node *node)
{
	if (!busted_hold(pc, node))
		percpu_completer_queue(pc, node);
}

/* A CPU that goes down takes lazy nodes along, and so hides that they have no deadline. */
static void busted_lazy_queue(struct percpu_completer *pc,
			      struct llist_node *node)
{
	if (!busted_hold(pc, node))
		percpu_completer_queue_lazy(pc, node);
}

static void busted_late_beat(unsigned long beat)
{
	struct llist_node *node, *next;
	struct pctt_item *item;

	if (beat % (2 * deadline) && !READ_ONCE(pctt_stopping))
		return;
	llist_for_each_safe(node, next, llist_del_all(&busted_held)) {
		item = container_of(node, struct pctt_item, node);
		percpu_completer_queue(&item->flow->completer->pc, node);
	}
}

/* Returns at once; destruction goes on when the completer is settled. */
static void busted_nothing(struct percpu_completer *pc)
{
}

static void busted_setup_adjust(struct percpu_completer_attrs *attrs)
{
	if (str_has_prefix(attrs->name, "pctt_churn") && pctt_one_in(4))
		attrs->nice = MAX_NICE + 1;
}

/* What only KASAN notices: an object is looked at that its completion has freed. */
static void busted_free_complete(struct llist_node *node)
{
	struct pctt_item *item = container_of(node, struct pctt_item, node);
	bool freed = item->task == PCTT_FREE;

	pctt_complete(node);
	if (freed)
		READ_ONCE(item->again);
}

/* Of a node that somebody would free; kmemleak notices, too. */
static void busted_leak_queue(struct percpu_completer *pc,
			      struct llist_node *node)
{
	struct pctt_item *item = container_of(node, struct pctt_item, node);

	if (item->task != PCTT_FREE || !pctt_one_in(10))
		percpu_completer_queue(pc, node);
}

/* What only KCSAN notices: all CPUs count as if they were alone. */
static unsigned long busted_races;

static void busted_race_queue(struct percpu_completer *pc,
			      struct llist_node *node)
{
	busted_races++;
	/* Nobody reads it, but it has to be counted in memory. */
	barrier_data(&busted_races);
	percpu_completer_queue(pc, node);
}

static void busted_hang_flush(struct percpu_completer *pc)
{
	while (!READ_ONCE(pctt_hung))
		schedule_timeout_idle(HZ / 10);
}

static const struct pctt_ops pctt_types[] = {
	{ .name = "percpu_completer" },
	{ .name = "busted_lose", .queue = busted_lose_queue },
	{ .name = "busted_offline", .queue_on = busted_offline_queue_on },
	{ .name = "busted_twice", .complete = busted_twice_complete },
	{ .name = "busted_order", .adjust = busted_order_adjust },
	{ .name = "busted_context", .queue = busted_context_queue },
	{ .name = "busted_lock", .complete = busted_lock_complete },
	{ .name = "busted_place", .queue_on = busted_place_queue_on },
	{ .name = "busted_late", .queue = busted_late_queue, .beat = busted_late_beat },
	{
		.name = "busted_lazy",
		.queue_lazy = busted_lazy_queue,
		.beat = busted_late_beat,
	},
	{ .name = "busted_urgent", .queue = percpu_completer_queue_lazy },
	{ .name = "busted_flush", .flush = busted_nothing },
	{
		.name = "busted_destroy",
		.destroy = busted_nothing,
		.settle = percpu_completer_destroy,
	},
	{ .name = "busted_setup", .adjust = busted_setup_adjust },
	{ .name = "busted_free", .complete = busted_free_complete },
	{ .name = "busted_leak", .queue = busted_leak_queue },
	{ .name = "busted_race", .queue = busted_race_queue },
	{ .name = "busted_hang", .flush = busted_hang_flush },
};

static void pctt_print_types(const char *wrong)
{
	DECLARE_SEQ_BUF(types, 512);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pctt_types); i++)
		seq_buf_printf(&types, " %s", pctt_types[i].name);
	pr_alert("percpu_completer-torture: invalid torture type: \"%s\"; there are%s\n",
		 wrong, seq_buf_str(&types));
}

static void pctt_use_type(const struct pctt_ops *type)
{
	pctt_ops = *type;
	pctt_ops.queue = type->queue ?: percpu_completer_queue;
	pctt_ops.queue_lazy = type->queue_lazy ?: percpu_completer_queue_lazy;
	pctt_ops.queue_on = type->queue_on ?: percpu_completer_queue_on;
	pctt_ops.flush = type->flush ?: percpu_completer_flush;
	pctt_ops.destroy = type->destroy ?: percpu_completer_destroy;
	pctt_ops.complete = type->complete ?: pctt_complete;
	torture_type = type->name;
}

static int pctt_choose_type(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pctt_types); i++) {
		if (sysfs_streq(name, pctt_types[i].name)) {
			pctt_use_type(&pctt_types[i]);
			return 0;
		}
	}
	pctt_print_types(name);
	return -EINVAL;
}

/*
 * Writing
 */

static bool pctt_item_is_idle(struct pctt_item *item)
{
	/* Pairs with pctt_end_item(). */
	return atomic_long_read_acquire(&item->word) % PCTT_STATES == PCTT_IDLE;
}

static enum pctt_task pctt_random_task(struct torture_random_state *rand)
{
	unsigned long dice = torture_random(rand) % 2048;

	if (dice < 4)
		return PCTT_SLEEP;
	return dice < 64 ? PCTT_REQUEUE : PCTT_NOTHING;
}

static struct pctt_item *pctt_new_item(struct pctt_flow *flow)
{
	struct pctt_item *item = kzalloc(sizeof(*item), GFP_KERNEL);

	if (!item)
		return NULL;
	atomic_long_inc(&flow->completer->unfreed);
	item->flow = flow;
	item->task = PCTT_FREE;
	return item;
}

/* A node of the flow's ring, or a new one; NULL if there is none. */
static struct pctt_item *pctt_take(struct pctt_writer *writer,
				   struct pctt_flow *flow)
{
	struct pctt_item *item;

	if (writer->context == PCTT_TASK && torture_random(&writer->rand) % 8 == 0)
		return pctt_new_item(flow);
	item = &flow->items[flow->next % PCTT_RING];
	if (!pctt_item_is_idle(item))
		return NULL;
	flow->next++;
	item->task = pctt_random_task(&writer->rand);
	item->again = torture_random(&writer->rand) % 4 + 1;
	return item;
}

static void pctt_mark_queued(struct pctt_item *item, unsigned long number)
{
	item->beat = READ_ONCE(pctt_beats);
	atomic_long_set(&item->word, number * PCTT_STATES + PCTT_QUEUED);
}

/* Which CPU has to complete it, as long as that stays online. */
static void pctt_aim(struct pctt_item *item, unsigned int cpu)
{
	item->cpu = cpu;
	item->epoch = READ_ONCE(per_cpu(pctt_epoch, cpu));
}

static void pctt_aim_here(struct pctt_writer *writer, struct pctt_item *item)
{
	if (writer->pinned)
		pctt_aim(item, raw_smp_processor_id());
	else
		item->cpu = nr_cpu_ids;
}

static void pctt_queue_here(struct pctt_writer *writer, struct pctt_item *item,
			    bool lazy)
{
	struct percpu_completer *pc = &item->flow->completer->pc;

	pctt_aim_here(writer, item);
	item->lazy = lazy;
	if (lazy) {
		pctt_did(PCTT_LAZY);
		pctt_ops.queue_lazy(pc, &item->node);
	} else {
		pctt_ops.queue(pc, &item->node);
	}
}

/* To any CPU, be it online or not, or to none. */
static void pctt_queue_there(struct pctt_writer *writer, struct pctt_item *item,
			     unsigned int cpu)
{
	item->lazy = false;
	if (cpu >= nr_cpu_ids || !cpu_possible(cpu)) {
		pctt_aim_here(writer, item);
		pctt_did(PCTT_IMPOSSIBLE);
	} else {
		pctt_aim(item, cpu);
		if (item->epoch & 1)
			pctt_did(PCTT_REMOTE);
		else
			pctt_did(item->epoch ? PCTT_OFFLINE : PCTT_NEVER);
	}
	pctt_ops.queue_on(&item->flow->completer->pc, cpu, &item->node);
}

static void pctt_queue(struct pctt_writer *writer, struct pctt_item *item)
{
	enum pctt_kinds kinds = item->flow->completer->kinds;
	unsigned long dice = torture_random(&writer->rand);
	unsigned int cpu = dice / 32 % nr_cpu_ids;

	if (kinds != PCTT_ALL_KINDS)
		pctt_queue_here(writer, item, kinds == PCTT_ONLY_LAZY);
	else if (dice % 32 < 12)
		pctt_queue_here(writer, item, false);
	else if (dice % 32 < 24)
		pctt_queue_here(writer, item, true);
	else if (dice % 32 < 30)
		pctt_queue_there(writer, item, cpu);
	else if (dice % 32 < 31)
		pctt_queue_there(writer, item, nr_cpu_ids + cpu);
	else
		pctt_queue_there(writer, item, UINT_MAX - cpu);
}

/* A few nodes to some completer. */
static void pctt_write(struct pctt_writer *writer)
{
	unsigned long dice = torture_random(&writer->rand);
	struct pctt_flow *flow = &writer->flows[dice % PCTT_COMPLETERS];
	unsigned int nr = dice / PCTT_COMPLETERS % 8 + 1;
	struct pctt_item *item;

	while (nr--) {
		item = pctt_take(writer, flow);
		if (!item)
			return;
		pctt_mark_queued(item, ++flow->number);
		pctt_queue(writer, item);
		/* The item may be gone. Pairs with pctt_note_returned(). */
		smp_store_release(&flow->returned, flow->number);
		pctt_did(writer->context);
	}
	if (flow->completer->kinds != PCTT_ALL_KINDS ||
	    torture_random(&writer->rand) % 64)
		return;
	percpu_completer_begin_wait(&flow->completer->pc);
	percpu_completer_end_wait(&flow->completer->pc);
	pctt_did(PCTT_EXPEDITED);
}

static bool pctt_is_paused(void)
{
	return atomic_read(&pctt_paused) >= num_present_cpus();
}

static enum hrtimer_restart pctt_write_hardirq(struct hrtimer *hrtimer)
{
	struct pctt_writer *writer = container_of(hrtimer, struct pctt_writer, hrtimer);
	unsigned long us = interval_us / 2 + torture_random(&writer->rand) % interval_us;

	if (READ_ONCE(pctt_stopping))
		return HRTIMER_NORESTART;
	if (!pctt_is_paused())
		pctt_write(writer);
	hrtimer_forward_now(hrtimer, us_to_ktime(us));
	return HRTIMER_RESTART;
}

static void pctt_write_softirq(struct timer_list *timer)
{
	struct pctt_writer *writer = container_of(timer, struct pctt_writer, timer);

	if (READ_ONCE(pctt_stopping))
		return;
	if (!pctt_is_paused())
		pctt_write(writer);
	mod_timer(timer, jiffies + usecs_to_jiffies(interval_us));
}

static void pctt_write_task_once(struct pctt_writer *writer)
{
	writer->pinned = torture_random(&writer->rand) % 4;
	if (writer->pinned)
		migrate_disable();
	pctt_write(writer);
	if (writer->pinned)
		migrate_enable();
}

static int pctt_writer_thread(void *arg)
{
	struct pctt_writer *writer = arg;

	set_user_nice(current, MAX_NICE);
	do {
		pctt_write_task_once(writer);
		torture_hrtimeout_us(interval_us / 2, interval_us * NSEC_PER_USEC,
				     &writer->rand);
		atomic_inc(&pctt_paused);
		stutter_wait("pctt_writer_thread");
		atomic_dec(&pctt_paused);
	} while (!torture_must_stop());
	torture_kthread_stopping("pctt_writer_thread");
	return 0;
}

static struct pctt_writer *pctt_writer(unsigned int cpu, enum pctt_deed context)
{
	return &pctt_writers[cpu * 3 + context];
}

/* Timers have moved away when the CPU went down. */
static void pctt_start_timers(unsigned int cpu)
{
	struct pctt_writer *hard = pctt_writer(cpu, PCTT_HARDIRQ);
	struct pctt_writer *soft = pctt_writer(cpu, PCTT_SOFTIRQ);

	hrtimer_cancel(&hard->hrtimer);
	hrtimer_start(&hard->hrtimer, us_to_ktime(interval_us),
		      HRTIMER_MODE_REL_PINNED_HARD);
	timer_delete_sync(&soft->timer);
	soft->timer.expires = jiffies + 1;
	add_timer_on(&soft->timer, cpu);
}

static void pctt_stop_timers(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		hrtimer_cancel(&pctt_writer(cpu, PCTT_HARDIRQ)->hrtimer);
		timer_delete_sync(&pctt_writer(cpu, PCTT_SOFTIRQ)->timer);
	}
}

/*
 * CPU hotplug
 *
 * Our state is above that of percpu_completer, which is there since boot: a CPU has
 * a worker before it is up for us, and still has one when it is down.
 */

static int pctt_cpu_up(unsigned int cpu)
{
	unsigned int *epoch = per_cpu_ptr(&pctt_epoch, cpu);

	if (*epoch && !(*epoch & 1))
		pctt_did(PCTT_CYCLES);
	WRITE_ONCE(*epoch, (*epoch + 1) | 1);
	pctt_start_timers(cpu);
	return 0;
}

static int pctt_cpu_down(unsigned int cpu)
{
	unsigned int *epoch = per_cpu_ptr(&pctt_epoch, cpu);

	WRITE_ONCE(*epoch, (*epoch | 1) + 1);
	return 0;
}

/* As torture_onoff(), which has no mercy with a CPU that is not present. */
struct pctt_onoff {
	long attempts;
	long successes;
	unsigned long sum;
	int min;
	int max;
};

static struct pctt_onoff pctt_offs, pctt_ons;

static bool pctt_off(unsigned int cpu)
{
	struct pctt_onoff *off = &pctt_offs;

	return torture_offline(cpu, &off->attempts, &off->successes, &off->sum,
			       &off->min, &off->max);
}

static bool pctt_on(unsigned int cpu)
{
	struct pctt_onoff *on = &pctt_ons;

	return torture_online(cpu, &on->attempts, &on->successes, &on->sum,
			      &on->min, &on->max);
}

static bool pctt_onoff_failed(void)
{
	return pctt_offs.attempts != pctt_offs.successes ||
		pctt_ons.attempts != pctt_ons.successes;
}

static int pctt_onoff_thread(void *arg)
{
	DEFINE_TORTURE_RANDOM(rand);
	unsigned int cpu;

	/* While devices are probed, CPUs may have to stay. */
	while (system_state < SYSTEM_RUNNING)
		schedule_timeout_interruptible(HZ / 10);
	do {
		cpu = torture_random(&rand) % nr_cpu_ids;
		if (cpu != keep_cpu && !pctt_off(cpu))
			pctt_on(cpu);
		torture_hrtimeout_jiffies(onoff_interval, &rand);
		torture_shutdown_absorb("pctt_onoff_thread");
	} while (!torture_must_stop());
	torture_kthread_stopping("pctt_onoff_thread");
	for_each_present_cpu(cpu)
		pctt_on(cpu);
	return 0;
}

/*
 * Starving
 *
 * A task of the same real-time priority as SCHED_FIFO workers keeps a CPU to itself, one
 * after the other.  Normal tasks still get the little that the scheduler reserves.
 */

static void pctt_spin(unsigned int cpu)
{
	unsigned long end = jiffies + msecs_to_jiffies(spin_ms);

	if (set_cpus_allowed_ptr(current, cpumask_of(cpu)))
		return;
	sched_set_fifo_low(current);
	while (time_before(jiffies, end) && !torture_must_stop())
		cond_resched();
	sched_set_normal(current, 0);
	pctt_did(PCTT_SPUN);
}

static int pctt_spin_thread(void *arg)
{
	DEFINE_TORTURE_RANDOM(rand);

	do {
		pctt_spin(torture_random(&rand) % nr_cpu_ids);
		torture_hrtimeout_ms(spin_ms, 0, &rand);
	} while (!torture_must_stop());
	torture_kthread_stopping("pctt_spin_thread");
	return 0;
}

/*
 * Flushing
 */

/* The last number of each writer's flow that flush() has to care for. */
static void pctt_note_returned(unsigned int completer, unsigned long *returned)
{
	unsigned int i;

	for (i = 0; i < pctt_nr_writers; i++) {
		/* Pairs with pctt_write(). */
		returned[i] = smp_load_acquire(&pctt_writers[i].flows[completer].returned);
	}
}

static void pctt_check_flushed(struct pctt_flow *flow, unsigned long returned)
{
	struct pctt_item *item;
	unsigned long word;

	for (item = flow->items; item < flow->items + PCTT_RING; item++) {
		word = atomic_long_read(&item->word);
		if (word % PCTT_STATES != PCTT_QUEUED &&
		    word % PCTT_STATES != PCTT_RUNNING)
			continue;
		if ((long)(returned - word / PCTT_STATES) >= 0)
			pctt_fail(PCTT_FLUSH, item);
	}
}

static void pctt_flush_one(unsigned int completer, unsigned long *returned)
{
	unsigned int i;

	pctt_note_returned(completer, returned);
	pctt_ops.flush(&pctt_completers[completer].pc);
	for (i = 0; i < pctt_nr_writers; i++)
		pctt_check_flushed(&pctt_writers[i].flows[completer], returned[i]);
	pctt_did(PCTT_FLUSHED);
}

static int pctt_flusher_thread(void *arg)
{
	unsigned long *returned;
	DEFINE_TORTURE_RANDOM(rand);

	returned = kcalloc(pctt_nr_writers, sizeof(*returned), GFP_KERNEL | __GFP_NOFAIL);
	do {
		pctt_flush_one(torture_random(&rand) % PCTT_MIXED, returned);
		torture_hrtimeout_ms(1, 20 * USEC_PER_MSEC, &rand);
		stutter_wait("pctt_flusher_thread");
	} while (!torture_must_stop());
	kfree(returned);
	torture_kthread_stopping("pctt_flusher_thread");
	return 0;
}

/*
 * Setting up and destroying
 */

static int pctt_set_up(struct pctt_completer *completer)
{
	struct percpu_completer_attrs *attrs = &completer->attrs;
	int err;

	attrs->name = completer->name;
	attrs->fn = pctt_ops.complete;
	attrs->order = completer->promise->order;
	if (pctt_ops.adjust)
		pctt_ops.adjust(attrs);
	WRITE_ONCE(completer->alive, true);
	err = percpu_completer_init(&completer->pc, attrs);
	if (err)
		pctt_fail(PCTT_SETUP, NULL);
	return err;
}

static void pctt_check_ended(struct pctt_flow *flow, enum pctt_failure failure)
{
	struct pctt_item *item;

	for (item = flow->items; item < flow->items + PCTT_RING; item++) {
		if (!pctt_item_is_idle(item))
			pctt_fail(failure, item);
	}
}

/* One more node from each CPU, the last one before the end. */
static void pctt_churn_hardirq(void *arg)
{
	struct pctt_churn *churn = arg;
	struct pctt_item *item = &churn->flow.items[smp_processor_id() % PCTT_RING];

	if (!pctt_item_is_idle(item))
		return;
	item->cpu = nr_cpu_ids;
	item->task = PCTT_NOTHING;
	pctt_mark_queued(item, 1);
	if (smp_processor_id() % 2)
		pctt_ops.queue(&churn->completer.pc, &item->node);
	else
		pctt_ops.queue_lazy(&churn->completer.pc, &item->node);
}

/* All attributes that there are; small lazy batches, as large ones are rare to fill. */
static void pctt_churn_attrs(struct pctt_churn *churn)
{
	unsigned long dice = torture_random(&churn->rand);

	churn->completer.promise = &pctt_promises[dice % ARRAY_SIZE(pctt_promises)];
	churn->completer.attrs = (struct percpu_completer_attrs) {
		.policy		= pctt_policies[dice / 8 % ARRAY_SIZE(pctt_policies)],
		.nice		= MIN_NICE + dice / 16 % NICE_WIDTH,
		.lazy_delay	= dice / 1024 % 8,
		.lazy_batch	= dice / 8192 % 4,
	};
}

static void pctt_churn_once(struct pctt_churn *churn)
{
	struct pctt_completer *completer = &churn->completer;

	pctt_churn_attrs(churn);
	if (pctt_set_up(completer)) {
		schedule_timeout_uninterruptible(1);
		return;
	}
	on_each_cpu(pctt_churn_hardirq, churn, 1);
	if (torture_random(&churn->rand) % 4 == 0)
		pctt_ops.flush(&completer->pc);
	pctt_ops.destroy(&completer->pc);
	WRITE_ONCE(completer->alive, false);
	pctt_check_ended(&churn->flow, PCTT_DESTROY);
	if (pctt_ops.settle)
		pctt_ops.settle(&completer->pc);
	pctt_did(PCTT_DESTROYED);
}

static int pctt_churn_thread(void *arg)
{
	struct pctt_churn *churn = arg;

	do {
		pctt_churn_once(churn);
		stutter_wait("pctt_churn_thread");
	} while (!torture_must_stop());
	torture_kthread_stopping("pctt_churn_thread");
	return 0;
}

/*
 * Policy
 *
 * What the administrator may decide while completers are in use.  Lazy nodes shall
 * wait for very long, but only until he decides otherwise.
 */

static void pctt_override(unsigned int completer, bool lazy,
			  struct torture_random_state *rand)
{
	static const char * const policies[] = { "normal", "short_slice", "fifo" };
	unsigned long dice = torture_random(rand);
	char text[128];

	snprintf(text, sizeof(text),
		 "pctt%u:policy=%s,nice=%d,lazy_delay_ms=%u,lazy_batch=%lu",
		 completer, policies[dice % 3], (int)(dice / 4 % 8),
		 lazy ? 60000 : 4, lazy ? 1000000 : dice / 32 % 64 + 1);
	if (percpu_completer_set_override(text))
		pctt_fail(PCTT_SETUP, NULL);
	else
		pctt_did(PCTT_OVERRIDDEN);
}

static int pctt_override_thread(void *arg)
{
	DEFINE_TORTURE_RANDOM(rand);
	unsigned int completer;

	do {
		completer = torture_random(&rand) % PCTT_MIXED;
		pctt_override(completer, true, &rand);
		torture_hrtimeout_ms(1, 50 * USEC_PER_MSEC, &rand);
		pctt_override(completer, false, &rand);
		torture_hrtimeout_ms(1, 50 * USEC_PER_MSEC, &rand);
		stutter_wait("pctt_override_thread");
	} while (!torture_must_stop());
	percpu_completer_set_override("");
	torture_kthread_stopping("pctt_override_thread");
	return 0;
}

/*
 * Time
 *
 * Late is what does not happen while a task of the lowest priority goes to sleep for
 * a tick so and so many times.  A machine that is too busy for that, or a virtual
 * one that stands still, cannot be reproached with being late.
 *
 * A beat is two ticks at least.  The deadline is less than writers pause for: a node
 * that they all leave behind is late before they come back and take it along.
 */
static int pctt_beat_thread(void *arg)
{
	set_user_nice(current, MAX_NICE);
	while (!kthread_should_stop()) {
		schedule_timeout_uninterruptible(1);
		WRITE_ONCE(pctt_beats, pctt_beats + 1);
		if (pctt_ops.beat)
			pctt_ops.beat(pctt_beats);
	}
	return 0;
}

/*
 * The end
 */

/* A CPU that does not go down, or a change that is not taken, hangs here. */
static void pctt_stop_writers(void)
{
	unsigned int i;

	WRITE_ONCE(pctt_stopping, true);
	torture_stop_kthread(pctt_onoff_thread, pctt_onoff_task);
	torture_stop_kthread(pctt_spin_thread, pctt_spin_task);
	torture_stop_kthread(pctt_override_thread, pctt_override_task);
	if (pctt_cpuhp > 0)
		cpuhp_remove_state_nocalls(pctt_cpuhp);
	pctt_cpuhp = 0;
	pctt_stop_timers();
	for (i = 0; i < pctt_nr_writers; i++)
		torture_stop_kthread(pctt_writer_thread, pctt_writers[i].task);
}

static void pctt_check_lost(void)
{
	unsigned int i, completer;

	for (i = 0; i < pctt_nr_writers; i++) {
		for (completer = 0; completer < PCTT_COMPLETERS; completer++)
			pctt_check_ended(&pctt_writers[i].flows[completer], PCTT_LOST);
	}
	for (completer = 0; completer < PCTT_COMPLETERS; completer++) {
		if (atomic_long_read(&pctt_completers[completer].unfreed))
			pctt_fail(PCTT_LOST, NULL);
	}
}

static void pctt_destroy_all(void)
{
	unsigned int i;

	for (i = 0; i < PCTT_COMPLETERS; i++) {
		pctt_ops.destroy(&pctt_completers[i].pc);
		if (pctt_ops.settle)
			pctt_ops.settle(&pctt_completers[i].pc);
		WRITE_ONCE(pctt_completers[i].alive, false);
	}
}

/*
 * All that waits for completion functions.  Those that have not seen pctt_stopping
 * when the first flush begins may have queued a node when it ends.
 */
static int pctt_end_thread(void *arg)
{
	unsigned int i;

	pctt_stop_writers();
	for (i = 0; i < PCTT_FLUSHERS; i++)
		torture_stop_kthread(pctt_flusher_thread, pctt_flusher_tasks[i]);
	for (i = 0; i < PCTT_CHURNS; i++) {
		if (pctt_churns[i])
			torture_stop_kthread(pctt_churn_thread, pctt_churns[i]->task);
	}
	torture_stop_kthread(pctt_beat_thread, pctt_beat_task);
	if (pctt_ops.beat)
		pctt_ops.beat(0);
	for (i = 0; i < 2 * PCTT_COMPLETERS; i++)
		percpu_completer_flush(&pctt_completers[i % PCTT_COMPLETERS].pc);
	pctt_check_lost();
	pctt_destroy_all();
	kthread_complete_and_exit(&pctt_ended, 0);
}

/* What waits has its own thread, so that there is a verdict whatever happens. */
static void pctt_end_all(void)
{
	struct task_struct *task;

	reinit_completion(&pctt_ended);
	task = kthread_run(pctt_end_thread, NULL, "pctt_end");
	if (!IS_ERR(task) &&
	    wait_for_completion_timeout(&pctt_ended, max(hang_secs, 1) * HZ))
		return;
	pctt_fail(PCTT_HANG, NULL);
	pctt_check_lost();
	WRITE_ONCE(pctt_hung, true);
}

static void pctt_free_all(void)
{
	unsigned int i, completer;

	for (i = 0; i < pctt_nr_writers; i++) {
		struct pctt_flow *flows = pctt_writers[i].flows;

		for (completer = 0; flows && completer < PCTT_COMPLETERS; completer++)
			free_percpu(flows[completer].seen);
		kvfree(flows);
	}
	kvfree(pctt_writers);
	pctt_writers = NULL;
	pctt_nr_writers = 0;
	for (i = 0; i < PCTT_CHURNS; i++) {
		kvfree(pctt_churns[i]);
		pctt_churns[i] = NULL;
	}
}

static void pctt_print_parms(const char *tag)
{
	pr_alert("%s" TORTURE_FLAG
		 "--- %s: deadline=%d hang_secs=%d interval_us=%d onoff_interval=%d shuffle_interval=%d shutdown_secs=%d stat_interval=%d stutter=%d stutter_gap=%d verbose=%d\n",
		 torture_type, tag, deadline, hang_secs, interval_us, onoff_interval,
		 shuffle_interval, shutdown_secs, stat_interval, stutter, stutter_gap,
		 verbose);
}

static void pctt_print_verdict(void)
{
	pctt_print_stats();
	if (pctt_failed())
		pctt_print_parms("End of test: FAILURE");
	else if (pctt_onoff_failed())
		pctt_print_parms("End of test: HOTPLUG_FAILURE");
	else
		pctt_print_parms("End of test: SUCCESS");
}

static void pctt_cleanup(void)
{
	if (torture_cleanup_begin())
		return;
	if (pctt_started) {
		pctt_started = false;
		pctt_end_all();
		torture_stop_kthread(pctt_stats_thread, pctt_stats_task);
		pctt_print_verdict();
	}
	/* What hangs still uses all that. */
	if (!pctt_hung)
		pctt_free_all();
	torture_cleanup_end();
}

/*
 * The beginning
 */

static void pctt_init_flow(struct pctt_flow *flow, struct pctt_completer *completer)
{
	unsigned int i;

	flow->completer = completer;
	for (i = 0; i < PCTT_RING; i++)
		flow->items[i].flow = flow;
}

static int pctt_init_writer(struct pctt_writer *writer, unsigned int cpu,
			    enum pctt_deed context)
{
	unsigned int i;

	writer->cpu = cpu;
	writer->context = context;
	writer->pinned = context != PCTT_TASK;
	hrtimer_setup(&writer->hrtimer, pctt_write_hardirq, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	timer_setup(&writer->timer, pctt_write_softirq, TIMER_PINNED);
	writer->flows = kvcalloc(PCTT_COMPLETERS, sizeof(*writer->flows), GFP_KERNEL);
	if (!writer->flows)
		return -ENOMEM;
	for (i = 0; i < PCTT_COMPLETERS; i++) {
		pctt_init_flow(&writer->flows[i], &pctt_completers[i]);
		writer->flows[i].seen = alloc_percpu(struct pctt_seen);
		if (!writer->flows[i].seen)
			return -ENOMEM;
	}
	return 0;
}

static int pctt_init_writers(void)
{
	unsigned int i, nr = 3 * nr_cpu_ids;

	pctt_writers = kvcalloc(nr, sizeof(*pctt_writers), GFP_KERNEL);
	if (!pctt_writers)
		return -ENOMEM;
	pctt_nr_writers = nr;
	for (i = 0; i < nr; i++) {
		if (pctt_init_writer(&pctt_writers[i], i / 3, i % 3))
			return -ENOMEM;
	}
	return 0;
}

static int pctt_init_churns(void)
{
	unsigned int i;

	for (i = 0; i < PCTT_CHURNS; i++) {
		struct pctt_churn *churn = kvzalloc(sizeof(*churn), GFP_KERNEL);

		if (!churn)
			return -ENOMEM;
		pctt_churns[i] = churn;
		snprintf(churn->completer.name, sizeof(churn->completer.name),
			 "pctt_churn%u", i);
		pctt_init_flow(&churn->flow, &churn->completer);
	}
	return 0;
}

/* Every order with every policy; every other one with small batches. */
static void pctt_describe_mixed(struct pctt_completer *completer, unsigned int i)
{
	snprintf(completer->name, sizeof(completer->name), "pctt%u", i);
	completer->promise = &pctt_promises[i % ARRAY_SIZE(pctt_promises)];
	completer->attrs.policy = pctt_policies[i / ARRAY_SIZE(pctt_promises)];
	completer->attrs.lazy_batch = i % 2 ? 8 : 0;
}

/* An urgent node that is taken for a lazy one is to wait for long. */
static void pctt_describe_lonely(struct pctt_completer *completer,
				 enum pctt_kinds kinds)
{
	strscpy(completer->name, kinds == PCTT_ONLY_LAZY ? "pctt_lazy" : "pctt_urgent");
	completer->promise = &pctt_promises[0];
	completer->kinds = kinds;
	completer->attrs.lazy_delay = kinds == PCTT_ONLY_LAZY ? 0 : 3600 * HZ;
}

static int pctt_init_completers(void)
{
	unsigned int i;
	int err;

	memset(pctt_completers, 0, sizeof(pctt_completers));
	for (i = 0; i < PCTT_COMPLETERS; i++) {
		struct pctt_completer *completer = &pctt_completers[i];

		if (i < PCTT_MIXED)
			pctt_describe_mixed(completer, i);
		else
			pctt_describe_lonely(completer, i - PCTT_MIXED + 1);
		err = pctt_set_up(completer);
		if (err)
			return err;
	}
	return 0;
}

static void pctt_reset(void)
{
	pctt_reset_counters();
	memset(&pctt_offs, 0, sizeof(pctt_offs));
	memset(&pctt_ons, 0, sizeof(pctt_ons));
	atomic_set(&pctt_paused, 0);
	WRITE_ONCE(pctt_stopping, false);
}

static int pctt_start_writers(void)
{
	unsigned int cpu;
	int err;

	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "percpu_completer_torture:online",
				pctt_cpu_up, pctt_cpu_down);
	if (err < 0)
		return err;
	pctt_cpuhp = err;
	for_each_present_cpu(cpu) {
		struct pctt_writer *writer = pctt_writer(cpu, PCTT_TASK);

		err = torture_create_kthread(pctt_writer_thread, writer, writer->task);
		if (err)
			return err;
	}
	return 0;
}

static int pctt_start_waiters(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < PCTT_FLUSHERS && !err; i++)
		err = torture_create_kthread(pctt_flusher_thread, NULL, pctt_flusher_tasks[i]);
	for (i = 0; i < PCTT_CHURNS && !err; i++)
		err = torture_create_kthread(pctt_churn_thread, pctt_churns[i],
					     pctt_churns[i]->task);
	return err;
}

/* What kernel/torture.c does, and what we do in its place. */
static int pctt_start_torture(void)
{
	int err = 0;

	if (onoff_interval > 0)
		err = torture_create_kthread(pctt_onoff_thread, NULL, pctt_onoff_task);
	if (!err)
		err = torture_create_kthread(pctt_override_thread, NULL, pctt_override_task);
	if (!err && spin_ms > 0)
		err = torture_create_kthread(pctt_spin_thread, NULL, pctt_spin_task);
	if (!err && shuffle_interval > 0)
		err = torture_shuffle_init(shuffle_interval * HZ);
	if (!err && shutdown_secs > 0)
		err = torture_shutdown_init(shutdown_secs, pctt_cleanup);
	if (!err && stutter > 0)
		err = torture_stutter_init(stutter * HZ, stutter_gap * HZ);
	if (!err && stat_interval > 0)
		err = torture_create_kthread(pctt_stats_thread, NULL, pctt_stats_task);
	return err;
}

static int pctt_start(void)
{
	int err;

	pctt_reset();
	err = pctt_init_writers();
	if (!err)
		err = pctt_init_churns();
	if (err)
		return err;
	pctt_print_parms("Start of test");
	pctt_started = true;
	err = pctt_init_completers();
	if (!err)
		err = torture_create_kthread(pctt_beat_thread, NULL, pctt_beat_task);
	if (!err)
		err = pctt_start_writers();
	if (!err)
		err = pctt_start_waiters();
	if (!err)
		err = pctt_start_torture();
	return err;
}

static char *pctt_type = "percpu_completer";
module_param_named(torture_type, pctt_type, charp, 0644);
MODULE_PARM_DESC(torture_type, "Type of torture (percpu_completer, busted_lose, ...)");

static bool pctt_parms_are_good(void)
{
	if (deadline > 0 && interval_us > 0)
		return true;
	pr_alert("percpu_completer-torture: deadline and interval_us have to be positive\n");
	return false;
}

static int pctt_begin(void)
{
	int err;

	if (!pctt_parms_are_good())
		return -EINVAL;
	if (pctt_hung) {
		pr_alert("percpu_completer-torture: the test before hangs\n");
		return -EBUSY;
	}
	err = pctt_choose_type(pctt_type);
	if (err)
		return err;
	if (!torture_init_begin(torture_type, verbose))
		return -EBUSY;
	err = pctt_start();
	torture_init_end();
	if (err)
		pctt_cleanup();
	return err;
}

/*
 * The parameter "run".  Set on the command line it means: as soon as possible.
 */

static DEFINE_MUTEX(pctt_run_mutex);
static bool pctt_run = IS_MODULE(CONFIG_PERCPU_COMPLETER_TORTURE_TEST);
static bool pctt_ready;

static int pctt_set_run(bool run)
{
	int err = 0;

	guard(mutex)(&pctt_run_mutex);
	if (pctt_ready && run && !pctt_run)
		err = pctt_begin();
	if (pctt_ready && !run && pctt_run)
		pctt_cleanup();
	if (!err)
		pctt_run = run;
	return err;
}

static int pctt_param_set_run(const char *val, const struct kernel_param *kp)
{
	bool run;
	int err = kstrtobool(val, &run);

	return err ?: pctt_set_run(run);
}

static const struct kernel_param_ops pctt_run_ops = {
	.set	= pctt_param_set_run,
	.get	= param_get_bool,
};

module_param_cb(run, &pctt_run_ops, &pctt_run, 0644);
MODULE_PARM_DESC(run, "Torture now");

static int __init pctt_module_init(void)
{
	bool run = pctt_run;

	pctt_run = false;
	pctt_ready = true;
	return pctt_set_run(run);
}

static void __exit pctt_module_exit(void)
{
	pctt_set_run(false);
	if (pctt_hung)
		wait_for_completion(&pctt_ended);
}

module_init(pctt_module_init);
module_exit(pctt_module_exit);
