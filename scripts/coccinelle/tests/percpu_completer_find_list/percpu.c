// SPDX-License-Identifier: GPL-2.0
/* Per-CPU data with a list and a work item. */
static DEFINE_PER_CPU(struct done_cpu, done_cpu);

/* The lock is none, one of irqsave, one of bh; the item plain or delayed. */
void done_irq(struct bio *bio)
{
	struct done_cpu *d;
	unsigned long flags;
	bool first;

	local_irq_save(flags);
	d = this_cpu_ptr(&done_cpu);
	first = bio_list_empty(&d->bios);
	bio_list_add(&d->bios, bio);
	local_irq_restore(flags);
	if (first)
		queue_work_on(d->cpu, done_wq, &d->item);
}

void sent_irqsave(struct message *msg)
{
	struct sent_cpu *s = raw_cpu_ptr(sent);
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_add_tail(&msg->list, &s->messages);
	spin_unlock_irqrestore(&s->lock, flags);
	schedule_delayed_work(&s->dwork, 1);
}

void received_bh(struct net_data *nd, struct sk_buff *skb)
{
	struct receive_cpu *r = per_cpu_ptr(nd->receive, nd->cpu);

	spin_lock_bh(&r->queue.lock);
	__skb_queue_tail(&r->queue, skb);
	spin_unlock_bh(&r->queue.lock);
	schedule_work_on(nd->cpu, &r->work);
}

void freed(void *addr)
{
	struct free_cpu *f = &per_cpu(free_cpu, 0);

	if (llist_add(addr, &f->list))
		mod_delayed_work_on(0, free_wq, &f->dwork, 1);
}

/* The list and the item in variables of their own. */
void apart(struct thing *thing)
{
	if (llist_add(&thing->node, this_cpu_ptr(&things)))
		queue_work(thing_wq, this_cpu_ptr(&thing_work));
}

/* An array with an element for each CPU. */
void submit(struct device_data *dev, struct cmd *cmd, int cpu)
{
	struct cmd_queue *q = &dev->queues[cpu].submit;

	llist_add(&cmd->node, &q->list);
	queue_work_on(cpu, submit_wq, &q->work);
}

/* Near miss: the work item is not of the CPU. */
void cached(struct thing *thing)
{
	struct cache_cpu *c = this_cpu_ptr(&cache_cpu);

	list_add(&thing->list, &c->cache);
	queue_work(cache_wq, &cache_work);
}

/* Near miss: a list and a work item of one device. */
void device_done(struct device_data *dev, struct cmd *cmd)
{
	spin_lock(&dev->lock);
	list_add_tail(&cmd->list, &dev->done);
	spin_unlock(&dev->lock);
	queue_work(dev->wq, &dev->work);
}

/* Near miss: per-CPU work that has no list. */
void tick(void)
{
	struct tick_cpu *t = this_cpu_ptr(&tick_cpu);

	schedule_delayed_work_on(t->cpu, &t->dwork, HZ);
}

/* Near miss: the index is no CPU. */
void port_submit(struct device_data *dev, struct cmd *cmd, int port)
{
	struct cmd_queue *q = &dev->ports[port];

	llist_add(&cmd->node, &q->list);
	queue_work_on(dev->cpu, submit_wq, &q->work);
}
