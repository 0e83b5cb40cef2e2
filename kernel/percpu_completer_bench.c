// SPDX-License-Identifier: GPL-2.0
/*
 * Compare the ways from a hard interrupt to a task on the same CPU.
 *
 * A timer pinned to one CPU fires in hard interrupt context, stamps the next
 * items and queues them to the mechanism under test, whose callback stamps
 * them again.  One mechanism runs at a time, after a warm-up, on items that
 * were allocated before; its set-up and teardown are outside of the timing.
 * Raw samples leave the kernel, statistics are made elsewhere.
 *
 * In /sys/kernel/debug/percpu_completer_bench/ are
 *
 * mechanisms	what can be run, one name per line
 * run		write "MECHANISM cpu=1 period_ns=200000 burst=1 items=5000";
 *		the write returns when the run is over, and fails with EIO
 *		when an item was lost or completed twice
 * summary	key=value figures of the last run
 * samples	its items in the order queued, each a struct bench_sample
 */
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/kernel_stat.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu_completer.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

/* Queued before the measured items; enough for caches, threads and frequency. */
#define BENCH_WARMUP	500

/* Longer than any mechanism takes for one item, hogs or not. */
#define BENCH_STALL	(5 * HZ)

/* What user space reads of each item. */
struct bench_sample {
	u32 dispatch_ns;	/* from before queueing to the callback */
	u32 queue_ns;		/* what queueing cost the interrupt */
};

struct bench_item {
	union {
		struct llist_node llnode;
		struct list_head entry;
		struct kthread_work kwork;
	};
	u64 queued_at;
	struct bench_sample sample;
	atomic_t completions;
};

/**
 * struct bench_ops - one mechanism
 * @name: as in the results
 * @init: sets up what serves bench.cpu
 * @exit: waits for what is queued, and tears down
 * @prepare: initialises one item, outside of the timing; optional
 * @queue: hands over one item, in hard interrupt context on bench.cpu
 */
struct bench_ops {
	const char *name;
	int (*init)(void);
	void (*exit)(void);
	void (*prepare)(struct bench_item *item);
	void (*queue)(struct bench_item *item);
};

/* One run.  All is under @lock but what the interrupt and the callback use. */
static struct {
	struct mutex lock;	/* one run at a time, and its readers */
	bool broken;		/* a mechanism still holds items of ours */

	/* the order */
	const struct bench_ops *ops;
	unsigned int cpu;
	unsigned int period_ns;
	unsigned int burst;
	unsigned int nr_items;

	/* the interrupt: items up to @end are to be queued, @next is next */
	struct hrtimer timer;
	struct bench_item *items;
	unsigned int next;
	unsigned int end;
	u64 overruns;

	/* the callback */
	atomic_t completed;
	atomic_t strays;	/* completed on another CPU */
	struct completion done;
	struct task_struct *task;
	unsigned long nvcsw;
	u64 wakeups;		/* times that a task slept before an item */
	u64 done_at;

	/* the result */
	struct bench_sample *samples;
	u64 duration_ns;
	u64 context_switches;
	u64 clock_ns;
	unsigned int lost;
	unsigned int duplicated;
} bench = {
	.lock = __MUTEX_INITIALIZER(bench.lock),
};

static u32 bench_ns(u64 from, u64 to)
{
	return min_t(u64, to - from, U32_MAX);
}

static void bench_count_wakeup(void)
{
	if (raw_smp_processor_id() != bench.cpu) {
		atomic_inc(&bench.strays);
		return;
	}
	if (bench.task == current && bench.nvcsw == current->nvcsw)
		return;
	bench.task = current;
	bench.nvcsw = current->nvcsw;
	bench.wakeups++;
}

/* What every mechanism calls for every item, in task context. */
static void bench_complete(struct bench_item *item)
{
	u64 now = ktime_get_mono_fast_ns();

	item->sample.dispatch_ns = bench_ns(item->queued_at, now);
	atomic_inc(&item->completions);
	bench_count_wakeup();
	if (atomic_inc_return(&bench.completed) == READ_ONCE(bench.end)) {
		bench.done_at = now;
		complete(&bench.done);
	}
}

static void bench_complete_llist(struct llist_node *list)
{
	struct bench_item *item, *next;

	llist_for_each_entry_safe(item, next, llist_reverse_order(list), llnode)
		bench_complete(item);
}

static void bench_complete_list(struct list_head *list)
{
	struct bench_item *item, *next;

	list_for_each_entry_safe(item, next, list, entry) {
		list_del(&item->entry);
		bench_complete(item);
	}
}

/*
 * bare_wake: the limit.  A FIFO thread, a list and a wake-up; no hotplug, no
 * other CPU, no other user.
 */
static struct task_struct *bench_thread;
static LLIST_HEAD(bench_llist);

static int bench_start_thread(int (*fn)(void *unused), const char *name)
{
	struct task_struct *task;

	task = kthread_create_on_cpu(fn, NULL, bench.cpu, name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	sched_set_fifo_low(task);
	wake_up_process(task);
	bench_thread = task;
	return 0;
}

static void bench_stop_thread(void)
{
	kthread_stop(bench_thread);
}

static int bare_wake_fn(void *unused)
{
	struct llist_node *list;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		list = llist_del_all(&bench_llist);
		if (!list) {
			if (kthread_should_stop())
				break;
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		bench_complete_llist(list);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int bare_wake_init(void)
{
	return bench_start_thread(bare_wake_fn, "bench_bare/%u");
}

static void bare_wake_queue(struct bench_item *item)
{
	if (llist_add(&item->llnode, &bench_llist))
		wake_up_process(bench_thread);
}

static const struct bench_ops bare_wake_ops = {
	.name	= "bare_wake",
	.init	= bare_wake_init,
	.exit	= bench_stop_thread,
	.queue	= bare_wake_queue,
};

/* percpu_completer, both urgencies. */
static struct percpu_completer bench_pc;

static void percpu_completer_bench_fn(struct llist_node *node)
{
	bench_complete(llist_entry(node, struct bench_item, llnode));
}

static int percpu_completer_bench_start(void)
{
	static const struct percpu_completer_attrs attrs = {
		.name	= "bench_completer",
		.fn	= percpu_completer_bench_fn,
		.policy	= PERCPU_COMPLETER_FIFO,
	};

	return percpu_completer_init(&bench_pc, &attrs);
}

static void percpu_completer_bench_stop(void)
{
	percpu_completer_destroy(&bench_pc);
}

static void percpu_completer_bench_queue(struct bench_item *item)
{
	percpu_completer_queue(&bench_pc, &item->llnode);
}

static void percpu_completer_bench_lazy(struct bench_item *item)
{
	percpu_completer_queue_lazy(&bench_pc, &item->llnode);
}

static const struct bench_ops percpu_completer_ops = {
	.name	= "percpu_completer",
	.init	= percpu_completer_bench_start,
	.exit	= percpu_completer_bench_stop,
	.queue	= percpu_completer_bench_queue,
};

static const struct bench_ops percpu_completer_lazy_ops = {
	.name	= "percpu_completer_lazy",
	.init	= percpu_completer_bench_start,
	.exit	= percpu_completer_bench_stop,
	.queue	= percpu_completer_bench_lazy,
};

/* kthread_worker: as erofs uses it, one work per item and a FIFO thread. */
static struct kthread_worker *bench_kworker;

static void kthread_worker_fn_bench(struct kthread_work *kwork)
{
	bench_complete(container_of(kwork, struct bench_item, kwork));
}

static int kthread_worker_init(void)
{
	struct kthread_worker *kworker;

	kworker = kthread_run_worker_on_cpu(bench.cpu, 0, "bench_kthread/%u");
	if (IS_ERR(kworker))
		return PTR_ERR(kworker);
	sched_set_fifo_low(kworker->task);
	bench_kworker = kworker;
	return 0;
}

static void kthread_worker_exit(void)
{
	kthread_destroy_worker(bench_kworker);
}

static void kthread_worker_prepare(struct bench_item *item)
{
	kthread_init_work(&item->kwork, kthread_worker_fn_bench);
}

static void kthread_worker_queue(struct bench_item *item)
{
	kthread_queue_work(bench_kworker, &item->kwork);
}

static const struct bench_ops kthread_worker_ops = {
	.name		= "kthread_worker",
	.init		= kthread_worker_init,
	.exit		= kthread_worker_exit,
	.prepare	= kthread_worker_prepare,
	.queue		= kthread_worker_queue,
};

/*
 * rfc_thread: the design that was proposed for bio completion, a list under a
 * lock and a FIFO thread.  The lock is raw so that it may be taken here on
 * PREEMPT_RT too.
 */
static DEFINE_RAW_SPINLOCK(rfc_lock);
static LIST_HEAD(rfc_list);

static bool rfc_complete_batch(void)
{
	LIST_HEAD(list);

	raw_spin_lock_irq(&rfc_lock);
	list_splice_init(&rfc_list, &list);
	raw_spin_unlock_irq(&rfc_lock);
	if (list_empty(&list))
		return false;

	__set_current_state(TASK_RUNNING);
	bench_complete_list(&list);
	return true;
}

static int rfc_thread_fn(void *unused)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (rfc_complete_batch())
			continue;
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int rfc_thread_init(void)
{
	return bench_start_thread(rfc_thread_fn, "bench_rfc/%u");
}

static void rfc_thread_queue(struct bench_item *item)
{
	unsigned long flags;
	bool wake;

	raw_spin_lock_irqsave(&rfc_lock, flags);
	wake = list_empty(&rfc_list);
	list_add_tail(&item->entry, &rfc_list);
	raw_spin_unlock_irqrestore(&rfc_lock, flags);
	if (wake)
		wake_up_process(bench_thread);
}

static const struct bench_ops rfc_thread_ops = {
	.name	= "rfc_thread",
	.init	= rfc_thread_init,
	.exit	= bench_stop_thread,
	.queue	= rfc_thread_queue,
};

/*
 * workqueue, workqueue_highpri: bio completion as of 7.3, a list of this CPU
 * with interrupts off and one work item that drains it.
 */
static struct workqueue_struct *bench_wq;
static LIST_HEAD(bench_list);

static void bench_work_fn(struct work_struct *unused)
{
	LIST_HEAD(list);

	for (;;) {
		local_irq_disable();
		list_splice_init(&bench_list, &list);
		local_irq_enable();
		if (list_empty(&list))
			break;
		bench_complete_list(&list);
	}
}

static DECLARE_WORK(bench_work, bench_work_fn);

static int bench_start_wq(unsigned int flags)
{
	bench_wq = alloc_workqueue("percpu_completer_bench",
				   WQ_MEM_RECLAIM | WQ_PERCPU | flags, 0);
	return bench_wq ? 0 : -ENOMEM;
}

static int bench_wq_init(void)
{
	return bench_start_wq(0);
}

static int bench_wq_highpri_init(void)
{
	return bench_start_wq(WQ_HIGHPRI);
}

static void bench_wq_exit(void)
{
	destroy_workqueue(bench_wq);
}

static void bench_wq_queue(struct bench_item *item)
{
	unsigned long flags;
	bool was_empty;

	local_irq_save(flags);
	was_empty = list_empty(&bench_list);
	list_add_tail(&item->entry, &bench_list);
	local_irq_restore(flags);
	if (was_empty)
		queue_work_on(bench.cpu, bench_wq, &bench_work);
}

static const struct bench_ops workqueue_ops = {
	.name	= "workqueue",
	.init	= bench_wq_init,
	.exit	= bench_wq_exit,
	.queue	= bench_wq_queue,
};

static const struct bench_ops workqueue_highpri_ops = {
	.name	= "workqueue_highpri",
	.init	= bench_wq_highpri_init,
	.exit	= bench_wq_exit,
	.queue	= bench_wq_queue,
};

/* delayed_work: bio completion before 7.3, which waited a jiffy for company. */
static void delayed_work_fn(struct work_struct *unused);
static DECLARE_DELAYED_WORK(bench_dwork, delayed_work_fn);

static void delayed_work_fn(struct work_struct *unused)
{
	struct llist_node *list;

	while ((list = llist_del_all(&bench_llist))) {
		bench_complete_llist(list);
		if (!need_resched())
			continue;
		if (!llist_empty(&bench_llist))
			mod_delayed_work_on(bench.cpu, bench_wq, &bench_dwork,
					    0);
		break;
	}
}

static void delayed_work_exit(void)
{
	flush_delayed_work(&bench_dwork);
	destroy_workqueue(bench_wq);
}

static void delayed_work_queue(struct bench_item *item)
{
	if (llist_add(&item->llnode, &bench_llist))
		mod_delayed_work_on(bench.cpu, bench_wq, &bench_dwork, 1);
}

static const struct bench_ops delayed_work_ops = {
	.name	= "delayed_work",
	.init	= bench_wq_init,
	.exit	= delayed_work_exit,
	.queue	= delayed_work_queue,
};

/* busted: loses an item now and then.  A harness that calls it good is bad. */
static void busted_queue(struct bench_item *item)
{
	if ((item - bench.items) % 100 != 99)
		bench_wq_queue(item);
}

static const struct bench_ops busted_ops = {
	.name	= "busted",
	.init	= bench_wq_init,
	.exit	= bench_wq_exit,
	.queue	= busted_queue,
};

static const struct bench_ops * const bench_mechanisms[] = {
	&bare_wake_ops,
	&percpu_completer_ops,
	&percpu_completer_lazy_ops,
	&kthread_worker_ops,
	&rfc_thread_ops,
	&workqueue_ops,
	&workqueue_highpri_ops,
	&delayed_work_ops,
	&busted_ops,
};

/* The producer. */
static void bench_queue_next(void)
{
	struct bench_item *item = &bench.items[bench.next++];
	u64 now = ktime_get_mono_fast_ns();

	item->queued_at = now;
	bench.ops->queue(item);
	item->sample.queue_ns = bench_ns(now, ktime_get_mono_fast_ns());
}

static enum hrtimer_restart bench_interrupt(struct hrtimer *timer)
{
	unsigned int i;

	for (i = 0; i < bench.burst && bench.next < bench.end; i++)
		bench_queue_next();
	if (bench.next == bench.end)
		return HRTIMER_NORESTART;
	bench.overruns += hrtimer_forward_now(timer, bench.period_ns) - 1;
	return HRTIMER_RESTART;
}

static void bench_start_timer(void *unused)
{
	hrtimer_start(&bench.timer, bench.period_ns,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/* False when items are missing and none has come for long. */
static bool bench_wait(void)
{
	int seen;

	do {
		seen = atomic_read(&bench.completed);
		if (wait_for_completion_timeout(&bench.done, BENCH_STALL))
			return true;
	} while (atomic_read(&bench.completed) != seen);
	return false;
}

/* Queue the next @count items and wait until all have completed. */
static int bench_phase(unsigned int count)
{
	int ret;

	reinit_completion(&bench.done);
	WRITE_ONCE(bench.end, bench.end + count);
	ret = smp_call_function_single(bench.cpu, bench_start_timer, NULL, true);
	if (ret)
		return ret;
	if (!bench_wait())
		ret = -EIO;
	hrtimer_cancel(&bench.timer);
	return ret;
}

/* What the two stamps around queueing add to it. */
static u64 bench_clock_cost(void)
{
	u64 start, best = U64_MAX;
	int i;

	guard(preempt)();
	for (i = 0; i < 1000; i++) {
		start = ktime_get_mono_fast_ns();
		best = min(best, ktime_get_mono_fast_ns() - start);
	}
	return best;
}

static int bench_measure(void)
{
	u64 start, switches;
	int ret;

	bench.clock_ns = bench_clock_cost();
	ret = bench_phase(BENCH_WARMUP);
	if (ret)
		return ret;
	bench.overruns = 0;
	bench.wakeups = 0;
	switches = nr_context_switches_cpu(bench.cpu);
	start = ktime_get_mono_fast_ns();
	ret = bench_phase(bench.nr_items);
	bench.duration_ns = bench.done_at - start;
	bench.context_switches = nr_context_switches_cpu(bench.cpu) - switches;
	return ret;
}

/* Each item exactly once?  To be asked when none can be under way. */
static int bench_check(void)
{
	unsigned int i;
	int completions;

	for (i = 0; i < bench.end; i++) {
		completions = atomic_read(&bench.items[i].completions);
		bench.lost += completions == 0;
		bench.duplicated += completions > 1;
	}
	return bench.lost || bench.duplicated ? -EIO : 0;
}

static void bench_keep_samples(void)
{
	unsigned int i;

	for (i = 0; i < bench.nr_items; i++)
		bench.samples[i] = bench.items[BENCH_WARMUP + i].sample;
}

/*
 * A mechanism that does not give an item back cannot be torn down safely: it,
 * the items and with them this benchmark are left as they are.
 */
static int bench_run_mechanism(void)
{
	int ret;

	ret = bench.ops->init();
	if (ret)
		return ret;
	ret = bench_measure();
	if (ret == -EIO) {
		bench.broken = true;
		return bench_check();
	}
	bench.ops->exit();
	if (!ret)
		ret = bench_check();
	bench_keep_samples();
	return ret;
}

static void bench_reset(void)
{
	vfree(bench.samples);
	bench.samples = NULL;
	bench.next = 0;
	bench.end = 0;
	bench.task = NULL;
	bench.duration_ns = 0;
	bench.context_switches = 0;
	bench.lost = 0;
	bench.duplicated = 0;
	atomic_set(&bench.completed, 0);
	atomic_set(&bench.strays, 0);
	init_completion(&bench.done);
	hrtimer_setup(&bench.timer, bench_interrupt, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static int bench_run(void)
{
	unsigned int i, nr = BENCH_WARMUP + bench.nr_items;
	int ret = -ENOMEM;

	bench.samples = vcalloc(bench.nr_items, sizeof(*bench.samples));
	bench.items = vcalloc(nr, sizeof(*bench.items));
	if (bench.samples && bench.items) {
		for (i = 0; bench.ops->prepare && i < nr; i++)
			bench.ops->prepare(&bench.items[i]);
		ret = bench_run_mechanism();
	}
	if (!bench.broken)
		vfree(bench.items);
	return ret;
}

/* The numbers that an order may hold, with their limits. */
static const struct {
	const char *name;
	unsigned int *value;
	unsigned int min;
	unsigned int max;
} bench_numbers[] = {
	{ "cpu=",	&bench.cpu,		0,	INT_MAX },
	{ "period_ns=",	&bench.period_ns,	1000,	NSEC_PER_SEC },
	{ "burst=",	&bench.burst,		1,	1000000 },
	{ "items=",	&bench.nr_items,	1,	1000000 },
};

static int bench_parse_number(const char *word)
{
	unsigned int i, value;
	size_t len;
	int ret;

	for (i = 0; i < ARRAY_SIZE(bench_numbers); i++) {
		len = str_has_prefix(word, bench_numbers[i].name);
		if (!len)
			continue;
		ret = kstrtouint(word + len, 10, &value);
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

static int bench_parse_mechanism(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bench_mechanisms); i++) {
		if (!strcmp(word, bench_mechanisms[i]->name)) {
			bench.ops = bench_mechanisms[i];
			return 0;
		}
	}
	return -EINVAL;
}

static int bench_parse(char *order)
{
	char *word;
	int ret;

	order = strim(order);
	word = strsep(&order, " ");
	ret = bench_parse_mechanism(word);
	bench.cpu = 0;
	bench.period_ns = 200 * NSEC_PER_USEC;
	bench.burst = 1;
	bench.nr_items = 5000;
	while (!ret && (word = strsep(&order, " ")))
		ret = bench_parse_number(word);
	if (ret)
		return ret;
	if (bench.cpu >= nr_cpu_ids || !cpu_online(bench.cpu))
		return -ENXIO;
	/* Without high resolution timers the period would be a jiffy. */
	return bench.period_ns < hrtimer_resolution ? -EOPNOTSUPP : 0;
}

static ssize_t bench_run_write(struct file *file, const char __user *ubuf,
			       size_t count, loff_t *ppos)
{
	char order[128];
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
				       array_size(bench.nr_items,
						  sizeof(*bench.samples)));
}

static const struct file_operations bench_samples_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= bench_samples_read,
};

static int bench_summary_show(struct seq_file *seq, void *unused)
{
	guard(mutex)(&bench.lock);
	if (!bench.samples)
		return -ENODATA;
	seq_printf(seq, "mechanism=%s\n", bench.ops->name);
	seq_printf(seq, "cpu=%u\n", bench.cpu);
	seq_printf(seq, "period_ns=%u\n", bench.period_ns);
	seq_printf(seq, "burst=%u\n", bench.burst);
	seq_printf(seq, "items=%u\n", bench.nr_items);
	seq_printf(seq, "lost=%u\n", bench.lost);
	seq_printf(seq, "duplicated=%u\n", bench.duplicated);
	seq_printf(seq, "strays=%u\n", atomic_read(&bench.strays));
	seq_printf(seq, "wakeups=%llu\n", bench.wakeups);
	seq_printf(seq, "context_switches=%llu\n", bench.context_switches);
	seq_printf(seq, "overruns=%llu\n", bench.overruns);
	seq_printf(seq, "duration_ns=%llu\n", bench.duration_ns);
	seq_printf(seq, "clock_ns=%llu\n", bench.clock_ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bench_summary);

static int bench_mechanisms_show(struct seq_file *seq, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bench_mechanisms); i++)
		seq_printf(seq, "%s\n", bench_mechanisms[i]->name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bench_mechanisms);

static int __init bench_init(void)
{
	struct dentry *dir;

	dir = debugfs_create_dir("percpu_completer_bench", NULL);
	debugfs_create_file("mechanisms", 0444, dir, NULL,
			    &bench_mechanisms_fops);
	debugfs_create_file("run", 0200, dir, NULL, &bench_run_fops);
	debugfs_create_file("samples", 0400, dir, NULL, &bench_samples_fops);
	debugfs_create_file("summary", 0444, dir, NULL, &bench_summary_fops);
	return 0;
}
late_initcall(bench_init);
