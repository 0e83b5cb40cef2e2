// SPDX-License-Identifier: GPL-2.0
/* Nothing to change: these threads look after they prepare to sleep, or wake up. */
static int looks_first(void *arg)
{
	struct foo_queue *q = arg;

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		spin_lock(&q->lock);
		foo_process(q);
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock(&q->lock);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int looks_again(void *arg)
{
	struct foo_queue *q = arg;

	while (!kthread_should_stop()) {
		spin_lock(&q->lock);
		foo_process(q);
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock(&q->lock);
		if (!kthread_should_stop())
			schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int wakes_up(void *arg)
{
	struct foo_queue *q = arg;

	while (!kthread_should_stop()) {
		spin_lock(&q->lock);
		foo_process(q);
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock(&q->lock);
		schedule_timeout(HZ);
	}
	return 0;
}
