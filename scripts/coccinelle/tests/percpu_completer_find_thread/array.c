// SPDX-License-Identifier: GPL-2.0
/* Arrays with an element for each CPU. */
static int workers;

static void pass_on(struct item *item, int unit)
{
	int n = unit % workers;

	spin_lock_bh(&queues[n].lock);
	list_add_tail(&item->list, &queues[n].list);
	spin_unlock_bh(&queues[n].lock);
	wake_up(&waiters[n]);
}

static int queues_init(void)
{
	workers = num_online_cpus();
	queues = kcalloc(workers, sizeof(*queues), GFP_KERNEL);
	waiters = kcalloc(workers, sizeof(*waiters), GFP_KERNEL);
	return 0;
}

/* Near miss: as many as there are ports. */
static void port_pass_on(struct item *item, int port)
{
	list_add_tail(&item->list, &ports[port].list);
	wake_up(&port_waiters[port]);
}

static int ports_init(int count)
{
	ports = kcalloc(count, sizeof(*ports), GFP_KERNEL);
	return 0;
}
