/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PERCPU_COMPLETER_H
#define _LINUX_PERCPU_COMPLETER_H
/*
 * Per-CPU deferred completion: hand objects that finish in interrupt context
 * to a per-CPU thread, in order, without a lock and without an allocation.
 *
 * What may run beside what, on one completer:
 *
 *                 | init | queue* | flush, expedite | destroy | CPU up/down
 * init            |  X   |   X    |        X        |    X    |     -
 * queue*          |  X   |   -    |        -        |    W    |     -
 * flush, expedite |  X   |   -    |        -        |    X    |     -
 * destroy         |  X   |   W    |        X        |    X    |     -
 * CPU up/down     |  -   |   -    |        -        |    -    |     -
 *
 * "-": any number of either, on any CPUs, no locking needed.
 * "X": the caller must keep the two apart.  percpu_completer_init_once() is
 *      the exception: it may race with itself.
 * "W": a bug of the caller, warned about once; the late node is dropped.
 *
 * "queue*" is any of percpu_completer_queue(), percpu_completer_queue_lazy()
 * and percpu_completer_queue_on().  The completion function may call them too,
 * also on its own completer, with the node that it was just given.
 *
 * What a CPU's queue of one completer may be:
 *
 * state  | its worker thread          | who has added a node
 * -------+----------------------------+----------------------------------------
 * closed | does not exist, is parked, | moves it to the next queue that is open
 *        | or completes the last batch|
 * open   | sleeps, or has grabbed     | makes the queue kicked, wakes the worker
 * kicked | will grab what is queued   | has nothing to do
 *
 * closed -> open when the CPU comes up, open -> kicked by a producer, kicked ->
 * open by the worker before it grabs, open or kicked -> closed by the worker,
 * together with its last grab, when the CPU goes down.  See also
 * Documentation/core-api/percpu_completer.rst.
 */

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/lockdep_types.h>
#include <linux/spinlock_types.h>
#include <linux/wait.h>

struct dentry;
struct percpu_completer_queue;

/**
 * typedef percpu_completer_fn - completes one object
 * @node: the node that was queued, no longer on any list
 *
 * The function owns the object that @node is embedded in: it may free it,
 * reuse it or queue it again.
 *
 * It must not wait for anything that is completed by the same completer, nor
 * for a CPU hotplug operation to make progress (cpus_read_lock()).
 *
 * Context: Preemptible task context, a thread bound to one CPU.
 */
typedef void (*percpu_completer_fn)(struct llist_node *node);

/**
 * enum percpu_completer_policy - how the worker threads are scheduled
 * @PERCPU_COMPLETER_NORMAL: SCHED_NORMAL with &percpu_completer_attrs.nice
 * @PERCPU_COMPLETER_FIFO: SCHED_FIFO at the lowest real-time priority, see
 *	sched_set_fifo_low()
 */
enum percpu_completer_policy {
	PERCPU_COMPLETER_NORMAL,
	PERCPU_COMPLETER_FIFO,
};

/**
 * enum percpu_completer_order - which nodes may overtake which
 * @PERCPU_COMPLETER_IN_ORDER: none; the order is that of queueing
 * @PERCPU_COMPLETER_URGENT_FIRST: urgent nodes the lazy ones, so that they do not
 *	wait for a batch that has gathered.  Urgent nodes keep their order, lazy
 *	ones theirs
 *
 * What may overtake is completed sooner, and everything is completed once.
 */
enum percpu_completer_order {
	PERCPU_COMPLETER_IN_ORDER,
	PERCPU_COMPLETER_URGENT_FIRST,
};

/**
 * struct percpu_completer_attrs - what a completer is to be
 * @name: the threads are called "@name/CPU"; the string must outlive the
 *	completer
 * @fn: completes one object
 * @policy: how the threads are scheduled
 * @nice: nice value of the threads, MIN_NICE to MAX_NICE, while they are
 *	SCHED_NORMAL
 * @order: which nodes may overtake which
 * @lazy_delay: how long a lazy node may wait for company at most, in jiffies; 0
 *	means %PERCPU_COMPLETER_LAZY_DELAY
 * @lazy_batch: how many lazy nodes may wait together; 0 means
 *	%PERCPU_COMPLETER_LAZY_BATCH
 * @budget: how long a SCHED_FIFO thread may use more than half of its CPU, in jiffies
 *	of CPU time; then it goes on as SCHED_NORMAL until its queue is empty and it
 *	has used half.  0 means %PERCPU_COMPLETER_BUDGET
 *
 * All that is left zero has a sensible meaning.  The administrator may override
 * @policy, @nice, @lazy_delay, @lazy_batch and @budget, see
 * kernel/percpu_completer_admin.c.
 */
struct percpu_completer_attrs {
	const char *name;
	percpu_completer_fn fn;
	enum percpu_completer_policy policy;
	int nice;
	enum percpu_completer_order order;
	unsigned int lazy_delay;
	unsigned int lazy_batch;
	unsigned int budget;
};

/* Between one and two jiffies to gather in, as delayed work by 1 has, too. */
#define PERCPU_COMPLETER_LAZY_DELAY	2

/* What one CPU gathers in that time at a million in a second. */
#define PERCPU_COMPLETER_LAZY_BATCH	8192

/* 50 ms: far more than an interactive load needs at a stretch. */
#define PERCPU_COMPLETER_BUDGET		(HZ / 20)
#define PERCPU_COMPLETER_MAX_BUDGET	(3600 * HZ)

/**
 * struct percpu_completer - one user's per-CPU queues and workers
 *
 * To be embedded or static; all members are private.
 */
struct percpu_completer {
	/* private: */
	struct percpu_completer_queue __percpu *queues;
	struct percpu_completer_attrs attrs;	/* in force */
	struct percpu_completer_attrs asked;	/* by the user */
	unsigned int generation;		/* of @attrs */
	raw_spinlock_t lock;			/* of opening and closing queues */
	wait_queue_head_t flush_wait;
	struct list_head list;
	struct dentry *debugfs;
#ifdef CONFIG_LOCKDEP
	struct lockdep_map lockdep_map;
#endif
};

int __percpu_completer_init(struct percpu_completer *pc,
			    const struct percpu_completer_attrs *attrs,
			    const char *lock_name, struct lock_class_key *key);
int __percpu_completer_init_once(struct percpu_completer *pc,
				 const struct percpu_completer_attrs *attrs,
				 const char *lock_name,
				 struct lock_class_key *key);

/**
 * percpu_completer_init - set up a completer and start its workers
 * @pc: the completer, its content does not matter
 * @attrs: what it is to be; copied
 *
 * Starts one thread on every CPU that is online; other CPUs get theirs when
 * they come up.  After this nothing is allocated until destruction but the
 * threads of CPUs that come up for the first time.
 *
 * Context: Task context, may sleep.  Takes cpus_read_lock().  Usable from
 *	    subsys_initcall() on.
 * Return: 0, -EINVAL for attributes that make no sense, -ENOMEM, or what
 *	   kthread_create_on_node() returned.  On failure nothing is left behind.
 */
#define percpu_completer_init(pc, attrs)				\
({									\
	static struct lock_class_key __key;				\
									\
	__percpu_completer_init((pc), (attrs), #pc, &__key);			\
})

/**
 * percpu_completer_init_once - set up a completer on its first use
 * @pc: the completer, zeroed before the first call
 * @attrs: what it is to be; copied
 *
 * For users that do not want threads before they are needed, as a file system
 * before its first mount.  Any number of callers may race: one initialises, the
 * others wait for it.  A failed attempt may be repeated.
 *
 * Context: Task context, may sleep.  Takes cpus_read_lock().
 * Return: 0 if @pc is ready for use, else as percpu_completer_init().
 */
#define percpu_completer_init_once(pc, attrs)				\
({									\
	static struct lock_class_key __key;				\
									\
	__percpu_completer_init_once((pc), (attrs), #pc, &__key);		\
})

void percpu_completer_destroy(struct percpu_completer *pc);
void percpu_completer_queue(struct percpu_completer *pc,
			    struct llist_node *node);
void percpu_completer_queue_lazy(struct percpu_completer *pc,
				 struct llist_node *node);
void percpu_completer_queue_on(struct percpu_completer *pc, unsigned int cpu,
			       struct llist_node *node);
void percpu_completer_expedite(struct percpu_completer *pc);
void percpu_completer_flush(struct percpu_completer *pc);

#endif /* _LINUX_PERCPU_COMPLETER_H */
