/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PERCPU_COMPLETER_H
#define _LINUX_PERCPU_COMPLETER_H
/*
 * Per-CPU deferred completion: hand objects that finish in interrupt context
 * to a per-CPU thread, in order, without a lock and without an allocation.
 *
 * What may run beside what, on one completer:
 *
 *             | init | queue* | flush, *_wait | destroy | CPU up/down
 * init        |  X   |   X    |       X       |    X    |     -
 * queue*      |  X   |   -    |       -       |    W    |     -
 * flush,*_wait|  X   |   -    |       -       |    X    |     -
 * destroy     |  X   |   W    |       X       |    X    |     -
 * CPU up/down |  -   |   -    |       -       |    -    |     -
 *
 * "-": any number of either, on any CPUs, no locking needed.
 * "X": the caller must keep the two apart.  percpu_completer_init_once() is
 *      the exception: it may race with itself.
 * "W": a bug of the caller, warned about once; the late node is dropped.
 *
 * "queue*" is any of percpu_completer_queue(), percpu_completer_queue_lazy()
 * and percpu_completer_queue_on().  The completion function may call them too,
 * also on its own completer, with the node that it was just given.  "*_wait" is
 * percpu_completer_begin_wait() or percpu_completer_end_wait().
 *
 * States of the queue that a completer has on a CPU:
 *
 * state  | its worker                   | a producer, after adding a node
 * -------+------------------------------+--------------------------------------
 * closed | does not exist or is parked  | moves it to the queue that stands in
 * open   | sleeps, or is about to       | urgent: kicks; lazy: arms a timer
 * lazy   | is awake for lazy nodes      | urgent: raises it, see below
 * kicked | is awake for urgent nodes    | urgent: is done; lazy: see below
 *
 * A lazy node that urgent ones may overtake needs a timer even while the worker is awake,
 * unless the worker is about to grab the lazy list.
 *
 * closed -> open when the CPU comes up; open -> lazy or kicked, and lazy -> kicked,
 * by a producer, the lazy timer or a flush; kicked -> lazy by a worker that has only
 * lazy nodes left; lazy or kicked -> open by a worker that is about to sleep; any
 * state -> closed when the CPU goes down and the worker is parked, or by a worker that
 * the administrator sends away.  See also Documentation/core-api/percpu_completer.rst.
 */

#include <linux/cache.h>
#include <linux/cpumask_types.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/lockdep_types.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

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
 * Context: Preemptible task context, a thread bound to one CPU; to none while that CPU
 *	    is offline and no other thread could be created.
 */
typedef void (*percpu_completer_fn)(struct llist_node *node);

/**
 * enum percpu_completer_policy - how the worker threads are scheduled
 * @PERCPU_COMPLETER_NORMAL: SCHED_NORMAL with &percpu_completer_attrs.nice
 * @PERCPU_COMPLETER_SHORT_SLICE: the same, with a time slice of
 *	&percpu_completer_attrs.slice_us.  A task with a short slice preempts those
 *	with longer ones when it wakes up, but gets no larger share of the CPU
 * @PERCPU_COMPLETER_FIFO: SCHED_FIFO at the lowest real-time priority, see
 *	sched_set_fifo_low(); a short slice where that is not allowed
 *
 * Workers that are SCHED_FIFO or have a negative nice value are so for urgent nodes only,
 * and only as long as such workers, of all completers together, use no more than half of
 * their CPU.  Otherwise they are normal tasks, whose nice value is not negative.
 */
enum percpu_completer_policy {
	PERCPU_COMPLETER_NORMAL,
	PERCPU_COMPLETER_SHORT_SLICE,
	PERCPU_COMPLETER_FIFO,
};

/**
 * enum percpu_completer_order - which nodes may overtake which
 * @PERCPU_COMPLETER_IN_ORDER: none; the order is that of queueing
 * @PERCPU_COMPLETER_URGENT_FIRST: urgent nodes may overtake lazy ones.  They do not
 *	wait for a batch of lazy nodes, and lazy nodes go on waiting for company
 *	meanwhile.  Each kind keeps its own order
 *
 * What may overtake is completed sooner, and everything is completed once.
 */
enum percpu_completer_order {
	PERCPU_COMPLETER_IN_ORDER,
	PERCPU_COMPLETER_URGENT_FIRST,
};

/**
 * struct percpu_completer_attrs - attributes of a completer
 * @name: the threads are called "@name/CPU", with a name cut to what fits; the
 *	string must outlive the completer
 * @fn: completes one object
 * @policy: how the threads are scheduled
 * @nice: nice value of the threads, MIN_NICE to MAX_NICE, while they are
 *	SCHED_NORMAL
 * @slice_us: time slice of the threads in microseconds, while they have a
 *	short one, up to %PERCPU_COMPLETER_MAX_SLICE_US; 0 means %PERCPU_COMPLETER_SLICE_US
 * @order: which nodes may overtake which
 * @lazy_delay: how long a lazy node may wait for company at most, in jiffies, up to
 *	%PERCPU_COMPLETER_MAX_LAZY_DELAY; 0 means %PERCPU_COMPLETER_LAZY_DELAY
 * @lazy_batch: how many lazy nodes may wait together; 0 means
 *	%PERCPU_COMPLETER_LAZY_BATCH
 *
 * Zero is a sensible value of every attribute but @name and @fn.  The
 * administrator may override @policy, @nice, @slice_us, @lazy_delay and @lazy_batch,
 * see kernel/percpu_completer/policy.c.
 */
struct percpu_completer_attrs {
	const char *name;
	percpu_completer_fn fn;
	enum percpu_completer_policy policy;
	int nice;
	unsigned int slice_us;
	enum percpu_completer_order order;
	unsigned int lazy_delay;
	unsigned int lazy_batch;
};

/* The scheduler's shortest and longest slice. */
#define PERCPU_COMPLETER_SLICE_US	100
#define PERCPU_COMPLETER_MAX_SLICE_US	100000

/* Batches as delayed work by one or two jiffies does. */
#define PERCPU_COMPLETER_LAZY_DELAY	2
#define PERCPU_COMPLETER_MAX_LAZY_DELAY	(3600 * HZ)

/*
 * Enough that a wake-up costs each node next to nothing, few enough that the nodes
 * are still in the cache when the list is reversed.
 */
#define PERCPU_COMPLETER_LAZY_BATCH	1024

/**
 * struct percpu_completer - one user's per-CPU queues and workers
 *
 * To be embedded or static; all members are private.
 */
struct percpu_completer {
	/* private: read by producers and workers */
	struct percpu_completer_queue * __percpu *route;
	struct percpu_completer_queue __percpu *queues;
	struct percpu_completer_attrs attrs;	/* in force */

	/* private: of setting up, hotplug, flushing and policy */
	raw_spinlock_t lock ____cacheline_aligned_in_smp; /* of opening and closing */
	unsigned int closings;			/* of queues, so far */
	unsigned int generation;		/* of @attrs */
	struct percpu_completer_attrs requested; /* by the user */
	cpumask_var_t open;			/* queues that are not closed */
	cpumask_var_t allowed;			/* CPUs that may have a worker */
	cpumask_var_t used;			/* queues that ever had nodes */
	cpumask_var_t waiting;			/* queues whose lazy timer was armed */
	struct list_head list;
	struct dentry *debugfs;
#ifdef CONFIG_LOCKDEP
	struct lockdep_map lockdep_map;
#endif

	/* private: written by every task that waits */
	atomic_t waiters ____cacheline_aligned_in_smp;
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
 * @attrs: its attributes; copied
 *
 * Starts one thread on every CPU that is online and not isolated; other CPUs get
 * theirs when they come up.  Isolated CPUs (isolcpus=, nohz_full=) are served by the
 * others.  After this nothing is allocated until destruction but the threads of CPUs
 * that come up for the first time.
 *
 * Context: Task context, may sleep.  Takes cpus_read_lock().  Usable from
 *	    subsys_initcall() on.
 * Return: 0, -EINVAL for attributes out of range, -ENOMEM, or the error of
 *	   kthread_create_on_node().  On failure nothing is left behind, and
 *	   percpu_completer_destroy() does nothing.
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
 * @attrs: its attributes; copied
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
void percpu_completer_begin_wait(struct percpu_completer *pc);
void percpu_completer_end_wait(struct percpu_completer *pc);
void percpu_completer_flush(struct percpu_completer *pc);

#endif /* _LINUX_PERCPU_COMPLETER_H */
