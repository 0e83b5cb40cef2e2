// SPDX-License-Identifier: GPL-2.0
/*
 * qedi without its hardware: one connection, and for each CPU a queue of completions,
 * with interrupts of its own.
 */

#include "qedi.h"
#include "qedi_iscsi.h"
#include "qedi_gbl.h"
#include "harness.h"
#include "hooks.h"

/* What an interrupt handler needs. */
struct fake_queue {
	struct qedi_fastpath	fp;
	struct qed_sb_info	info;
	struct status_block	block;
	struct global_queue	queue;
	union iscsi_cqe		cqes[QEDI_CQ_SIZE];
};

static struct {
	struct qedi_ctx		qedi;
	struct qedi_conn	conn;
	struct qedi_endpoint	endpoint;
	struct iscsi_endpoint	ep;
	struct qedi_endpoint	*eps[1];
	struct qedi_conn	*conns[1];
	struct global_queue	*global[HARNESS_CPUS];
	struct fake_queue	queues[HARNESS_CPUS];
	struct qedi_itt_map	map[HARNESS_COMMANDS];
	struct qedi_cmd		commands[HARNESS_COMMANDS];
} fake;

static void fake_process(struct qedi_work *work)
{
	harness_done(container_of(work, struct qedi_cmd, cqe_work) - fake.commands);
	harness_pause();
}

static int fake_wake(struct task_struct *thread)
{
	if (thread)
		return wake_up_process(thread);
	harness_count(in_task() ? HARNESS_PREEMPTED : HARNESS_NOBODY);
	return 0;
}

static const struct qed_iscsi_ops fake_ops;

/* Functions of others that would need more of an adapter than there is. */
#define qedi_fp_process_cqes(work)		fake_process(work)
#define wake_up_process(thread)			fake_wake(thread)
#undef spin_lock_irqsave
#define spin_lock_irqsave(lock, flags)					\
	do {								\
		harness_preempt();					\
		raw_spin_lock_irqsave(spinlock_check(lock), flags);	\
	} while (0)
/* Said too often, and counted as the thread that is missing. */
#undef WARN_ON
#define WARN_ON(condition)			({ !!(condition); })
#undef pci_register_driver
#define pci_register_driver(driver)		((void)(driver), harness_start())
#define pci_unregister_driver(driver)		do { } while (0)
#define iscsi_destroy_endpoint(ep)		do { } while (0)
#undef dma_free_coherent
#define dma_free_coherent(dev, size, addr, dma)	harness_freed()

#include "qedi_main.c"
#include "qedi_iscsi.c"

const struct qed_iscsi_ops *qed_get_iscsi_ops(void)
{
	return &fake_ops;
}

void qed_put_iscsi_ops(void)
{
}

static void fake_interrupt(unsigned int nr)
{
	struct fake_queue *queue = &fake.queues[harness_cpu(nr)];
	u16 *producer = &queue->block.pi_array[QEDI_PROTO_CQ_PROD_IDX];
	struct iscsi_cqe_solicited *cqe = &queue->cqes[*producer].cqe_solicited;

	fake.map[nr].p_cmd = &fake.commands[nr];
	cqe->cqe_type = ISCSI_CQE_TYPE_SOLICITED;
	cqe->itid = nr;
	*producer = (*producer + 1) % QEDI_CQ_SIZE;
	qedi_process_completions(&queue->fp);
}

static int fake_release(struct qed_dev *cdev, u32 handle)
{
	return 0;
}

static const struct qed_iscsi_ops fake_ops = {
	.release_conn	= fake_release,
};

static void fake_work(struct work_struct *work)
{
}

static void fake_disconnect(void)
{
	qedi_ep_disconnect(&fake.ep);
}

static void set_up_queues(void)
{
	unsigned int nr;

	for (nr = 0; nr < HARNESS_CPUS; nr++) {
		struct fake_queue *queue = &fake.queues[nr];

		queue->fp.sb_id = nr;
		queue->fp.qedi = &fake.qedi;
		queue->fp.sb_info = &queue->info;
		queue->info.sb_virt = &queue->block;
		queue->queue.cq = queue->cqes;
		fake.global[nr] = &queue->queue;
	}
	for (nr = 0; nr < HARNESS_COMMANDS; nr++)
		fake.commands[nr].task_id = nr;
	fake.qedi.global_queues = fake.global;
	fake.qedi.itt_map = fake.map;
}

static void set_up_connection(void)
{
	fake.qedi.ep_tbl = fake.eps;
	fake.qedi.cid_que.conn_cid_tbl = fake.conns;
	fake.conns[0] = &fake.conn;
	spin_lock_init(&fake.conn.tmf_work_lock);
	fake.ep.dd_data = &fake.endpoint;
	fake.endpoint.qedi = &fake.qedi;
	fake.endpoint.conn = &fake.conn;
	fake.endpoint.state = EP_STATE_OFLDCONN_NONE;
	fake.endpoint.src_port = QEDI_LOCAL_PORT_INVALID;
	INIT_WORK(&fake.endpoint.offload_work, fake_work);
	/* Something to be freed. */
	fake.endpoint.sq_pbl = &fake;
}

static int fake_init(void)
{
	set_up_queues();
	set_up_connection();
	return driver_load();
}

static const struct harness_end fake_ends[] = {
	{ fake_disconnect, HARNESS_CONNECTION },
};

const struct harness_driver harness_driver = {
	.init		= fake_init,
	.exit		= driver_unload,
	.interrupt	= fake_interrupt,
	.mode		= HRTIMER_MODE_REL_PINNED,
	.threaded	= true,
	.ends		= fake_ends,
	.nr_ends	= ARRAY_SIZE(fake_ends),
};
