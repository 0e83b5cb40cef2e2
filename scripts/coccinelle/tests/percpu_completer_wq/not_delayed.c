// SPDX-License-Identifier: GPL-2.0
/* Not to be converted: the workqueue has delayed work, too. */
#include <linux/workqueue.h>

struct foo_done {
	int status;
	struct work_struct work;
	struct foo_device *dev;
};

static struct workqueue_struct *foo_wq;

static void foo_done_fn(struct work_struct *work)
{
	struct foo_done *done = container_of(work, struct foo_done, work);

	foo_end(done->dev, done->status);
	kfree(done);
}

static void foo_irq(struct foo_device *dev, struct foo_done *done)
{
	done->dev = dev;
	INIT_WORK(&done->work, foo_done_fn);
	queue_work(foo_wq, &done->work);
}

void foo_remove(struct foo_device *dev)
{
	queue_delayed_work(foo_wq, &dev->poll, HZ);
	kfree(dev);
}

static int __init foo_init(void)
{
	int ret;

	foo_wq = alloc_workqueue("foo", WQ_MEM_RECLAIM | WQ_PERCPU, 1);
	if (!foo_wq)
		return -ENOMEM;
	ret = foo_register();
	if (ret)
		destroy_workqueue(foo_wq);
	return ret;
}

static void __exit foo_exit(void)
{
	foo_unregister();
	destroy_workqueue(foo_wq);
}
