// SPDX-License-Identifier: GPL-2.0
#include <linux/kthread.h>

struct foo_work {
	struct list_head list;
	int status;
};

struct foo_percpu {
	struct task_struct *thread;
	struct list_head work_list;
	spinlock_t lock;
};

static DEFINE_PER_CPU(struct foo_percpu, foo_percpu);

static int foo_thread(void *arg);

static void foo_irq(struct foo_request *rq)
{
	struct foo_percpu *p;
	struct foo_work *work = rq->work;

	INIT_LIST_HEAD(&work->list);
	p = &per_cpu(foo_percpu, rq->cpu);
	spin_lock_bh(&p->lock);
	if (unlikely(!p->thread)) {
		spin_unlock_bh(&p->lock);
		foo_drop(rq);
		return;
	}
	list_add_tail(&work->list, &p->work_list);
	work->status = rq->status;
	wake_up_process(p->thread);
	spin_unlock_bh(&p->lock);
}

/* One for each CPU. */
static int foo_thread(void *arg)
{
	struct foo_percpu *p = arg;
	struct foo_work *work, *tmp;
	LIST_HEAD(batch);

	set_user_nice(current, MIN_NICE);
	while (!kthread_should_stop()) {
		spin_lock_bh(&p->lock);
		while (!list_empty(&p->work_list)) {
			list_splice_init(&p->work_list, &batch);
			spin_unlock_bh(&p->lock);

			list_for_each_entry_safe(work, tmp, &batch, list) {
				list_del_init(&work->list);
				if (work->status)
					foo_log(work);
				foo_end(work);
			}
			spin_lock_bh(&p->lock);
		}
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock_bh(&p->lock);
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int foo_online(unsigned int cpu)
{
	struct foo_percpu *p = &per_cpu(foo_percpu, cpu);
	struct task_struct *thread;

	thread = kthread_create_on_cpu(foo_thread, p, cpu, "foo/%d");
	if (IS_ERR(thread))
		return PTR_ERR(thread);

	p->thread = thread;
	wake_up_process(thread);
	return 0;
}

static int foo_offline(unsigned int cpu)
{
	struct foo_percpu *p = &per_cpu(foo_percpu, cpu);
	struct task_struct *thread;
	struct foo_work *work, *tmp;

	spin_lock_bh(&p->lock);
	thread = p->thread;
	p->thread = NULL;
	list_for_each_entry_safe(work, tmp, &p->work_list, list) {
		list_del_init(&work->list);
		foo_end(work);
	}
	spin_unlock_bh(&p->lock);
	kthread_stop(thread);
	return 0;
}

static enum cpuhp_state foo_hp_state;

static int __init foo_init(void)
{
	struct foo_percpu *p;
	int err, cpu;

	for_each_possible_cpu(cpu) {
		p = &per_cpu(foo_percpu, cpu);
		INIT_LIST_HEAD(&p->work_list);
		spin_lock_init(&p->lock);
		p->thread = NULL;
	}

	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "foo:online", foo_online, foo_offline);
	if (err < 0)
		return err;
	foo_hp_state = err;
	return foo_register();
}

static void __exit foo_exit(void)
{
	foo_unregister();
	cpuhp_remove_state(foo_hp_state);
}
