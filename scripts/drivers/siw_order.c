// SPDX-License-Identifier: GPL-2.0
/*
 * siw queues queue pairs to a thread, in orders that load hardly brings about
 *
 * TCP and whatever starts sending may both queue a queue pair before the thread has come
 * to it.  Here the thread cannot come to it: while it is queued, its CPU is ours.  The
 * queue pairs have nothing to send, so all that is left of queueing one is the reference
 * that it takes, and that the thread drops.
 */

#define pr_fmt(fmt) "siw_order: " fmt

#include <linux/delay.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <net/tcp.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/ib_verbs.h>
#include <rdma/iw_cm.h>

#include "siw.h"

#define QPS		3
/* Once more than is dropped by mistake: the last reference frees what siw has created. */
#define REFERENCES	16
#define PATIENCE_MS	2000

static unsigned long start;
module_param(start, ulong, 0);
MODULE_PARM_DESC(start, "address of siw_sq_start(), which siw does not export");

/* The last to be queued again, the first, one with others between, and behind another. */
static const char * const orders[] = { "A", "AA", "ABA", "ABCA", "BAA" };

static void queue(struct siw_qp *qps, const char *order)
{
	int (*siw_start)(struct siw_qp *qp) = (void *)start;

	preempt_disable();
	for (; *order; order++) {
		struct siw_qp *qp = &qps[*order - 'A'];

		qp->tx_cpu = smp_processor_id();
		siw_start(qp);
	}
	preempt_enable();
}

/* How many are not as they were before they were queued. */
static unsigned int kept(struct siw_qp *qps)
{
	unsigned int nr, count = 0;

	for (nr = 0; nr < QPS; nr++)
		count += kref_read(&qps[nr].ref) != REFERENCES;
	return count;
}

static unsigned int settle(struct siw_qp *qps)
{
	unsigned int ms;

	for (ms = 0; kept(qps) && ms < PATIENCE_MS; ms += 10)
		msleep(10);
	return kept(qps);
}

static struct siw_qp *make_qps(void)
{
	struct siw_qp *qps = kcalloc(QPS, sizeof(*qps), GFP_KERNEL);
	unsigned int nr;

	for (nr = 0; qps && nr < QPS; nr++) {
		refcount_set(&qps[nr].ref.refcount, REFERENCES);
		init_rwsem(&qps[nr].state_lock);
		qps[nr].attrs.state = SIW_QP_STATE_IDLE;
		tx_wqe(&qps[nr])->wr_status = SIW_WR_QUEUED;
	}
	return qps;
}

/* Twice: what was resumed can be queued again. */
static int try_order(const char *order)
{
	struct siw_qp *qps = make_qps();
	unsigned int left;

	if (!qps)
		return -ENOMEM;
	queue(qps, order);
	left = settle(qps);
	queue(qps, order);
	left += settle(qps);
	pr_info("%s: %u kept\n", order, left);
	/* Those that are still on some list stay there. */
	if (!left)
		kfree(qps);
	return 0;
}

static int __init siw_order_init(void)
{
	unsigned int nr;
	int err = start ? 0 : -EINVAL;

	for (nr = 0; !err && nr < ARRAY_SIZE(orders); nr++)
		err = try_order(orders[nr]);
	return err;
}
module_init(siw_order_init);

MODULE_DESCRIPTION("siw queues queue pairs in orders that load hardly brings about");
MODULE_LICENSE("GPL");
