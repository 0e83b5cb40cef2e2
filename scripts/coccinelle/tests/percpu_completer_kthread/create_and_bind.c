// SPDX-License-Identifier: GPL-2.0
#include <linux/kthread.h>
#include <linux/cpu.h>

struct completer_of_cpu {
	spinlock_t guard;
	struct list_head done;
	struct task_struct *worker;
};

DEFINE_PER_CPU(struct completer_of_cpu, bar_per_cpu_queues);

struct bar_io {
	void *buffer;
	struct list_head link;
};

int bar_completion_kthread(void *data);

int bar_completion_kthread(void *data)
{
	LIST_HEAD(mine);
	struct bar_io *next, *io;
	struct completer_of_cpu *queue = data;
	unsigned long flags;

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		spin_lock_irqsave(&queue->guard, flags);
		while (!list_empty(&queue->done)) {
			list_splice_init(&queue->done, &mine);
			spin_unlock_irqrestore(&queue->guard, flags);
			list_for_each_entry_safe(io, next, &mine, link) {
				list_del(&io->link);
				bar_end_io(io);
			}
			cond_resched();
			spin_lock_irqsave(&queue->guard, flags);
		}
		__set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock_irqrestore(&queue->guard, flags);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

void bar_queue(struct bar_io *io)
{
	struct completer_of_cpu *queue;
	unsigned long flags;

	queue = this_cpu_ptr(&bar_per_cpu_queues);
	spin_lock_irqsave(&queue->guard, flags);
	if (likely(queue->worker)) {
		list_add_tail(&io->link, &queue->done);
		wake_up_process(queue->worker);
	}
	spin_unlock_irqrestore(&queue->guard, flags);
}

static int bar_cpu_up(unsigned int cpu)
{
	struct completer_of_cpu *queue = per_cpu_ptr(&bar_per_cpu_queues, cpu);
	struct task_struct *task;

	task = kthread_create_on_node(bar_completion_kthread, (void *)queue, cpu_to_node(cpu),
				      "bar_end_io/%d", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);

	kthread_bind(task, cpu);
	queue->worker = task;
	wake_up_process(task);
	return 0;
}

static int bar_cpu_down(unsigned int cpu)
{
	struct completer_of_cpu *queue = per_cpu_ptr(&bar_per_cpu_queues, cpu);
	struct task_struct *task;
	struct bar_io *io, *next;
	unsigned long flags;

	spin_lock_irqsave(&queue->guard, flags);
	task = queue->worker;
	queue->worker = NULL;
	list_for_each_entry_safe(io, next, &queue->done, link) {
		list_del_init(&io->link);
		bar_end_io(io);
	}
	spin_unlock_irqrestore(&queue->guard, flags);
	if (task)
		kthread_stop(task);
	return 0;
}

static enum cpuhp_state bar_state;

int bar_setup(void)
{
	struct completer_of_cpu *queue;
	unsigned int cpu;
	int ret;

	for_each_possible_cpu(cpu) {
		queue = per_cpu_ptr(&bar_per_cpu_queues, cpu);
		spin_lock_init(&queue->guard);
		INIT_LIST_HEAD(&queue->done);
	}
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "bar:up", bar_cpu_up, bar_cpu_down);
	if (ret < 0) {
		pr_err("no threads\n");
		goto out;
	}
	bar_state = ret;
	ret = 0;
out:
	return ret;
}

void bar_teardown(void)
{
	cpuhp_remove_state(bar_state);
}
