// SPDX-License-Identifier: GPL-2.0
/* One list and one work item for all CPUs. */
static DEFINE_SPINLOCK(failed_lock);
static LIST_HEAD(failed_list);
static struct bio_list ended_list;
static struct bio *dirty_list;
static LLIST_HEAD(put_list);
static LIST_HEAD(device_list);

static DECLARE_WORK(failed_work, failed_fn);
static DECLARE_WORK(ended_work, ended_fn);
static DECLARE_WORK(dirty_work, dirty_fn);
static DECLARE_DELAYED_WORK(put_work, put_fn);
static DECLARE_WORK(scan_work, scan_fn);

void failed(struct ioend *ioend)
{
	unsigned long flags;

	spin_lock_irqsave(&failed_lock, flags);
	list_add_tail(&ioend->list, &failed_list);
	spin_unlock_irqrestore(&failed_lock, flags);
	schedule_work(&failed_work);
}

/* Scheduled before it is added, under the lock, inside another macro. */
void ended(struct bio *bio)
{
	unsigned long flags;

	spin_lock_irqsave(&failed_lock, flags);
	if (bio_list_empty(&ended_list))
		WARN_ON_ONCE(!queue_work(system_wq, &ended_work));
	bio_list_add(&ended_list, bio);
	spin_unlock_irqrestore(&failed_lock, flags);
}

/* A list by hand. */
void dirty(struct bio *bio)
{
	unsigned long flags;

	spin_lock_irqsave(&failed_lock, flags);
	bio->bi_private = dirty_list;
	dirty_list = bio;
	spin_unlock_irqrestore(&failed_lock, flags);
	schedule_work(&dirty_work);
}

/* Near miss: nothing tells that interrupts add to it. */
void put(struct thing *thing)
{
	if (llist_add(&thing->node, &put_list))
		schedule_delayed_work(&put_work, 1);
}

/* Near miss: registered by a task, which no interrupt ever does. */
void device_register(struct device_data *dev)
{
	mutex_lock(&device_mutex);
	list_add_tail(&dev->list, &device_list);
	mutex_unlock(&device_mutex);
	schedule_work(&scan_work);
}

/* Near miss: the list belongs to the device. */
void device_event(struct device_data *dev, struct event *event)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	list_add_tail(&event->list, &dev->events);
	spin_unlock_irqrestore(&dev->lock, flags);
	schedule_work(&dev->work);
}

/* Near miss: nothing is handed over. */
void rescan(void)
{
	unsigned long flags;

	spin_lock_irqsave(&failed_lock, flags);
	wanted = true;
	spin_unlock_irqrestore(&failed_lock, flags);
	schedule_work(&scan_work);
}
