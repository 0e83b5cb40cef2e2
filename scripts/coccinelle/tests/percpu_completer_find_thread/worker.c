// SPDX-License-Identifier: GPL-2.0
/* A kthread worker for each CPU. */
static struct kthread_worker **pool;
static struct kthread_worker *fixed[NR_CPUS];
static struct kthread_worker *lanes[LANES];

static struct kthread_worker *pool_make(unsigned int cpu)
{
	return kthread_run_worker_on_cpu(cpu, 0, "pool/%u");
}

static int pool_online(unsigned int cpu)
{
	struct kthread_worker *worker = pool_make(cpu);

	if (IS_ERR(worker))
		return PTR_ERR(worker);
	rcu_assign_pointer(pool[cpu], worker);
	return 0;
}

static int pool_offline(unsigned int cpu)
{
	pool[cpu] = NULL;
	return 0;
}

static int fixed_online(unsigned int cpu)
{
	fixed[cpu] = kthread_create_worker_on_cpu(cpu, 0, "fixed/%u", cpu);
	return PTR_ERR_OR_ZERO(fixed[cpu]);
}

/* Near miss: one worker of a device. */
static int device_probe(struct device_data *d)
{
	d->worker = kthread_run_worker_on_cpu(d->cpu, 0, "device");
	return PTR_ERR_OR_ZERO(d->worker);
}

/* Near miss: several workers that belong to no CPU. */
static int lanes_start(void)
{
	int i;

	for (i = 0; i < LANES; i++)
		lanes[i] = kthread_run_worker(0, "lane/%d", i);
	return 0;
}
