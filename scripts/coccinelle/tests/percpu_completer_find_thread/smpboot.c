// SPDX-License-Identifier: GPL-2.0
/* The threads are smpboot's, the queue is not. */
static DEFINE_PER_CPU(struct done_cpu, done_cpu);
static DEFINE_PER_CPU(struct tick_cpu, tick_cpu);

static void done_init(int cpu)
{
	struct done_cpu *d = &per_cpu(done_cpu, cpu);

	INIT_LIST_HEAD(&d->list);
}

static struct smp_hotplug_thread done_threads = {
	.thread_fn = done_thread,
	.thread_comm = "done/%u",
	.thread_should_run = done_should_run,
	.store = &done_cpu.task,
};

/* Near miss: no list. */
static struct smp_hotplug_thread tick_threads = {
	.store = &tick_cpu.task,
	.thread_fn = tick_thread,
	.thread_comm = "tick/%u",
};
