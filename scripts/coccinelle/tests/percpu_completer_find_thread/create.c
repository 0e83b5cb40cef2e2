// SPDX-License-Identifier: GPL-2.0
/* A thread per CPU and a list beside it, made in different ways. */
struct foo_cpu {
	struct list_head queue;
	spinlock_t lock;
	struct task_struct *task;
};

static DEFINE_PER_CPU(struct foo_cpu, foo_cpu);

static int foo_online(unsigned int cpu)
{
	struct foo_cpu *f = per_cpu_ptr(&foo_cpu, cpu);
	struct task_struct *task;

	task = kthread_create_on_cpu(foo_thread, f, cpu, "foo/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	f->task = task;
	wake_up_process(task);
	return 0;
}

static int foo_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct foo_cpu *f = &per_cpu(foo_cpu, cpu);

		raw_spin_lock_init(&f->lock);
		INIT_LIST_HEAD(&f->queue);
	}
	return cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "foo:online", foo_online, NULL);
}

/* Created and bound; the list is lockless, the data allocated. */
static int bar_start(struct bar *bar)
{
	struct bar_cpu *b;
	int cpu;

	bar->cpus = alloc_percpu(struct bar_cpu);
	for_each_online_cpu(cpu) {
		b = per_cpu_ptr(bar->cpus, cpu);
		b->task = kthread_create_on_node(bar_thread, b, cpu_to_node(cpu), "bar/%d", cpu);
		kthread_bind(b->task, cpu);
		wake_up_process(b->task);
	}
	return 0;
}

static void bar_prepare(struct bar *bar, int cpu)
{
	struct bar_cpu *b = per_cpu_ptr(bar->cpus, cpu);

	init_llist_head(&b->done);
}

/* Near miss: threads per CPU, but nothing is queued to them. */
static int load_start(unsigned int cpu)
{
	struct load *l = per_cpu_ptr(&loads, cpu);

	l->task = kthread_run_on_cpu(load_thread, l, cpu, "load/%u");
	return 0;
}

/* Near miss: the thread is not one of a CPU. */
static int single_start(void)
{
	struct single_cpu *s = this_cpu_ptr(&single_cpu);

	INIT_LIST_HEAD(&s->queue);
	single_task = kthread_create(single_thread, s, "single");
	return 0;
}

/* Near miss: the list is that of a device, whose thread is bound to a CPU. */
static int device_start(struct device_data *d)
{
	INIT_LIST_HEAD(&d->queue);
	d->task = kthread_create_on_node(device_thread, d, d->node, "device");
	kthread_bind(d->task, d->cpu);
	return 0;
}
