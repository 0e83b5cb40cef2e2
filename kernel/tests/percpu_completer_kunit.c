// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of percpu_completer
 *
 * Every guarantee of Documentation/core-api/percpu_completer.rst has a case or
 * more; the comment above a case names it, as in "G1".
 *
 * A test sets up a rig: a completer, and items whose completion leaves a record.
 * Completion functions, interrupt handlers and helper threads only record; what
 * they recorded is judged by the test's own thread, by functions without side
 * effects.
 *
 * What is broken shall fail, not hang.  So all that may wait for a lost node is
 * called by a helper thread, with a time limit.  If the limit is passed, then
 * what the helper uses is leaked, and the cases that follow are skipped.
 *
 * The suite percpu_completer_misuse does what the contract forbids.
 */

#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/dcache.h>
#include <linux/debug_locks.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/poison.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/smpboot.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/wait.h>

#include <kunit/resource.h>
#include <kunit/test.h>
#include <trace/events/percpu_completer.h>

#include "../percpu_completer/internal.h"

static unsigned int hotplug_cycles = 20;
module_param(hotplug_cycles, uint, 0444);
MODULE_PARM_DESC(hotplug_cycles, "How often a hotplug case takes a CPU off and on");

static unsigned int wait_secs = 20;
module_param(wait_secs, uint, 0444);
MODULE_PARM_DESC(wait_secs, "After how many seconds a node counts as lost");

static bool misuse;
module_param(misuse, bool, 0444);
MODULE_PARM_DESC(misuse, "Run what makes lockdep complain and switch itself off, too");

/* Long enough that no lazy node runs because of its deadline. */
#define PCT_NEVER	(3600 * HZ)

#define PCT_FLOW_ITEMS	64
#define PCT_FLOW_BURST	4
#define PCT_FLOW_ENOUGH	(4 * PCT_FLOW_ITEMS)

/* More than have items in progress at a time. */
#define PCT_EPOCHS	64

struct pct_rig;
struct pct_flow;

/* An object to complete, and what its completion recorded. */
struct pct_item {
	struct llist_node node;
	struct pct_rig *rig;
	struct pct_flow *flow;
	unsigned int seq;		/* among those of the flow, from 1 */
	bool lazy;			/* how the flow queued it */
	unsigned int epoch;		/* when the flow queued it */
	bool judged;			/* nodes of its flow have an order */
	atomic_t queued;		/* by the flow, not yet completed */
	atomic_t runs;
	unsigned int place;		/* among all of the rig, from 1 */
	unsigned int cpu;
	unsigned long when;
	pid_t pid;
	unsigned int policy;
	unsigned int rt_priority;
	int nice;
};

/* A completer under test. */
struct pct_rig {
	struct percpu_completer pc;
	struct percpu_completer_attrs attrs;
	struct kunit *test;
	char name[8];
	void (*hook)(struct pct_item *item);	/* what else to do for an item */
	struct completion gate;		/* hooks that wait, wait for this */
	struct completion entered;	/* and complete this before */
	bool stop;			/* hooks shall not queue any more */
	unsigned long until;		/* nor after that, in jiffies */
	unsigned int spin_us;		/* how long hooks that spin, spin */
	unsigned int sleep_us;		/* how long completing an item of a flow takes */
	atomic_t seen;			/* what hooks found */
	struct task_struct *rival;	/* whom hooks wake */
	wait_queue_head_t wait;
	atomic_t places;
	atomic_t completed;
	atomic_t bad_context;
	struct list_head flows;
	unsigned int nr;
	struct pct_item items[] __counted_by(nr);
};

/* What was completed of a flow, of those items that have an order among themselves. */
struct pct_seen {
	unsigned int epoch;
	unsigned int last_seq[2];	/* of urgent nodes, and of lazy ones */
	atomic_t running;
};

/* Items that are queued over and over by one producer. */
struct pct_flow {
	struct list_head list;
	struct pct_rig *rig;
	const struct pct_producer *producer;
	unsigned int cpu;		/* of the producer */
	unsigned int target;		/* nr_cpu_ids: the CPU that queues */
	struct hrtimer hrtimer;
	struct timer_list timer;
	struct task_struct *task;
	unsigned int seq;		/* the producer's: the last one queued */
	struct pct_seen seen[PCT_EPOCHS];
	atomic_t completed;
	atomic_t disorder;
	atomic_t overlaps;
	atomic_t doubles;
	struct pct_item items[PCT_FLOW_ITEMS];
};

/* Where nodes are queued from. */
struct pct_producer {
	const char *name;
	int (*start)(struct pct_flow *flow);
	void (*stop)(struct pct_flow *flow);
};

/* Rigs of one test differ in their names. */
static unsigned int pct_nr_rigs;

/* Odd while queues open; items have an order among those of one even epoch. */
static unsigned int pct_epoch;

/* Something hangs, so that nothing more can be learnt. */
static bool pct_broken;

static long pct_timeout(void)
{
	return wait_secs * (long)HZ;
}

/*
 * Calls with a time limit
 */

struct pct_call {
	int (*fn)(void *arg);
	void *arg;
	int ret;
	bool ended;
	struct completion done;
};

static int pct_call_thread(void *data)
{
	struct pct_call *call = data;

	call->ret = call->fn(call->arg);
	kthread_complete_and_exit(&call->done, 0);
}

static struct pct_call *pct_call_begin(int (*fn)(void *arg), void *arg)
{
	struct pct_call *call = kzalloc(sizeof(*call), GFP_KERNEL);
	struct task_struct *task;

	if (!call)
		return NULL;
	call->fn = fn;
	call->arg = arg;
	init_completion(&call->done);
	task = kthread_run(pct_call_thread, call, "pct_call");
	if (!IS_ERR(task))
		return call;
	kfree(call);
	return NULL;
}

static bool pct_call_ended_within(struct pct_call *call, long timeout)
{
	if (call && !call->ended)
		call->ended = wait_for_completion_timeout(&call->done, timeout);
	return !call || call->ended;
}

/* What the call returned, or -ETIMEDOUT; then it goes on and is leaked. */
static int pct_call_end(struct pct_call *call)
{
	int ret;

	if (!call)
		return -ENOMEM;
	if (!pct_call_ended_within(call, pct_timeout())) {
		pct_broken = true;
		return -ETIMEDOUT;
	}
	ret = call->ret;
	kfree(call);
	return ret;
}

static int pct_call(int (*fn)(void *arg), void *arg)
{
	return pct_call_end(pct_call_begin(fn, arg));
}

/*
 * Rigs
 */

/* Where a completion function has to run: in the thread made for it. */
static bool pct_context_is_good(const struct pct_rig *rig)
{
	char comm[TASK_COMM_LEN];

	snprintf(comm, sizeof(comm), "%s/%u", rig->name, raw_smp_processor_id());
	return in_task() && !irqs_disabled() && !rcu_preempt_depth() &&
		(preemptible() || !IS_ENABLED(CONFIG_PREEMPT_COUNT)) &&
		(current->flags & PF_KTHREAD) && current->nr_cpus_allowed == 1 &&
		!strcmp(current->comm, comm);
}

static void pct_record(struct pct_item *item)
{
	struct pct_rig *rig = item->rig;

	if (!pct_context_is_good(rig))
		atomic_inc(&rig->bad_context);
	item->cpu = raw_smp_processor_id();
	item->when = jiffies;
	item->pid = current->pid;
	item->policy = current->policy;
	item->rt_priority = current->rt_priority;
	item->nice = task_nice(current);
	item->place = atomic_inc_return(&rig->places);
	atomic_inc(&item->runs);
}

static void pct_complete(struct llist_node *node)
{
	struct pct_item *item = container_of(node, struct pct_item, node);
	struct pct_rig *rig = item->rig;
	void (*hook)(struct pct_item *item) = READ_ONCE(rig->hook);

	pct_record(item);
	if (hook)
		hook(item);
	/* The item may be gone or queued again. */
	atomic_inc(&rig->completed);
	wake_up(&rig->wait);
}

static int pct_init(void *arg)
{
	struct pct_rig *rig = arg;

	return percpu_completer_init(&rig->pc, &rig->attrs);
}

static int pct_destroy(void *arg)
{
	struct pct_rig *rig = arg;

	percpu_completer_destroy(&rig->pc);
	return 0;
}

static int pct_flush(void *arg)
{
	struct pct_rig *rig = arg;

	percpu_completer_flush(&rig->pc);
	return 0;
}

static void pct_rig_release(void *arg)
{
	struct pct_rig *rig = arg;
	struct pct_flow *flow, *next;

	WRITE_ONCE(rig->stop, true);
	complete_all(&rig->gate);
	complete_all(&rig->entered);
	/* With something hanging nobody knows who still uses the rig. */
	if (pct_broken || pct_call(pct_destroy, rig)) {
		KUNIT_FAIL(rig->test, "%s is leaked", rig->name);
		return;
	}
	list_for_each_entry_safe(flow, next, &rig->flows, list)
		kfree(flow);
	kvfree(rig);
}

static void pct_item_init(struct pct_item *item, struct pct_rig *rig)
{
	item->rig = rig;
	item->node.next = NULL;
}

/* A rig whose completer is not set up. */
static struct pct_rig *pct_rig_alloc(struct kunit *test, unsigned int nr)
{
	struct pct_rig *rig = kvzalloc(struct_size(rig, items, nr), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rig);
	rig->nr = nr;
	for (i = 0; i < nr; i++)
		pct_item_init(&rig->items[i], rig);
	rig->test = test;
	snprintf(rig->name, sizeof(rig->name), "pct%u", pct_nr_rigs++ % 1000);
	rig->attrs.name = rig->name;
	rig->attrs.fn = pct_complete;
	init_completion(&rig->gate);
	init_completion(&rig->entered);
	init_waitqueue_head(&rig->wait);
	INIT_LIST_HEAD(&rig->flows);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, pct_rig_release, rig));
	return rig;
}

/* A rig whose completer has these attributes, name and function aside. */
static struct pct_rig *pct_rig_like(struct kunit *test, unsigned int nr,
				    struct percpu_completer_attrs attrs)
{
	struct pct_rig *rig = pct_rig_alloc(test, nr);

	attrs.name = rig->attrs.name;
	attrs.fn = rig->attrs.fn;
	rig->attrs = attrs;
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	return rig;
}

static struct pct_rig *pct_rig(struct kunit *test, unsigned int nr)
{
	return pct_rig_like(test, nr, (struct percpu_completer_attrs){ });
}

/* A rig in which lazy nodes wait. */
static struct pct_rig *pct_rig_lazy(struct kunit *test, unsigned int nr,
				    unsigned int delay, unsigned int batch)
{
	return pct_rig_like(test, nr, (struct percpu_completer_attrs){
		.lazy_delay = delay, .lazy_batch = batch,
	});
}

/* A rig in which nodes may be overtaken. */
static struct pct_rig *pct_rig_order(struct kunit *test, unsigned int nr,
				     enum percpu_completer_order order,
				     unsigned int delay)
{
	return pct_rig_like(test, nr, (struct percpu_completer_attrs){
		.order = order, .lazy_delay = delay,
	});
}

static bool pct_wait(struct pct_rig *rig, int nr)
{
	return wait_event_timeout(rig->wait, atomic_read(&rig->completed) >= nr,
				  pct_timeout());
}

/* Until a hook waits at the gate. */
static bool pct_wait_entered(struct pct_rig *rig)
{
	return wait_for_completion_timeout(&rig->entered, pct_timeout());
}

/*
 * Judging records
 */

/* The index of the first item that did not run so many times, or @nr. */
static unsigned int pct_not_run(const struct pct_item *items, unsigned int nr,
				int times)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (atomic_read(&items[i].runs) != times)
			break;
	}
	return i;
}

/* The index of the first item that overtook the one before it, or @nr. */
static unsigned int pct_out_of_order(const struct pct_item *items,
				     unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < nr; i++) {
		if (items[i].place <= items[i - 1].place)
			break;
	}
	return i;
}

/* The index of the first item whose place is not @place plus that, or @nr. */
static unsigned int pct_misplaced(const struct pct_item *items,
				  unsigned int nr, unsigned int place)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (items[i].place != place + i)
			break;
	}
	return i;
}

/* Who asks for threads of some kind gets them. */
static bool pct_ran_as(const struct pct_item *item,
		       enum percpu_completer_policy policy, int nice)
{
	if (policy == PERCPU_COMPLETER_FIFO)
		return item->policy == SCHED_FIFO && item->rt_priority == 1;
	return item->policy == SCHED_NORMAL && item->nice == nice;
}

/* The index of the first item that a thread of another kind completed, or @nr. */
static unsigned int pct_not_ran_as(const struct pct_item *items,
				   unsigned int nr,
				   enum percpu_completer_policy policy, int nice)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!pct_ran_as(&items[i], policy, nice))
			break;
	}
	return i;
}

/* How many items completed on @cpu. */
static unsigned int pct_nr_on(const struct pct_item *items, unsigned int nr,
			      unsigned int cpu)
{
	unsigned int i, on = 0;

	for (i = 0; i < nr; i++)
		on += items[i].cpu == cpu;
	return on;
}

/* How many threads a completer of this name has, dying ones aside. */
static unsigned int pct_nr_threads(const char *name)
{
	struct task_struct *task;
	unsigned int nr = 0;

	guard(rcu)();
	for_each_process(task) {
		size_t len = strlen(name);

		nr += (task->flags & (PF_KTHREAD | PF_EXITING)) == PF_KTHREAD &&
			!strncmp(task->comm, name, len) && task->comm[len] == '/';
	}
	return nr;
}

/* What a completer has on a CPU. */
static struct percpu_completer_queue *pct_queue_of(struct pct_rig *rig,
						   unsigned int cpu)
{
	return per_cpu_ptr(rig->pc.queues, cpu);
}

/* All items completed, each @times times, none later, all where they should. */
static void pct_expect_runs(struct kunit *test, struct pct_rig *rig, int times)
{
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, rig->nr * times));
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, rig->nr, pct_not_run(rig->items, rig->nr, times));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->bad_context));
}

static void pct_expect_once(struct kunit *test, struct pct_rig *rig)
{
	pct_expect_runs(test, rig, 1);
}

static void pct_expect_once_in_order(struct kunit *test, struct pct_rig *rig)
{
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_out_of_order(rig->items, rig->nr));
}

typedef void (*pct_order_fn)(struct kunit *test,
			     enum percpu_completer_order order);

/* The same for each of the orders that there are. */
static void pct_in_each_order(struct kunit *test, pct_order_fn fn)
{
	fn(test, PERCPU_COMPLETER_IN_ORDER);
	fn(test, PERCPU_COMPLETER_URGENT_FIRST);
}

/*
 * Bursts: one context queues several items of a rig in a row
 */

enum pct_how { PCT_URGENT, PCT_LAZY, PCT_ON };

struct pct_burst {
	struct pct_rig *rig;
	unsigned int first;
	unsigned int nr;
	enum pct_how how;
	unsigned int target;		/* for PCT_ON */
};

static void pct_queue(struct pct_item *item, enum pct_how how,
		      unsigned int target)
{
	struct percpu_completer *pc = &item->rig->pc;

	if (how == PCT_URGENT)
		percpu_completer_queue(pc, &item->node);
	else if (how == PCT_LAZY)
		percpu_completer_queue_lazy(pc, &item->node);
	else
		percpu_completer_queue_on(pc, target, &item->node);
}

static void pct_burst(void *arg)
{
	const struct pct_burst *b = arg;
	unsigned int i;

	for (i = b->first; i < b->first + b->nr; i++)
		pct_queue(&b->rig->items[i], b->how, b->target);
}

/* Queue on @cpu, in hard interrupt context or with interrupts off. */
static void pct_burst_irq(struct kunit *test, unsigned int cpu,
			  struct pct_burst b)
{
	KUNIT_ASSERT_EQ(test, 0,
			smp_call_function_single(cpu, pct_burst, &b, true));
}

/* The same for all items of a rig. */
static void pct_queue_all(struct kunit *test, struct pct_rig *rig,
			  unsigned int cpu, enum pct_how how)
{
	pct_burst_irq(test, cpu, (struct pct_burst){
		.rig = rig, .nr = rig->nr, .how = how, .target = cpu,
	});
}

/*
 * Flows: a producer queues at short intervals until it is stopped
 */

/* Every fourth node is lazy.  Items still in the queue are left out. */
static void pct_flow_push(struct pct_flow *flow)
{
	struct pct_item *item = &flow->items[flow->seq % PCT_FLOW_ITEMS];
	enum pct_how how = flow->seq % 4 == 3 ? PCT_LAZY : PCT_URGENT;

	if (atomic_cmpxchg(&item->queued, 0, 1))
		return;
	item->seq = flow->seq + 1;
	WRITE_ONCE(flow->seq, item->seq);
	if (flow->target < nr_cpu_ids)
		how = PCT_ON;
	item->lazy = how == PCT_LAZY;
	/* So that pct_opening_begin() can wait for it. */
	guard(preempt)();
	item->epoch = READ_ONCE(pct_epoch);
	item->judged = item->epoch % 2 == 0 &&
		(how == PCT_ON || smp_processor_id() == flow->cpu);
	pct_queue(item, how, flow->target);
}

/*
 * G2: nodes that a CPU queued before its queue opened may be in progress beside those
 * that it queued after.
 */
static void pct_opening_begin(void)
{
	WRITE_ONCE(pct_epoch, pct_epoch + 1);
	synchronize_rcu();
}

static void pct_opening_end(void)
{
	WRITE_ONCE(pct_epoch, pct_epoch + 1);
}

static void pct_flow_burst(struct pct_flow *flow)
{
	unsigned int i;

	for (i = 0; i < PCT_FLOW_BURST; i++)
		pct_flow_push(flow);
}

/* The slot is that of an epoch so old that nothing of it is left. */
static struct pct_seen *pct_flow_seen(struct pct_flow *flow, unsigned int epoch)
{
	struct pct_seen *seen = &flow->seen[epoch / 2 % PCT_EPOCHS];

	if (seen->epoch != epoch)
		memset(seen->last_seq, 0, sizeof(seen->last_seq));
	seen->epoch = epoch;
	return seen;
}

/* Urgent nodes among themselves and lazy ones may have an order each. */
static void pct_flow_look_at_order(struct pct_flow *flow,
				   const struct pct_item *item)
{
	struct pct_seen *seen = pct_flow_seen(flow, item->epoch);
	bool later = item->lazy && flow->rig->attrs.order;

	if (atomic_inc_return(&seen->running) > 1)
		atomic_inc(&flow->overlaps);
	if (item->seq <= seen->last_seq[later])
		atomic_inc(&flow->disorder);
	seen->last_seq[later] = item->seq;
	if (flow->rig->sleep_us)
		usleep_range(flow->rig->sleep_us, 2 * flow->rig->sleep_us);
	atomic_dec(&seen->running);
}

/* The hook of rigs that have flows. */
static void pct_flow_completed(struct pct_item *item)
{
	struct pct_flow *flow = item->flow;

	if (item->judged)
		pct_flow_look_at_order(flow, item);
	atomic_inc(&flow->completed);
	if (!atomic_xchg(&item->queued, 0))
		atomic_inc(&flow->doubles);
}

static enum hrtimer_restart pct_flow_hrtimer(struct hrtimer *hrtimer)
{
	struct pct_flow *flow = container_of(hrtimer, struct pct_flow, hrtimer);

	pct_flow_burst(flow);
	hrtimer_forward_now(hrtimer, us_to_ktime(500));
	return HRTIMER_RESTART;
}

/* Runs on the CPU that the timer is for. */
static int pct_hrtimer_start_here(void *arg)
{
	struct pct_flow *flow = arg;

	hrtimer_start(&flow->hrtimer, us_to_ktime(500),
		      HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static int pct_hrtimer_start(struct pct_flow *flow)
{
	hrtimer_setup(&flow->hrtimer, pct_flow_hrtimer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	return smp_call_on_cpu(flow->cpu, pct_hrtimer_start_here, flow, false);
}

static void pct_hrtimer_stop(struct pct_flow *flow)
{
	hrtimer_cancel(&flow->hrtimer);
}

static void pct_flow_timer(struct timer_list *timer)
{
	struct pct_flow *flow = timer_container_of(flow, timer, timer);

	pct_flow_burst(flow);
	/* With the next tick: that of the tick after would be jiffies + 1. */
	mod_timer(timer, jiffies);
}

static int pct_timer_start(struct pct_flow *flow)
{
	timer_setup(&flow->timer, pct_flow_timer, TIMER_PINNED);
	flow->timer.expires = jiffies + 1;
	add_timer_on(&flow->timer, flow->cpu);
	return 0;
}

static void pct_timer_stop(struct pct_flow *flow)
{
	timer_shutdown_sync(&flow->timer);
}

static int pct_flow_thread(void *data)
{
	struct pct_flow *flow = data;

	while (!kthread_should_stop()) {
		pct_flow_burst(flow);
		usleep_range(200, 500);
	}
	return 0;
}

static int pct_thread_start(struct pct_flow *flow)
{
	struct task_struct *task;

	task = kthread_create(pct_flow_thread, flow, "pct_flow");
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* Not set_cpus_allowed_ptr(): kthread() would spread it again. */
	kthread_bind(task, flow->cpu);
	flow->task = task;
	wake_up_process(task);
	return 0;
}

static void pct_thread_stop(struct pct_flow *flow)
{
	if (flow->task)
		kthread_stop(flow->task);
	flow->task = NULL;
}

static const struct pct_producer pct_producers[] = {
	{ "hardirq", pct_hrtimer_start, pct_hrtimer_stop },
	{ "softirq", pct_timer_start, pct_timer_stop },
	{ "task", pct_thread_start, pct_thread_stop },
};

static void pct_flow_stop(void *arg)
{
	struct pct_flow *flow = arg;

	flow->producer->stop(flow);
}

static struct pct_flow *pct_flow_start(struct pct_rig *rig,
				       const struct pct_producer *producer,
				       unsigned int cpu, unsigned int target)
{
	struct pct_flow *flow = kzalloc(sizeof(*flow), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(rig->test, flow);
	list_add_tail(&flow->list, &rig->flows);
	flow->rig = rig;
	flow->producer = producer;
	flow->cpu = cpu;
	flow->target = target;
	for (i = 0; i < PCT_FLOW_ITEMS; i++) {
		pct_item_init(&flow->items[i], rig);
		flow->items[i].flow = flow;
	}
	/* Other flows of the rig may run. */
	WRITE_ONCE(rig->hook, pct_flow_completed);
	KUNIT_ASSERT_EQ(rig->test, 0, producer->start(flow));
	KUNIT_ASSERT_EQ(rig->test, 0,
			kunit_add_action_or_reset(rig->test, pct_flow_stop, flow));
	return flow;
}

/* All kinds of producers on all CPUs, and one that queues to @target, if that is one. */
static void pct_flows_start(struct pct_rig *rig, unsigned int target)
{
	unsigned int cpu, i;

	for_each_online_cpu(cpu) {
		for (i = 0; i < ARRAY_SIZE(pct_producers); i++)
			pct_flow_start(rig, &pct_producers[i], cpu, nr_cpu_ids);
	}
	if (target < nr_cpu_ids)
		pct_flow_start(rig, &pct_producers[0], 0, target);
}

/* Until every producer had its share of the machine. */
static void pct_flows_wait(struct pct_rig *rig)
{
	unsigned long end = jiffies + 4 * pct_timeout();
	struct pct_flow *flow;

	list_for_each_entry(flow, &rig->flows, list) {
		while (READ_ONCE(flow->seq) < PCT_FLOW_ENOUGH &&
		       time_before(jiffies, end))
			msleep(20);
	}
}

static void pct_flow_expect(struct kunit *test, struct pct_flow *flow)
{
	const char *name = flow->producer->name;

	KUNIT_EXPECT_GE_MSG(test, flow->seq, PCT_FLOW_ENOUGH, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, flow->seq, atomic_read(&flow->completed), "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, 0, atomic_read(&flow->disorder), "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, 0, atomic_read(&flow->overlaps), "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, 0, atomic_read(&flow->doubles), "%s", name);
}

/* Stop the flows; by then nothing may have been lost, doubled or overtaken. */
static void pct_flows_expect(struct kunit *test, struct pct_rig *rig)
{
	struct pct_flow *flow;

	pct_flows_wait(rig);
	list_for_each_entry(flow, &rig->flows, list)
		kunit_release_action(test, pct_flow_stop, flow);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	list_for_each_entry(flow, &rig->flows, list)
		pct_flow_expect(test, flow);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->bad_context));
}

static void pct_test_producer(struct kunit *test,
			      const struct pct_producer *producer)
{
	struct pct_rig *rig = pct_rig(test, 0);
	unsigned int cpu;

	for_each_online_cpu(cpu)
		pct_flow_start(rig, producer, cpu, nr_cpu_ids);
	pct_flows_expect(test, rig);
}

/*
 * G1, exactly once in task context, and G3, from any context
 */

static void queue_completes_once_from_hardirq(struct kunit *test)
{
	pct_test_producer(test, &pct_producers[0]);
}

static void queue_completes_once_from_softirq(struct kunit *test)
{
	pct_test_producer(test, &pct_producers[1]);
}

static void queue_completes_once_from_task(struct kunit *test)
{
	pct_test_producer(test, &pct_producers[2]);
}

static void pct_test_all_producers(struct kunit *test,
				   enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_order(test, 0, order, 0);

	pct_flows_start(rig, nr_cpu_ids);
	pct_flows_expect(test, rig);
}

static void queue_completes_once_from_all_at_once(struct kunit *test)
{
	pct_test_all_producers(test, PERCPU_COMPLETER_IN_ORDER);
}

/* G1, G2: urgent nodes have their order, lazy ones theirs. */
static void queue_completes_once_urgent_first(struct kunit *test)
{
	pct_test_all_producers(test, PERCPU_COMPLETER_URGENT_FIRST);
}

/* G1: also one at a time, when every node has to wake a worker that sleeps. */
static void queue_wakes_sleeping_worker(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 50);
	unsigned int i;

	for (i = 0; i < rig->nr; i++) {
		percpu_completer_queue(&rig->pc, &rig->items[i].node);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + 1));
		usleep_range(100, 200);
	}
	pct_expect_once(test, rig);
}

/* G1: completion functions may sleep and take sleeping locks. */
static void pct_sleep(struct pct_item *item)
{
	static DEFINE_MUTEX(mutex);

	guard(mutex)(&mutex);
	usleep_range(500, 1000);
}

static void sleeping_callback_is_allowed(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 40);

	rig->hook = pct_sleep;
	pct_queue_all(test, rig, cpumask_first(cpu_online_mask), PCT_URGENT);
	pct_expect_once_in_order(test, rig);
}

/* G3: under a raw spinlock, the innermost that there is, interrupts off. */
static void queue_under_raw_spinlock_with_irqs_off(struct kunit *test)
{
	static DEFINE_RAW_SPINLOCK(lock);
	struct pct_rig *rig = pct_rig(test, 30);
	unsigned int i;

	scoped_guard(raw_spinlock_irqsave, &lock) {
		for (i = 0; i < rig->nr; i++)
			pct_queue(&rig->items[i], i % 3, raw_smp_processor_id());
	}
	pct_expect_once_in_order(test, rig);
}

/* G3: inside sections that must not sleep but leave interrupts on. */
static void queue_with_softirqs_and_preemption_off(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 30);
	unsigned int i;

	rcu_read_lock_bh();
	preempt_disable();
	for (i = 0; i < rig->nr; i++)
		pct_queue(&rig->items[i], i % 3, raw_smp_processor_id());
	preempt_enable();
	rcu_read_unlock_bh();
	pct_expect_once_in_order(test, rig);
}

/*
 * G2, order
 */

static void queue_completes_in_queued_order(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 1000);

	pct_queue_all(test, rig, cpumask_last(cpu_online_mask), PCT_URGENT);
	pct_expect_once_in_order(test, rig);
}

static void queue_on_completes_in_queued_order(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 1000);
	struct pct_burst b = {
		.rig = rig, .nr = rig->nr, .how = PCT_ON,
		.target = cpumask_last(cpu_online_mask),
	};

	pct_burst(&b);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_nr_on(rig->items, rig->nr, b.target));
}

/* G2: a task and an interrupt handler on one CPU, taking turns at random. */
struct pct_turns {
	struct pct_rig *rig;
	struct hrtimer hrtimer;
	unsigned int next;
};

/* Interrupts are off, so that drawing a number and queueing are one. */
static bool pct_turn(struct pct_turns *turns)
{
	if (turns->next >= turns->rig->nr)
		return false;
	pct_queue(&turns->rig->items[turns->next++], PCT_URGENT, 0);
	return true;
}

static enum hrtimer_restart pct_turn_hrtimer(struct hrtimer *hrtimer)
{
	struct pct_turns *turns = container_of(hrtimer, struct pct_turns, hrtimer);

	if (!pct_turn(turns))
		return HRTIMER_NORESTART;
	hrtimer_forward_now(hrtimer, us_to_ktime(100));
	return HRTIMER_RESTART;
}

static int pct_take_turns(void *arg)
{
	struct pct_turns *turns = arg;
	bool more = true;

	hrtimer_start(&turns->hrtimer, us_to_ktime(100),
		      HRTIMER_MODE_REL_PINNED_HARD);
	while (more) {
		scoped_guard(irqsave)
			more = pct_turn(turns);
		cond_resched();
	}
	hrtimer_cancel(&turns->hrtimer);
	return 0;
}

static void queue_keeps_order_across_contexts(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 5000);
	struct pct_turns *turns;

	turns = kunit_kzalloc(test, sizeof(*turns), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, turns);
	turns->rig = rig;
	hrtimer_setup(&turns->hrtimer, pct_turn_hrtimer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	KUNIT_ASSERT_EQ(test, 0, smp_call_on_cpu(0, pct_take_turns, turns, false));
	pct_expect_once_in_order(test, rig);
}

/*
 * G4, the node belongs to the completion function
 */

#define PCT_RUNS	100

static void pct_requeue(struct pct_item *item)
{
	int runs = atomic_read(&item->runs);

	if (runs < PCT_RUNS)
		pct_queue(item, runs % 3, raw_smp_processor_id());
}

static void pct_test_requeue(struct kunit *test,
			     enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_order(test, 10, order, 0);

	rig->hook = pct_requeue;
	pct_queue_all(test, rig, 0, PCT_URGENT);
	pct_expect_runs(test, rig, PCT_RUNS);
}

static void requeue_from_callback(struct kunit *test)
{
	pct_in_each_order(test, pct_test_requeue);
}

static void pct_requeue_for_ever(struct pct_item *item)
{
	usleep_range(50, 100);
	if (!READ_ONCE(item->rig->stop))
		pct_queue(item, PCT_URGENT, 0);
}

static void pct_requeue_busily(struct pct_item *item)
{
	if (!READ_ONCE(item->rig->stop))
		pct_queue(item, PCT_URGENT, 0);
}

#ifdef CONFIG_TASKS_RCU
static int pct_rcu_tasks(void *unused)
{
	synchronize_rcu_tasks();
	return 0;
}

/* A worker that never sleeps does not hold up RCU-tasks, hence ftrace and BPF. */
static void busy_worker_leaves_rcu_tasks_alone(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 4);

	rig->hook = pct_requeue_busily;
	pct_queue_all(test, rig, cpumask_last(cpu_online_mask), PCT_URGENT);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_rcu_tasks, NULL));
	KUNIT_EXPECT_GT(test, atomic_read(&rig->completed), rig->nr);
	WRITE_ONCE(rig->stop, true);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
}
#else
static void busy_worker_leaves_rcu_tasks_alone(struct kunit *test)
{
	kunit_skip(test, "the kernel has no RCU-tasks");
}
#endif

static void pct_free(struct pct_item *item)
{
	/* Whoever follows a stale pointer shall not get far. */
	memset(item, POISON_INUSE, sizeof(*item));
	kfree(item);
}

static void pct_test_free(struct kunit *test, enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_order(test, 0, order, 0);
	unsigned int i, nr = 500;

	rig->hook = pct_free;
	for (i = 0; i < nr; i++) {
		struct pct_item *item = kzalloc(sizeof(*item), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, item);
		pct_item_init(item, rig);
		pct_queue(item, i % 3, 0);
	}
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, nr));
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, nr, atomic_read(&rig->completed));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->bad_context));
}

static void free_from_callback(struct kunit *test)
{
	pct_in_each_order(test, pct_test_free);
}

/*
 * G4: nothing reads or writes the node afterwards.  The last item is a decoy: it
 * is never queued, but all other nodes point to it once they are completed.
 */
static struct pct_item *pct_decoy(struct pct_rig *rig)
{
	return &rig->items[rig->nr - 1];
}

static void pct_point_to_decoy(struct pct_item *item)
{
	item->node.next = &pct_decoy(item->rig)->node;
}

static void node_is_left_alone_after_callback(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 101);
	struct pct_item *decoy = pct_decoy(rig);
	unsigned int i, nr = rig->nr - 1;

	rig->hook = pct_point_to_decoy;
	pct_burst_irq(test, 0, (struct pct_burst){ .rig = rig, .nr = nr });
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, nr));
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, nr, pct_not_run(rig->items, nr, 1));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&decoy->runs));
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_PTR_EQ(test, rig->items[i].node.next, &decoy->node);
}

/*
 * G5, urgent and lazy
 */

static void queue_lazy_waits_at_most_delay(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 20, HZ / 50, 0);
	unsigned long start, wait, shortest = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < rig->nr; i++) {
		start = jiffies;
		percpu_completer_queue_lazy(&rig->pc, &rig->items[i].node);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + 1));
		wait = rig->items[i].when - start;
		shortest = min(shortest, wait);
		/* A second for machines that are slow or busy, */
		KUNIT_EXPECT_LE(test, wait, HZ / 50 + HZ);
	}
	/* but not always. */
	KUNIT_EXPECT_LE(test, shortest, HZ / 50);
	pct_expect_once(test, rig);
}

/* G5: left zero, the delay is short. */
static void pct_test_default_delay(struct kunit *test,
				   enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_order(test, 20, order, 0);
	unsigned long start = jiffies;

	pct_queue_all(test, rig, 0, PCT_LAZY);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_LT(test, rig->items[0].when - start, HZ);
}

static void queue_lazy_has_default_delay(struct kunit *test)
{
	pct_in_each_order(test, pct_test_default_delay);
}

static void queue_lazy_runs_when_batch_full(struct kunit *test)
{
	const unsigned int batch = 16;
	struct pct_rig *rig = pct_rig_lazy(test, 3 * batch, PCT_NEVER, batch);
	unsigned int i;

	for (i = 0; i < rig->nr; i += batch) {
		struct pct_burst b = {
			.rig = rig, .first = i, .nr = batch - 1, .how = PCT_LAZY,
		};

		pct_burst_irq(test, 0, b);
		msleep(50);
		KUNIT_EXPECT_EQ(test, i, atomic_read(&rig->completed));
		b.first = i + batch - 1;
		b.nr = 1;
		pct_burst_irq(test, 0, b);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + batch));
	}
	pct_expect_once_in_order(test, rig);
}

/* A task that waits for lazy nodes, and is told at once. */
static void pct_hurry(struct pct_rig *rig)
{
	percpu_completer_begin_wait(&rig->pc);
	percpu_completer_end_wait(&rig->pc);
}

/* G5: on whatever CPU they wait. */
static void pct_test_begin_wait(struct kunit *test,
				enum percpu_completer_order order)
{
	const unsigned int nr = 10;
	struct pct_rig *rig;
	struct pct_burst b = { .nr = nr, .how = PCT_LAZY };
	unsigned int cpu;

	rig = pct_rig_order(test, nr * num_online_cpus(), order, PCT_NEVER);
	b.rig = rig;
	for_each_online_cpu(cpu) {
		pct_burst_irq(test, cpu, b);
		b.first += nr;
	}
	msleep(50);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->completed));
	pct_hurry(rig);
	pct_expect_once(test, rig);
}

static void begin_wait_runs_lazy(struct kunit *test)
{
	pct_in_each_order(test, pct_test_begin_wait);
}

/* G5: nodes that come while tasks wait do not wait for company, others do. */
static void pct_test_lazy_during_wait(struct kunit *test,
				      enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_order(test, 4, order, PCT_NEVER);
	unsigned int i;

	percpu_completer_begin_wait(&rig->pc);
	percpu_completer_begin_wait(&rig->pc);
	for (i = 0; i < 3; i++) {
		pct_queue(&rig->items[i], PCT_LAZY, 0);
		KUNIT_EXPECT_TRUE(test, pct_wait(rig, i + 1));
		if (i == 1)
			percpu_completer_end_wait(&rig->pc);
	}
	percpu_completer_end_wait(&rig->pc);
	pct_queue(&rig->items[i], PCT_LAZY, 0);
	msleep(50);
	KUNIT_EXPECT_EQ(test, 3, atomic_read(&rig->completed));
	pct_hurry(rig);
	pct_expect_once(test, rig);
}

static void queue_lazy_during_wait_runs(struct kunit *test)
{
	pct_in_each_order(test, pct_test_lazy_during_wait);
}

static void begin_wait_of_zeroed_completer_returns(struct kunit *test)
{
	struct percpu_completer pc = { };

	percpu_completer_begin_wait(&pc);
	percpu_completer_end_wait(&pc);
}

static void queue_urgent_takes_lazy_along_in_order(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 33, PCT_NEVER, 0);
	unsigned int i;

	for (i = 0; i < rig->nr; i += 11) {
		struct pct_burst b = {
			.rig = rig, .first = i, .nr = 10, .how = PCT_LAZY,
		};

		pct_burst_irq(test, 0, b);
		b.first = i + 10;
		b.nr = 1;
		b.how = i ? PCT_URGENT : PCT_ON;
		pct_burst_irq(test, 0, b);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + 11));
	}
	pct_expect_once_in_order(test, rig);
}

/* G5: a deadline holds, too, after an urgent node emptied the queue early. */
static void queue_lazy_after_urgent_has_deadline(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 40, HZ / 20 + 1, 0);
	unsigned int i;

	for (i = 0; i < rig->nr; i += 2) {
		pct_queue(&rig->items[i], i % 4 ? PCT_URGENT : PCT_LAZY, 0);
		pct_queue(&rig->items[i + 1], i % 4 ? PCT_LAZY : PCT_URGENT, 0);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + 2));
	}
	pct_expect_once(test, rig);
}

static void pct_enter_and_wait(struct pct_item *item)
{
	complete(&item->rig->entered);
	wait_for_completion(&item->rig->gate);
}

/* G5: who may overtake does, each kind in its order. */
static void queue_urgent_overtakes_lazy(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_order(test, 14,
					    PERCPU_COMPLETER_URGENT_FIRST,
					    PCT_NEVER);
	struct pct_burst b = { .rig = rig, .nr = 1 };

	rig->hook = pct_enter_and_wait;
	pct_burst_irq(test, 0, b);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	b.first = 1;
	b.nr = 10;
	b.how = PCT_LAZY;
	pct_burst_irq(test, 0, b);
	pct_hurry(rig);
	b.first = 11;
	b.nr = 3;
	b.how = PCT_URGENT;
	pct_burst_irq(test, 0, b);
	complete_all(&rig->gate);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, 3, pct_misplaced(rig->items + 11, 3, 2));
	KUNIT_EXPECT_EQ(test, 10, pct_misplaced(rig->items + 1, 10, 5));
}

/* G5: and does not take them along. */
static void queue_urgent_leaves_lazy_waiting(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_order(test, 13,
					    PERCPU_COMPLETER_URGENT_FIRST,
					    PCT_NEVER);
	struct pct_burst b = { .rig = rig, .nr = 10, .how = PCT_LAZY };

	pct_burst_irq(test, 0, b);
	b.first = 10;
	b.nr = 3;
	b.how = PCT_URGENT;
	pct_burst_irq(test, 0, b);
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, 3));
	msleep(50);
	KUNIT_EXPECT_EQ(test, 3, atomic_read(&rig->completed));
	KUNIT_EXPECT_EQ(test, 3, pct_misplaced(rig->items + 10, 3, 1));
	pct_hurry(rig);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, 10, pct_misplaced(rig->items, 10, 4));
}

/* G5: also lazy ones that have begun to run. */
static void queue_urgent_overtakes_running_batch(struct kunit *test)
{
	struct percpu_completer_attrs attrs = {
		.order = PERCPU_COMPLETER_URGENT_FIRST,
		.lazy_delay = PCT_NEVER,
		.lazy_batch = 5,
	};
	struct pct_rig *rig = pct_rig_like(test, 8, attrs);
	struct pct_burst b = { .rig = rig, .nr = 5, .how = PCT_LAZY };

	rig->hook = pct_enter_and_wait;
	pct_burst_irq(test, 0, b);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	b.first = 5;
	b.nr = 3;
	b.how = PCT_URGENT;
	pct_burst_irq(test, 0, b);
	complete_all(&rig->gate);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, 1, rig->items[0].place);
	KUNIT_EXPECT_EQ(test, 3, pct_misplaced(rig->items + 5, 3, 2));
	KUNIT_EXPECT_EQ(test, 4, pct_misplaced(rig->items + 1, 4, 5));
}

#define PCT_URGENT_ITEMS	4
#define PCT_LAZY_ITEMS		8

static void pct_requeue_urgent_items(struct pct_item *item)
{
	if (item < &item->rig->items[PCT_URGENT_ITEMS])
		pct_requeue_for_ever(item);
}

/* A CPU that always has urgent nodes, and no lazy ones yet. */
static struct pct_rig *pct_rig_beside_urgent(struct kunit *test,
					     unsigned int delay, unsigned int batch)
{
	struct pct_rig *rig;

	rig = pct_rig_like(test, PCT_URGENT_ITEMS + 2 * PCT_LAZY_ITEMS,
			   (struct percpu_completer_attrs){
				.order = PERCPU_COMPLETER_URGENT_FIRST,
				.lazy_delay = delay, .lazy_batch = batch,
			   });
	rig->hook = pct_requeue_urgent_items;
	pct_burst_irq(test, 0, (struct pct_burst){ .rig = rig, .nr = PCT_URGENT_ITEMS });
	return rig;
}

/* Queue some of its lazy items. */
static void pct_add_beside_urgent(struct kunit *test, struct pct_item *item,
				  unsigned int nr)
{
	pct_burst_irq(test, 0, (struct pct_burst){
		.rig = item->rig, .first = item - item->rig->items, .nr = nr, .how = PCT_LAZY,
	});
}

static bool pct_wait_beside_urgent(struct pct_item *items, unsigned int nr)
{
	return wait_event_timeout(items->rig->wait, pct_not_run(items, nr, 1) == nr,
				  pct_timeout());
}

static void pct_end_beside_urgent(struct kunit *test, struct pct_rig *rig)
{
	WRITE_ONCE(rig->stop, true);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->bad_context));
}

/* G1: lazy nodes are overtaken, but not for ever. */
static void queue_lazy_completes_beside_urgent(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_beside_urgent(test, 0, 0);
	unsigned int nr = rig->nr - PCT_URGENT_ITEMS;
	struct pct_item *lazy = &rig->items[PCT_URGENT_ITEMS];

	pct_add_beside_urgent(test, lazy, nr);
	KUNIT_EXPECT_TRUE(test, pct_wait_beside_urgent(lazy, nr));
	KUNIT_EXPECT_EQ(test, nr, pct_out_of_order(lazy, nr));
	pct_end_beside_urgent(test, rig);
}

/* G5: a worker that is awake does not hide that a lazy node has a deadline. */
static void queue_lazy_beside_urgent_has_deadline(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_beside_urgent(test, HZ / 50, 0);
	struct pct_item *item, *lazy = &rig->items[PCT_URGENT_ITEMS];
	unsigned long start, wait, shortest = ULONG_MAX;

	for (item = lazy; item < &rig->items[rig->nr]; item++) {
		start = jiffies;
		pct_add_beside_urgent(test, item, 1);
		KUNIT_ASSERT_TRUE(test, pct_wait_beside_urgent(item, 1));
		wait = item->when - start;
		shortest = min(shortest, wait);
		KUNIT_EXPECT_LE(test, wait, HZ / 50 + HZ);
	}
	KUNIT_EXPECT_LE(test, shortest, HZ / 50 + 1);
	pct_end_beside_urgent(test, rig);
}

/* G5: nor do urgent nodes keep a batch from filling. */
static void queue_lazy_beside_urgent_fills_batch(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_beside_urgent(test, PCT_NEVER, PCT_LAZY_ITEMS);
	struct pct_item *batch = &rig->items[PCT_URGENT_ITEMS];
	unsigned int i;

	for (; batch < &rig->items[rig->nr]; batch += PCT_LAZY_ITEMS) {
		/* One by one, with urgent ones between. */
		for (i = 0; i < PCT_LAZY_ITEMS - 1; i++) {
			pct_add_beside_urgent(test, batch + i, 1);
			usleep_range(1000, 5000);
		}
		KUNIT_EXPECT_EQ(test, 0, pct_not_run(batch, 1, 1));
		pct_add_beside_urgent(test, batch + i, 1);
		KUNIT_ASSERT_TRUE(test, pct_wait_beside_urgent(batch, PCT_LAZY_ITEMS));
		KUNIT_EXPECT_EQ(test, PCT_LAZY_ITEMS, pct_out_of_order(batch, PCT_LAZY_ITEMS));
	}
	pct_end_beside_urgent(test, rig);
}

static void pct_requeue_urgent_busily(struct pct_item *item)
{
	if (item < &item->rig->items[PCT_URGENT_ITEMS])
		pct_requeue_busily(item);
}

/* A CPU that always has urgent nodes, and some lazy ones behind them. */
static struct pct_rig *pct_rig_urgent_for_ever(struct kunit *test, unsigned int cpu)
{
	struct pct_rig *rig = pct_rig_order(test, PCT_URGENT_ITEMS + 10,
					    PERCPU_COMPLETER_URGENT_FIRST, PCT_NEVER);
	struct pct_burst b = { .rig = rig, .nr = PCT_URGENT_ITEMS };

	rig->hook = pct_requeue_urgent_busily;
	pct_burst_irq(test, cpu, b);
	b.first = PCT_URGENT_ITEMS;
	b.nr = 10;
	b.how = PCT_LAZY;
	pct_burst_irq(test, cpu, b);
	return rig;
}

static void pct_expect_urgent_for_ever(struct kunit *test, struct pct_rig *rig)
{
	struct pct_item *lazy = &rig->items[PCT_URGENT_ITEMS];

	KUNIT_EXPECT_EQ(test, 10, pct_not_run(lazy, 10, 1));
	KUNIT_EXPECT_EQ(test, 10, pct_out_of_order(lazy, 10));
	WRITE_ONCE(rig->stop, true);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
}

/* G6: nor do urgent nodes that overtake for ever hold up the caller. */
static void flush_returns_while_urgent_overtakes(struct kunit *test)
{
	struct pct_rig *rig;

	rig = pct_rig_urgent_for_ever(test, cpumask_last(cpu_online_mask));
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	pct_expect_urgent_for_ever(test, rig);
}

/*
 * G6, flush
 */

/* Items on all CPUs, the last ones lazy, each taking a while. */
static struct pct_rig *pct_rig_busy(struct kunit *test,
				    enum percpu_completer_order order)
{
	const unsigned int nr = 20;
	struct pct_rig *rig;
	struct pct_burst b = { };
	unsigned int cpu;

	rig = pct_rig_order(test, 2 * nr * num_online_cpus(), order, PCT_NEVER);
	rig->hook = pct_sleep;
	b.rig = rig;
	b.nr = nr;
	for_each_online_cpu(cpu) {
		b.how = PCT_URGENT;
		pct_burst_irq(test, cpu, b);
		b.first += nr;
		b.how = PCT_LAZY;
		pct_burst_irq(test, cpu, b);
		b.first += nr;
	}
	return rig;
}

static void pct_test_flush(struct kunit *test, enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_busy(test, order);

	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, rig->nr, atomic_read(&rig->completed));
	pct_expect_once(test, rig);
}

static void flush_waits_for_all_cpus(struct kunit *test)
{
	pct_in_each_order(test, pct_test_flush);
}

static void flush_takes_lazy(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 10, PCT_NEVER, 0);

	pct_queue_all(test, rig, cpumask_last(cpu_online_mask), PCT_LAZY);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, rig->nr, atomic_read(&rig->completed));
	pct_expect_once_in_order(test, rig);
}

/* G6: the list is empty by then, but the function has not returned. */
static void flush_waits_for_batch_in_flight(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 3);
	struct pct_call *call;

	rig->hook = pct_enter_and_wait;
	pct_queue_all(test, rig, 0, PCT_URGENT);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	call = pct_call_begin(pct_flush, rig);
	KUNIT_EXPECT_FALSE(test, pct_call_ended_within(call, HZ / 10 + 1));
	complete_all(&rig->gate);
	KUNIT_EXPECT_EQ(test, 0, pct_call_end(call));
	KUNIT_EXPECT_EQ(test, rig->nr, atomic_read(&rig->completed));
	pct_expect_once_in_order(test, rig);
}

/* G6: what is queued while a batch is in flight needs another round. */
static void flush_waits_for_next_batch(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 20);
	struct pct_burst b = { .rig = rig, .nr = 1 };
	struct pct_call *call;

	rig->hook = pct_enter_and_wait;
	pct_burst_irq(test, 0, b);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	rig->hook = pct_sleep;
	b.first = 1;
	b.nr = rig->nr - 1;
	b.how = PCT_LAZY;
	pct_burst_irq(test, 0, b);
	call = pct_call_begin(pct_flush, rig);
	KUNIT_EXPECT_FALSE(test, pct_call_ended_within(call, HZ / 10 + 1));
	complete_all(&rig->gate);
	KUNIT_EXPECT_EQ(test, 0, pct_call_end(call));
	KUNIT_EXPECT_EQ(test, rig->nr, atomic_read(&rig->completed));
	pct_expect_once_in_order(test, rig);
}

/* G6: only what was queued before is waited for. */
static void pct_test_flush_beside_requeue(struct kunit *test,
					  enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_order(test, 4, order, 0);

	rig->hook = pct_requeue_for_ever;
	pct_queue_all(test, rig, 0, PCT_URGENT);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_GE(test, atomic_read(&rig->completed), rig->nr);
	WRITE_ONCE(rig->stop, true);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
}

static void flush_returns_while_nodes_requeue(struct kunit *test)
{
	pct_in_each_order(test, pct_test_flush_beside_requeue);
}

static int pct_flush_often(void *arg)
{
	unsigned int i;

	for (i = 0; i < 50; i++)
		pct_flush(arg);
	return 0;
}

static void flush_from_several_threads(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 0);
	struct pct_call *calls[4];
	unsigned int i;

	pct_flows_start(rig, nr_cpu_ids);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = pct_call_begin(pct_flush_often, rig);
	msleep(20);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		KUNIT_EXPECT_EQ(test, 0, pct_call_end(calls[i]));
	pct_flows_expect(test, rig);
}

static void flush_of_idle_completer_returns(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 0);

	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
}

static unsigned long pct_wakeups(struct pct_rig *rig)
{
	unsigned long wakeups = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		wakeups += READ_ONCE(pct_queue_of(rig, cpu)->stats.wakeups);
	return wakeups;
}

/* A worker that has started is awake once. */
static unsigned long pct_wakeups_before(struct pct_rig *rig)
{
	msleep(50);
	return pct_wakeups(rig);
}

/* G6: what has nothing to do is not woken. */
static void flush_leaves_idle_workers_asleep(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, num_online_cpus());
	unsigned int cpu, i = 0;
	unsigned long wakeups;

	for_each_online_cpu(cpu)
		pct_queue(&rig->items[i++], PCT_ON, cpu);
	pct_expect_once(test, rig);
	wakeups = pct_wakeups_before(rig);
	for (i = 0; i < 20; i++)
		KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	msleep(20);
	KUNIT_EXPECT_EQ(test, wakeups, pct_wakeups(rig));
}

/* G6: a CPU that never queued is not looked at. */
static void flush_looks_at_used_cpus(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 2);
	unsigned int cpu = cpumask_last(cpu_online_mask);

	KUNIT_EXPECT_TRUE(test, cpumask_empty(rig->pc.used));
	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, 1));
	KUNIT_EXPECT_TRUE(test, cpumask_equal(rig->pc.used, cpumask_of(cpu)));
	pct_burst_irq(test, 0, (struct pct_burst){
		.rig = rig, .first = 1, .nr = 1, .how = PCT_LAZY,
	});
	KUNIT_EXPECT_TRUE(test, cpumask_test_cpu(0, rig->pc.used));
	pct_expect_once(test, rig);
}

/* One lazy node on every CPU, the first of which is item @first. */
static void pct_queue_lazy_on_each(struct kunit *test, struct pct_rig *rig,
				   unsigned int first)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		pct_burst_irq(test, cpu, (struct pct_burst){
			.rig = rig, .first = first++, .nr = 1, .how = PCT_LAZY,
		});
}

/* G5: where no lazy node waits, nobody is woken; not even where an urgent one took it. */
static void begin_wait_leaves_others_asleep(struct kunit *test)
{
	unsigned int cpu, nr = num_online_cpus(), i = nr;
	struct pct_rig *rig = pct_rig_lazy(test, 3 * nr, PCT_NEVER, 0);
	unsigned long wakeups;

	pct_queue_lazy_on_each(test, rig, 0);
	for_each_online_cpu(cpu)
		pct_queue(&rig->items[i++], PCT_ON, cpu);
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, i));
	wakeups = pct_wakeups_before(rig);
	pct_hurry(rig);
	msleep(20);
	KUNIT_EXPECT_EQ(test, wakeups, pct_wakeups(rig));
	pct_queue_lazy_on_each(test, rig, i);
	pct_hurry(rig);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, wakeups + nr, pct_wakeups_before(rig));
}

/*
 * G7, destruction, and what belongs to initialisation
 */

static void pct_test_destroy(struct kunit *test,
			     enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_busy(test, order);

	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_destroy, rig));
	KUNIT_EXPECT_EQ(test, rig->nr, pct_not_run(rig->items, rig->nr, 1));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->bad_context));
}

static void destroy_completes_all(struct kunit *test)
{
	pct_in_each_order(test, pct_test_destroy);
}

static void destroy_stops_threads(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 0);

	KUNIT_EXPECT_EQ(test, num_online_cpus(), pct_nr_threads(rig->name));
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_destroy, rig));
	KUNIT_EXPECT_EQ(test, 0, pct_nr_threads(rig->name));
	/* Once more does nothing. */
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_destroy, rig));
}

static void reinit_after_destroy(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 20);
	int i;

	for (i = 1; i <= 5; i++) {
		pct_queue_all(test, rig, 0, i % 2 ? PCT_URGENT : PCT_LAZY);
		KUNIT_ASSERT_EQ(test, 0, pct_call(pct_destroy, rig));
		KUNIT_EXPECT_EQ(test, rig->nr, pct_not_run(rig->items, rig->nr, i));
		KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	}
}

static void init_rejects_bad_attrs(struct kunit *test)
{
	static const struct percpu_completer_attrs bad[] = {
		{ .name = "pct_bad" },
		{ .fn = pct_complete },
		{ .name = "", .fn = pct_complete },
		{ .name = "pct_bad", .fn = pct_complete, .policy = 3 },
		{ .name = "pct_bad", .fn = pct_complete, .policy = -1 },
		{ .name = "pct_bad", .fn = pct_complete, .nice = MIN_NICE - 1 },
		{ .name = "pct_bad", .fn = pct_complete, .nice = MAX_NICE + 1 },
		{ .name = "pct_bad", .fn = pct_complete, .order = 3 },
		{ .name = "pct_bad", .fn = pct_complete, .order = -1 },
		{ .name = "pct_bad", .fn = pct_complete,
		  .slice_us = PERCPU_COMPLETER_SLICE_US - 1 },
		{ .name = "pct_bad", .fn = pct_complete,
		  .slice_us = PERCPU_COMPLETER_MAX_SLICE_US + 1 },
		{ .name = "pct_bad", .fn = pct_complete,
		  .lazy_delay = PERCPU_COMPLETER_MAX_LAZY_DELAY + 1 },
	};
	struct pct_rig *rig = pct_rig_alloc(test, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		rig->attrs = bad[i];
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, pct_call(pct_init, rig), "%u", i);
	}
	KUNIT_EXPECT_EQ(test, 0, pct_nr_threads("pct_bad"));
}

static void init_accepts_bounds(struct kunit *test)
{
	static const struct percpu_completer_attrs good[] = {
		{ .nice = MIN_NICE },
		{ .nice = MAX_NICE },
		{ .slice_us = PERCPU_COMPLETER_SLICE_US },
		{ .slice_us = PERCPU_COMPLETER_MAX_SLICE_US },
		{ .lazy_delay = PERCPU_COMPLETER_MAX_LAZY_DELAY },
		{ .lazy_batch = UINT_MAX },
	};
	struct pct_rig *rig;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		rig = pct_rig_like(test, 4, good[i]);
		pct_queue_all(test, rig, 0, PCT_URGENT);
		pct_expect_once_in_order(test, rig);
	}
}

/* G7: there is nothing to destroy, whatever the memory held before. */
static void destroy_after_failed_init_returns(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_alloc(test, 0);

	rig->attrs.nice = MAX_NICE + 1;
	memset(&rig->pc, POISON_INUSE, sizeof(rig->pc));
	KUNIT_EXPECT_EQ(test, -EINVAL, pct_call(pct_init, rig));
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_destroy, rig));
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
}

/* The CPU is in the name of a thread, however long that of the completer is. */
static void long_name_leaves_room_for_cpu(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_alloc(test, 0);
	char comm[TASK_COMM_LEN], cpu_text[8];
	unsigned int cpu;
	size_t len;

	rig->attrs.name = "pct_a_long_name_indeed";
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	for_each_online_cpu(cpu) {
		get_task_comm(comm, pct_queue_of(rig, cpu)->worker);
		len = snprintf(cpu_text, sizeof(cpu_text), "/%u", cpu);
		KUNIT_EXPECT_EQ(test, TASK_COMM_LEN - 1, strlen(comm));
		KUNIT_EXPECT_STREQ(test, cpu_text, comm + TASK_COMM_LEN - 1 - len);
		KUNIT_EXPECT_TRUE(test, !strncmp(comm, rig->attrs.name,
						 TASK_COMM_LEN - 1 - len));
	}
}

/*
 * Who has been killed does not wait for a thread to be created, unless that is
 * faster than we are.
 */
static int pct_init_killed(void *arg)
{
	int ret;

	sched_set_fifo_low(current);
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	ret = pct_init(arg);
	flush_signals(current);
	disallow_signal(SIGKILL);
	return ret;
}

static void init_failure_leaves_nothing(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_alloc(test, 10);
	unsigned int i, failed = 0;

	for (i = 0; i < 10; i++) {
		int err = pct_call(pct_init_killed, rig);

		KUNIT_ASSERT_TRUE(test, err == 0 || err == -EINTR);
		failed += err < 0;
		KUNIT_ASSERT_EQ(test, 0, pct_call(pct_destroy, rig));
	}
	/* A thread that is not wanted any more leaves by itself. */
	for (i = 0; i < 100 && pct_nr_threads(rig->name); i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, 0, pct_nr_threads(rig->name));
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	pct_queue_all(test, rig, 0, PCT_URGENT);
	pct_expect_once_in_order(test, rig);
	if (!failed)
		kunit_skip(test, "threads are created too fast");
}

static int pct_init_once(void *arg)
{
	struct pct_item *item = arg;
	struct pct_rig *rig = item->rig;
	int err = percpu_completer_init_once(&rig->pc, &rig->attrs);

	if (!err)
		percpu_completer_queue(&rig->pc, &item->node);
	return err;
}

/* Each caller may use the completer at once. */
static void init_once_races(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_alloc(test, 8);
	struct pct_call *calls[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = pct_call_begin(pct_init_once, &rig->items[i]);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		KUNIT_EXPECT_EQ(test, 0, pct_call_end(calls[i]));
	KUNIT_EXPECT_EQ(test, num_online_cpus(), pct_nr_threads(rig->name));
	pct_expect_once(test, rig);
}

/* The SCHED_FIFO time that others used on a CPU is paid back by then. */
static void pct_wait_for_credit(void)
{
	msleep(100);
}

/* On every CPU. */
static void pct_test_sched(struct kunit *test,
			   enum percpu_completer_policy policy, int nice)
{
	struct percpu_completer_attrs attrs = { .policy = policy, .nice = nice };
	struct pct_rig *rig = pct_rig_like(test, num_online_cpus(), attrs);
	unsigned int cpu, i = 0;

	pct_wait_for_credit();
	for_each_online_cpu(cpu)
		pct_queue(&rig->items[i++], PCT_ON, cpu);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_not_ran_as(rig->items, rig->nr,
						      policy, nice));
}

static void worker_policy_and_nice(struct kunit *test)
{
	pct_test_sched(test, PERCPU_COMPLETER_FIFO, 0);
	pct_test_sched(test, PERCPU_COMPLETER_NORMAL, 0);
	pct_test_sched(test, PERCPU_COMPLETER_NORMAL, MIN_NICE);
	pct_test_sched(test, PERCPU_COMPLETER_NORMAL, MAX_NICE);
}

/* See pct_context_is_good() for the names. */
static void workers_are_bound_and_named(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, num_online_cpus());
	unsigned int cpu, i = 0;

	for_each_online_cpu(cpu)
		pct_queue(&rig->items[i++], PCT_ON, cpu);
	pct_expect_once(test, rig);
	i = 0;
	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ(test, cpu, rig->items[i++].cpu);
}

/*
 * G9, fairness
 */

#define PCT_NICE	5

static const struct percpu_completer_attrs pct_fifo = {
	.policy = PERCPU_COMPLETER_FIFO,
};

static void pct_spin(struct pct_item *item)
{
	ktime_t end = ktime_add_us(ktime_get(), item->rig->spin_us);

	while (ktime_before(ktime_get(), end))
		cpu_relax();
}

/* A CPU gets work for 40 jiffies at a stretch, far more than a burst. */
static struct pct_rig *pct_rig_spent(struct kunit *test, unsigned int cpu,
				     enum percpu_completer_policy policy)
{
	struct percpu_completer_attrs attrs = {
		.policy = policy, .nice = PCT_NICE,
	};
	struct pct_rig *rig = pct_rig_like(test, 80, attrs);

	rig->hook = pct_spin;
	rig->spin_us = jiffies_to_usecs(1) / 2;
	pct_wait_for_credit();
	pct_queue_all(test, rig, cpu, PCT_URGENT);
	return rig;
}

/* Until the worker sleeps; beside a rival that may take a second. */
static bool pct_worker_sleeps(struct percpu_completer_queue *q)
{
	unsigned int i;

	for (i = 0; i < 125 && READ_ONCE(q->worker->on_rq); i++)
		msleep(20);
	return !READ_ONCE(q->worker->on_rq);
}

static unsigned long pct_demotions(struct pct_rig *rig, unsigned int cpu)
{
	return READ_ONCE(pct_queue_of(rig, cpu)->stats.demotions);
}

static void budget_demotes_busy_worker(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_spent(test, cpumask_last(cpu_online_mask),
					    PERCPU_COMPLETER_FIFO);
	unsigned int nr, i;

	pct_expect_once_in_order(test, rig);
	nr = pct_not_ran_as(rig->items, rig->nr, PERCPU_COMPLETER_FIFO, 0);
	KUNIT_EXPECT_GT(test, nr, 0);
	KUNIT_EXPECT_LT(test, nr, rig->nr / 2);
	for (i = 0, nr = 0; i < rig->nr; i++)
		nr += pct_ran_as(&rig->items[i], PERCPU_COMPLETER_NORMAL, PCT_NICE);
	/* Others that used the CPU may have paid the debt once. */
	KUNIT_EXPECT_GE(test, nr, rig->nr / 2);
	KUNIT_EXPECT_GE(test, pct_demotions(rig, rig->items[0].cpu), 1);
}

/* G9: a normal worker has no budget to spend. */
static void budget_leaves_normal_worker(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_spent(test, cpumask_last(cpu_online_mask),
					    PERCPU_COMPLETER_NORMAL);

	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr,
			pct_not_ran_as(rig->items, rig->nr,
				       PERCPU_COMPLETER_NORMAL, PCT_NICE));
}

/*
 * G9: the budget is one for all completers.  A worker that has used nothing is a normal task
 * already at its first node if that of another completer owes.  On a busy machine that may
 * have been paid in the meantime.
 */
static void budget_is_that_of_the_cpu(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *user = pct_rig_like(test, 1, pct_fifo), *other;

	user->hook = pct_spin;
	user->spin_us = jiffies_to_usecs(5);
	for (i = 1; i <= 10; i++) {
		other = pct_rig_like(test, 1, pct_fifo);
		pct_wait_for_credit();
		pct_queue(&user->items[0], PCT_ON, cpu);
		KUNIT_ASSERT_TRUE(test, pct_wait(user, i));
		pct_queue(&other->items[0], PCT_ON, cpu);
		pct_expect_once(test, other);
		if (pct_ran_as(&other->items[0], PERCPU_COMPLETER_NORMAL, 0))
			break;
	}
	KUNIT_EXPECT_LE(test, i, 10);
}

/*
 * Does a single node that comes to the worker find it SCHED_FIFO?  Soon: the
 * worker may be yet to see that its queue is empty.
 */
static bool pct_gets_promoted(struct pct_rig *rig, unsigned int cpu)
{
	struct pct_item *item = &rig->items[0];
	unsigned int i;

	rig->hook = NULL;
	for (i = 0; i < 50; i++) {
		msleep(20);
		pct_queue(item, PCT_ON, cpu);
		if (!pct_wait(rig, rig->nr + i + 1))
			return false;
		if (pct_ran_as(item, PERCPU_COMPLETER_FIFO, 0))
			return true;
	}
	return false;
}

/* G9: a normal thread it is only as long as it has to be. */
static void budget_promotes_idle_worker(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_spent(test, cpu, PERCPU_COMPLETER_FIFO);

	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_TRUE(test, pct_gets_promoted(rig, cpu));
}

/* Returns how many percent of a CPU, for two seconds, a normal task got. */
static int pct_use_cpu(void *arg)
{
	int err = set_cpus_allowed_ptr(current, cpumask_of((unsigned long)arg));
	unsigned long end = jiffies + 2 * HZ;
	u64 ran = current->se.sum_exec_runtime;

	if (err)
		return err;
	while (time_before(jiffies, end))
		cond_resched();
	return div_u64(current->se.sum_exec_runtime - ran, 2 * NSEC_PER_SEC / 100);
}

/*
 * Half is meant.  The flood ends by itself, so that a worker without a budget is told from
 * one that hangs.
 */
static void pct_expect_share(struct kunit *test, struct pct_rig *rig,
			     unsigned long cpu)
{
	/* UML counts CPU time in ticks, of a machine that may be busy. */
	int least = IS_ENABLED(CONFIG_UML) ? 25 : 45;
	int percent = pct_call(pct_use_cpu, (void *)cpu);

	kunit_info(test, "a normal task kept %d %%\n", percent);
	KUNIT_EXPECT_GE(test, percent, least);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, rig->until));
	WRITE_ONCE(rig->stop, true);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->bad_context));
}

static void pct_flood(struct pct_item *item)
{
	struct pct_rig *rig = item->rig;

	pct_spin(item);
	if (!READ_ONCE(rig->stop) && time_before(jiffies, rig->until))
		pct_queue(item, PCT_URGENT, 0);
}

/* Nodes that return for ever, each of which takes @us. */
static void pct_test_share(struct kunit *test, struct percpu_completer_attrs attrs,
			   unsigned int us)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_like(test, 4, attrs);

	rig->hook = pct_flood;
	rig->spin_us = us;
	rig->until = jiffies + 8 * HZ;
	pct_queue_all(test, rig, cpu, PCT_URGENT);
	pct_expect_share(test, rig, cpu);
}

static void normal_task_keeps_its_share(struct kunit *test)
{
	pct_test_share(test, pct_fifo, 200);
}

/* G9: also beside normal tasks that have the highest weight. */
static void normal_task_keeps_its_share_of_negative_nice(struct kunit *test)
{
	pct_test_share(test, (struct percpu_completer_attrs){ .nice = MIN_NICE }, 200);
}

/* G9: also of single completions that take longer than the watch or the scheduler waits. */
static void normal_task_keeps_its_share_of_long_callbacks(struct kunit *test)
{
	pct_test_share(test, pct_fifo, jiffies_to_usecs(20));
}

static void pct_spin_for_flow(struct pct_item *item)
{
	struct pct_rig *rig = item->rig;

	if (!READ_ONCE(rig->stop) && time_before(jiffies, rig->until))
		pct_spin(item);
	pct_flow_completed(item);
}

/* G9: also of what comes with the tick, and is mostly done before the next one. */
static void normal_task_keeps_its_share_between_ticks(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_like(test, 0, pct_fifo);

	rig->spin_us = jiffies_to_usecs(1) * 85 / 100 / PCT_FLOW_BURST;
	rig->until = jiffies + 8 * HZ;
	pct_flow_start(rig, &pct_producers[1], cpu, nr_cpu_ids);
	rig->hook = pct_spin_for_flow;
	pct_expect_share(test, rig, cpu);
	pct_flows_expect(test, rig);
}

/*
 * G9: half of a CPU is for the SCHED_FIFO workers of all completers together.  Of the other
 * half, those that are normal tasks meanwhile take little.
 */
static void normal_task_keeps_its_share_of_three_completers(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct percpu_completer_attrs attrs = {
		.policy = PERCPU_COMPLETER_FIFO, .nice = 10,
	};
	struct pct_rig *rigs[3];

	for (i = 0; i < ARRAY_SIZE(rigs); i++) {
		rigs[i] = pct_rig_like(test, 0, attrs);
		rigs[i]->spin_us = jiffies_to_usecs(1) * 31 / 100 / PCT_FLOW_BURST;
		rigs[i]->until = jiffies + 8 * HZ;
		pct_flow_start(rigs[i], &pct_producers[1], cpu, nr_cpu_ids);
		rigs[i]->hook = pct_spin_for_flow;
	}
	pct_expect_share(test, rigs[0], cpu);
	for (i = 1; i < ARRAY_SIZE(rigs); i++)
		WRITE_ONCE(rigs[i]->stop, true);
	for (i = 0; i < ARRAY_SIZE(rigs); i++)
		pct_flows_expect(test, rigs[i]);
}

/* Returns the longest gap in ms that a normal task saw, in a tenth of a second. */
static int pct_longest_gap(void *arg)
{
	int err = set_cpus_allowed_ptr(current, cpumask_of((unsigned long)arg));
	ktime_t last = ktime_get(), now, end = ktime_add_ms(last, 100);
	s64 longest = 0;

	if (err)
		return err;
	while (ktime_before(last, end)) {
		cond_resched();
		now = ktime_get();
		longest = max(longest, ktime_ms_delta(now, last));
		last = now;
	}
	return longest;
}

/* The longest gap when a flood begins. */
static int pct_gap_beside_flood(struct kunit *test, struct pct_rig *rig,
				unsigned long cpu)
{
	struct pct_call *call;
	int gap;

	pct_wait_for_credit();
	WRITE_ONCE(rig->stop, false);
	rig->until = jiffies + HZ;
	call = pct_call_begin(pct_longest_gap, (void *)cpu);
	msleep(20);
	pct_queue_all(test, rig, cpu, PCT_URGENT);
	gap = pct_call_end(call);
	WRITE_ONCE(rig->stop, true);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	return gap;
}

/*
 * G9: a few times burst_us is meant; 60 ms is for emulation.  The machine under us
 * may take the CPU away, too, but not every time.
 */
static void normal_task_waits_shortly_beside_flood(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_like(test, 4, pct_fifo);
	int shortest = INT_MAX;

	rig->hook = pct_flood;
	rig->spin_us = 200;
	for (i = 0; i < 10 && shortest >= 60; i++)
		shortest = min(shortest, pct_gap_beside_flood(test, rig, cpu));
	KUNIT_EXPECT_GE(test, shortest, 0);
	KUNIT_EXPECT_LT(test, shortest, 60);
}

/* G9: lazy nodes run as a normal task, however many, and that costs no debt. */
static void pct_test_lazy(struct kunit *test, struct percpu_completer_attrs attrs)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_like(test, 80, attrs);

	pct_wait_for_credit();
	rig->hook = pct_spin;
	rig->spin_us = jiffies_to_usecs(1) / 2;
	pct_queue_all(test, rig, cpu, PCT_LAZY);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr,
			pct_not_ran_as(rig->items, rig->nr, PERCPU_COMPLETER_NORMAL,
				       max(attrs.nice, 0)));
	KUNIT_EXPECT_EQ(test, 0, pct_demotions(rig, cpu));
}

static void pct_test_lazy_is_normal(struct kunit *test,
				    enum percpu_completer_order order)
{
	pct_test_lazy(test, (struct percpu_completer_attrs){
		.policy = PERCPU_COMPLETER_FIFO, .order = order,
		.nice = PCT_NICE, .lazy_batch = 80,
	});
	pct_test_lazy(test, (struct percpu_completer_attrs){
		.order = order, .nice = MIN_NICE, .lazy_batch = 80,
	});
}

static void lazy_nodes_run_as_normal_task(struct kunit *test)
{
	pct_in_each_order(test, pct_test_lazy_is_normal);
}

/* In an interrupt of the worker's CPU, so that its first round has all of them. */
static void pct_queue_urgent_and_fill_batch(void *arg)
{
	struct pct_rig *rig = arg;

	pct_queue(&rig->items[18], PCT_URGENT, 0);
	pct_queue(&rig->items[19], PCT_URGENT, 0);
	pct_queue(&rig->items[17], PCT_LAZY, 0);
}

/* A batch of 18 lazy items is full when two urgent ones have come. */
static struct pct_rig *pct_rig_due_beside_urgent(struct kunit *test, unsigned int cpu,
						 unsigned int nr,
						 void (*hook)(struct pct_item *item))
{
	struct pct_rig *rig = pct_rig_like(test, nr, (struct percpu_completer_attrs){
		.policy = PERCPU_COMPLETER_FIFO, .nice = PCT_NICE, .lazy_batch = 18,
		.order = PERCPU_COMPLETER_URGENT_FIRST, .lazy_delay = PCT_NEVER,
	});
	struct pct_burst b = { .rig = rig, .nr = 17, .how = PCT_LAZY };

	rig->hook = hook;
	pct_wait_for_credit();
	pct_burst_irq(test, cpu, b);
	KUNIT_ASSERT_EQ(test, 0,
			smp_call_function_single(cpu, pct_queue_urgent_and_fill_batch, rig,
						 true));
	pct_expect_once(test, rig);
	return rig;
}

/* G9: also those that are due when there are urgent ones. */
static void lazy_nodes_run_as_normal_task_beside_urgent(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_due_beside_urgent(test, cpu, 20, NULL);

	KUNIT_EXPECT_EQ(test, 18, pct_not_ran_as(rig->items, 18,
						 PERCPU_COMPLETER_NORMAL, PCT_NICE));
	KUNIT_EXPECT_EQ(test, 2, pct_not_ran_as(rig->items + 18, 2,
						PERCPU_COMPLETER_FIFO, 0));
}

static void pct_twentieth_queues_next(struct pct_item *item)
{
	if (item == &item->rig->items[19])
		pct_queue(item + 1, PCT_URGENT, 0);
}

/* G5, G9: but for those that a task may wait for. */
static void lazy_nodes_run_with_privilege_while_task_waits(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_like(test, 20, (struct percpu_completer_attrs){
		.policy = PERCPU_COMPLETER_FIFO, .nice = PCT_NICE, .lazy_delay = PCT_NEVER,
		.order = PERCPU_COMPLETER_URGENT_FIRST,
	});
	unsigned int cpu = cpumask_last(cpu_online_mask);

	pct_wait_for_credit();
	percpu_completer_begin_wait(&rig->pc);
	pct_queue_all(test, rig, cpu, PCT_LAZY);
	KUNIT_EXPECT_TRUE(test, pct_wait(rig, rig->nr));
	percpu_completer_end_wait(&rig->pc);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_not_ran_as(rig->items, rig->nr,
						      PERCPU_COMPLETER_FIFO, 0));
}

/*
 * G5, G9: but for the one that an urgent node waits for.  That node comes when the worker is
 * about to turn to the lazy ones.
 */
static void lazy_node_that_urgent_waits_for_keeps_privilege(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_due_beside_urgent(test, cpu, 21,
							pct_twentieth_queues_next);

	KUNIT_EXPECT_TRUE(test, pct_ran_as(&rig->items[0], PERCPU_COMPLETER_FIFO, 0));
	KUNIT_EXPECT_EQ(test, 17, pct_not_ran_as(rig->items + 1, 17,
						 PERCPU_COMPLETER_NORMAL, PCT_NICE));
	KUNIT_EXPECT_EQ(test, 3, pct_not_ran_as(rig->items + 18, 3,
						PERCPU_COMPLETER_FIFO, 0));
}

/*
 * G9, beside another SCHED_FIFO task that does not stop
 */

/* A rival of the same priority as the workers of a CPU, if that is not changed. */
struct pct_rival {
	struct task_struct *task;
	unsigned long until;		/* in jiffies; then it stops by itself */
	bool stays;			/* also when the CPU goes off */
	struct percpu_completer_queue *spares;	/* its worker gets little of the CPU */
	bool spins;
};

static bool pct_rival_goes_on(struct pct_rival *rival)
{
	return !kthread_should_stop() && time_before(jiffies, rival->until);
}

#define PCT_SPARED_NS	(600 * NSEC_PER_USEC)

/* At every fifth look of the watch, until the worker has run for more than 5 % of one. */
static void pct_rival_spares(struct pct_rival *rival)
{
	struct percpu_completer_queue *q = rival->spares;
	u64 ran = READ_ONCE(q->worker->se.sum_exec_runtime);
	unsigned int looks, us = 0;

	for (looks = 0; looks < 5; looks++) {
		ktime_t look = hrtimer_get_expires(&q->watch);

		while (hrtimer_get_expires(&q->watch) == look && pct_rival_goes_on(rival))
			cpu_relax();
	}
	while (READ_ONCE(q->worker->se.sum_exec_runtime) - ran < PCT_SPARED_NS &&
	       pct_rival_goes_on(rival)) {
		/* The shortest sleep may be over before the worker has the CPU. */
		us += 50;
		usleep_range(us, us + 10);
	}
}

static int pct_rival_thread(void *data)
{
	struct pct_rival *rival = data;

	if (rival->stays)
		migrate_disable();
	WRITE_ONCE(rival->spins, true);
	while (pct_rival_goes_on(rival)) {
		cond_resched_tasks_rcu_qs();
		cpu_relax();
		if (rival->spares)
			pct_rival_spares(rival);
	}
	WRITE_ONCE(rival->spins, false);
	if (rival->stays)
		migrate_enable();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 50 + 1);
	return 0;
}

static void pct_rival_stop(void *arg)
{
	struct pct_rival *rival = arg;

	kthread_stop(rival->task);
}

/* One that somebody is to wake; moves the test out of its way. */
static struct pct_rival *pct_rival_create(struct kunit *test, unsigned int cpu,
					  unsigned int secs)
{
	struct pct_rival *rival = kunit_kzalloc(test, sizeof(*rival), GFP_KERNEL);

	if (num_online_cpus() < 2)
		kunit_skip(test, "the test needs a CPU for itself");
	KUNIT_ASSERT_NOT_NULL(test, rival);
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(0)));
	rival->until = jiffies + secs * HZ;
	rival->task = kthread_create(pct_rival_thread, rival, "pct_rival");
	KUNIT_ASSERT_FALSE(test, IS_ERR(rival->task));
	kthread_bind(rival->task, cpu);
	sched_set_fifo_low(rival->task);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, pct_rival_stop, rival));
	return rival;
}

static void pct_rival_start(struct kunit *test, struct pct_rival *rival)
{
	unsigned int i;

	wake_up_process(rival->task);
	for (i = 0; i < 100 && !READ_ONCE(rival->spins); i++)
		msleep(20);
	KUNIT_ASSERT_TRUE(test, READ_ONCE(rival->spins));
}

static struct pct_rival *pct_rival(struct kunit *test, unsigned int cpu,
				   unsigned int secs, bool stays)
{
	struct pct_rival *rival = pct_rival_create(test, cpu, secs);

	rival->stays = stays;
	pct_rival_start(test, rival);
	return rival;
}

/* It has spun until now: what was checked happened beside it. */
static void pct_rival_end(struct kunit *test, struct pct_rival *rival)
{
	KUNIT_EXPECT_TRUE(test, READ_ONCE(rival->spins));
	kunit_release_action(test, pct_rival_stop, rival);
}

static struct pct_rig *pct_rig_fifo(struct kunit *test, unsigned int nr)
{
	struct pct_rig *rig = pct_rig_like(test, nr, pct_fifo);

	/* So that the workers sleep, as SCHED_FIFO. */
	pct_wait_for_credit();
	return rig;
}

static bool pct_wait_at_most(struct pct_rig *rig, int nr, long timeout)
{
	return wait_event_timeout(rig->wait, atomic_read(&rig->completed) >= nr,
				  timeout);
}

/*
 * What the scheduler reserves for normal tasks is 50 ms of each second, and the worker
 * is one soon after a node has come in vain.
 */
static void rival_does_not_starve_worker(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 2);
	struct pct_rival *rival = pct_rival(test, cpu, 5, false);

	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, 1, 5 * HZ / 2));
	KUNIT_EXPECT_GE(test, pct_queue_of(rig, cpu)->stats.starvations, 1);
	pct_queue(&rig->items[1], PCT_ON, cpu);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(rival->spins));
	pct_expect_once(test, rig);
}

static void pct_start_watch_here(void *arg)
{
	struct percpu_completer_queue *q = arg;

	set_bit(PCQ_WATCHED, &q->flags);
	hrtimer_start(&q->watch, 10 * NSEC_PER_MSEC, HRTIMER_MODE_REL_PINNED_HARD);
}

/* G13: nor if the CPU has been down for so short a time that the watch is still elsewhere. */
static void rival_does_not_starve_worker_whose_watch_has_moved(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct pct_rival *rival = pct_rival(test, cpu, 5, false);

	/* The test runs there. */
	KUNIT_ASSERT_EQ(test, 0, smp_call_function_single(0, pct_start_watch_here,
							  pct_queue_of(rig, cpu), true));
	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, 1, 5 * HZ / 2));
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

/*
 * G13: after two seconds as a normal task the worker becomes SCHED_FIFO again, although the
 * rival still spins.  The worker loses the CPU before sched_setscheduler() returns.
 */
static void rival_does_not_starve_worker_again(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct pct_rival *rival = pct_rival(test, cpu, 8, false);
	unsigned long *starvations = &pct_queue_of(rig, cpu)->stats.starvations;
	unsigned long first = 0;
	int nr = 0;

	do {
		pct_queue(&rig->items[0], PCT_ON, cpu);
		nr++;
		KUNIT_ASSERT_TRUE(test, pct_wait_at_most(rig, nr, 5 * HZ / 2));
		first = first ?: READ_ONCE(*starvations);
	} while (READ_ONCE(*starvations) == first && READ_ONCE(rival->spins));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(rival->spins));
	KUNIT_EXPECT_GE(test, first, 1);
	pct_expect_runs(test, rig, nr);
}

/* How often the worker had starved before it rests. */
static void pct_note_starvations(struct pct_item *item)
{
	struct pct_rig *rig = item->rig;

	atomic_set(&rig->seen, pct_queue_of(rig, item->cpu)->stats.starvations);
}

/*
 * G13: nor does a worker starve that loses the CPU when it becomes SCHED_FIFO before it
 * sleeps.  Its queue is open, and no node comes that would make anybody look.  As long as
 * it is runnable and does not run, it holds up RCU-tasks.
 */
static void rival_does_not_starve_worker_that_rests(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);
	struct pct_rival *rival;
	int nr = 0;

	if (!IS_ENABLED(CONFIG_PREEMPTION))
		kunit_skip(test, "without preemption the worker comes to sleep");
	rig->hook = pct_note_starvations;
	rival = pct_rival(test, cpu, 15, false);
	do {
		pct_queue(&rig->items[0], PCT_ON, cpu);
		nr++;
		/* Starved by then, it tries again as soon as it rests, not after two seconds. */
		msleep(100);
		WRITE_ONCE(q->starved_until, jiffies - 1);
		KUNIT_ASSERT_TRUE(test, pct_wait_at_most(rig, nr, 5 * HZ / 2));
		KUNIT_ASSERT_TRUE(test, pct_worker_sleeps(q));
	} while (READ_ONCE(q->stats.starvations) == atomic_read(&rig->seen) &&
		 READ_ONCE(rival->spins));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(rival->spins));
	pct_expect_runs(test, rig, nr);
}

/* G7: nor does a rival hold up those who come and go. */
static void rival_does_not_hold_up_destroy(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *idle = pct_rig_fifo(test, 0), *rig = pct_rig_fifo(test, 1);
	struct pct_rival *rival = pct_rival(test, cpu, 15, false);

	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_destroy, rig));
	KUNIT_EXPECT_EQ(test, 1, pct_not_run(rig->items, 1, 1));
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_destroy, idle));
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_init, idle));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(rival->spins));
}

/* Lose the CPU as a worker does that has found nothing to do, or waits for something. */
static void pct_wake_rival_about_to_sleep(struct pct_item *item)
{
	set_current_state(TASK_IDLE);
	wake_up_process(item->rig->rival);
	/* For kernels without preemption. */
	cond_resched();
	__set_current_state(TASK_RUNNING);
}

/* A preempted task is runnable, whatever its state. */
static void rival_does_not_starve_worker_about_to_sleep(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct pct_rival *rival = pct_rival_create(test, cpu, 5);

	sched_set_fifo(rival->task);
	rig->rival = rival->task;
	rig->hook = pct_wake_rival_about_to_sleep;
	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, 1, 5 * HZ / 2));
	KUNIT_EXPECT_GE(test, pct_queue_of(rig, cpu)->stats.starvations, 1);
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

static void pct_use_cpu_until_stopped(struct pct_item *item)
{
	struct pct_rig *rig = item->rig;

	while (!READ_ONCE(rig->stop) && time_before(jiffies, rig->until)) {
		cond_resched();
		cpu_relax();
	}
}

/* 0.6 ms in five looks or so is less than normal tasks get of it. */
static void rival_that_spares_little_does_not_starve_worker(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);
	struct pct_rival *rival;

	if (IS_ENABLED(CONFIG_UML))
		kunit_skip(test, "CPU time is counted in ticks");
	rival = pct_rival_create(test, cpu, 5);
	sched_set_fifo(rival->task);
	rival->spares = q;
	pct_rival_start(test, rival);
	rig->hook = pct_use_cpu_until_stopped;
	rig->until = jiffies + 5 * HZ;
	pct_queue(&rig->items[0], PCT_ON, cpu);
	for (i = 0; i < 100 && !READ_ONCE(q->stats.starvations); i++)
		msleep(20);
	KUNIT_EXPECT_GE(test, q->stats.starvations, 1);
	WRITE_ONCE(rig->stop, true);
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

static void pct_first_enters_and_waits(struct pct_item *item)
{
	if (item == &item->rig->items[0])
		pct_enter_and_wait(item);
}

/*
 * A worker that has got the CPU as a normal task completes what it has before it tries
 * SCHED_FIFO again, which it may do two seconds after it starved.  The first node takes
 * longer than that.
 */
static void rescued_worker_completes_before_it_tries_again(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 2);
	struct pct_burst b = { .rig = rig, .nr = 2, .how = PCT_ON, .target = cpu };
	struct pct_rival *rival = pct_rival(test, cpu, 10, false);
	struct pcq_stats *stats = &pct_queue_of(rig, cpu)->stats;
	unsigned long starvations;

	rig->hook = pct_first_enters_and_waits;
	pct_burst(&b);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	starvations = READ_ONCE(stats->starvations);
	KUNIT_EXPECT_GE(test, starvations, 1);
	msleep(2200);
	complete(&rig->gate);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, 2, 5 * HZ / 2));
	KUNIT_EXPECT_EQ(test, starvations, stats->starvations);
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

/*
 * A worker starves whatever runs.  That is a normal task when the watch looks during their
 * reserved time, which is too short to tell; this one keeps the CPU for longer.
 */
static void starvation_is_noticed_beside_normal_task(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	unsigned long starvations = 0;
	unsigned int ms;

	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(cpu)));
	scoped_guard(preempt) {
		pct_queue(&rig->items[0], PCT_URGENT, 0);
		/* A tenth of that is enough if the machine under us is not busy. */
		for (ms = 0; ms < 1000 && !starvations; ms += 10) {
			mdelay(10);
			starvations = READ_ONCE(pct_queue_of(rig, cpu)->stats.starvations);
		}
	}
	KUNIT_EXPECT_GE(test, starvations, 1);
	pct_expect_once(test, rig);
}

/* G5: a worker at lazy nodes gets little beside a normal task of nice -20. */
static void urgent_gives_waiting_worker_its_privilege(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_like(test, 3, (struct percpu_completer_attrs){
		.policy = PERCPU_COMPLETER_FIFO, .nice = MAX_NICE,
		.order = PERCPU_COMPLETER_URGENT_FIRST, .lazy_batch = 2,
	});
	struct pct_burst lazy = { .rig = rig, .nr = 2, .how = PCT_LAZY };
	struct pct_rival *rival = pct_rival(test, cpu, 5, false);

	rig->hook = pct_spin;
	rig->spin_us = jiffies_to_usecs(5);
	sched_set_normal(rival->task, MIN_NICE);
	pct_burst_irq(test, cpu, lazy);
	/* By then a tick has come, or the first one of them is over. */
	msleep(100);
	KUNIT_EXPECT_EQ(test, MAX_NICE, READ_ONCE(pct_queue_of(rig, cpu)->sched));
	pct_queue(&rig->items[2], PCT_ON, cpu);
	for (i = 0; i < 100 && !atomic_read(&rig->items[2].runs); i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&rig->items[2].runs));
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

/*
 * G9: also beside one that leaves nothing to the worker as a normal task, so that the watch
 * gives it its privilege back.
 */
static void important_task_keeps_its_share_of_long_callbacks(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_like(test, 4, pct_fifo);
	struct task_struct *worker = pct_queue_of(rig, cpu)->worker;
	struct pct_rival *rival = pct_rival(test, cpu, 8, false);
	u64 ran;

	sched_set_normal(rival->task, MIN_NICE);
	rig->hook = pct_flood;
	rig->spin_us = jiffies_to_usecs(20);
	rig->until = jiffies + 8 * HZ;
	pct_queue_all(test, rig, cpu, PCT_URGENT);
	msleep(500);
	ran = READ_ONCE(worker->se.sum_exec_runtime);
	msleep(2000);
	ran = READ_ONCE(worker->se.sum_exec_runtime) - ran;
	KUNIT_EXPECT_LE(test, div_u64(ran, 2 * NSEC_PER_SEC / 100), 65);
	pct_rival_end(test, rival);
	WRITE_ONCE(rig->stop, true);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
}

static void pct_first_spins(struct pct_item *item)
{
	if (item != &item->rig->items[0])
		return;
	complete(&item->rig->entered);
	pct_spin(item);
}

/* G9: a long completion costs as much if a short one comes soon after it. */
static void normal_task_keeps_its_share_of_seldom_long_callbacks(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_like(test, 2, pct_fifo);
	struct task_struct *worker = pct_queue_of(rig, cpu)->worker;
	struct pct_rival *rival = pct_rival(test, cpu, 8, false);
	ktime_t began = ktime_get();
	u64 ran = READ_ONCE(worker->se.sum_exec_runtime);

	sched_set_normal(rival->task, 0);
	rig->hook = pct_first_spins;
	rig->spin_us = jiffies_to_usecs(20);
	for (i = 0; i < 20; i++) {
		pct_queue(&rig->items[0], PCT_ON, cpu);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, 2 * i + 1));
		schedule_timeout_uninterruptible(2);
		pct_queue(&rig->items[1], PCT_ON, cpu);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, 2 * i + 2));
		schedule_timeout_uninterruptible(4);
	}
	ran = READ_ONCE(worker->se.sum_exec_runtime) - ran;
	KUNIT_EXPECT_LE(test, div64_u64(100 * ran, ktime_get() - began), 65);
	pct_rival_end(test, rival);
	pct_expect_runs(test, rig, 20);
}

/* G9: a worker in debt gets no more, but need not run to have its privilege back. */
static void worker_that_paid_gets_privilege_back(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_like(test, 4, (struct percpu_completer_attrs){
		.policy = PERCPU_COMPLETER_FIFO, .nice = MAX_NICE,
	});
	struct pct_burst b = { .rig = rig, .nr = rig->nr };
	struct pct_rival *rival = pct_rival(test, cpu, 10, false);

	sched_set_normal(rival->task, MIN_NICE);
	rig->hook = pct_spin;
	rig->spin_us = jiffies_to_usecs(5);
	pct_burst_irq(test, cpu, b);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, rig->nr, 4 * HZ));
	KUNIT_EXPECT_GE(test, pct_demotions(rig, cpu), 1);
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

static void pct_test_debt_of_sleeper(struct kunit *test,
				     struct percpu_completer_attrs attrs, int sched)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_like(test, 1, attrs);
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);

	pct_wait_for_credit();
	rig->hook = pct_spin;
	rig->spin_us = jiffies_to_usecs(5);
	pct_queue(&rig->items[0], PCT_ON, cpu);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_GE(test, pct_demotions(rig, cpu), 1);
	for (i = 0; i < 50 && READ_ONCE(q->sched) != sched; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, sched, READ_ONCE(q->sched));
	KUNIT_EXPECT_EQ(test, 1, q->stats.wakeups);
}

/* G9: the next urgent node finds it with the privilege. */
static void worker_that_sleeps_gets_privilege_back(struct kunit *test)
{
	pct_test_debt_of_sleeper(test, pct_fifo, PCQ_FIFO);
	pct_test_debt_of_sleeper(test, (struct percpu_completer_attrs){ .nice = MIN_NICE },
				 MIN_NICE);
}

/* G14: then nobody looks after it any longer, whatever else runs. */
static void worker_that_sleeps_in_debt_is_left_alone_beside_rival(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);
	struct pct_rival *rival;

	rig->hook = pct_spin;
	rig->spin_us = jiffies_to_usecs(10);
	pct_queue(&rig->items[0], PCT_ON, cpu);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_GE(test, pct_demotions(rig, cpu), 1);
	rival = pct_rival(test, cpu, 4, false);
	for (i = 0; i < 50 && test_bit(PCQ_WATCHED, &q->flags); i++)
		msleep(20);
	KUNIT_EXPECT_FALSE(test, test_bit(PCQ_WATCHED, &q->flags));
	KUNIT_EXPECT_EQ(test, PCQ_FIFO, READ_ONCE(q->sched));
	pct_rival_end(test, rival);
}

static void pct_first_spins_and_wakes_rival(struct pct_item *item)
{
	if (item != &item->rig->items[0]) {
		pct_note_starvations(item);
		return;
	}
	pct_spin(item);
	wake_up_process(item->rig->rival);
}

/*
 * G13: beside a real-time task that would be in vain, and normal tasks get something.  When
 * they do, the watch may find another one of them, and take it that the rival has gone.
 */
static void worker_in_debt_stays_normal_beside_rival(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig;
	struct pct_rival *rival;

	for (i = 1; i <= 5; i++) {
		rig = pct_rig_fifo(test, 2);
		rival = pct_rival_create(test, cpu, 5);
		rig->rival = rival->task;
		rig->hook = pct_first_spins_and_wakes_rival;
		rig->spin_us = jiffies_to_usecs(5);
		pct_burst(&(struct pct_burst){
			.rig = rig, .nr = rig->nr, .how = PCT_ON, .target = cpu,
		});
		KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, rig->nr, 5 * HZ / 2));
		KUNIT_EXPECT_GE(test, pct_demotions(rig, cpu), 1);
		pct_rival_end(test, rival);
		pct_expect_once(test, rig);
		if (!atomic_read(&rig->seen))
			break;
	}
	KUNIT_EXPECT_LE(test, i, 5);
}

/* A lazy item runs at once, and an urgent one may overtake the next. */
static struct pct_rig *pct_rig_overtaken(struct kunit *test, int nice)
{
	return pct_rig_like(test, 2, (struct percpu_completer_attrs){
		.policy = PERCPU_COMPLETER_FIFO, .nice = nice,
		.order = PERCPU_COMPLETER_URGENT_FIRST, .lazy_batch = 1,
	});
}

/* In an interrupt of the worker's CPU. */
static void pct_wake_rival_and_queue(void *arg)
{
	struct pct_rig *rig = arg;

	wake_up_process(rig->rival);
	pct_queue(&rig->items[1], PCT_URGENT, 0);
}

static void pct_first_uses_cpu(struct pct_item *item)
{
	if (item != &item->rig->items[0])
		return;
	complete(&item->rig->entered);
	pct_use_cpu_until_stopped(item);
}

/*
 * G5: an urgent node also promotes a worker that still runs at lazy ones, but loses the CPU
 * to a rival that the same interrupt has woken.  Then the worker starves, which shows that it
 * was SCHED_FIFO.
 */
static void urgent_promotes_worker_that_loses_cpu(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_overtaken(test, PCT_NICE);
	struct pct_burst lazy = { .rig = rig, .nr = 1, .how = PCT_LAZY };
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);
	struct pct_rival *rival;

	if (!IS_ENABLED(CONFIG_PREEMPTION))
		kunit_skip(test, "without preemption the worker keeps the CPU");
	rival = pct_rival_create(test, cpu, 5);
	rig->rival = rival->task;
	rig->hook = pct_first_uses_cpu;
	rig->until = jiffies + 5 * HZ;
	pct_wait_for_credit();
	pct_burst_irq(test, cpu, lazy);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	KUNIT_EXPECT_EQ(test, PCT_NICE, READ_ONCE(q->sched));
	KUNIT_ASSERT_EQ(test, 0,
			smp_call_function_single(cpu, pct_wake_rival_and_queue, rig, true));
	for (i = 0; i < 50 && !READ_ONCE(q->stats.starvations); i++)
		msleep(20);
	KUNIT_EXPECT_GE(test, READ_ONCE(q->stats.starvations), 1);
	WRITE_ONCE(rig->stop, true);
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

/* G5: also to a normal task, for which a lazy preemption waits for the next tick. */
static void urgent_promotes_worker_that_loses_cpu_to_normal_task(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_overtaken(test, MAX_NICE);
	struct pct_burst lazy = { .rig = rig, .nr = 1, .how = PCT_LAZY };
	struct pct_rival *rival;

	rival = pct_rival_create(test, cpu, 5);
	sched_set_normal(rival->task, MIN_NICE);
	rig->rival = rival->task;
	rig->hook = pct_first_spins;
	rig->spin_us = jiffies_to_usecs(5);
	pct_wait_for_credit();
	pct_burst_irq(test, cpu, lazy);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	/* The worker uses 2 ms as a normal task, and then waits for thousands of times that. */
	mdelay(2);
	KUNIT_ASSERT_EQ(test, 0,
			smp_call_function_single(cpu, pct_wake_rival_and_queue, rig, true));
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, rig->nr, HZ));
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

static void pct_first_enters_waits_and_spins(struct pct_item *item)
{
	if (item != &item->rig->items[0])
		return;
	pct_enter_and_wait(item);
	pct_spin(item);
}

/*
 * G9: a worker that an urgent node promotes in the middle of a lazy node is charged for the
 * rest of that node.  When the urgent node comes, the worker sleeps: one that is preempted
 * is promoted in the same way.
 */
static void budget_demotes_worker_promoted_in_lazy_node(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_overtaken(test, PCT_NICE);
	struct pct_burst lazy = { .rig = rig, .nr = 1, .how = PCT_LAZY };
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);

	pct_wait_for_credit();
	rig->hook = pct_first_enters_waits_and_spins;
	rig->spin_us = max(50 * USEC_PER_MSEC, jiffies_to_usecs(5));
	pct_burst_irq(test, cpu, lazy);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	KUNIT_ASSERT_TRUE(test, pct_worker_sleeps(q));
	KUNIT_EXPECT_EQ(test, PCT_NICE, READ_ONCE(q->sched));
	pct_queue(&rig->items[1], PCT_ON, cpu);
	for (i = 0; i < 100 && test_bit(PCQ_RESCUING, &q->flags); i++)
		msleep(20);
	KUNIT_ASSERT_EQ(test, PCQ_FIFO, READ_ONCE(q->sched));
	KUNIT_EXPECT_EQ(test, 0, pct_demotions(rig, cpu));
	complete(&rig->gate);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_GE(test, pct_demotions(rig, cpu), 1);
}

/* A worker that runs is not starved, be it for longer than anyone looks. */
static void long_callback_is_no_starvation(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 4);
	struct pct_burst b = {
		.rig = rig, .nr = rig->nr, .how = PCT_ON, .target = cpu,
	};

	rig->hook = pct_spin;
	rig->spin_us = 100 * USEC_PER_MSEC;
	pct_burst(&b);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, 0, pct_queue_of(rig, cpu)->stats.starvations);
}

/*
 * G11, what the administrator overrides
 */

/* As if an administrator wrote the rig's name, and then @rule. */
static int pct_override(struct pct_rig *rig, const char *rule)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%s", rig->name, rule);
	return percpu_completer_set_override(text);
}

static void pct_forget_override(void *unused)
{
	if (!pct_broken)
		percpu_completer_set_override("");
}

static void pct_restore_override(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action(test, pct_forget_override, NULL));
}

/*
 * The next @nr items, one after the other, are completed by such threads.  A SCHED_FIFO
 * thread may be in debt now and then: the machine under us has used its time.
 */
static void pct_expect_next_ran_as(struct kunit *test, struct pct_rig *rig,
				   unsigned int nr,
				   enum percpu_completer_policy policy, int nice)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i, ran_as = 0;
	int done = atomic_read(&rig->completed);

	for (i = done; i < done + nr; i++) {
		if (policy == PERCPU_COMPLETER_FIFO)
			msleep(20);
		pct_queue(&rig->items[i], PCT_ON, cpu);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + 1));
		ran_as += pct_ran_as(&rig->items[i], policy, nice);
	}
	if (policy == PERCPU_COMPLETER_FIFO)
		KUNIT_EXPECT_GE(test, ran_as, 1);
	else
		KUNIT_EXPECT_EQ(test, ran_as, nr);
}

static void override_at_run_time(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_like(test, 40, pct_fifo);

	pct_restore_override(test);
	pct_wait_for_credit();
	pct_expect_next_ran_as(test, rig, 10, PERCPU_COMPLETER_FIFO, 0);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=normal,nice=7\n"));
	pct_expect_next_ran_as(test, rig, 10, PERCPU_COMPLETER_NORMAL, 7);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=normal;other:nice=3"));
	pct_expect_next_ran_as(test, rig, 10, PERCPU_COMPLETER_NORMAL, 0);
	KUNIT_EXPECT_EQ(test, 0, percpu_completer_set_override(""));
	pct_expect_next_ran_as(test, rig, 10, PERCPU_COMPLETER_FIFO, 0);
}

static void override_before_init(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_alloc(test, 1);

	pct_restore_override(test);
	pct_wait_for_credit();
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=fifo"));
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	pct_expect_next_ran_as(test, rig, 1, PERCPU_COMPLETER_FIFO, 0);
}

static void override_of_lazy_waiting(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 2, PCT_NEVER, 0);
	unsigned int i;

	pct_restore_override(test);
	for (i = 0; i < rig->nr; i++) {
		KUNIT_EXPECT_EQ(test, 0, pct_override(rig, i ? ":lazy_batch=1" :
							       ":lazy_delay_ms=10"));
		percpu_completer_queue_lazy(&rig->pc, &rig->items[i].node);
		KUNIT_EXPECT_TRUE(test, pct_wait(rig, i + 1));
	}
}

/* Also of nodes that come when others have begun to wait for longer. */
static void override_of_lazy_waiting_begun(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 2, PCT_NEVER, 0);
	struct pct_burst b = { .rig = rig, .nr = 1, .how = PCT_LAZY };

	pct_restore_override(test);
	pct_burst_irq(test, 0, b);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":lazy_delay_ms=10"));
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, 1));
	b.first = 1;
	pct_burst_irq(test, 0, b);
	KUNIT_EXPECT_TRUE(test, pct_wait(rig, 2));
}

/* Not even their lazy nodes, which a worker that looks would take along. */
static void override_leaves_others_alone(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 10, PCT_NEVER, 0);
	struct pct_rig *other = pct_rig(test, 10);

	pct_restore_override(test);
	pct_queue_all(test, rig, cpumask_last(cpu_online_mask), PCT_LAZY);
	KUNIT_EXPECT_EQ(test, 0, pct_override(other, ":nice=5"));
	pct_expect_next_ran_as(test, other, 10, PERCPU_COMPLETER_NORMAL, 5);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->completed));
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":nice=5"));
	KUNIT_EXPECT_TRUE(test, pct_wait(rig, 10));
}

/* G11: also of a worker that does not get to run. */
static void override_beside_rival(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct pct_rival *rival;

	pct_restore_override(test);
	rival = pct_rival(test, cpu, 5, false);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=normal,nice=7"));
	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, 1, 5 * HZ / 2));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(rival->spins));
	KUNIT_EXPECT_TRUE(test, pct_ran_as(&rig->items[0], PERCPU_COMPLETER_NORMAL, 7));
	KUNIT_EXPECT_EQ(test, 0, pct_queue_of(rig, cpu)->stats.starvations);
}

/* G9, G11: also of one that is awake: it may starve from then on. */
static void override_to_fifo_of_awake_worker_beside_rival(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig(test, 1);
	struct pct_rival *rival;

	pct_restore_override(test);
	rig->hook = pct_enter_and_wait;
	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	rival = pct_rival(test, cpu, 5, false);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=fifo"));
	complete(&rig->gate);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, 1, 5 * HZ / 2));
	KUNIT_EXPECT_GE(test, pct_queue_of(rig, cpu)->stats.starvations, 1);
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

/* G9, G11: CPU time that was used as a normal task is no debt. */
static void override_to_fifo_begins_without_debt(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *other = pct_rig_fifo(test, 1);
	struct pct_rig *rig = pct_rig_spent(test, cpu, PERCPU_COMPLETER_NORMAL);

	pct_restore_override(test);
	pct_expect_once_in_order(test, rig);
	rig->hook = NULL;
	/* Now a debt would not be paid back by the time that has passed. */
	pct_queue(&other->items[0], PCT_ON, cpu);
	pct_expect_once(test, other);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=fifo"));
	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, rig->nr + 1));
	KUNIT_EXPECT_TRUE(test, pct_ran_as(&rig->items[0], PERCPU_COMPLETER_FIFO, 0));
	KUNIT_EXPECT_EQ(test, 0, pct_demotions(rig, cpu));
}

/* G11: also on a worker that has starved: it tries SCHED_FIFO again at once. */
static void override_of_starved_worker(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);
	struct pct_rival *rival;
	unsigned long starvations;

	pct_restore_override(test);
	rival = pct_rival(test, cpu, 5, false);
	pct_queue(&rig->items[0], PCT_ON, cpu);
	for (i = 0; i < 50 && !READ_ONCE(q->stats.starvations); i++)
		msleep(20);
	KUNIT_ASSERT_GE(test, READ_ONCE(q->stats.starvations), 1);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=short_slice,nice=-10"));
	KUNIT_EXPECT_EQ(test, -10, READ_ONCE(q->sched));
	starvations = READ_ONCE(q->stats.starvations);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=fifo"));
	/* It may have starved again by now. */
	KUNIT_EXPECT_TRUE(test, READ_ONCE(q->sched) == PCQ_FIFO ||
			  READ_ONCE(q->stats.starvations) > starvations);
	pct_rival_end(test, rival);
	pct_expect_once(test, rig);
}

/* G11: what a worker lost under one policy does not matter under the next one. */
static void override_begins_anew(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	struct pct_rig *rig = pct_rig_fifo(test, 1);
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);

	pct_restore_override(test);
	WRITE_ONCE(q->spent, true);
	KUNIT_EXPECT_EQ(test, 0, pct_override(rig, ":policy=short_slice,nice=-10"));
	KUNIT_EXPECT_FALSE(test, READ_ONCE(q->spent));
	/* The watch may find that a moment before the policy changes. */
	WRITE_ONCE(q->starved_until, jiffies + HZ);
	WRITE_ONCE(q->starved, true);
	for (i = 1; i <= 2; i++) {
		pct_queue(&rig->items[0], PCT_ON, cpu);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i));
		KUNIT_EXPECT_TRUE(test, pct_ran_as(&rig->items[0], PERCPU_COMPLETER_NORMAL,
						   -10));
		KUNIT_ASSERT_TRUE(test, pct_worker_sleeps(q));
	}
}

/*
 * G9: a worker that was starved before jiffies wrapped is not starved any more.  Nor is one
 * that never was: its stamp is zero, which lies in the future during the first five minutes
 * of a 32-bit kernel.
 */
static void worker_is_fifo_when_jiffies_wrap(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_fifo(test, 30);
	struct percpu_completer_queue *q =
		pct_queue_of(rig, cpumask_last(cpu_online_mask));

	WRITE_ONCE(q->starved_until, jiffies - LONG_MAX / 2);
	WRITE_ONCE(q->starved, true);
	pct_expect_next_ran_as(test, rig, 10, PERCPU_COMPLETER_FIFO, 0);
	/* So long ago that it seems to be in the future again. */
	WRITE_ONCE(q->starved_until, jiffies + LONG_MAX / 2);
	WRITE_ONCE(q->starved, true);
	pct_expect_next_ran_as(test, rig, 10, PERCPU_COMPLETER_FIFO, 0);
	pct_expect_next_ran_as(test, rig, 10, PERCPU_COMPLETER_FIFO, 0);
}

/* Allow workers on these CPUs only; those that return begin to work. */
static void pct_allow(struct kunit *test, struct pct_rig *rig, const char *cpus)
{
	char rule[32];
	int err;

	snprintf(rule, sizeof(rule), ":cpus=%s", cpus);
	pct_opening_begin();
	err = pct_override(rig, rule);
	pct_opening_end();
	KUNIT_ASSERT_EQ(test, 0, err);
}

/* Until the queue of a CPU is open, or is not. */
static bool pct_becomes_open(struct pct_rig *rig, unsigned int cpu, bool open)
{
	unsigned long end = jiffies + pct_timeout();

	while ((READ_ONCE(pct_queue_of(rig, cpu)->state) != PCQ_CLOSED) != open) {
		if (time_after(jiffies, end))
			return false;
		msleep(20);
	}
	return true;
}

static unsigned int pct_second_cpu(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "there is only one CPU");
	return cpumask_last(cpu_online_mask);
}

/* G11: nodes of a CPU that may have no worker are completed by others, in order. */
static void override_of_cpus(struct kunit *test)
{
	unsigned int cpu = pct_second_cpu(test), nr = 20;
	struct pct_rig *rig = pct_rig(test, 3 * nr);
	struct pct_burst b = { .rig = rig, .nr = nr };

	pct_restore_override(test);
	pct_burst_irq(test, cpu, b);
	pct_allow(test, rig, "0");
	KUNIT_ASSERT_TRUE(test, pct_becomes_open(rig, cpu, false));
	b.first = nr;
	pct_burst_irq(test, cpu, b);
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, 2 * nr));
	KUNIT_ASSERT_EQ(test, 0, percpu_completer_set_override(""));
	b.first = 2 * nr;
	pct_burst_irq(test, cpu, b);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, nr, pct_nr_on(rig->items + nr, nr, 0));
	KUNIT_EXPECT_EQ(test, nr, pct_nr_on(rig->items + 2 * nr, nr, cpu));
}

/*
 * G7, G11: a queue that got a lazy node from one that closed, then closed itself and opened
 * again.  Its worker is busy until the other one has closed.
 */
static void destroy_after_queue_opened_again(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct pct_rig *rig = pct_rig_order(test, 2, PERCPU_COMPLETER_URGENT_FIRST,
					    PCT_NEVER);

	if (num_online_cpus() < 3)
		kunit_skip(test, "there are no two CPUs besides the first");
	pct_restore_override(test);
	rig->hook = pct_first_enters_and_waits;
	pct_queue(&rig->items[0], PCT_ON, cpu);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	pct_burst_irq(test, cpu - 1, (struct pct_burst){
		.rig = rig, .first = 1, .nr = 1, .how = PCT_LAZY,
	});
	pct_allow(test, rig, "0");
	KUNIT_ASSERT_TRUE(test, pct_becomes_open(rig, cpu - 1, false));
	complete(&rig->gate);
	KUNIT_ASSERT_TRUE(test, pct_becomes_open(rig, cpu, false));
	KUNIT_ASSERT_EQ(test, 0, percpu_completer_set_override(""));
	KUNIT_ASSERT_TRUE(test, pct_becomes_open(rig, cpu, true));
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_destroy, rig));
}

/* G11: a completer that is set up later has workers on these CPUs only. */
static void override_of_cpus_before_init(struct kunit *test)
{
	unsigned int cpu = pct_second_cpu(test), online;
	struct pct_rig *rig = pct_rig_alloc(test, num_online_cpus());
	char cpus[8];
	unsigned int i = 0;

	pct_restore_override(test);
	snprintf(cpus, sizeof(cpus), "%u", cpu);
	pct_allow(test, rig, cpus);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	KUNIT_EXPECT_EQ(test, 1, pct_nr_threads(rig->name));
	for_each_online_cpu(online)
		pct_burst_irq(test, online, (struct pct_burst){
			.rig = rig, .first = i++, .nr = 1,
		});
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_nr_on(rig->items, rig->nr, cpu));
	pct_allow(test, rig, "all");
	KUNIT_EXPECT_EQ(test, num_online_cpus(), pct_nr_threads(rig->name));
}

/* G1, G2, G11: a queue that closes hands its nodes over in order. */
static void pct_test_cpus_cycle(struct kunit *test, enum percpu_completer_order order)
{
	unsigned int cpu = pct_second_cpu(test), i;
	struct pct_rig *rig = pct_rig_order(test, 0, order, 0);

	rig->sleep_us = 50;
	pct_restore_override(test);
	pct_flows_start(rig, cpu);
	for (i = 0; i < hotplug_cycles; i++) {
		pct_allow(test, rig, i % 2 ? "all" : "0");
		msleep(20);
	}
	pct_flows_expect(test, rig);
	KUNIT_EXPECT_GT(test, pct_queue_of(rig, cpu)->stats.redirected, 0);
}

/* G5: lazy nodes of another CPU go on waiting if none are moved there. */
static void override_of_cpus_leaves_lazy_waiting(struct kunit *test)
{
	unsigned int cpu = pct_second_cpu(test);
	struct pct_rig *rig = pct_rig_order(test, 12, PERCPU_COMPLETER_URGENT_FIRST,
					    PCT_NEVER);
	struct pct_burst urgent = { .rig = rig, .nr = 2 };
	struct pct_burst lazy = { .rig = rig, .first = 2, .nr = 10, .how = PCT_LAZY };

	pct_restore_override(test);
	rig->hook = pct_first_enters_and_waits;
	pct_burst_irq(test, cpu, urgent);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	pct_allow(test, rig, "0");
	/* After that: changed attributes have them completed. */
	pct_burst_irq(test, 0, lazy);
	/* A tick makes the worker look up after the node that it has in hand. */
	msleep(20);
	complete_all(&rig->gate);
	KUNIT_EXPECT_TRUE(test, pct_becomes_open(rig, cpu, false));
	KUNIT_EXPECT_TRUE(test, pct_wait(rig, 2));
	msleep(50);
	KUNIT_EXPECT_EQ(test, 2, atomic_read(&rig->completed));
	pct_hurry(rig);
	pct_expect_once(test, rig);
}

static void override_of_cpus_while_producers_run(struct kunit *test)
{
	pct_in_each_order(test, pct_test_cpus_cycle);
}

/* While the worker of a CPU that it leaves has closed its queue, and goes on. */
struct pct_leaving {
	struct task_struct *worker;
	bool leaves;
	bool go;
};

static void pct_trace_leaving(void *data, const char *name, unsigned int cpu)
{
	struct pct_leaving *l = data;
	unsigned long end = jiffies + 2 * HZ;

	if (current != l->worker || READ_ONCE(l->leaves))
		return;
	WRITE_ONCE(l->leaves, true);
	while (!READ_ONCE(l->go) && time_before(jiffies, end))
		cpu_relax();
}

static void pct_trace_leaving_stop(void *l)
{
	unregister_trace_percpu_completer_wake(pct_trace_leaving, l);
	tracepoint_synchronize_unregister();
}

/*
 * G11: a worker that leaves may lose the CPU, but not between the nodes that it hands over and
 * the kick.  The lock keeps it from handing over until the rival is there.
 */
static void override_of_cpus_kicks_before_worker_loses_cpu(struct kunit *test)
{
	unsigned int cpu = pct_second_cpu(test);
	struct pct_rig *rig = pct_rig(test, 10);
	struct pct_rival *rival = pct_rival_create(test, cpu, 2);
	unsigned long flags;

	pct_restore_override(test);
	rig->hook = pct_first_enters_and_waits;
	pct_queue_all(test, rig, cpu, PCT_URGENT);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	KUNIT_ASSERT_EQ(test, 0, pct_override(rig, ":cpus=0"));
	/* A tick makes it look up after the node that it has in hand. */
	msleep(20);
	raw_spin_lock_irqsave(&rig->pc.lock, flags);
	complete_all(&rig->gate);
	mdelay(20);
	wake_up_process(rival->task);
	raw_spin_unlock_irqrestore(&rig->pc.lock, flags);
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, rig->nr, HZ / 4));
	pct_rival_start(test, rival);
	pct_rival_end(test, rival);
	pct_expect_once_in_order(test, rig);
}

/* G11: a CPU that is allowed again at that moment completes at home. */
static void override_of_cpus_taken_back_at_once(struct kunit *test)
{
	unsigned int cpu = pct_second_cpu(test), i;
	struct pct_rig *rig = pct_rig(test, 10);
	struct pct_leaving *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "the kernel has no tracepoints");
	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(0)));
	l->worker = pct_queue_of(rig, cpu)->worker;
	KUNIT_ASSERT_EQ(test, 0, register_trace_percpu_completer_wake(pct_trace_leaving, l));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, pct_trace_leaving_stop, l));
	pct_restore_override(test);
	KUNIT_ASSERT_EQ(test, 0, pct_override(rig, ":cpus=0"));
	for (i = 0; i < 100 && !READ_ONCE(l->leaves); i++)
		msleep(20);
	KUNIT_ASSERT_TRUE(test, READ_ONCE(l->leaves));
	KUNIT_ASSERT_EQ(test, 0, percpu_completer_set_override(""));
	WRITE_ONCE(l->go, true);
	msleep(50);
	pct_queue_all(test, rig, cpu, PCT_URGENT);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_nr_on(rig->items, rig->nr, cpu));
}

static void override_rejects_nonsense(struct kunit *test)
{
	static const char * const bad[] = {
		"", ":", ":policy", ":policy=", ":policy=rr", ":nice=20",
		":nice=-21", ":nice=x", ":nice=1,", " nice=1", ":order=0",
		":lazy_delay_ms=0", ":lazy_delay_ms=60001", ":lazy_batch=0",
		":lazy_batch=-1", ":slice_us=99", ":slice_us=100001", ":cpus=", ":cpus=x",
		":cpus=99999", ":cpus=1-0",
		":nice=1;:nice=2", ":nice=1;other:nice=20",
	};
	struct pct_rig *rig = pct_rig(test, 1);
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	pct_restore_override(test);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_NE_MSG(test, 0, pct_override(rig, bad[i]), "%s", bad[i]);
	memset(text, 'x', PAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, -E2BIG, percpu_completer_set_override(text));
	pct_expect_next_ran_as(test, rig, 1, PERCPU_COMPLETER_NORMAL, 0);
}

/*
 * G12, what can be seen
 */

static struct pcq_stats pct_stats(struct pct_rig *rig)
{
	struct pcq_stats all = { };
	unsigned int cpu, i;

	for_each_possible_cpu(cpu) {
		const struct pcq_stats *one = &per_cpu_ptr(rig->pc.queues, cpu)->stats;

		all.queued += one->queued;
		all.completed += one->completed;
		all.batches += one->batches;
		all.wakeups += one->wakeups;
		all.longest_batch = max(all.longest_batch, one->longest_batch);
		for (i = 0; i < ARRAY_SIZE(all.latency); i++)
			all.latency[0] += one->latency[i];
	}
	return all;
}

static void pct_test_counters(struct kunit *test,
			      enum percpu_completer_order order)
{
	struct pct_rig *rig = pct_rig_order(test, 64, order, 0);
	struct pcq_stats stats;
	unsigned int i;

	for (i = 0; i < rig->nr; i++) {
		pct_burst_irq(test, 0, (struct pct_burst){
			.rig = rig, .first = i, .nr = 1, .how = i % 2,
		});
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + 1));
	}
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	stats = pct_stats(rig);
	KUNIT_EXPECT_EQ(test, rig->nr, stats.queued);
	KUNIT_EXPECT_EQ(test, rig->nr, stats.completed);
	KUNIT_EXPECT_GE(test, stats.batches, rig->nr);
	KUNIT_EXPECT_EQ(test, 1, stats.longest_batch);
	/* Of each CPU, the first wake-up and each PCQ_SAMPLEth after that. */
	KUNIT_EXPECT_GE(test, stats.latency[0] + 1, stats.wakeups / PCQ_SAMPLE);
	KUNIT_EXPECT_GE(test, stats.latency[0], 1);
	KUNIT_EXPECT_LE(test, stats.latency[0],
			stats.wakeups / PCQ_SAMPLE + num_online_cpus());
}

static void counters_count(struct kunit *test)
{
	pct_in_each_order(test, pct_test_counters);
}

/* Is there a directory of this name, with its files? */
static bool pct_is_shown(const char *name)
{
	struct dentry *all, *ours, *file;

	all = debugfs_lookup("percpu_completer", NULL);
	ours = debugfs_lookup(name, all);
	file = debugfs_lookup("counters", ours);
	dput(all);
	dput(ours);
	dput(file);
	return file;
}

/* G12: also of completers that share a name. */
static void completers_of_one_name_are_shown(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 0), *other = pct_rig_alloc(test, 0);
	char second[16];

	if (!IS_ENABLED(CONFIG_DEBUG_FS))
		kunit_skip(test, "the kernel has no debugfs");
	other->attrs.name = rig->name;
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, other));
	snprintf(second, sizeof(second), "%s.2", rig->name);
	KUNIT_EXPECT_TRUE(test, pct_is_shown(rig->name));
	KUNIT_EXPECT_TRUE(test, pct_is_shown(second));
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_destroy, other));
	KUNIT_EXPECT_TRUE(test, pct_is_shown(rig->name));
	KUNIT_EXPECT_FALSE(test, pct_is_shown(second));
}

/* How often each tracepoint was passed for the completer of one name. */
struct pct_traced {
	const char *name;
	atomic_t urgent;
	atomic_t lazy;
	atomic_t wakes;
	atomic_t begun;
	atomic_t nr_ended;
};

static void pct_trace_queue(void *data, const char *name, unsigned int cpu,
			    const struct llist_node *node, bool lazy)
{
	struct pct_traced *traced = data;

	if (name == traced->name)
		atomic_inc(lazy ? &traced->lazy : &traced->urgent);
}

static void pct_trace_wake(void *data, const char *name, unsigned int cpu)
{
	struct pct_traced *traced = data;

	if (name == traced->name)
		atomic_inc(&traced->wakes);
}

static void pct_trace_begin(void *data, const char *name, unsigned int cpu)
{
	struct pct_traced *traced = data;

	if (name == traced->name)
		atomic_inc(&traced->begun);
}

static void pct_trace_end(void *data, const char *name, unsigned int cpu,
			  unsigned long nr)
{
	struct pct_traced *traced = data;

	if (name == traced->name)
		atomic_add(nr, &traced->nr_ended);
}

static int pct_trace_start(struct pct_traced *traced)
{
	return register_trace_percpu_completer_queue(pct_trace_queue, traced) ?:
	       register_trace_percpu_completer_wake(pct_trace_wake, traced) ?:
	       register_trace_percpu_completer_run_begin(pct_trace_begin, traced) ?:
	       register_trace_percpu_completer_run_end(pct_trace_end, traced);
}

static void pct_trace_stop(void *traced)
{
	unregister_trace_percpu_completer_queue(pct_trace_queue, traced);
	unregister_trace_percpu_completer_wake(pct_trace_wake, traced);
	unregister_trace_percpu_completer_run_begin(pct_trace_begin, traced);
	unregister_trace_percpu_completer_run_end(pct_trace_end, traced);
	tracepoint_synchronize_unregister();
}

static void tracepoints_tell_each_step(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_lazy(test, 12, PCT_NEVER, 0);
	struct pct_traced *traced = kunit_kzalloc(test, sizeof(*traced), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, traced);
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "the kernel has no tracepoints");
	traced->name = rig->name;
	KUNIT_ASSERT_EQ(test, 0, pct_trace_start(traced));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, pct_trace_stop, traced));
	pct_burst_irq(test, 0, (struct pct_burst){
		.rig = rig, .nr = 8, .how = PCT_LAZY,
	});
	pct_burst_irq(test, 0, (struct pct_burst){
		.rig = rig, .first = 8, .nr = 4, .how = PCT_URGENT,
	});
	pct_expect_once_in_order(test, rig);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, 8, atomic_read(&traced->lazy));
	KUNIT_EXPECT_EQ(test, 4, atomic_read(&traced->urgent));
	KUNIT_EXPECT_GE(test, atomic_read(&traced->wakes), 1);
	/* A tick may come between. */
	KUNIT_EXPECT_GE(test, atomic_read(&traced->begun), atomic_read(&traced->wakes));
	KUNIT_EXPECT_EQ(test, rig->nr, atomic_read(&traced->nr_ended));
}

/* G1, G2: completers do not disturb each other. */
static void several_completers_at_once(struct kunit *test)
{
	struct pct_rig *rigs[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rigs); i++) {
		rigs[i] = pct_rig(test, 0);
		pct_flows_start(rigs[i], nr_cpu_ids);
	}
	for (i = 0; i < ARRAY_SIZE(rigs); i++)
		pct_flows_expect(test, rigs[i]);
}

/*
 * G8, CPU hotplug
 */

static int pct_offline(void *arg)
{
	return remove_cpu((unsigned long)arg);
}

static int pct_online(void *arg)
{
	return add_cpu((unsigned long)arg);
}

static void pct_take_off(struct kunit *test, unsigned long cpu)
{
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_offline, (void *)cpu));
}

static void pct_bring_up(struct kunit *test, unsigned long cpu)
{
	int err;

	pct_opening_begin();
	err = pct_call(pct_online, (void *)cpu);
	pct_opening_end();
	KUNIT_ASSERT_EQ(test, 0, err);
}

static void pct_bring_back(void *arg)
{
	if (!pct_broken && !cpu_online((unsigned long)arg))
		pct_call(pct_online, arg);
}

/* A CPU that the test may take off.  It returns when the test ends. */
static unsigned int pct_hotplug_cpu(struct kunit *test)
{
	unsigned long cpu = cpumask_last(cpu_online_mask);

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || !cpu)
		kunit_skip(test, "there is no CPU to take off");
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, pct_bring_back,
							   (void *)cpu));
	return cpu;
}

/* A CPU of @mask on which a new completer will have no worker. */
static unsigned int pct_absent_cpu(struct kunit *test,
				   const struct cpumask *mask)
{
	unsigned int cpu;

	for_each_cpu(cpu, mask) {
		if (!cpu_online(cpu))
			return cpu;
	}
	cpu = pct_hotplug_cpu(test);
	pct_take_off(test, cpu);
	return cpu;
}

static void hotplug_down_redirects(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig(test, 20);
	struct pct_burst b = {
		.rig = rig, .nr = 10, .how = PCT_ON, .target = cpu,
	};

	pct_take_off(test, cpu);
	pct_burst(&b);
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, b.nr));
	pct_bring_up(test, cpu);
	b.first = b.nr;
	pct_burst(&b);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, 0, pct_nr_on(rig->items, b.nr, cpu));
	KUNIT_EXPECT_EQ(test, b.nr, pct_nr_on(rig->items + b.first, b.nr, cpu));
}

static void queue_on_absent_cpu_redirects(struct kunit *test)
{
	unsigned int cpu = pct_absent_cpu(test, cpu_possible_mask);
	struct pct_rig *rig = pct_rig(test, 10);
	struct pct_burst b = {
		.rig = rig, .nr = 10, .how = PCT_ON, .target = cpu,
	};

	pct_burst(&b);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, 0, pct_nr_on(rig->items, rig->nr, cpu));
}

static void queue_on_impossible_cpu_redirects(struct kunit *test)
{
	const unsigned int cpus[] = {
		nr_cpu_ids, nr_cpu_ids + 1, nr_cpu_ids + 64, INT_MAX,
		(unsigned int)INT_MAX + 1, UINT_MAX,
	};
	struct pct_rig *rig = pct_rig(test, ARRAY_SIZE(cpus));
	unsigned int i;

	for (i = 0; i < rig->nr; i++)
		pct_queue(&rig->items[i], PCT_ON, cpus[i]);
	pct_expect_once(test, rig);
}

/* G11: if none of them is up, then there are workers nevertheless. */
static void override_of_cpus_that_are_off(struct kunit *test)
{
	struct pct_rig *rig = pct_rig_alloc(test, 10);
	char cpus[8];

	snprintf(cpus, sizeof(cpus), "%u", pct_absent_cpu(test, cpu_possible_mask));
	pct_restore_override(test);
	pct_allow(test, rig, cpus);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	KUNIT_EXPECT_EQ(test, num_online_cpus(), pct_nr_threads(rig->name));
	pct_queue_all(test, rig, 0, PCT_URGENT);
	pct_expect_once_in_order(test, rig);
}

static void hotplug_up_gives_worker(struct kunit *test)
{
	unsigned int cpu = pct_absent_cpu(test, cpu_present_mask);
	struct pct_rig *rig = pct_rig(test, 20);

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU))
		kunit_skip(test, "no CPU can be brought up");
	pct_bring_up(test, cpu);
	KUNIT_EXPECT_EQ(test, num_online_cpus(), pct_nr_threads(rig->name));
	pct_queue_all(test, rig, cpu, PCT_URGENT);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_nr_on(rig->items, rig->nr, cpu));
}

static void hotplug_reuses_thread(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	unsigned int nr_threads = num_online_cpus();
	struct pct_rig *rig = pct_rig(test, 4);
	unsigned int i;

	for (i = 0; i < rig->nr; i++) {
		pct_queue(&rig->items[i], PCT_ON, cpu);
		KUNIT_ASSERT_TRUE(test, pct_wait(rig, i + 1));
		KUNIT_EXPECT_EQ(test, rig->items[0].pid, rig->items[i].pid);
		pct_take_off(test, cpu);
		KUNIT_EXPECT_EQ(test, nr_threads, pct_nr_threads(rig->name));
		pct_bring_up(test, cpu);
		KUNIT_EXPECT_EQ(test, nr_threads, pct_nr_threads(rig->name));
	}
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_nr_on(rig->items, rig->nr, cpu));
}

/* G5, G8: nobody else would ever run them. */
static void pct_test_down(struct kunit *test, enum percpu_completer_order order)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig_order(test, 10, order, PCT_NEVER);

	pct_queue_all(test, rig, cpu, PCT_LAZY);
	pct_take_off(test, cpu);
	pct_expect_once_in_order(test, rig);
	pct_bring_up(test, cpu);
}

static void hotplug_down_takes_lazy_along(struct kunit *test)
{
	pct_in_each_order(test, pct_test_down);
}

/* G8, G9: a worker whose budget is spent goes and returns as any other. */
static void hotplug_down_of_demoted_worker(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig_spent(test, cpu, PERCPU_COMPLETER_FIFO);

	pct_take_off(test, cpu);
	pct_expect_once_in_order(test, rig);
	pct_bring_up(test, cpu);
	KUNIT_EXPECT_TRUE(test, pct_gets_promoted(rig, cpu));
}

/* G8, G9: what it owed before is forgotten: nobody would look after that. */
static void hotplug_down_of_worker_in_debt(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig_like(test, 1, (struct percpu_completer_attrs){
		.nice = MIN_NICE,
	});
	struct percpu_completer_queue *q = pct_queue_of(rig, cpu);

	rig->hook = pct_spin;
	rig->spin_us = jiffies_to_usecs(250);
	pct_wait_for_credit();
	pct_queue(&rig->items[0], PCT_ON, cpu);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_TRUE(test, pct_worker_sleeps(q));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(q->spent));
	pct_take_off(test, cpu);
	pct_bring_up(test, cpu);
	KUNIT_EXPECT_EQ(test, MIN_NICE, READ_ONCE(q->sched));
}

/* G8: what the CPU had before it went, and what came while it went. */
static void hotplug_down_drains_backlog(struct kunit *test)
{
	unsigned long cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig(test, 100);
	struct pct_burst b = { .rig = rig, .nr = 1 };
	struct pct_call *call;

	rig->hook = pct_enter_and_wait;
	pct_burst_irq(test, cpu, b);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	b.first = 1;
	b.nr = 79;
	pct_burst_irq(test, cpu, b);
	call = pct_call_begin(pct_offline, (void *)cpu);
	KUNIT_EXPECT_FALSE(test, pct_call_ended_within(call, HZ / 10 + 1));
	b.first = 80;
	b.nr = rig->nr - b.first;
	b.how = PCT_ON;
	b.target = cpu;
	pct_burst(&b);
	complete_all(&rig->gate);
	KUNIT_ASSERT_EQ(test, 0, pct_call_end(call));
	KUNIT_EXPECT_EQ(test, b.first, pct_not_run(rig->items, b.first, 1));
	KUNIT_EXPECT_EQ(test, b.first, pct_out_of_order(rig->items, b.first));
	pct_expect_once(test, rig);
}

static void pct_remove_state(void *arg)
{
	if (!pct_broken)
		cpuhp_remove_state_nocalls((long)arg);
}

static void pct_remove_threads(void *arg)
{
	if (!pct_broken)
		smpboot_unregister_percpu_thread(arg);
}

static void pct_add_state(struct kunit *test, enum cpuhp_state state,
			  int (*startup)(unsigned int cpu),
			  int (*teardown)(unsigned int cpu))
{
	long dyn = cpuhp_setup_state_nocalls(state, "percpu_completer_kunit",
					     startup, teardown);

	KUNIT_ASSERT_GT(test, dyn, 0);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, pct_remove_state,
							   (void *)dyn));
}

/* G8: a CPU that always has urgent nodes goes down all the same. */
static void hotplug_down_while_urgent_overtakes_for_ever(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig_urgent_for_ever(test, cpu);

	pct_take_off(test, cpu);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	pct_expect_urgent_for_ever(test, rig);
	pct_bring_up(test, cpu);
}

/* Timers and threads were moved away when their CPU went. */
static void pct_flows_return(struct kunit *test, struct pct_rig *rig,
			     unsigned int cpu)
{
	struct pct_flow *flow;

	list_for_each_entry(flow, &rig->flows, list) {
		if (flow->cpu != cpu)
			continue;
		flow->producer->stop(flow);
		KUNIT_ASSERT_EQ(test, 0, flow->producer->start(flow));
	}
}

static void pct_cycle(struct kunit *test, struct pct_rig *rig,
		      unsigned int cpu, unsigned int cycles)
{
	unsigned int i;

	for (i = 0; i < cycles; i++) {
		pct_take_off(test, cpu);
		usleep_range(1, 1 + 1000 * (i % 8));
		pct_bring_up(test, cpu);
		pct_flows_return(test, rig, cpu);
		usleep_range(1, 1 + 1000 * (i % 16));
	}
}

/* G2, G8: a backlog that grows all the time keeps its order. */
static void pct_test_backlog(struct kunit *test, enum percpu_completer_order order)
{
	unsigned int cpu = pct_hotplug_cpu(test), i;
	struct pct_rig *rig = pct_rig_order(test, 0, order, 0);

	rig->sleep_us = 200;
	for (i = 0; i < ARRAY_SIZE(pct_producers); i++)
		pct_flow_start(rig, &pct_producers[i], cpu, nr_cpu_ids);
	pct_flow_start(rig, &pct_producers[0], 0, cpu);
	pct_cycle(test, rig, cpu, hotplug_cycles / 4 + 1);
	pct_flows_expect(test, rig);
	KUNIT_EXPECT_GT(test, pct_queue_of(rig, cpu)->stats.redirected, 0);
}

static void hotplug_keeps_order_of_backlog(struct kunit *test)
{
	pct_in_each_order(test, pct_test_backlog);
}

/*
 * G8: a worker that has not run between two parks.  The thread that takes a CPU off and
 * on becomes SCHED_FIFO, and another thread of the CPU, of lower priority, comes before
 * the worker.
 */
static DEFINE_PER_CPU(struct task_struct *, pct_hog_task);
static bool pct_hog_spins;

static int pct_hog_should_run(unsigned int cpu)
{
	return READ_ONCE(pct_hog_spins);
}

static void pct_hog_run(unsigned int cpu)
{
	unsigned long end = jiffies + 5 * HZ;

	while (READ_ONCE(pct_hog_spins) && time_before(jiffies, end)) {
		cond_resched_tasks_rcu_qs();
		cpu_relax();
	}
	WRITE_ONCE(pct_hog_spins, false);
}

static void pct_hog_setup(unsigned int cpu)
{
	sched_set_fifo_low(current);
}

static struct smp_hotplug_thread pct_hog_threads = {
	.store = &pct_hog_task,
	.setup = pct_hog_setup,
	.thread_should_run = pct_hog_should_run,
	.thread_fn = pct_hog_run,
	.thread_comm = "pct_hog/%u",
};

static int pct_hotplug_as_normal(unsigned int cpu)
{
	sched_set_normal(current, 0);
	return 0;
}

static int pct_hotplug_as_fifo(unsigned int cpu)
{
	sched_set_fifo(current);
	return 0;
}

/* The other thread ends when the worker shall park, or does so already. */
static void pct_take_off_beside_hog(struct kunit *test, struct pct_rig *rig,
				    unsigned long cpu)
{
	struct pct_call *call = pct_call_begin(pct_offline, (void *)cpu);
	unsigned int i;

	for (i = 0; i < 200 && cpumask_test_cpu(cpu, rig->pc.open); i++)
		msleep(20);
	WRITE_ONCE(pct_hog_spins, false);
	KUNIT_ASSERT_EQ(test, 0, pct_call_end(call));
}

/*
 * Workers of other completers need the CPU to park, and what is reserved for normal tasks
 * is for all of them: so ours has to be the first.  Nobody else sets up completers now.
 */
static void pct_goes_down_first(struct pct_rig *rig, struct list_head *completers)
{
	cpus_read_lock();
	list_move(&rig->pc.list, completers);
	cpus_read_unlock();
}

/* Returns whether the worker did not run while its CPU was up. */
static bool pct_up_and_down(struct kunit *test, struct pct_rig *rig, unsigned int cpu)
{
	struct pct_burst b = {
		.rig = rig, .nr = 10, .how = PCT_ON, .target = cpu,
	};
	unsigned long looked = READ_ONCE(pct_queue_of(rig, cpu)->looked);

	WRITE_ONCE(pct_hog_spins, true);
	pct_bring_up(test, cpu);
	pct_burst(&b);
	pct_take_off_beside_hog(test, rig, cpu);
	b.first = 10;
	pct_burst(&b);
	pct_expect_once_in_order(test, rig);
	return READ_ONCE(pct_queue_of(rig, cpu)->looked) == looked;
}

static void hotplug_down_before_worker_ran(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test), i;
	struct list_head *completers;
	struct pct_rig *rigs[5];
	bool hit = false;

	for (i = 0; i < ARRAY_SIZE(rigs); i++)
		rigs[i] = pct_rig(test, 20);
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(0)));
	KUNIT_ASSERT_EQ(test, 0, smpboot_register_percpu_thread(&pct_hog_threads));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, pct_remove_threads,
							   &pct_hog_threads));
	pct_add_state(test, CPUHP_AP_ONLINE_DYN, NULL, pct_hotplug_as_fifo);
	pct_take_off(test, cpu);
	completers = rigs[ARRAY_SIZE(rigs) - 1]->pc.list.next;
	for (i = 0; i < ARRAY_SIZE(rigs) && !hit; i++) {
		pct_goes_down_first(rigs[i], completers);
		hit = pct_up_and_down(test, rigs[i], cpu);
	}
	KUNIT_EXPECT_TRUE(test, hit);
	pct_add_state(test, CPUHP_AP_ONLINE_DYN, pct_hotplug_as_normal, NULL);
	pct_bring_up(test, cpu);
}

/* G8, G9: a worker that does not get to run does not keep its CPU from going down. */
static void hotplug_down_beside_rival(struct kunit *test)
{
	unsigned long cpu = pct_hotplug_cpu(test);
	struct pct_rig *idle = pct_rig_fifo(test, 0), *rig = pct_rig_fifo(test, 1);
	struct pct_rival *rival = pct_rival(test, cpu, 15, true);
	struct pct_call *call;

	pct_queue(&rig->items[0], PCT_ON, cpu);
	call = pct_call_begin(pct_offline, (void *)cpu);
	KUNIT_EXPECT_TRUE(test, pct_becomes_open(idle, cpu, false));
	KUNIT_EXPECT_TRUE(test, pct_becomes_open(rig, cpu, false));
	KUNIT_EXPECT_TRUE(test, pct_wait_at_most(rig, 1, 5 * HZ / 2));
	pct_rival_end(test, rival);
	KUNIT_ASSERT_EQ(test, 0, pct_call_end(call));
	pct_bring_up(test, cpu);
}

/* Ten items from @first on, for @cpu; returns how many did not run as they should. */
static int pct_ten_more(struct kunit *test, struct pct_rig *rig, unsigned int first,
			unsigned int cpu)
{
	struct pct_burst b = {
		.rig = rig, .first = first, .nr = 10, .how = PCT_ON, .target = cpu,
	};
	int bad = atomic_read(&rig->bad_context);

	pct_burst(&b);
	KUNIT_ASSERT_TRUE(test, pct_wait(rig, first + 10));
	return atomic_read(&rig->bad_context) - bad;
}

/* G8, G11: the only CPU that the administrator named goes down: then any CPU may serve. */
static void hotplug_down_of_named_cpu(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig_alloc(test, 30);
	char cpus[8];

	pct_restore_override(test);
	snprintf(cpus, sizeof(cpus), "%u", cpu);
	pct_allow(test, rig, cpus);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	KUNIT_EXPECT_EQ(test, 0, pct_ten_more(test, rig, 0, cpu));
	pct_take_off(test, cpu);
	KUNIT_EXPECT_EQ(test, 0, pct_ten_more(test, rig, 10, cpu));
	KUNIT_EXPECT_EQ(test, num_online_cpus(), cpumask_weight(rig->pc.open));
	pct_bring_up(test, cpu);
	KUNIT_EXPECT_EQ(test, 0, pct_ten_more(test, rig, 20, cpu));
	KUNIT_EXPECT_EQ(test, rig->nr, pct_not_run(rig->items, rig->nr, 1));
	KUNIT_EXPECT_EQ(test, rig->nr, pct_out_of_order(rig->items, rig->nr));
	KUNIT_EXPECT_EQ(test, rig->items[0].pid, rig->items[29].pid);
	KUNIT_EXPECT_EQ(test, 0, pct_call(pct_flush, rig));
	KUNIT_EXPECT_EQ(test, 1, cpumask_weight(rig->pc.open));
}

/*
 * G8, G11: the only CPU that is named goes down while another worker has yet to leave its
 * CPU.  Then that one stays, and those that have left return.
 */
static void hotplug_down_of_named_cpu_while_other_leaves(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test), other;
	struct pct_rig *rig = pct_rig(test, 11);
	struct pct_burst b = {
		.rig = rig, .first = 1, .nr = 10, .how = PCT_ON, .target = cpu,
	};
	char rule[32];

	if (num_online_cpus() < 3)
		kunit_skip(test, "the test needs three CPUs");
	pct_restore_override(test);
	rig->hook = pct_first_enters_and_waits;
	pct_queue(&rig->items[0], PCT_ON, 0);
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	snprintf(rule, sizeof(rule), ":cpus=%u", cpu);
	KUNIT_ASSERT_EQ(test, 0, pct_override(rig, rule));
	for_each_online_cpu(other) {
		if (other && other != cpu)
			KUNIT_ASSERT_TRUE(test, pct_becomes_open(rig, other, false));
	}
	pct_take_off(test, cpu);
	complete(&rig->gate);
	pct_burst(&b);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, num_online_cpus(), cpumask_weight(rig->pc.open));
	pct_bring_up(test, cpu);
}

/* G11: the CPU that is named comes up when all have been set up. */
static void hotplug_up_of_named_cpu(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig(test, 20);
	char rule[32];

	pct_restore_override(test);
	pct_take_off(test, cpu);
	snprintf(rule, sizeof(rule), ":cpus=%u", cpu);
	KUNIT_ASSERT_EQ(test, 0, pct_override(rig, rule));
	pct_bring_up(test, cpu);
	KUNIT_EXPECT_TRUE(test, pct_becomes_open(rig, 0, false));
	pct_queue_all(test, rig, 0, PCT_URGENT);
	pct_expect_once_in_order(test, rig);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_nr_on(rig->items, rig->nr, cpu));
}

/*
 * G8: whatever is torn down while a CPU goes may wait for a node, queued on that
 * CPU or to it.  We do so early, when the CPU is alive but for the scheduler; in
 * the middle, when its threads are parked; and late, when it is dead.
 */
enum { PCT_EARLY, PCT_MIDDLE, PCT_LATE, PCT_NR_PROBES };

static struct pct_rig *pct_probed;
static DEFINE_PER_CPU(struct task_struct *, pct_probe_task);

static void pct_probe(unsigned int cpu, unsigned int stage)
{
	struct pct_rig *rig = pct_probed;
	struct pct_item *items = &rig->items[2 * stage];

	pct_queue(&items[0], PCT_URGENT, 0);
	pct_queue(&items[1], PCT_ON, cpu);
	if (wait_event_timeout(rig->wait, pct_not_run(items, 2, 1) == 2,
			       pct_timeout() / 8))
		atomic_or(BIT(stage), &rig->seen);
}

static int pct_probe_early(unsigned int cpu)
{
	pct_probe(cpu, PCT_EARLY);
	return 0;
}

static void pct_probe_middle(unsigned int cpu)
{
	pct_probe(cpu, PCT_MIDDLE);
}

static int pct_probe_late(unsigned int cpu)
{
	pct_probe(cpu, PCT_LATE);
	return 0;
}

static int pct_probe_should_run(unsigned int cpu)
{
	return false;
}

static void pct_probe_run(unsigned int cpu)
{
}

static struct smp_hotplug_thread pct_probe_threads = {
	.store = &pct_probe_task,
	.thread_should_run = pct_probe_should_run,
	.thread_fn = pct_probe_run,
	.park = pct_probe_middle,
	.thread_comm = "pct_probe/%u",
};

static void hotplug_down_parks_no_node(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig(test, 2 * PCT_NR_PROBES);

	pct_probed = rig;
	pct_add_state(test, CPUHP_BP_PREPARE_DYN, NULL, pct_probe_late);
	KUNIT_ASSERT_EQ(test, 0, smpboot_register_percpu_thread(&pct_probe_threads));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, pct_remove_threads,
							   &pct_probe_threads));
	pct_add_state(test, CPUHP_AP_ONLINE_DYN, NULL, pct_probe_early);

	pct_take_off(test, cpu);
	KUNIT_EXPECT_EQ(test, BIT(PCT_NR_PROBES) - 1, atomic_read(&rig->seen));
	pct_expect_once(test, rig);
	/* Not for the park that unregistering the threads is. */
	pct_bring_up(test, cpu);
}

/* G1, G2, G8 */
static void pct_test_cycles(struct kunit *test, enum percpu_completer_order order)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig_order(test, 0, order, 0);

	pct_flows_start(rig, cpu);
	pct_cycle(test, rig, cpu, hotplug_cycles);
	pct_flows_expect(test, rig);
}

static void hotplug_while_producers_run(struct kunit *test)
{
	pct_test_cycles(test, PERCPU_COMPLETER_IN_ORDER);
}

static void hotplug_while_urgent_overtakes(struct kunit *test)
{
	pct_test_cycles(test, PERCPU_COMPLETER_URGENT_FIRST);
}

static void hotplug_with_several_completers(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rigs[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rigs); i++) {
		rigs[i] = pct_rig(test, 0);
		pct_flows_start(rigs[i], cpu);
	}
	for (i = 0; i < ARRAY_SIZE(rigs); i++)
		pct_cycle(test, rigs[i], cpu, hotplug_cycles / 4 + 1);
	for (i = 0; i < ARRAY_SIZE(rigs); i++)
		pct_flows_expect(test, rigs[i]);
}

static int pct_come_and_go(void *arg)
{
	struct pct_rig *rig = arg;
	unsigned int i;
	int err;

	while (!READ_ONCE(rig->stop)) {
		err = pct_init(rig);
		if (err)
			return err;
		for (i = 0; i < rig->nr; i++)
			pct_queue(&rig->items[i], i % 3, i % nr_cpu_ids);
		pct_destroy(rig);
		atomic_inc(&rig->seen);
	}
	return 0;
}

/* G7, G8 */
static void hotplug_while_completers_come_and_go(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig_alloc(test, 12);
	struct pct_call *call = pct_call_begin(pct_come_and_go, rig);

	pct_cycle(test, rig, cpu, hotplug_cycles / 2 + 1);
	WRITE_ONCE(rig->stop, true);
	KUNIT_ASSERT_EQ(test, 0, pct_call_end(call));
	KUNIT_EXPECT_GT(test, atomic_read(&rig->seen), 0);
	KUNIT_EXPECT_EQ(test, rig->nr, pct_not_run(rig->items, rig->nr,
						   atomic_read(&rig->seen)));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->bad_context));
}

static void destroy_while_cpu_offline(struct kunit *test)
{
	unsigned int cpu = pct_hotplug_cpu(test);
	struct pct_rig *rig = pct_rig(test, 10);

	pct_take_off(test, cpu);
	pct_queue_all(test, rig, 0, PCT_LAZY);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_destroy, rig));
	KUNIT_EXPECT_EQ(test, rig->nr, pct_not_run(rig->items, rig->nr, 1));
	KUNIT_EXPECT_EQ(test, 0, pct_nr_threads(rig->name));
	pct_bring_up(test, cpu);
	KUNIT_EXPECT_EQ(test, 0, pct_nr_threads(rig->name));
}

/*
 * G10, memory pressure.  Lockdep learns that reclaim waits for the completer; if
 * anything between queueing and completion waited for reclaim, it would tell.
 */
static int pct_complete_in_reclaim(void *arg)
{
	struct pct_rig *rig = arg;
	unsigned int i;

	fs_reclaim_acquire(GFP_KERNEL);
	for (i = 0; i < rig->nr; i++)
		pct_queue(&rig->items[i], i % 3, i % nr_cpu_ids);
	percpu_completer_flush(&rig->pc);
	fs_reclaim_release(GFP_KERNEL);
	return 0;
}

static void reclaim_may_wait_for_completion(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 100);
	int locks = debug_locks;

	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_complete_in_reclaim, rig));
	pct_expect_once(test, rig);
	KUNIT_EXPECT_EQ(test, locks, debug_locks);
}

static int pct_case_init(struct kunit *test)
{
	pct_nr_rigs = 0;
	pct_epoch = 0;
	if (pct_broken)
		kunit_skip(test, "an earlier case hangs");
	return 0;
}

static struct kunit_case pct_cases[] = {
	KUNIT_CASE(queue_completes_once_from_hardirq),
	KUNIT_CASE(queue_completes_once_from_softirq),
	KUNIT_CASE(queue_completes_once_from_task),
	KUNIT_CASE(queue_completes_once_from_all_at_once),
	KUNIT_CASE(queue_completes_once_urgent_first),
	KUNIT_CASE(queue_wakes_sleeping_worker),
	KUNIT_CASE(sleeping_callback_is_allowed),
	KUNIT_CASE(queue_under_raw_spinlock_with_irqs_off),
	KUNIT_CASE(queue_with_softirqs_and_preemption_off),
	KUNIT_CASE(queue_completes_in_queued_order),
	KUNIT_CASE(queue_on_completes_in_queued_order),
	KUNIT_CASE(queue_keeps_order_across_contexts),
	KUNIT_CASE(node_is_left_alone_after_callback),
	KUNIT_CASE(requeue_from_callback),
	KUNIT_CASE(free_from_callback),
	KUNIT_CASE(busy_worker_leaves_rcu_tasks_alone),
	KUNIT_CASE(queue_lazy_waits_at_most_delay),
	KUNIT_CASE(queue_lazy_has_default_delay),
	KUNIT_CASE(queue_lazy_runs_when_batch_full),
	KUNIT_CASE(begin_wait_runs_lazy),
	KUNIT_CASE(queue_lazy_during_wait_runs),
	KUNIT_CASE(begin_wait_of_zeroed_completer_returns),
	KUNIT_CASE(begin_wait_leaves_others_asleep),
	KUNIT_CASE(queue_urgent_takes_lazy_along_in_order),
	KUNIT_CASE(queue_lazy_after_urgent_has_deadline),
	KUNIT_CASE(queue_urgent_overtakes_lazy),
	KUNIT_CASE(queue_urgent_leaves_lazy_waiting),
	KUNIT_CASE(queue_urgent_overtakes_running_batch),
	KUNIT_CASE(queue_lazy_completes_beside_urgent),
	KUNIT_CASE(queue_lazy_beside_urgent_has_deadline),
	KUNIT_CASE(queue_lazy_beside_urgent_fills_batch),
	KUNIT_CASE(flush_waits_for_all_cpus),
	KUNIT_CASE(flush_takes_lazy),
	KUNIT_CASE(flush_waits_for_batch_in_flight),
	KUNIT_CASE(flush_waits_for_next_batch),
	KUNIT_CASE(flush_returns_while_nodes_requeue),
	KUNIT_CASE(flush_returns_while_urgent_overtakes),
	KUNIT_CASE(flush_from_several_threads),
	KUNIT_CASE(flush_of_idle_completer_returns),
	KUNIT_CASE(flush_leaves_idle_workers_asleep),
	KUNIT_CASE(flush_looks_at_used_cpus),
	KUNIT_CASE(destroy_completes_all),
	KUNIT_CASE(destroy_stops_threads),
	KUNIT_CASE(reinit_after_destroy),
	KUNIT_CASE(init_rejects_bad_attrs),
	KUNIT_CASE(init_accepts_bounds),
	KUNIT_CASE(destroy_after_failed_init_returns),
	KUNIT_CASE(init_failure_leaves_nothing),
	KUNIT_CASE(init_once_races),
	KUNIT_CASE(workers_are_bound_and_named),
	KUNIT_CASE(long_name_leaves_room_for_cpu),
	KUNIT_CASE(override_of_cpus),
	KUNIT_CASE(override_of_cpus_before_init),
	KUNIT_CASE(destroy_after_queue_opened_again),
	KUNIT_CASE(override_of_cpus_taken_back_at_once),
	KUNIT_CASE(override_of_cpus_leaves_lazy_waiting),
	KUNIT_CASE(override_of_cpus_while_producers_run),
	KUNIT_CASE(override_rejects_nonsense),
	KUNIT_CASE(counters_count),
	KUNIT_CASE(tracepoints_tell_each_step),
	KUNIT_CASE(completers_of_one_name_are_shown),
	KUNIT_CASE(several_completers_at_once),
	KUNIT_CASE(reclaim_may_wait_for_completion),
	KUNIT_CASE(queue_on_impossible_cpu_redirects),
	KUNIT_CASE(queue_on_absent_cpu_redirects),
	KUNIT_CASE(override_of_cpus_that_are_off),
	KUNIT_CASE(hotplug_up_gives_worker),
	KUNIT_CASE(hotplug_down_redirects),
	KUNIT_CASE(hotplug_reuses_thread),
	KUNIT_CASE(hotplug_down_takes_lazy_along),
	KUNIT_CASE(hotplug_down_drains_backlog),
	KUNIT_CASE(hotplug_down_while_urgent_overtakes_for_ever),
	KUNIT_CASE(hotplug_down_before_worker_ran),
	KUNIT_CASE(hotplug_down_of_named_cpu),
	KUNIT_CASE(hotplug_down_of_named_cpu_while_other_leaves),
	KUNIT_CASE(hotplug_up_of_named_cpu),
	KUNIT_CASE(hotplug_down_parks_no_node),
	KUNIT_CASE(destroy_while_cpu_offline),
	KUNIT_CASE_SLOW(hotplug_while_producers_run),
	KUNIT_CASE_SLOW(hotplug_while_urgent_overtakes),
	KUNIT_CASE_SLOW(hotplug_keeps_order_of_backlog),
	KUNIT_CASE_SLOW(hotplug_with_several_completers),
	KUNIT_CASE_SLOW(hotplug_while_completers_come_and_go),
	{}
};

static struct kunit_suite pct_suite = {
	.name = "percpu_completer",
	.init = pct_case_init,
	.test_cases = pct_cases,
};

/*
 * The promises that are about who runs, and for how long.  In emulation they need virtual
 * time that stops with the machine under us, as that of QEMU's -icount does.
 */
static struct kunit_case pct_sched_cases[] = {
	KUNIT_CASE(worker_policy_and_nice),
	KUNIT_CASE(budget_demotes_busy_worker),
	KUNIT_CASE(budget_is_that_of_the_cpu),
	KUNIT_CASE(budget_leaves_normal_worker),
	KUNIT_CASE(budget_promotes_idle_worker),
	KUNIT_CASE(normal_task_keeps_its_share),
	KUNIT_CASE(normal_task_keeps_its_share_of_negative_nice),
	KUNIT_CASE(normal_task_keeps_its_share_of_long_callbacks),
	KUNIT_CASE(important_task_keeps_its_share_of_long_callbacks),
	KUNIT_CASE(normal_task_keeps_its_share_of_seldom_long_callbacks),
	KUNIT_CASE(normal_task_keeps_its_share_between_ticks),
	KUNIT_CASE(normal_task_keeps_its_share_of_three_completers),
	KUNIT_CASE(normal_task_waits_shortly_beside_flood),
	KUNIT_CASE(lazy_nodes_run_as_normal_task),
	KUNIT_CASE(lazy_nodes_run_as_normal_task_beside_urgent),
	KUNIT_CASE(lazy_nodes_run_with_privilege_while_task_waits),
	KUNIT_CASE(lazy_node_that_urgent_waits_for_keeps_privilege),
	KUNIT_CASE(urgent_gives_waiting_worker_its_privilege),
	KUNIT_CASE(worker_that_paid_gets_privilege_back),
	KUNIT_CASE(worker_that_sleeps_gets_privilege_back),
	KUNIT_CASE(worker_that_sleeps_in_debt_is_left_alone_beside_rival),
	KUNIT_CASE(worker_in_debt_stays_normal_beside_rival),
	KUNIT_CASE(urgent_promotes_worker_that_loses_cpu),
	KUNIT_CASE(urgent_promotes_worker_that_loses_cpu_to_normal_task),
	KUNIT_CASE(budget_demotes_worker_promoted_in_lazy_node),
	KUNIT_CASE(long_callback_is_no_starvation),
	KUNIT_CASE(rival_does_not_starve_worker),
	KUNIT_CASE(rival_does_not_starve_worker_whose_watch_has_moved),
	KUNIT_CASE(rival_does_not_starve_worker_again),
	KUNIT_CASE(rival_does_not_starve_worker_that_rests),
	KUNIT_CASE(rival_does_not_hold_up_destroy),
	KUNIT_CASE(rival_does_not_starve_worker_about_to_sleep),
	KUNIT_CASE(rival_that_spares_little_does_not_starve_worker),
	KUNIT_CASE(rescued_worker_completes_before_it_tries_again),
	KUNIT_CASE(starvation_is_noticed_beside_normal_task),
	KUNIT_CASE(override_at_run_time),
	KUNIT_CASE(override_before_init),
	KUNIT_CASE(override_of_lazy_waiting),
	KUNIT_CASE(override_of_lazy_waiting_begun),
	KUNIT_CASE(override_leaves_others_alone),
	KUNIT_CASE(override_beside_rival),
	KUNIT_CASE(override_to_fifo_of_awake_worker_beside_rival),
	KUNIT_CASE(override_to_fifo_begins_without_debt),
	KUNIT_CASE(override_of_starved_worker),
	KUNIT_CASE(override_begins_anew),
	KUNIT_CASE(worker_is_fifo_when_jiffies_wrap),
	KUNIT_CASE(override_of_cpus_kicks_before_worker_loses_cpu),
	KUNIT_CASE(hotplug_down_of_demoted_worker),
	KUNIT_CASE(hotplug_down_of_worker_in_debt),
	KUNIT_CASE(hotplug_down_beside_rival),
	{}
};

static struct kunit_suite pct_sched_suite = {
	.name = "percpu_completer_sched",
	.init = pct_case_init,
	.test_cases = pct_sched_cases,
};

/*
 * Misuse: it is warned about, and nothing gets out of hand.  Warnings are
 * counted instead of printed; a report by lockdep cannot be had that way.
 */
#ifdef kunit_warning_suppress

/* Some architectures warn once even if the first warning was suppressed. */
static bool pct_warned(int count)
{
#ifdef __WARN_FLAGS
	return count == 1;
#else
	return count <= 1;
#endif
}

/* Items that were not accepted stay as they were. */
static void pct_expect_refused(struct kunit *test, struct pct_rig *rig)
{
	struct pct_item *item = rig->items;

	kunit_warning_suppress(test) {
		pct_queue(item, PCT_URGENT, 0);
		KUNIT_EXPECT_TRUE(test, pct_warned(KUNIT_SUPPRESSED_WARNING_COUNT()));
	}
	kunit_warning_suppress(test) {
		pct_queue(item, PCT_LAZY, 0);
		KUNIT_EXPECT_TRUE(test, pct_warned(KUNIT_SUPPRESSED_WARNING_COUNT()));
	}
	kunit_warning_suppress(test) {
		pct_queue(item, PCT_ON, 0);
		KUNIT_EXPECT_TRUE(test, pct_warned(KUNIT_SUPPRESSED_WARNING_COUNT()));
	}
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&item->runs));
	KUNIT_EXPECT_NULL(test, item->node.next);
}

/* G7 */
static void queue_after_destroy_warns_and_drops(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 1);

	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_destroy, rig));
	pct_expect_refused(test, rig);
	KUNIT_ASSERT_EQ(test, 0, pct_call(pct_init, rig));
	pct_queue(&rig->items[0], PCT_URGENT, 0);
	pct_expect_once(test, rig);
}

/* G7: only debugging kernels look. */
static void queue_never_initialised_warns(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_DEBUG_LIST))
		kunit_skip(test, "nobody looks without DEBUG_LIST");
	pct_expect_refused(test, pct_rig_alloc(test, 1));
}

/*
 * G3: to the callee there is no telling this from an NMI.  The node waits for the
 * next kick.
 */
static void queue_from_nmi_warns(struct kunit *test)
{
	struct pct_rig *rig = pct_rig(test, 2);

	kunit_warning_suppress(test) {
		scoped_guard(irqsave) {
			__preempt_count_add(NMI_OFFSET);
			pct_queue(&rig->items[0], PCT_URGENT, 0);
			__preempt_count_sub(NMI_OFFSET);
		}
		KUNIT_EXPECT_TRUE(test, pct_warned(KUNIT_SUPPRESSED_WARNING_COUNT()));
	}
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&rig->items[0].runs));
	pct_queue(&rig->items[1], PCT_URGENT, 0);
	pct_expect_once_in_order(test, rig);
}

static struct kunit_suppressed_warning *pct_ring_warning;

/* The first item waits until all are queued; the next one finds out. */
static void pct_ring(struct pct_item *item)
{
	struct pct_rig *rig = item->rig;

	if (item == &rig->items[0]) {
		pct_ring_warning = kunit_start_suppress_warning(rig->test);
		pct_enter_and_wait(item);
	} else if (pct_ring_warning) {
		atomic_set(&rig->seen,
			   kunit_suppressed_warning_count(pct_ring_warning));
		kunit_end_suppress_warning(rig->test, pct_ring_warning);
		pct_ring_warning = NULL;
	}
}

/* Item 1 twice, item 2 between, the others after that. */
static void pct_burst_ring(void *arg)
{
	struct pct_rig *rig = arg;
	unsigned int i;

	for (i = 1; i < rig->nr; i++) {
		pct_queue(&rig->items[i], PCT_URGENT, 0);
		if (i == 2)
			pct_queue(&rig->items[1], PCT_URGENT, 0);
	}
}

/* The queue may close before its worker looks. */
static void pct_test_ring(struct kunit *test, unsigned int newer, bool closes)
{
	unsigned int cpu = pct_second_cpu(test);
	struct pct_rig *rig = pct_rig(test, 3 + newer);

	/* A worker that does not come to an end leaves this CPU to the test. */
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(0)));
	rig->hook = pct_ring;
	pct_burst_irq(test, cpu, (struct pct_burst){ .rig = rig, .nr = 1 });
	KUNIT_ASSERT_TRUE(test, pct_wait_entered(rig));
	KUNIT_ASSERT_EQ(test, 0, smp_call_function_single(cpu, pct_burst_ring, rig, true));
	if (closes)
		pct_allow(test, rig, "0");
	complete_all(&rig->gate);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_TRUE(test, pct_warned(atomic_read(&rig->seen)));
}

/* G1: a node must not be queued twice; but that does not keep the worker busy for ever. */
static void node_queued_twice_warns(struct kunit *test)
{
	pct_test_ring(test, 0, false);
	pct_test_ring(test, 2, false);
}

/* G1, G8: nor does it keep a queue from closing. */
static void node_queued_twice_on_queue_that_closes_warns(struct kunit *test)
{
	pct_restore_override(test);
	pct_test_ring(test, 0, true);
	pct_test_ring(test, 2, true);
}

static void pct_call_from_callback(struct pct_item *item, int (*fn)(void *arg))
{
	struct pct_rig *rig = item->rig;
	struct kunit_suppressed_warning *w;

	w = kunit_start_suppress_warning(rig->test);
	fn(rig);
	atomic_set(&rig->seen, kunit_suppressed_warning_count(w));
	kunit_end_suppress_warning(rig->test, w);
}

static void pct_flush_here(struct pct_item *item)
{
	pct_call_from_callback(item, pct_flush);
}

static void pct_destroy_here(struct pct_item *item)
{
	pct_call_from_callback(item, pct_destroy);
}

static void pct_test_from_callback(struct kunit *test,
				   void (*hook)(struct pct_item *item))
{
	struct pct_rig *rig = pct_rig(test, 1);

	rig->hook = hook;
	pct_queue(&rig->items[0], PCT_URGENT, 0);
	pct_expect_once(test, rig);
	KUNIT_EXPECT_TRUE(test, pct_warned(atomic_read(&rig->seen)));
}

/* G6 */
static void flush_from_callback_warns(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_LOCKDEP) && !misuse)
		kunit_skip(test, "would switch lockdep off; set the parameter misuse");
	pct_test_from_callback(test, pct_flush_here);
}

/* G7 */
static void destroy_from_callback_warns(struct kunit *test)
{
	pct_test_from_callback(test, pct_destroy_here);
}

static struct kunit_case pct_misuse_cases[] = {
	KUNIT_CASE(queue_after_destroy_warns_and_drops),
	KUNIT_CASE(queue_never_initialised_warns),
	KUNIT_CASE(queue_from_nmi_warns),
	KUNIT_CASE(node_queued_twice_warns),
	KUNIT_CASE(node_queued_twice_on_queue_that_closes_warns),
	KUNIT_CASE(destroy_from_callback_warns),
	KUNIT_CASE(flush_from_callback_warns),
	{}
};

static struct kunit_suite pct_misuse_suite = {
	.name = "percpu_completer_misuse",
	.init = pct_case_init,
	.test_cases = pct_misuse_cases,
};

kunit_test_suites(&pct_misuse_suite);
#endif /* kunit_warning_suppress */

kunit_test_suites(&pct_suite, &pct_sched_suite);
