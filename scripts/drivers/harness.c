// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts for drivers without hardware, and what is expected of them
 *
 * Each CPU has a timer, which completes commands, in order, for as long as the module is
 * loaded.  Another program takes one CPU off and on meanwhile.  What is still under way
 * when the timers have stopped has to complete; then the driver frees what completions
 * need, with some of these queued, and goes.
 */

#define pr_fmt(fmt) "harness: " fmt

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/seq_buf.h>
#include <linux/workqueue.h>

#include "harness.h"

#define PERIOD		ms_to_ktime(1)
/* Commands for each interrupt. */
#define BATCH		4
/* Whoever takes longer has been forgotten. */
#define PATIENCE_MS	5000
#define NO_CPU		(-1)
/* The task that is going to be slow is known. */
#define A_TASK		(-2)

struct command {
	unsigned long	seq;
	unsigned int	epoch;
	bool		pending;
};

/* The commands of one CPU, by turns. */
struct flow {
	struct hrtimer	timer;
	unsigned int	cpu;
	unsigned long	next;
	unsigned long	last;
	struct command	commands[HARNESS_DEPTH];
};

static const char * const names[HARNESS_COUNTS] = {
	[HARNESS_QUEUED]	= "queued",
	[HARNESS_COMPLETED]	= "completed",
	[HARNESS_OFFLINE]	= "offline",
	[HARNESS_INTERRUPT]	= "interrupt",
	[HARNESS_LOST]		= "lost",
	[HARNESS_TWICE]		= "twice",
	[HARNESS_ORDER]		= "order",
	[HARNESS_LOCKED]	= "locked",
	[HARNESS_NOBODY]	= "nobody",
	[HARNESS_PREEMPTED]	= "preempted",
	[HARNESS_ENDPOINT]	= "endpoint",
	[HARNESS_CONNECTION]	= "connection",
	[HARNESS_ADAPTER]	= "adapter",
	[HARNESS_POOL]		= "pool",
	[HARNESS_SPIN]		= "spin",
};

static atomic_long_t counts[HARNESS_COUNTS];
static struct flow flows[HARNESS_CPUS];
/* The timers go on. */
static bool running;
/* Odd from when a CPU begins to go off until it has come on. */
static unsigned int epoch;
/* The CPU whose next completion takes long, and in which task that is. */
static int slow_cpu = NO_CPU;
static struct task_struct *slow_task;
/* What the driver is about to free, and that it has been. */
static const struct harness_end *end;
static bool freed;

void harness_count(enum harness_count count)
{
	atomic_long_inc(&counts[count]);
}

static void wait_until(bool (*is_so)(void))
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS && !is_so(); ms += 10)
		msleep(10);
}

static bool is_slow(void)
{
	return READ_ONCE(slow_cpu) == NO_CPU;
}

/*
 * The hardware
 */

/* Complete the next command of a flow; false if that is still under way. */
static bool interrupt(struct flow *flow)
{
	unsigned int turn = flow->next % HARNESS_DEPTH;
	struct command *command = &flow->commands[turn];

	if (smp_load_acquire(&command->pending))
		return false;
	command->seq = flow->next++;
	command->epoch = READ_ONCE(epoch);
	smp_store_release(&command->pending, true);
	harness_count(HARNESS_QUEUED);
	harness_driver.interrupt(turn * nr_cpu_ids + flow->cpu);
	return true;
}

static enum hrtimer_restart timer(struct hrtimer *timer)
{
	struct flow *flow = container_of(timer, struct flow, timer);
	int nr = READ_ONCE(running) ? BATCH : HARNESS_DEPTH;

	while (nr-- && interrupt(flow))
		;
	hrtimer_forward_now(timer, PERIOD);
	return READ_ONCE(running) ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

static void start_timer(void *unused)
{
	hrtimer_start(&flows[smp_processor_id()].timer, PERIOD, harness_driver.mode);
}

/* The driver is ready for interrupts, so it says, and gets some at once. */
int harness_start(void)
{
	WRITE_ONCE(running, true);
	on_each_cpu(start_timer, NULL, 1);
	msleep(100);
	return 0;
}

static void stop_timers(void)
{
	unsigned int cpu;

	WRITE_ONCE(running, false);
	for_each_possible_cpu(cpu)
		hrtimer_cancel(&flows[cpu].timer);
}

/*
 * CPUs go off and on
 */

/* A handler in a task was preempted, or has returned; the driver's callback has. */
static DECLARE_COMPLETION(preempted);
static DECLARE_COMPLETION(has_gone);

/* As with PREEMPT_RT: it stays on its CPU. */
static void handle(struct work_struct *unused)
{
	int nr = BATCH;

	migrate_disable();
	while (nr-- && interrupt(&flows[smp_processor_id()]))
		;
	migrate_enable();
	complete_all(&preempted);
}

static DECLARE_WORK(handler, handle);

/* A handler that is a task goes on when the driver's callback has returned. */
void harness_preempt(void)
{
	if (current_work() != &handler)
		return;
	complete_all(&preempted);
	wait_for_completion_timeout(&has_gone, msecs_to_jiffies(PATIENCE_MS));
}

/* Instead of the timer, which is started again when the CPU comes on. */
static void start_handler(unsigned int cpu)
{
	hrtimer_cancel(&flows[cpu].timer);
	reinit_completion(&preempted);
	reinit_completion(&has_gone);
	schedule_work_on(cpu, &handler);
	wait_for_completion_timeout(&preempted, msecs_to_jiffies(PATIENCE_MS));
}

/* The timer of a CPU that is off runs elsewhere.  After the driver's own callback. */
static int comes_on(unsigned int cpu)
{
	hrtimer_cancel(&flows[cpu].timer);
	flush_work(&handler);
	WRITE_ONCE(epoch, epoch + 1);
	if (READ_ONCE(running))
		start_timer(NULL);
	return 0;
}

/* The thread of a CPU sleeps, while its commands become more. */
static void leave_work(unsigned int cpu)
{
	WRITE_ONCE(slow_cpu, cpu);
	wait_until(is_slow);
	WRITE_ONCE(slow_cpu, NO_CPU);
	msleep(10);
}

/* Before the driver's own callback, which finds work every other time at least. */
static int goes_off(unsigned int cpu)
{
	WRITE_ONCE(epoch, epoch + 1);
	if (epoch & 2)
		leave_work(cpu);
	else if (harness_driver.threaded)
		start_handler(cpu);
	return 0;
}

/* After the driver's own callback. */
static int is_gone(unsigned int cpu)
{
	complete_all(&has_gone);
	return 0;
}

/*
 * What the driver does
 */

static unsigned int locks_held(void)
{
	return preempt_count() & PREEMPT_MASK;
}

static void look_at_context(bool all_online)
{
	if (!in_task())
		harness_count(all_online ? HARNESS_INTERRUPT : HARNESS_OFFLINE);
	else if (irqs_disabled() || locks_held() > harness_driver.locks)
		harness_count(HARNESS_LOCKED);
}

static struct command *find(unsigned int nr)
{
	return &flows[harness_cpu(nr)].commands[nr / nr_cpu_ids];
}

/* The driver completes a command. */
void harness_done(unsigned int nr)
{
	struct flow *flow = &flows[harness_cpu(nr)];
	struct command *command = find(nr);
	unsigned int now = READ_ONCE(epoch);
	bool all_online = command->epoch == now && !(now & 1);

	look_at_context(all_online);
	if (READ_ONCE(freed))
		harness_count(end->early);
	if (all_online) {
		if (command->seq < flow->last)
			harness_count(HARNESS_ORDER);
		flow->last = command->seq;
	}
	harness_count(HARNESS_COMPLETED);
	if (!xchg(&command->pending, false))
		harness_count(HARNESS_TWICE);
	if (in_task() && cmpxchg(&slow_cpu, flow->cpu, A_TASK) == flow->cpu)
		WRITE_ONCE(slow_task, current);
}

/* The driver need not complete a command. */
void harness_skip(unsigned int nr)
{
	WRITE_ONCE(find(nr)->pending, false);
}

/* The driver has completed a command, or is about to, and holds no lock. */
void harness_pause(void)
{
	if (!in_task() || cmpxchg(&slow_task, current, NULL) != current)
		return;
	WRITE_ONCE(slow_cpu, NO_CPU);
	msleep(200);
}

/* The driver frees what it was told to. */
void harness_freed(void)
{
	WRITE_ONCE(freed, true);
}

/*
 * From beginning to end
 */

static bool flow_is_idle(struct flow *flow)
{
	int turn;

	for (turn = 0; turn < HARNESS_DEPTH; turn++)
		if (READ_ONCE(flow->commands[turn].pending))
			return false;
	return true;
}

static bool is_idle(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (!flow_is_idle(&flows[cpu]))
			return false;
	return true;
}

static bool all_fired(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (hrtimer_active(&flows[cpu].timer))
			return false;
	return true;
}

static void wait_for_all(void)
{
	unsigned int nr;

	wait_until(is_idle);
	for (nr = 0; nr < HARNESS_DEPTH * nr_cpu_ids; nr++)
		if (xchg(&find(nr)->pending, false))
			harness_count(HARNESS_LOST);
}

/* The driver frees something, with all commands queued and a thread that is slow. */
static void finish(const struct harness_end *it)
{
	end = it;
	if (it->prepare)
		it->prepare();
	WRITE_ONCE(slow_cpu, 0);
	WRITE_ONCE(running, it->interrupts);
	on_each_cpu(start_timer, NULL, 1);
	if (!it->interrupts)
		wait_until(all_fired);
	wait_until(is_slow);
	it->free();
	stop_timers();
	wait_for_all();
	WRITE_ONCE(freed, false);
}

static void report(void)
{
	char text[400];
	struct seq_buf line;
	int count;

	seq_buf_init(&line, text, sizeof(text));
	for (count = 0; count < HARNESS_COUNTS; count++)
		seq_buf_printf(&line, " %s=%ld", names[count],
			       atomic_long_read(&counts[count]));
	pr_info("%s:%s\n", KBUILD_MODNAME, seq_buf_str(&line));
}

static int state, gone_state;

static void set_up_flows(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		flows[cpu].cpu = cpu;
		hrtimer_setup(&flows[cpu].timer, timer, CLOCK_MONOTONIC, harness_driver.mode);
	}
}

/* Our callbacks are around the driver's: a CPU that goes off calls the last one first. */
static int start_driver(void)
{
	int ret = harness_driver.init();

	if (ret)
		return ret;
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "harness", comes_on, goes_off);
	if (state >= 0)
		return 0;
	stop_timers();
	harness_driver.exit();
	return state;
}

static int __init harness_init(void)
{
	int ret;

	if (nr_cpu_ids > HARNESS_CPUS)
		return -EINVAL;
	set_up_flows();
	gone_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "harness:gone", NULL, is_gone);
	if (gone_state < 0)
		return gone_state;
	ret = start_driver();
	if (ret)
		cpuhp_remove_state_nocalls(gone_state);
	return ret;
}

static void __exit harness_exit(void)
{
	unsigned int nr;

	stop_timers();
	wait_for_all();
	for (nr = 0; nr < harness_driver.nr_ends; nr++)
		finish(&harness_driver.ends[nr]);
	cpuhp_remove_state_nocalls(state);
	flush_work(&handler);
	harness_driver.exit();
	cpuhp_remove_state_nocalls(gone_state);
	report();
}

module_init(harness_init);
module_exit(harness_exit);
