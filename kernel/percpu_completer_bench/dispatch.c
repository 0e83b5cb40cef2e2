// SPDX-License-Identifier: GPL-2.0
/*
 * Compare the ways from a hard interrupt to a task on the same CPU.
 *
 * A timer pinned to a CPU fires in hard interrupt context, stamps the next
 * items and queues them to the mechanism under test, whose callback stamps
 * them again.  One mechanism runs at a time, after a warm-up, on items that
 * were allocated before; its set-up and teardown are outside of the timing.
 * Raw samples leave the kernel, statistics are made elsewhere.
 *
 * In /sys/kernel/debug/percpu_completer_bench/ are
 *
 * mechanisms	what can be run, one name per line
 * run		write "MECHANISM KEY=VALUE ..."; the write returns when the run
 *		is over, and fails with EIO when an item was lost or completed
 *		twice.  Keys, see bench_numbers[] for limits and defaults:
 *		cpu, cpus	the first CPU that produces, and how many do
 *		period_ns	of each timer; the mean if poisson=1
 *		burst		items that are queued each time
 *		items		in all, on each CPU
 *		warmup		items that are queued before, and not measured
 *		work_ns		that the callback takes
 *		urgent_percent	the others are lazy
 *		order		that percpu_completer keeps, see
 *				enum percpu_completer_order
 *		policy		of the threads of percpu_completer, see
 *				enum percpu_completer_policy; the threads of others
 *				are SCHED_FIFO by default and else normal
 *		nice, slice_us	of the threads of percpu_completer, while normal
 *		stamps		0: no clock is read and samples are zero, so that
 *				time goes to the mechanism and not to measuring
 *		normal		1: a thread of normal priority wants all of @cpu
 *		spinner		1: a thread of SCHED_FIFO never leaves @cpu
 *		hotplug		1: @cpu goes off and on all the time; for
 *				mechanisms that follow that
 * summary	key=value figures of the last run
 * samples	its items, CPU by CPU in the order queued, each a bench_sample
 */
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/int_log.h>
#include <linux/kernel_stat.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sched/cputime.h>
#include <linux/sched/prio.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "bench.h"

/* Between a CPU's going off, its return, and its going off again. */
#define BENCH_HOTPLUG_MS	5

/* Longer than any mechanism takes for one item, hogs or not. */
#define BENCH_STALL	(5 * HZ)

/* In bench_sample.queue_ns. */
#define BENCH_URGENT	BIT(31)

/* What user space reads of each item. */
struct bench_sample {
	u32 dispatch_ns;	/* from before queueing to the callback */
	u32 queue_ns;		/* what queueing cost the interrupt; BENCH_URGENT */
};

struct bench_producer;

struct bench_item {
	union {
		struct llist_node node;
		struct work_struct work;
	};
	struct bench_producer *producer;
	u64 queued_at;
	struct bench_sample sample;
	atomic_t completions;
};

/* One CPU: items up to @end are to be queued, @next is next. */
struct bench_producer {
	/* the interrupt */
	struct hrtimer timer;
	struct bench_item *items;
	unsigned int next;
	unsigned int end;
	u64 overruns;
	struct rnd_state random;

	/* the callback */
	atomic_t completed;
	atomic_t strays;	/* completed on another CPU */
	struct task_struct *task;
	unsigned long nvcsw;
	u64 wakeups;		/* times that a task slept before an item */
	u64 done_at;
	unsigned int cpu;
} ____cacheline_aligned;

/* One run.  All is under @lock but what the interrupt and the callback use. */
static struct {
	struct mutex lock;	/* one run at a time, and its readers */
	bool broken;		/* a mechanism still holds items of ours */
	struct pcb_instance *instance;
	struct bench_producer *producers;
	struct bench_item *items;
	atomic_t running;	/* producers whose items are not complete */
	struct completion done;
	struct task_struct *normal;
	u64 normal_start;	/* its CPU time then */
	u64 normal_seen;	/* when it last ran */
	u64 normal_longest;	/* time that it did not run so far */

	/* the order */
	const struct pcb_mechanism *mechanism;
	int cpu;
	int cpus;
	int period_ns;
	int burst;
	int nr_items;
	int warmup;
	int work_ns;
	int urgent_percent;
	int poisson;
	int order;
	int policy;
	int nice;
	int slice_us;
	int stamps;
	int want_normal;
	int want_spinner;
	int want_hotplug;

	/* the result */
	struct bench_sample *samples;
	u64 duration_ns;
	u64 context_switches;
	u64 normal_ns;
	u64 normal_gap_ns;
	u64 clock_ns;
	unsigned int cycles;	/* of @hotplug */
	unsigned int lost;
	unsigned int duplicated;
} bench = {
	.lock = __MUTEX_INITIALIZER(bench.lock),
};

static u32 bench_ns(u64 from, u64 to)
{
	return min_t(u64, to - from, S32_MAX);
}

static void bench_count_wakeup(struct bench_producer *producer)
{
	if (raw_smp_processor_id() != producer->cpu) {
		atomic_inc(&producer->strays);
		return;
	}
	if (producer->task == current && producer->nvcsw == current->nvcsw)
		return;
	producer->task = current;
	producer->nvcsw = current->nvcsw;
	producer->wakeups++;
}

static void bench_work(u64 since)
{
	while (ktime_get_mono_fast_ns() - since < bench.work_ns)
		cpu_relax();
}

/*
 * The normal thread.  It reads the clock all the time: what is between two readings
 * is the time for which it did not run.
 */

/* The time since it last ran; two CPUs may read the clock in either order. */
static u64 bench_normal_gap(u64 now)
{
	s64 gap = now - READ_ONCE(bench.normal_seen);

	return max(gap, 0);
}

/* By the thread itself. */
static void bench_normal_runs(void)
{
	u64 now = ktime_get_mono_fast_ns(), gap = bench_normal_gap(now);

	if (gap > READ_ONCE(bench.normal_longest))
		WRITE_ONCE(bench.normal_longest, gap);
	WRITE_ONCE(bench.normal_seen, now);
}

static void bench_normal_begin(void)
{
	if (!bench.normal)
		return;
	bench.normal_start = task_sched_runtime(bench.normal);
	WRITE_ONCE(bench.normal_seen, ktime_get_mono_fast_ns());
	WRITE_ONCE(bench.normal_longest, 0);
}

/* The last gap is over only when the thread runs again, which may be never. */
static void bench_normal_end(void)
{
	if (!bench.normal)
		return;
	bench.normal_ns = task_sched_runtime(bench.normal) - bench.normal_start;
	bench.normal_gap_ns = max(READ_ONCE(bench.normal_longest),
				  bench_normal_gap(ktime_get_mono_fast_ns()));
}

static void bench_stamp(struct bench_item *item)
{
	u64 now = ktime_get_mono_fast_ns();

	item->sample.dispatch_ns = bench_ns(item->queued_at, now);
	bench_count_wakeup(item->producer);
	if (bench.work_ns)
		bench_work(now);
}

static void bench_complete(struct bench_item *item)
{
	struct bench_producer *producer = item->producer;

	if (bench.stamps)
		bench_stamp(item);
	atomic_inc(&item->completions);
	if (atomic_inc_return(&producer->completed) != READ_ONCE(producer->end))
		return;
	producer->done_at = ktime_get_mono_fast_ns();
	if (atomic_dec_and_test(&bench.running)) {
		bench_normal_end();
		complete(&bench.done);
	}
}

/* What every mechanism calls for every item. */
static void bench_complete_node(struct llist_node *node)
{
	bench_complete(llist_entry(node, struct bench_item, node));
}

static void bench_complete_work(struct work_struct *work)
{
	bench_complete(container_of(work, struct bench_item, work));
}

/* Spread evenly: 1% urgent is every hundredth item. */
static bool bench_is_urgent(unsigned int i)
{
	return (i + 1) * bench.urgent_percent / 100 !=
	       i * bench.urgent_percent / 100;
}

static void bench_queue_stamped(struct bench_item *item, bool urgent)
{
	u64 now = ktime_get_mono_fast_ns();
	u32 queue_ns;

	item->queued_at = now;
	pcb_queue(bench.instance, &item->node, urgent);
	queue_ns = bench_ns(now, ktime_get_mono_fast_ns());
	item->sample.queue_ns = queue_ns | (urgent ? BENCH_URGENT : 0);
}

static void bench_queue_next(struct bench_producer *producer)
{
	struct bench_item *item = &producer->items[producer->next];
	bool urgent = bench_is_urgent(producer->next++);

	if (bench.stamps)
		bench_queue_stamped(item, urgent);
	else
		pcb_queue(bench.instance, &item->node, urgent);
}

/* ln(2), and what intlog2() returns, have so many bits after the point. */
#define BENCH_LOG_BITS	24
#define BENCH_LN2	11629080ULL

/* Until the next interrupt, exponentially distributed. */
static u64 bench_random_gap(struct bench_producer *producer)
{
	u32 random;
	u64 gap;

	/* -ln(u) = (32 - log2(random)) * ln(2) for u = random / 2^32 */
	random = max(prandom_u32_state(&producer->random), 1);
	gap = (32U << BENCH_LOG_BITS) - intlog2(random);
	gap = gap * bench.period_ns >> BENCH_LOG_BITS;
	return gap * BENCH_LN2 >> BENCH_LOG_BITS;
}

static enum hrtimer_restart bench_interrupt(struct hrtimer *timer)
{
	struct bench_producer *producer;
	unsigned int i;

	producer = container_of(timer, struct bench_producer, timer);
	for (i = 0; i < bench.burst && producer->next < producer->end; i++)
		bench_queue_next(producer);
	if (producer->next == producer->end)
		return HRTIMER_NORESTART;
	if (bench.poisson)
		hrtimer_add_expires_ns(timer, bench_random_gap(producer));
	else
		producer->overruns += hrtimer_forward_now(timer, bench.period_ns) - 1;
	return HRTIMER_RESTART;
}

/* Spread over the period: in exact time CPUs have to wait for each other's turn. */
static void bench_start_timer(void *arg)
{
	struct bench_producer *producer = arg;
	u64 offset = bench.period_ns / bench.cpus * (producer - bench.producers);

	hrtimer_start(&producer->timer, bench.period_ns + offset,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static int bench_start_timers(unsigned int count)
{
	unsigned int i;
	int ret;

	for (i = 0; i < bench.cpus; i++) {
		struct bench_producer *producer = &bench.producers[i];

		WRITE_ONCE(producer->end, producer->end + count);
	}
	for (i = 0; i < bench.cpus; i++) {
		ret = smp_call_function_single(bench.cpu + i, bench_start_timer,
					       &bench.producers[i], true);
		if (ret)
			return ret;
	}
	return 0;
}

static void bench_cancel_timers(void)
{
	unsigned int i;

	for (i = 0; i < bench.cpus; i++)
		hrtimer_cancel(&bench.producers[i].timer);
}

static unsigned int bench_completed(void)
{
	unsigned int i, sum = 0;

	for (i = 0; i < bench.cpus; i++)
		sum += atomic_read(&bench.producers[i].completed);
	return sum;
}

/* False when items are missing and none has come for long. */
static bool bench_wait(void)
{
	unsigned int seen;

	do {
		seen = bench_completed();
		if (wait_for_completion_timeout(&bench.done, BENCH_STALL))
			return true;
	} while (bench_completed() != seen);
	return false;
}

/* Queue the next @count items of each CPU and wait until all have completed. */
static int bench_phase(unsigned int count)
{
	int ret;

	reinit_completion(&bench.done);
	atomic_set(&bench.running, bench.cpus);
	ret = bench_start_timers(count);
	if (!ret && !bench_wait())
		ret = -EIO;
	bench_cancel_timers();
	return ret;
}

static void bench_queue_nothing(struct pcb_instance *inst,
				struct llist_node *node)
{
}

/* What the two stamps around queueing, and the call, add to it. */
static u64 bench_clock_cost(void)
{
	static const struct pcb_mechanism nothing = {
		.queue = bench_queue_nothing,
	};
	struct pcb_instance inst = { .mechanism = &nothing };
	struct llist_node node;
	u64 start, best = U64_MAX;
	int i;

	guard(preempt)();
	for (i = 0; i < 1000; i++) {
		start = ktime_get_mono_fast_ns();
		pcb_queue(&inst, &node, true);
		best = min(best, ktime_get_mono_fast_ns() - start);
	}
	return best;
}

static u64 bench_context_switches(void)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < bench.cpus; i++)
		sum += nr_context_switches_cpu(bench.cpu + i);
	return sum;
}

static u64 bench_done_at(void)
{
	unsigned int i;
	u64 last = 0;

	for (i = 0; i < bench.cpus; i++)
		last = max(last, bench.producers[i].done_at);
	return last;
}

static void bench_forget_warmup(void)
{
	unsigned int i;

	for (i = 0; i < bench.cpus; i++) {
		bench.producers[i].overruns = 0;
		bench.producers[i].wakeups = 0;
	}
}

/* Timers leave a CPU that goes, and do not follow when it returns. */
static void bench_return_timer(void)
{
	struct bench_producer *producer = bench.producers;

	hrtimer_cancel(&producer->timer);
	if (producer->next < READ_ONCE(producer->end))
		smp_call_function_single(bench.cpu, bench_start_timer, producer,
					 true);
}

/* One cycle after the other, each beginning and ending with the CPU online. */
static int bench_hotplug_thread(void *unused)
{
	while (!kthread_should_stop()) {
		msleep(BENCH_HOTPLUG_MS);
		if (remove_cpu(bench.cpu))
			continue;
		msleep(BENCH_HOTPLUG_MS);
		if (!add_cpu(bench.cpu))
			bench.cycles++;
		bench_return_timer();
	}
	return 0;
}

static int bench_measured_phase(void)
{
	struct task_struct *hotplug = NULL;
	int ret;

	if (bench.want_hotplug)
		hotplug = kthread_run(bench_hotplug_thread, NULL, "bench_hotplug");
	if (IS_ERR(hotplug))
		return PTR_ERR(hotplug);
	ret = bench_phase(bench.nr_items);
	if (hotplug)
		kthread_stop(hotplug);
	return ret;
}

static int bench_measure(void)
{
	u64 start, switches;
	int ret;

	bench.clock_ns = bench_clock_cost();
	ret = bench_phase(bench.warmup);
	if (ret)
		return ret;
	bench_forget_warmup();
	bench_normal_begin();
	switches = bench_context_switches();
	start = ktime_get_mono_fast_ns();
	ret = bench_measured_phase();
	bench.duration_ns = bench_done_at() - start;
	bench.context_switches = bench_context_switches() - switches;
	return ret;
}

/* Each item exactly once?  To be asked when none can be under way. */
static int bench_check(void)
{
	unsigned int i;
	int completions;

	for (i = 0; i < bench.cpus * (bench.warmup + bench.nr_items); i++) {
		completions = atomic_read(&bench.items[i].completions);
		bench.lost += completions == 0;
		bench.duplicated += completions > 1;
	}
	return bench.lost || bench.duplicated ? -EIO : 0;
}

static void bench_keep_samples(void)
{
	struct bench_sample *sample = bench.samples;
	unsigned int i, cpu;

	for (cpu = 0; cpu < bench.cpus; cpu++)
		for (i = 0; i < bench.nr_items; i++)
			*sample++ = bench.producers[cpu].items[bench.warmup + i].sample;
}

/*
 * A mechanism that does not give an item back cannot be torn down safely: it,
 * the items and with them this benchmark are left as they are.
 */
static int bench_run_mechanism(void)
{
	int ret;

	ret = bench_measure();
	if (ret == -EIO) {
		bench.broken = true;
		return bench_check();
	}
	pcb_destroy(bench.instance);
	if (!ret)
		ret = bench_check();
	bench_keep_samples();
	return ret;
}

static int bench_create_and_run(void)
{
	const struct percpu_completer_attrs attrs = {
		.name	= "pcb_dispatch",
		.fn	= bench_complete_node,
		.policy	= bench.policy,
		.nice	= bench.nice,
		.slice_us = bench.slice_us,
		.order	= bench.order,
	};

	bench.instance = pcb_create(bench.mechanism, &attrs,
				    bench_complete_work);
	if (IS_ERR(bench.instance))
		return PTR_ERR(bench.instance);
	return bench_run_mechanism();
}

/* Never sleeps, and yet must not hold up who waits for RCU-tasks. */
static int bench_normal_thread(void *unused)
{
	while (!kthread_should_stop()) {
		bench_normal_runs();
		cond_resched_tasks_rcu_qs();
	}
	return 0;
}

static int bench_run_beside_normal(void)
{
	struct task_struct *task;
	int ret;

	task = kthread_create_on_cpu(bench_normal_thread, NULL, bench.cpu,
				     "bench_normal/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	bench.normal = task;
	ret = bench_create_and_run();
	bench.normal = NULL;
	kthread_stop(task);
	return ret;
}

static int bench_spinner_thread(void *unused)
{
	while (!kthread_should_stop())
		cond_resched_tasks_rcu_qs();
	return 0;
}

/* Threads of the same priority get nothing until it stops. */
static int bench_run_beside_spinner(void)
{
	struct task_struct *task;
	int ret;

	task = kthread_create_on_cpu(bench_spinner_thread, NULL, bench.cpu,
				     "bench_spinner/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	sched_set_fifo_low(task);
	wake_up_process(task);
	ret = bench_create_and_run();
	kthread_stop(task);
	return ret;
}

/* Beside the thread that was asked for, one at most. */
static int bench_run_beside(void)
{
	if (bench.want_normal)
		return bench_run_beside_normal();
	if (bench.want_spinner)
		return bench_run_beside_spinner();
	return bench_create_and_run();
}

static void bench_init_producer(unsigned int index)
{
	struct bench_producer *producer = &bench.producers[index];
	unsigned int i, nr = bench.warmup + bench.nr_items;

	producer->cpu = bench.cpu + index;
	producer->items = &bench.items[index * nr];
	for (i = 0; i < nr; i++)
		producer->items[i].producer = producer;
	prandom_seed_state(&producer->random, index + 1);
	hrtimer_setup(&producer->timer, bench_interrupt, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static int bench_allocate(void)
{
	size_t all = (size_t)bench.cpus * (bench.warmup + bench.nr_items);

	bench.samples = vcalloc((size_t)bench.cpus * bench.nr_items,
				sizeof(*bench.samples));
	bench.items = vcalloc(all, sizeof(*bench.items));
	bench.producers = kcalloc(bench.cpus, sizeof(*bench.producers),
				  GFP_KERNEL);
	return bench.samples && bench.items && bench.producers ? 0 : -ENOMEM;
}

static int bench_run(void)
{
	unsigned int i;
	int ret;

	ret = bench_allocate();
	if (!ret) {
		for (i = 0; i < bench.cpus; i++)
			bench_init_producer(i);
		ret = bench_run_beside();
	}
	if (!bench.broken)
		vfree(bench.items);
	return ret;
}

/* Everything but what a broken mechanism may still touch. */
static void bench_reset(void)
{
	vfree(bench.samples);
	kfree(bench.producers);
	bench.samples = NULL;
	bench.producers = NULL;
	bench.duration_ns = 0;
	bench.context_switches = 0;
	bench.normal_ns = 0;
	bench.normal_gap_ns = 0;
	bench.cycles = 0;
	bench.lost = 0;
	bench.duplicated = 0;
	init_completion(&bench.done);
}

/*
 * The numbers that an order may hold, with their defaults and limits.  The default
 * warm-up is enough for caches, threads and frequency.
 */
static const struct {
	const char *name;
	int *value;
	int standard;
	int min;
	int max;
} bench_numbers[] = {
	{ "cpu=",	&bench.cpu,		0,	0,	INT_MAX },
	{ "cpus=",	&bench.cpus,		1,	1,	64 },
	{ "period_ns=",	&bench.period_ns,	200000,	1000,	NSEC_PER_SEC },
	{ "burst=",	&bench.burst,		1,	1,	1000000 },
	{ "items=",	&bench.nr_items,	5000,	1,	1000000 },
	{ "warmup=",	&bench.warmup,		500,	1,	1000000 },
	{ "work_ns=",	&bench.work_ns,		0,	0,	NSEC_PER_MSEC },
	{ "urgent_percent=", &bench.urgent_percent, 100, 0,	100 },
	{ "poisson=",	&bench.poisson,		0,	0,	1 },
	{ "order=",	&bench.order,		1,	0,	2 },
	{ "policy=",	&bench.policy,		PERCPU_COMPLETER_FIFO,
						PERCPU_COMPLETER_NORMAL,
						PERCPU_COMPLETER_FIFO },
	{ "nice=",	&bench.nice,		0,	MIN_NICE, MAX_NICE },
	{ "slice_us=",	&bench.slice_us,	0,	0,
						PERCPU_COMPLETER_MAX_SLICE_US },
	{ "stamps=",	&bench.stamps,		1,	0,	1 },
	{ "normal=",	&bench.want_normal,	0,	0,	1 },
	{ "spinner=",	&bench.want_spinner,	0,	0,	1 },
	{ "hotplug=",	&bench.want_hotplug,	0,	0,	1 },
};

static int bench_parse_number(const char *word)
{
	unsigned int i;
	int value, ret;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(bench_numbers); i++) {
		len = str_has_prefix(word, bench_numbers[i].name);
		if (!len)
			continue;
		ret = kstrtoint(word + len, 10, &value);
		if (ret)
			return ret;
		if (value < bench_numbers[i].min ||
		    value > bench_numbers[i].max)
			return -ERANGE;
		*bench_numbers[i].value = value;
		return 0;
	}
	return -EINVAL;
}

static int bench_check_cpus(void)
{
	unsigned int i;

	for (i = 0; i < bench.cpus; i++) {
		if (bench.cpu + i >= nr_cpu_ids || !cpu_online(bench.cpu + i))
			return -ENXIO;
	}
	return 0;
}

static int bench_parse(char *order)
{
	unsigned int i;
	char *word;
	int ret = 0;

	order = strim(order);
	bench.mechanism = pcb_find(strsep(&order, " "));
	if (!bench.mechanism)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(bench_numbers); i++)
		*bench_numbers[i].value = bench_numbers[i].standard;
	while (!ret && (word = strsep(&order, " ")))
		ret = bench_parse_number(word);
	if (!ret)
		ret = bench_check_cpus();
	if (ret)
		return ret;
	/* Without high resolution timers the period would be a jiffy. */
	return bench.period_ns < hrtimer_resolution ? -EOPNOTSUPP : 0;
}

static ssize_t bench_run_write(struct file *file, const char __user *ubuf,
			       size_t count, loff_t *ppos)
{
	char order[240];
	ssize_t len;
	int ret;

	if (count >= sizeof(order))
		return -EINVAL;
	len = simple_write_to_buffer(order, sizeof(order) - 1, ppos, ubuf,
				     count);
	if (len < 0)
		return len;
	order[len] = '\0';

	guard(mutex)(&bench.lock);
	if (bench.broken)
		return -EBUSY;
	bench_reset();
	ret = bench_parse(order);
	if (!ret)
		ret = bench_run();
	return ret ?: count;
}

static const struct file_operations bench_run_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= bench_run_write,
};

static ssize_t bench_samples_read(struct file *file, char __user *ubuf,
				  size_t count, loff_t *ppos)
{
	guard(mutex)(&bench.lock);
	if (!bench.samples)
		return -ENODATA;
	return simple_read_from_buffer(ubuf, count, ppos, bench.samples,
				       array3_size(bench.cpus, bench.nr_items,
						   sizeof(*bench.samples)));
}

static const struct file_operations bench_samples_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= bench_samples_read,
};

static void bench_show_sums(struct seq_file *seq)
{
	u64 strays = 0, wakeups = 0, overruns = 0;
	unsigned int i;

	for (i = 0; i < bench.cpus; i++) {
		strays += atomic_read(&bench.producers[i].strays);
		wakeups += bench.producers[i].wakeups;
		overruns += bench.producers[i].overruns;
	}
	seq_printf(seq, "strays=%llu\n", strays);
	seq_printf(seq, "wakeups=%llu\n", wakeups);
	seq_printf(seq, "overruns=%llu\n", overruns);
}

static int bench_summary_show(struct seq_file *seq, void *unused)
{
	unsigned int i;

	guard(mutex)(&bench.lock);
	if (!bench.samples || !bench.producers)
		return -ENODATA;
	seq_printf(seq, "mechanism=%s\n", bench.mechanism->name);
	for (i = 0; i < ARRAY_SIZE(bench_numbers); i++)
		seq_printf(seq, "%s%d\n", bench_numbers[i].name,
			   *bench_numbers[i].value);
	seq_printf(seq, "lost=%u\n", bench.lost);
	seq_printf(seq, "duplicated=%u\n", bench.duplicated);
	bench_show_sums(seq);
	seq_printf(seq, "context_switches=%llu\n", bench.context_switches);
	seq_printf(seq, "duration_ns=%llu\n", bench.duration_ns);
	seq_printf(seq, "normal_ns=%llu\n", bench.normal_ns);
	seq_printf(seq, "normal_gap_ns=%llu\n", bench.normal_gap_ns);
	seq_printf(seq, "clock_ns=%llu\n", bench.clock_ns);
	seq_printf(seq, "cycles=%u\n", bench.cycles);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bench_summary);

static int bench_mechanisms_show(struct seq_file *seq, void *unused)
{
	pcb_show_mechanisms(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bench_mechanisms);

struct dentry *pcb_debugfs(void)
{
	static struct dentry *dir;
	static DEFINE_MUTEX(lock);

	guard(mutex)(&lock);
	if (!dir)
		dir = debugfs_create_dir("percpu_completer_bench", NULL);
	return dir;
}

static int __init bench_init(void)
{
	struct dentry *dir = pcb_debugfs();

	debugfs_create_file("mechanisms", 0444, dir, NULL,
			    &bench_mechanisms_fops);
	debugfs_create_file("run", 0200, dir, NULL, &bench_run_fops);
	debugfs_create_file("samples", 0400, dir, NULL, &bench_samples_fops);
	debugfs_create_file("summary", 0444, dir, NULL, &bench_summary_fops);
	return 0;
}
late_initcall(bench_init);
