// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of percpu_completer when there is no memory
 *
 * Setting up allocates, and so does a CPU that comes up for the first time.  Each of
 * these allocations fails in turn, by the kernel's fault injection: the n-th of a task,
 * for n = 1, 2, ... until there is no n-th one.  Threads are created by kthreadd, so
 * that task has to fail, too.
 *
 * Fault injection leaves alone who may wait for memory, unless told otherwise in
 * debugfs: the suite is skipped then.  It is to be started from there, when the system
 * is up, as whatever else is created meanwhile may get a failure that is meant for us.
 */

#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_completer.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "../percpu_completer/internal.h"

#define PCF_NAME	"pcf"

/* More than there are allocations. */
#define PCF_MANY	1000

/* How often a leak has to happen to be seen beside what others allocate. */
#define PCF_TIMES	500

/* More than there is per-CPU memory without a page more. */
#define PCF_PIECES	4096

static struct percpu_completer pcf_pc;

/* One object is queued at a time. */
static struct {
	struct llist_node node;
	struct completion done;
	int cpu;
	bool bound;
	unsigned int policy;
} pcf_item;

static void pcf_complete(struct llist_node *node)
{
	pcf_item.cpu = raw_smp_processor_id();
	pcf_item.bound = current->nr_cpus_allowed == 1;
	pcf_item.policy = current->policy;
	complete(&pcf_item.done);
}

static const struct percpu_completer_attrs pcf_attrs = {
	.name	= PCF_NAME,
	.fn	= pcf_complete,
	.policy	= PERCPU_COMPLETER_FIFO,
};

static int pcf_init(void)
{
	return percpu_completer_init_once(&pcf_pc, &pcf_attrs);
}

/*
 * Failing
 */

/* Returns whether the allocation was asked for, hence has failed. */
static bool pcf_stop_failing(struct task_struct *task)
{
	bool failed = !READ_ONCE(task->fail_nth);

	WRITE_ONCE(task->fail_nth, 0);
	return failed;
}

static void pcf_start_failing(struct task_struct *task, unsigned int nth)
{
	WRITE_ONCE(task->fail_nth, nth);
}

/* Set up while the @nth allocation of @task fails; *@failed if there was one. */
static int pcf_init_failing(struct task_struct *task, unsigned int nth, bool *failed)
{
	int err;

	pcf_start_failing(task, nth);
	err = pcf_init();
	*failed = pcf_stop_failing(task);
	return err;
}

static bool pcf_memory_fails(void)
{
	void *memory;

	pcf_start_failing(current, 1);
	memory = kmalloc(64, GFP_KERNEL);
	pcf_stop_failing(current);
	kfree(memory);
	return !memory;
}

/*
 * What there is
 */

/* Dying threads aside. */
static unsigned int pcf_nr_threads(void)
{
	struct task_struct *task;
	unsigned int nr = 0;

	guard(rcu)();
	for_each_process(task)
		nr += (task->flags & (PF_KTHREAD | PF_EXITING)) == PF_KTHREAD &&
			str_has_prefix(task->comm, PCF_NAME "/");
	return nr;
}

static bool pcf_is_listed(void)
{
	struct percpu_completer *pc;

	guard(mutex)(&percpu_completers_lock);
	list_for_each_entry(pc, &percpu_completers, list) {
		if (pc == &pcf_pc)
			return true;
	}
	return false;
}

static bool pcf_is_shown(void)
{
	struct dentry *all = debugfs_lookup("percpu_completer", NULL);
	struct dentry *ours = debugfs_lookup(PCF_NAME, all);

	dput(all);
	dput(ours);
	return ours;
}

static void pcf_expect_nothing(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, pcf_nr_threads());
	KUNIT_EXPECT_FALSE(test, pcf_is_listed());
	KUNIT_EXPECT_FALSE(test, pcf_is_shown());
}

/* Where an object for @cpu is completed. */
static int pcf_completed_on(unsigned int cpu)
{
	reinit_completion(&pcf_item.done);
	percpu_completer_queue_on(&pcf_pc, cpu, &pcf_item.node);
	if (!wait_for_completion_timeout(&pcf_item.done, 20 * HZ))
		return -ETIMEDOUT;
	return pcf_item.cpu;
}

static void pcf_expect_all(struct kunit *test)
{
	unsigned int cpu;

	KUNIT_EXPECT_EQ(test, num_online_cpus(), pcf_nr_threads());
	KUNIT_EXPECT_TRUE(test, pcf_is_listed());
	for_each_online_cpu(cpu)
		KUNIT_ASSERT_EQ(test, cpu, pcf_completed_on(cpu));
}

static void pcf_destroy(struct kunit *test)
{
	percpu_completer_destroy(&pcf_pc);
	pcf_expect_nothing(test);
}

/*
 * G7: all or nothing, and another attempt may be made
 */

/* kthreadd's are those of fork(). */
static bool pcf_is_documented(int err)
{
	return err == -ENOMEM || err == -EAGAIN;
}

/*
 * An allocation may fail without harm, as those for debugfs do, or have been someone
 * else's.  Returns how often setting up failed.
 */
static unsigned int pcf_fail_each(struct kunit *test, struct task_struct *task)
{
	unsigned int nth, errors = 0;
	bool failed = true;

	for (nth = 1; failed && nth < PCF_MANY; nth++) {
		int err = pcf_init_failing(task, nth, &failed);

		if (err) {
			KUNIT_EXPECT_TRUE(test, failed);
			KUNIT_EXPECT_TRUE_MSG(test, pcf_is_documented(err), "%d", err);
			pcf_expect_nothing(test);
			errors++;
			err = pcf_init();
		}
		KUNIT_ASSERT_EQ(test, 0, err);
		pcf_expect_all(test);
		pcf_destroy(test);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	kunit_info(test, "%u allocations, %u of them needed\n", nth - 2, errors);
	return errors;
}

/* At least what describes a thread, and its name. */
static void init_fails_at_each_allocation(struct kunit *test)
{
	KUNIT_EXPECT_GE(test, pcf_fail_each(test, current), 2 * num_online_cpus());
}

/* At least task_struct, credentials, struct kthread and the process id. */
static void init_fails_at_each_allocation_of_kthreadd(struct kunit *test)
{
	KUNIT_EXPECT_GE(test, pcf_fail_each(test, kthreadd_task), 4 * num_online_cpus());
}

/* What can be had of it while pages cannot; returns how many pieces. */
static unsigned int pcf_take_percpu(struct percpu_completer_queue __percpu **pieces)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	unsigned int nr;

	for (nr = 0; nr < PCF_PIECES; nr++) {
		pcf_start_failing(current, 1);
		pieces[nr] = alloc_percpu_gfp(struct percpu_completer_queue, gfp);
		pcf_stop_failing(current);
		if (!pieces[nr])
			break;
	}
	return nr;
}

/*
 * A kworker sees to it that some pages are in stock, perhaps just now.  What failed
 * later has left a mark.
 */
static bool pcf_fails_for_percpu(struct kunit *test,
				 struct percpu_completer_queue __percpu **pieces)
{
	unsigned int nr = pcf_take_percpu(pieces);
	bool failed;
	int err;

	memset(&pcf_pc, 0, sizeof(pcf_pc));
	err = pcf_init_failing(current, 1, &failed);
	while (nr)
		free_percpu(pieces[--nr]);
	KUNIT_ASSERT_EQ(test, -ENOMEM, err);
	pcf_expect_nothing(test);
	return !pcf_pc.queues;
}

static void init_fails_without_percpu_memory(struct kunit *test)
{
	struct percpu_completer_queue __percpu **pieces;
	bool failed = false;
	unsigned int i;

	pieces = kunit_kcalloc(test, PCF_PIECES, sizeof(*pieces), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pieces);
	for (i = 0; i < 20 && !failed; i++)
		failed = pcf_fails_for_percpu(test, pieces);
	KUNIT_EXPECT_TRUE(test, failed);
	KUNIT_ASSERT_EQ(test, 0, pcf_init());
	pcf_expect_all(test);
	pcf_destroy(test);
}

/* Of threads that are left behind, the other cases tell. */
static void failed_init_frees_percpu_memory(struct kunit *test)
{
	const size_t size = PCF_TIMES * sizeof(struct percpu_completer_queue);
	unsigned long leak = num_possible_cpus() * PFN_DOWN(size);
	unsigned long before = pcpu_nr_pages();
	unsigned int i, errors = 0;
	bool failed;

	for (i = 0; i < PCF_TIMES; i++) {
		if (pcf_init_failing(kthreadd_task, 1, &failed))
			errors++;
		else
			percpu_completer_destroy(&pcf_pc);
	}
	KUNIT_EXPECT_GE(test, errors, PCF_TIMES * 9 / 10);
	KUNIT_EXPECT_LE(test, pcpu_nr_pages(), before + leak / 2);
	pcf_expect_nothing(test);
}

/*
 * G8: a CPU without a worker is served by the others
 */

static void pcf_cycle(struct kunit *test, unsigned int cpu)
{
	KUNIT_ASSERT_EQ(test, 0, remove_cpu(cpu));
	KUNIT_ASSERT_EQ(test, 0, add_cpu(cpu));
}

/* Whether the completer, set up while @cpu is off, has a worker when that comes up. */
static bool pcf_comes_up_failing(struct kunit *test, unsigned int cpu, unsigned int nth,
				 bool *failed)
{
	int err;

	KUNIT_ASSERT_EQ(test, 0, remove_cpu(cpu));
	KUNIT_ASSERT_EQ(test, 0, pcf_init());
	pcf_start_failing(kthreadd_task, nth);
	err = add_cpu(cpu);
	*failed = pcf_stop_failing(kthreadd_task);
	KUNIT_ASSERT_EQ(test, 0, err);
	return per_cpu_ptr(pcf_pc.queues, cpu)->worker;
}

static void cpu_comes_up_without_worker(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), nth, without = 0;
	bool failed = true;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || !cpu)
		kunit_skip(test, "there is no CPU to take off");
	for (nth = 1; failed && nth < PCF_MANY; nth++) {
		if (!pcf_comes_up_failing(test, cpu, nth, &failed)) {
			KUNIT_EXPECT_TRUE(test, failed);
			KUNIT_EXPECT_EQ(test, num_online_cpus() - 1, pcf_nr_threads());
			KUNIT_EXPECT_NE(test, cpu, pcf_completed_on(cpu));
			without++;
			/* It gets its worker the next time. */
			pcf_cycle(test, cpu);
		}
		pcf_expect_all(test);
		pcf_destroy(test);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_GE(test, without, 4);
	kunit_info(test, "%u times without\n", without);
}

/* Longer than the facility waits before it tries again. */
#define PCF_RETRY_S	20

static bool pcf_has_worker_soon(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < PCF_RETRY_S; i++) {
		if (READ_ONCE(per_cpu_ptr(pcf_pc.queues, cpu)->worker))
			return true;
		ssleep(1);
	}
	return false;
}

/* The CPU need not go and return: there may be memory again later. */
static void worker_is_created_later(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	bool failed;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || !cpu)
		kunit_skip(test, "there is no CPU to take off");
	KUNIT_ASSERT_FALSE(test, pcf_comes_up_failing(test, cpu, 1, &failed));
	KUNIT_EXPECT_TRUE(test, failed);
	KUNIT_EXPECT_NE(test, cpu, pcf_completed_on(cpu));
	KUNIT_EXPECT_TRUE(test, pcf_has_worker_soon(cpu));
	pcf_expect_all(test);
	pcf_destroy(test);
}

/* G11: the last worker does not leave for cpus= before a CPU that it names has one. */
static void last_worker_stays_until_another_is_created(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	char rule[32];
	int err;

	if (!cpu)
		kunit_skip(test, "the test needs two CPUs");
	KUNIT_ASSERT_EQ(test, 0, percpu_completer_set_override(PCF_NAME ":cpus=0"));
	KUNIT_ASSERT_EQ(test, 0, pcf_init());
	KUNIT_EXPECT_EQ(test, 1, pcf_nr_threads());
	snprintf(rule, sizeof(rule), PCF_NAME ":cpus=%u", cpu);
	pcf_start_failing(kthreadd_task, 1);
	err = percpu_completer_set_override(rule);
	KUNIT_EXPECT_TRUE(test, pcf_stop_failing(kthreadd_task));
	KUNIT_ASSERT_EQ(test, 0, err);
	KUNIT_EXPECT_EQ(test, 1, pcf_nr_threads());
	KUNIT_EXPECT_EQ(test, 0, pcf_completed_on(cpu));
	KUNIT_EXPECT_TRUE(test, pcf_has_worker_soon(cpu));
	/* The other one leaves when it runs. */
	for (i = 0; i < 100 && pcf_completed_on(0) != cpu; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, cpu, pcf_completed_on(0));
	KUNIT_ASSERT_EQ(test, 0, percpu_completer_set_override(""));
	pcf_expect_all(test);
	pcf_destroy(test);
}

/* Take off all CPUs but the boot CPU and @cpu, or bring them up. */
static void pcf_only_with(struct kunit *test, unsigned int cpu, int (*change)(unsigned int))
{
	unsigned int other;

	for_each_present_cpu(other) {
		if (other && other != cpu)
			KUNIT_ASSERT_EQ(test, 0, change(other));
	}
}

/*
 * The last worker goes on elsewhere, and returns with its CPU.  As SCHED_FIFO it might get
 * nothing elsewhere, without anybody noticing.
 */
static void last_worker_leaves_cpu(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), i;
	char rule[32];
	int err;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || !cpu)
		kunit_skip(test, "there is no CPU to take off");
	snprintf(rule, sizeof(rule), PCF_NAME ":cpus=%u", cpu);
	KUNIT_ASSERT_EQ(test, 0, percpu_completer_set_override(rule));
	pcf_only_with(test, cpu, remove_cpu);
	KUNIT_ASSERT_EQ(test, 0, pcf_init());
	pcf_start_failing(kthreadd_task, 1);
	err = remove_cpu(cpu);
	KUNIT_EXPECT_TRUE(test, pcf_stop_failing(kthreadd_task));
	KUNIT_ASSERT_EQ(test, 0, err);
	KUNIT_EXPECT_EQ(test, 1, pcf_nr_threads());
	KUNIT_EXPECT_EQ(test, 0, pcf_completed_on(cpu));
	KUNIT_EXPECT_FALSE(test, pcf_item.bound);
	KUNIT_EXPECT_EQ(test, SCHED_NORMAL, pcf_item.policy);
	KUNIT_ASSERT_EQ(test, 0, add_cpu(cpu));
	KUNIT_EXPECT_EQ(test, 1, pcf_nr_threads());
	KUNIT_EXPECT_EQ(test, cpu, pcf_completed_on(cpu));
	KUNIT_EXPECT_TRUE(test, pcf_item.bound);
	/* Its CPU may be in debt now and then: the machine under us has used its time. */
	for (i = 0; i < 50 && pcf_item.policy != SCHED_FIFO; i++) {
		msleep(20);
		KUNIT_ASSERT_EQ(test, cpu, pcf_completed_on(cpu));
	}
	KUNIT_EXPECT_EQ(test, SCHED_FIFO, pcf_item.policy);
	pcf_only_with(test, cpu, add_cpu);
	KUNIT_ASSERT_EQ(test, 0, percpu_completer_set_override(""));
	pcf_expect_all(test);
	pcf_destroy(test);
}

static int pcf_case_init(struct kunit *test)
{
	if (!pcf_memory_fails())
		kunit_skip(test, "fault injection leaves alone who may wait");
	init_completion(&pcf_item.done);
	return 0;
}

/* After a failure, for the case that follows. */
static void pcf_case_exit(struct kunit *test)
{
	percpu_completer_destroy(&pcf_pc);
}

static struct kunit_case pcf_cases[] = {
	KUNIT_CASE_SLOW(init_fails_at_each_allocation),
	KUNIT_CASE_SLOW(init_fails_at_each_allocation_of_kthreadd),
	KUNIT_CASE(init_fails_without_percpu_memory),
	KUNIT_CASE_SLOW(failed_init_frees_percpu_memory),
	KUNIT_CASE_SLOW(cpu_comes_up_without_worker),
	KUNIT_CASE_SLOW(worker_is_created_later),
	KUNIT_CASE_SLOW(last_worker_leaves_cpu),
	KUNIT_CASE_SLOW(last_worker_stays_until_another_is_created),
	{}
};

static struct kunit_suite pcf_suite = {
	.name = "percpu_completer_faults",
	.init = pcf_case_init,
	.exit = pcf_case_exit,
	.test_cases = pcf_cases,
};

kunit_test_suites(&pcf_suite);
