// SPDX-License-Identifier: GPL-2.0
/*
 * The ways from a hard interrupt to a task on the same CPU: percpu_completer,
 * and everything that one would pick instead.
 *
 * Each peer is written as its best known user has it, or would have it if it
 * were bio completion: a node is one pointer, so what needs more than that has
 * one work item for each CPU, and a list beside it.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "bench.h"

/* How long the mechanism that is slow on purpose idles before its wake-up. */
#define PCB_SLOWED_US	5

/* The mechanism that is broken on purpose loses one node of so many. */
#define PCB_BUSTED_NTH	100

/* In the order queued, one pointer for each object: as struct bio_list. */
struct pcb_list {
	struct llist_node *first;
	struct llist_node *last;
};

/* Of one CPU.  A mechanism uses one kind of list and one kind of worker. */
struct pcb_cpu {
	raw_spinlock_t lock;	/* rfc_thread: of @list */
	struct pcb_list list;	/* else: this CPU, interrupts off */
	struct llist_head llist;
	struct task_struct *task;
	struct kthread_worker *kworker;
	struct kthread_work kwork;
	struct work_struct work;
	struct delayed_work dwork;
	struct pcb_instance *inst;
	unsigned int cpu;
};

/* True if the list was empty. */
static bool pcb_list_add(struct pcb_list *list, struct llist_node *node)
{
	bool was_empty = !list->first;

	node->next = NULL;
	if (was_empty)
		list->first = node;
	else
		list->last->next = node;
	list->last = node;
	return was_empty;
}

static struct llist_node *pcb_list_del_all(struct pcb_list *list)
{
	struct llist_node *first = list->first;

	list->first = NULL;
	return first;
}

static void pcb_complete(struct pcb_instance *inst, struct llist_node *node)
{
	struct llist_node *next;

	for (; node; node = next) {
		next = node->next;
		inst->attrs.fn(node);
	}
}

/* 7.3's bio completion: until the list is empty, without a bound. */
static void pcb_drain(struct pcb_cpu *pcpu)
{
	struct llist_node *first;

	for (;;) {
		local_irq_disable();
		first = pcb_list_del_all(&pcpu->list);
		local_irq_enable();
		if (!first)
			break;
		pcb_complete(pcpu->inst, first);
	}
}

/* 7.3's bio completion: true if a worker has to be told. */
static bool pcb_add(struct pcb_cpu *pcpu, struct llist_node *node)
{
	unsigned long flags;
	bool was_empty;

	local_irq_save(flags);
	was_empty = pcb_list_add(&pcpu->list, node);
	local_irq_restore(flags);
	return was_empty;
}

/* percpu_completer, with the urgency that the submitter asked for. */
static int percpu_completer_start(struct pcb_instance *inst)
{
	return percpu_completer_init(&inst->completer, &inst->attrs);
}

static void percpu_completer_stop(struct pcb_instance *inst)
{
	percpu_completer_destroy(&inst->completer);
}

static void percpu_completer_add(struct pcb_instance *inst,
				 struct llist_node *node)
{
	percpu_completer_queue(&inst->completer, node);
}

static void percpu_completer_add_lazy(struct pcb_instance *inst,
				      struct llist_node *node)
{
	percpu_completer_queue_lazy(&inst->completer, node);
}

static void percpu_completer_hurry(struct pcb_instance *inst)
{
	percpu_completer_begin_wait(&inst->completer);
	percpu_completer_end_wait(&inst->completer);
}

static const struct pcb_mechanism pcb_percpu_completer = {
	.name		= "percpu_completer",
	.init		= percpu_completer_start,
	.exit		= percpu_completer_stop,
	.queue		= percpu_completer_add,
	.queue_lazy	= percpu_completer_add_lazy,
	.expedite	= percpu_completer_hurry,
};

/* percpu_completer_lazy: as if nobody ever waited. */
static const struct pcb_mechanism pcb_percpu_completer_lazy = {
	.name		= "percpu_completer_lazy",
	.init		= percpu_completer_start,
	.exit		= percpu_completer_stop,
	.queue		= percpu_completer_add_lazy,
	.expedite	= percpu_completer_hurry,
};

/* A thread of one CPU, for the mechanisms that have nothing else. */
static int pcb_start_thread(struct pcb_cpu *pcpu, int (*fn)(void *pcpu))
{
	struct task_struct *task;

	task = kthread_create_on_cpu(fn, pcpu, pcpu->cpu, "pcb_thread/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	if (pcpu->inst->attrs.policy == PERCPU_COMPLETER_FIFO)
		sched_set_fifo_low(task);
	pcpu->task = task;
	wake_up_process(task);
	return 0;
}

static void pcb_stop_threads(struct pcb_instance *inst)
{
	struct pcb_cpu *pcpu;
	int cpu;

	for_each_possible_cpu(cpu) {
		pcpu = per_cpu_ptr(inst->cpus, cpu);
		if (pcpu->task)
			kthread_stop(pcpu->task);
	}
}

static int pcb_start_threads(struct pcb_instance *inst, int (*fn)(void *pcpu))
{
	int cpu, ret;

	for_each_online_cpu(cpu) {
		ret = pcb_start_thread(per_cpu_ptr(inst->cpus, cpu), fn);
		if (ret) {
			pcb_stop_threads(inst);
			return ret;
		}
	}
	return 0;
}

/*
 * bare_wake: the limit.  A thread, a lockless list and a wake-up; no hotplug, no
 * other CPU, no other user.
 */
static int bare_wake_thread(void *arg)
{
	struct pcb_cpu *pcpu = arg;
	struct llist_node *list;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		list = llist_del_all(&pcpu->llist);
		if (!list) {
			if (kthread_should_stop())
				break;
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		pcb_complete(pcpu->inst, llist_reverse_order(list));
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int bare_wake_init(struct pcb_instance *inst)
{
	return pcb_start_threads(inst, bare_wake_thread);
}

static void bare_wake_queue(struct pcb_instance *inst, struct llist_node *node)
{
	struct pcb_cpu *pcpu = this_cpu_ptr(inst->cpus);

	if (llist_add(node, &pcpu->llist))
		wake_up_process(pcpu->task);
}

static const struct pcb_mechanism pcb_bare_wake = {
	.name	= "bare_wake",
	.init	= bare_wake_init,
	.exit	= pcb_stop_threads,
	.queue	= bare_wake_queue,
};

/* slowed: a harness that does not see the difference to bare_wake is blind. */
static void slowed_queue(struct pcb_instance *inst, struct llist_node *node)
{
	udelay(PCB_SLOWED_US);
	bare_wake_queue(inst, node);
}

static const struct pcb_mechanism pcb_slowed = {
	.name	= "slowed",
	.init	= bare_wake_init,
	.exit	= pcb_stop_threads,
	.queue	= slowed_queue,
};

/*
 * rfc_thread: what was proposed for bio completion, a list under a lock and a
 * thread.  The lock is raw so that it may be taken here on PREEMPT_RT too.
 */
static int rfc_thread(void *arg)
{
	struct pcb_cpu *pcpu = arg;
	struct llist_node *first;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		raw_spin_lock_irq(&pcpu->lock);
		first = pcb_list_del_all(&pcpu->list);
		raw_spin_unlock_irq(&pcpu->lock);
		if (!first) {
			if (kthread_should_stop())
				break;
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		pcb_complete(pcpu->inst, first);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int rfc_thread_init(struct pcb_instance *inst)
{
	return pcb_start_threads(inst, rfc_thread);
}

static void rfc_thread_queue(struct pcb_instance *inst, struct llist_node *node)
{
	struct pcb_cpu *pcpu = this_cpu_ptr(inst->cpus);
	unsigned long flags;
	bool was_empty;

	raw_spin_lock_irqsave(&pcpu->lock, flags);
	was_empty = pcb_list_add(&pcpu->list, node);
	raw_spin_unlock_irqrestore(&pcpu->lock, flags);
	if (was_empty)
		wake_up_process(pcpu->task);
}

static const struct pcb_mechanism pcb_rfc_thread = {
	.name	= "rfc_thread",
	.init	= rfc_thread_init,
	.exit	= pcb_stop_threads,
	.queue	= rfc_thread_queue,
};

/*
 * kthread_worker: the threads that erofs has in 7.3.  It queues a work of 40
 * bytes for each object; one for each CPU costs less and fits any object.
 */
static void kthread_worker_work(struct kthread_work *kwork)
{
	pcb_drain(container_of(kwork, struct pcb_cpu, kwork));
}

static void kthread_worker_exit(struct pcb_instance *inst)
{
	struct pcb_cpu *pcpu;
	int cpu;

	for_each_possible_cpu(cpu) {
		pcpu = per_cpu_ptr(inst->cpus, cpu);
		if (pcpu->kworker)
			kthread_destroy_worker(pcpu->kworker);
	}
}

static int kthread_worker_start(struct pcb_cpu *pcpu)
{
	struct kthread_worker *kworker;

	kworker = kthread_run_worker_on_cpu(pcpu->cpu, 0, "pcb_kworker/%u");
	if (IS_ERR(kworker))
		return PTR_ERR(kworker);
	if (pcpu->inst->attrs.policy == PERCPU_COMPLETER_FIFO)
		sched_set_fifo_low(kworker->task);
	pcpu->kworker = kworker;
	return 0;
}

static int kthread_worker_init_cpus(struct pcb_instance *inst)
{
	int cpu, ret;

	for_each_online_cpu(cpu) {
		ret = kthread_worker_start(per_cpu_ptr(inst->cpus, cpu));
		if (ret) {
			kthread_worker_exit(inst);
			return ret;
		}
	}
	return 0;
}

static void kthread_worker_queue(struct pcb_instance *inst,
				 struct llist_node *node)
{
	struct pcb_cpu *pcpu = this_cpu_ptr(inst->cpus);

	if (pcb_add(pcpu, node))
		kthread_queue_work(pcpu->kworker, &pcpu->kwork);
}

static const struct pcb_mechanism pcb_kthread_worker = {
	.name	= "kthread_worker",
	.init	= kthread_worker_init_cpus,
	.exit	= kthread_worker_exit,
	.queue	= kthread_worker_queue,
};

/*
 * workqueue: bio completion in 7.3.  workqueue_highpri is the same with the one
 * flag that would give it priority, workqueue_bh with the one that runs it in
 * softirq context: not what is asked for, but the reference for its cost.
 */
static void workqueue_work(struct work_struct *work)
{
	pcb_drain(container_of(work, struct pcb_cpu, work));
}

static int workqueue_start(struct pcb_instance *inst, unsigned int flags)
{
	inst->wq = alloc_workqueue("pcb_workqueue", flags, 0);
	return inst->wq ? 0 : -ENOMEM;
}

static void workqueue_exit(struct pcb_instance *inst)
{
	destroy_workqueue(inst->wq);
}

/*
 * CPU hotplug as bio completion in 7.3 has it: the work is disabled when the CPU
 * begins to go, and what has come since is completed when it is dead.
 */
static enum cpuhp_state workqueue_online, workqueue_dead;

static int workqueue_cpu_online(unsigned int cpu, struct hlist_node *node)
{
	struct pcb_instance *inst = hlist_entry(node, struct pcb_instance, online);
	struct pcb_cpu *pcpu = per_cpu_ptr(inst->cpus, cpu);

	enable_work(&pcpu->work);
	if (pcpu->list.first)
		queue_work_on(cpu, inst->wq, &pcpu->work);
	return 0;
}

static int workqueue_cpu_down_prep(unsigned int cpu, struct hlist_node *node)
{
	struct pcb_instance *inst = hlist_entry(node, struct pcb_instance, online);

	disable_work_sync(&per_cpu_ptr(inst->cpus, cpu)->work);
	return 0;
}

static int workqueue_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct pcb_instance *inst = hlist_entry(node, struct pcb_instance, dead);

	pcb_complete(inst, pcb_list_del_all(&per_cpu_ptr(inst->cpus, cpu)->list));
	return 0;
}

static int workqueue_start_percpu(struct pcb_instance *inst, unsigned int flags)
{
	int cpu, ret;

	ret = workqueue_start(inst, flags | WQ_PERCPU);
	if (ret)
		return ret;
	for_each_possible_cpu(cpu)
		disable_work(&per_cpu_ptr(inst->cpus, cpu)->work);
	/* These cannot fail: the callbacks do not. */
	cpuhp_state_add_instance_nocalls(workqueue_dead, &inst->dead);
	cpuhp_state_add_instance(workqueue_online, &inst->online);
	return 0;
}

static int workqueue_init_percpu(struct pcb_instance *inst)
{
	return workqueue_start_percpu(inst, WQ_MEM_RECLAIM);
}

static int workqueue_init_highpri(struct pcb_instance *inst)
{
	return workqueue_start_percpu(inst, WQ_MEM_RECLAIM | WQ_HIGHPRI);
}

static int workqueue_init_bh(struct pcb_instance *inst)
{
	return workqueue_start_percpu(inst, WQ_BH);
}

static void workqueue_exit_percpu(struct pcb_instance *inst)
{
	flush_workqueue(inst->wq);
	cpuhp_state_remove_instance(workqueue_online, &inst->online);
	cpuhp_state_remove_instance_nocalls(workqueue_dead, &inst->dead);
	workqueue_exit(inst);
}

static int __init workqueue_hotplug_init(void)
{
	int ret;

	ret = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN,
				      "percpu_completer_bench:online",
				      workqueue_cpu_online,
				      workqueue_cpu_down_prep);
	if (ret < 0)
		return ret;
	workqueue_online = ret;
	ret = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN,
				      "percpu_completer_bench:dead", NULL,
				      workqueue_cpu_dead);
	if (ret < 0)
		return ret;
	workqueue_dead = ret;
	return 0;
}
core_initcall(workqueue_hotplug_init);

static void workqueue_queue(struct pcb_instance *inst, struct llist_node *node)
{
	struct pcb_cpu *pcpu = this_cpu_ptr(inst->cpus);

	if (pcb_add(pcpu, node))
		queue_work_on(pcpu->cpu, inst->wq, &pcpu->work);
}

static const struct pcb_mechanism pcb_workqueue = {
	.name	= "workqueue",
	.init	= workqueue_init_percpu,
	.exit	= workqueue_exit_percpu,
	.queue	= workqueue_queue,
};

static const struct pcb_mechanism pcb_workqueue_highpri = {
	.name	= "workqueue_highpri",
	.init	= workqueue_init_highpri,
	.exit	= workqueue_exit_percpu,
	.queue	= workqueue_queue,
};

static const struct pcb_mechanism pcb_workqueue_bh = {
	.name	= "workqueue_bh",
	.init	= workqueue_init_bh,
	.exit	= workqueue_exit_percpu,
	.queue	= workqueue_queue,
};

/*
 * workqueue_unbound: erofs without its per-CPU threads.  A work item for each
 * object, so that CPUs share what comes in on one; in no order.
 */
static int workqueue_init_unbound(struct pcb_instance *inst)
{
	if (!inst->work_fn)
		return -EOPNOTSUPP;
	return workqueue_start(inst, WQ_UNBOUND | WQ_HIGHPRI);
}

static void workqueue_unbound_queue(struct pcb_instance *inst,
				    struct llist_node *node)
{
	struct work_struct *work = (struct work_struct *)node;

	INIT_WORK(work, inst->work_fn);
	queue_work(inst->wq, work);
}

static const struct pcb_mechanism pcb_workqueue_unbound = {
	.name	= "workqueue_unbound",
	.init	= workqueue_init_unbound,
	.exit	= workqueue_exit,
	.queue	= workqueue_unbound_queue,
};

/* delayed_work: bio completion before 7.3, which waited a jiffy for company. */
static void delayed_work_work(struct work_struct *work)
{
	struct pcb_cpu *pcpu = container_of(to_delayed_work(work),
					    struct pcb_cpu, dwork);
	struct llist_node *list;

	while ((list = llist_del_all(&pcpu->llist))) {
		pcb_complete(pcpu->inst, llist_reverse_order(list));
		if (!need_resched())
			continue;
		if (!llist_empty(&pcpu->llist))
			mod_delayed_work_on(pcpu->cpu, pcpu->inst->wq,
					    &pcpu->dwork, 0);
		break;
	}
}

static int delayed_work_init(struct pcb_instance *inst)
{
	return workqueue_start(inst, WQ_MEM_RECLAIM | WQ_PERCPU);
}

static void delayed_work_exit(struct pcb_instance *inst)
{
	int cpu;

	for_each_possible_cpu(cpu)
		flush_delayed_work(&per_cpu_ptr(inst->cpus, cpu)->dwork);
	destroy_workqueue(inst->wq);
}

static void delayed_work_queue(struct pcb_instance *inst,
			       struct llist_node *node)
{
	struct pcb_cpu *pcpu = this_cpu_ptr(inst->cpus);

	if (llist_add(node, &pcpu->llist))
		mod_delayed_work_on(pcpu->cpu, inst->wq, &pcpu->dwork, 1);
}

static const struct pcb_mechanism pcb_delayed_work = {
	.name	= "delayed_work",
	.init	= delayed_work_init,
	.exit	= delayed_work_exit,
	.queue	= delayed_work_queue,
};

/* busted: loses a node now and then.  A harness that calls it good is bad. */
static void busted_queue(struct pcb_instance *inst, struct llist_node *node)
{
	static atomic_t count;

	if (atomic_inc_return(&count) % PCB_BUSTED_NTH)
		workqueue_queue(inst, node);
}

static const struct pcb_mechanism pcb_busted = {
	.name	= "busted",
	.init	= workqueue_init_percpu,
	.exit	= workqueue_exit_percpu,
	.queue	= busted_queue,
};

static const struct pcb_mechanism * const pcb_mechanisms[] = {
	&pcb_bare_wake,
	&pcb_percpu_completer,
	&pcb_percpu_completer_lazy,
	&pcb_kthread_worker,
	&pcb_rfc_thread,
	&pcb_workqueue,
	&pcb_workqueue_highpri,
	&pcb_workqueue_unbound,
	&pcb_workqueue_bh,
	&pcb_delayed_work,
	&pcb_slowed,
	&pcb_busted,
};

const struct pcb_mechanism *pcb_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pcb_mechanisms); i++) {
		if (!strcmp(name, pcb_mechanisms[i]->name))
			return pcb_mechanisms[i];
	}
	return NULL;
}

void pcb_show_mechanisms(struct seq_file *seq)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pcb_mechanisms); i++)
		seq_printf(seq, "%s\n", pcb_mechanisms[i]->name);
}

static void pcb_init_cpu(struct pcb_instance *inst, unsigned int cpu)
{
	struct pcb_cpu *pcpu = per_cpu_ptr(inst->cpus, cpu);

	pcpu->inst = inst;
	pcpu->cpu = cpu;
	raw_spin_lock_init(&pcpu->lock);
	kthread_init_work(&pcpu->kwork, kthread_worker_work);
	INIT_WORK(&pcpu->work, workqueue_work);
	INIT_DELAYED_WORK(&pcpu->dwork, delayed_work_work);
}

static void pcb_free(struct pcb_instance *inst)
{
	free_percpu(inst->cpus);
	kfree(inst);
}

static int pcb_start(struct pcb_instance *inst)
{
	int cpu;

	inst->cpus = alloc_percpu(struct pcb_cpu);
	if (!inst->cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		pcb_init_cpu(inst, cpu);
	return inst->mechanism->init(inst);
}

/* Task context; the instance, or an ERR_PTR() with nothing left behind. */
struct pcb_instance *pcb_create(const struct pcb_mechanism *mechanism,
				const struct percpu_completer_attrs *attrs,
				work_func_t work_fn)
{
	struct pcb_instance *inst;
	int ret;

	inst = kzalloc_obj(*inst);
	if (!inst)
		return ERR_PTR(-ENOMEM);
	inst->mechanism = mechanism;
	inst->attrs = *attrs;
	inst->work_fn = work_fn;
	ret = pcb_start(inst);
	if (ret) {
		pcb_free(inst);
		return ERR_PTR(ret);
	}
	return inst;
}

/* Completes what is queued first.  Nobody may queue any more. */
void pcb_destroy(struct pcb_instance *inst)
{
	inst->mechanism->exit(inst);
	pcb_free(inst);
}
