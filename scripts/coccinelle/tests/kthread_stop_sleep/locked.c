// SPDX-License-Identifier: GPL-2.0
static int foo_thread(void *arg)
{
	struct foo_queue *q = arg;

	while (!kthread_should_stop()) {
		spin_lock_irq(&q->lock);
		while (!list_empty(&q->list)) {
			foo_take(q);
			spin_unlock_irq(&q->lock);
			foo_process(q);
			spin_lock_irq(&q->lock);
		}
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock_irq(&q->lock);
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int bar_thread(void *arg)
{
	struct bar_queue *q = arg;
	unsigned long flags;

	while (!kthread_should_stop()) {
		raw_spin_lock_irqsave(&q->lock, flags);
		bar_process(q);
		set_current_state(TASK_INTERRUPTIBLE);
		raw_spin_unlock_irqrestore(&q->lock, flags);
		schedule();
	}
	return 0;
}
