/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lets a user of percpu_completer run on any mechanism of the benchmark.
 *
 * kbuild includes this in front of the user's file, with its name in PCB_USER,
 * when the benchmark is configured; neither the file nor percpu_completer know
 * of it.  A file has one completer, which is why the arguments that name it are
 * not used, and it neither flushes nor queues to another CPU.
 */
#ifndef _PERCPU_COMPLETER_BENCH_USER_H
#define _PERCPU_COMPLETER_BENCH_USER_H

#include <linux/percpu_completer.h>
#include <linux/workqueue.h>

struct dentry;
struct pcb_instance;
struct pcb_record;

/**
 * struct pcb_user - a user of percpu_completer
 * @name: of its directory in debugfs
 * @fn: what completes a node here
 * @work_fn: the same for a node at the start of a work_struct, or NULL
 * @attrs: as the user gave them, with @fn in place of its own function
 * @complete: the user's own function
 * @instance: what it runs on now
 * @record: what is recorded, NULL if nothing ever was
 * @recording: whether it is now
 * @debugfs: the directory
 */
struct pcb_user {
	const char *name;
	percpu_completer_fn fn;
	work_func_t work_fn;
	struct percpu_completer_attrs attrs;
	percpu_completer_fn complete;
	struct pcb_instance __rcu *instance;
	struct pcb_record *record;
	bool recording;
	struct dentry *debugfs;
};

int pcb_user_init(struct pcb_user *user,
		  const struct percpu_completer_attrs *attrs);
void pcb_user_destroy(struct pcb_user *user);
void pcb_user_queue(struct pcb_user *user, struct llist_node *node,
		    bool urgent);
void pcb_user_expedite(struct pcb_user *user);
void pcb_user_complete(struct pcb_user *user, struct llist_node *node);

#ifdef PCB_USER

static struct pcb_user pcb_user;

static void pcb_user_fn(struct llist_node *node)
{
	pcb_user_complete(&pcb_user, node);
}

#ifdef PCB_USER_HAS_WORK
static void pcb_user_work(struct work_struct *work)
{
	pcb_user_fn((struct llist_node *)work);
}
#else
#define pcb_user_work NULL
#endif

static struct pcb_user pcb_user = {
	.name		= PCB_USER,
	.fn		= pcb_user_fn,
	.work_fn	= pcb_user_work,
};

#undef percpu_completer_init
#undef percpu_completer_init_once
#define percpu_completer_init(pc, attrs)				\
	((void)(pc), pcb_user_init(&pcb_user, attrs))
#define percpu_completer_init_once(pc, attrs)				\
	percpu_completer_init(pc, attrs)
#define percpu_completer_destroy(pc)					\
	((void)(pc), pcb_user_destroy(&pcb_user))
#define percpu_completer_queue(pc, node)				\
	((void)(pc), pcb_user_queue(&pcb_user, node, true))
#define percpu_completer_queue_lazy(pc, node)				\
	((void)(pc), pcb_user_queue(&pcb_user, node, false))
/* The mechanism may change before the wait ends. */
#define percpu_completer_begin_wait(pc)					\
	((void)(pc), pcb_user_expedite(&pcb_user))
#define percpu_completer_end_wait(pc)					\
	((void)(pc))

#endif /* PCB_USER */

#endif /* _PERCPU_COMPLETER_BENCH_USER_H */
