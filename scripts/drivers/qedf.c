// SPDX-License-Identifier: GPL-2.0
/*
 * qedf without its hardware: for each CPU a queue of completions, with interrupts of its
 * own, and now and then no memory.
 */

#include "qedf.h"
#include "harness.h"
#include "hooks.h"

#define FAKE_CQES	256
/* So many completions find memory before one does not. */
#define FAKE_FAILS	100

/* What an interrupt handler needs, and what it found no memory for. */
struct fake_queue {
	struct qedf_fastpath	fp;
	struct qed_sb_info	info;
	struct status_block	block;
	struct global_queue	queue;
	struct fcoe_cqe		cqes[FAKE_CQES];
	unsigned int		allocated;
	bool			failed;
};

static struct {
	struct pci_dev		pdev;
	struct qedf_ctx		qedf;
	struct qedf_rport	rport;
	struct fc_rport_priv	rdata;
	struct fcoe_wqe		sq;
	struct fake_queue	queues[HARNESS_CPUS];
	struct qedf_cmd_mgr	cmd_mgr;
	atomic_t		allocated;
} fake;

/* Whose interrupt this is: that of a CPU that is off may be taken by another one. */
static DEFINE_PER_CPU(struct fake_queue *, fake_current);

/* The driver drops what it completes on this CPU. */
static DEFINE_PER_CPU(bool, fake_dropped);

static void *fake_alloc(mempool_t *pool)
{
	struct fake_queue *queue = this_cpu_read(fake_current);
	void *element;

	if (queue->failed)
		harness_count(HARNESS_SPIN);
	queue->failed = !queue->failed && !(++queue->allocated % FAKE_FAILS);
	if (queue->failed)
		return NULL;
	element = mempool_alloc(pool, GFP_ATOMIC);
	if (element)
		atomic_inc(&fake.allocated);
	return element;
}

/* A completion that finds the session ready is as late as can be; another one is dropped. */
static bool fake_test_bit(unsigned int nr, const unsigned long *flags)
{
	bool set = test_bit(nr, flags);

	if (nr != QEDF_RPORT_SESSION_READY || flags != &fake.rport.flags)
		return set;
	if (set)
		harness_pause();
	else
		this_cpu_write(fake_dropped, true);
	return set;
}

static void fake_finish(const struct qedf_io_work *work)
{
	if (this_cpu_xchg(fake_dropped, false))
		harness_skip(work->cqe.cqe_data & FCOE_CQE_TASK_ID_MASK);
}

/* Not called by the driver as it was. */
static void __maybe_unused fake_free(void *element, mempool_t *pool)
{
	fake_finish(element);
	mempool_free(element, pool);
	atomic_dec(&fake.allocated);
}

static void fake_kfree(const void *object)
{
	fake_finish(object);
	kfree(object);
}

static void fake_dma_free(const void *memory)
{
	if (memory != &fake.sq)
		return;
	harness_freed();
	/* Interrupts that come now are as late as can be. */
	msleep(20);
}

/* Functions of others that would need more of an adapter than there is. */
#define qedf_scsi_completion(qedf, cqe, request)	harness_done((request)->xid)
#define qedf_flush_active_ios(fcport, lun)		do { } while (0)
#define qedf_cmd_mgr_free(cmd_mgr)			harness_freed()
#define fcoe_ctlr_link_down(ctlr)			do { } while (0)
#undef mempool_alloc
#define mempool_alloc(pool, gfp)			fake_alloc(pool)
#define mempool_free(element, pool)			fake_free(element, pool)
#define kfree(object)					fake_kfree(object)
#undef test_bit
#define test_bit(nr, flags)				fake_test_bit(nr, flags)
#undef dma_alloc_coherent
#define dma_alloc_coherent(dev, size, dma, gfp)		({ *(dma) = 0; (void *)&fake; })
#undef dma_free_coherent
#define dma_free_coherent(dev, size, memory, dma)	fake_dma_free(memory)
/* Said of each completion that is dropped. */
#undef QEDF_ERR
#define QEDF_ERR(context, fmt, ...)			no_printk(fmt, ##__VA_ARGS__)
#undef pci_register_driver
#define pci_register_driver(driver)	((void)(driver), fake_start())
#define pci_unregister_driver(driver)	do { } while (0)

static int fake_start(void);

#include "qedf_main.c"

/* The rest of the adapter obeys at once. */
static int fake_obey(struct qed_dev *cdev)
{
	return 0;
}

static int fake_release_conn(struct qed_dev *cdev, u32 handle)
{
	return 0;
}

static int fake_destroy_conn(struct qed_dev *cdev, u32 handle, dma_addr_t terminate)
{
	return 0;
}

static int fake_set_fp_int(struct qed_dev *cdev, u16 count)
{
	return 0;
}

static void fake_simd_clean(struct qed_dev *cdev, int index)
{
}

static int fake_update(struct qed_dev *cdev, bool active)
{
	return 0;
}

static void fake_remove(struct qed_dev *cdev)
{
}

static const struct qed_common_ops fake_common = {
	.set_fp_int		= fake_set_fp_int,
	.simd_handler_clean	= fake_simd_clean,
	.update_drv_state	= fake_update,
	.slowpath_stop		= fake_obey,
	.remove			= fake_remove,
};

static const struct qed_ll2_ops fake_ll2 = {
	.stop	= fake_obey,
};

static const struct qed_fcoe_ops fake_ops = {
	.common		= &fake_common,
	.ll2		= &fake_ll2,
	.stop		= fake_obey,
	.release_conn	= fake_release_conn,
	.destroy_conn	= fake_destroy_conn,
};

const struct qed_fcoe_ops *qed_get_fcoe_ops(void)
{
	return &fake_ops;
}

void qed_put_fcoe_ops(void)
{
}

static void fake_interrupt(unsigned int nr)
{
	struct fake_queue *queue = &fake.queues[harness_cpu(nr)];
	u16 *producer = &queue->block.pi_array[QEDF_FCOE_PARAMS_GL_RQ_PI];

	queue->cqes[queue->queue.cq_cons_idx].cqe_data = nr |
		FCOE_GOOD_COMPLETION_CQE_TYPE << FCOE_CQE_CQE_TYPE_SHIFT;
	(*producer)++;
	this_cpu_write(fake_current, queue);
	qedf_process_completions(&queue->fp);
	if (queue->failed)
		harness_skip(nr);
	queue->failed = false;
}

static int fake_start(void)
{
	fake.qedf.io_mempool = mempool_create_slab_pool(QEDF_IO_WORK_MIN, qedf_io_work_cache);
	return fake.qedf.io_mempool ? harness_start() : -ENOMEM;
}

static int set_up_queues(void)
{
	unsigned int nr;

	fake.qedf.global_queues = kzalloc(HARNESS_CPUS * sizeof(void *), GFP_KERNEL);
	if (!fake.qedf.global_queues)
		return -ENOMEM;
	for (nr = 0; nr < HARNESS_CPUS; nr++) {
		struct fake_queue *queue = &fake.queues[nr];

		queue->fp.sb_id = nr;
		queue->fp.qedf = &fake.qedf;
		queue->fp.sb_info = &queue->info;
		queue->fp.cq_num_entries = FAKE_CQES;
		queue->info.sb_virt = &queue->block;
		queue->queue.cq = queue->cqes;
		fake.qedf.global_queues[nr] = &queue->queue;
	}
	return 0;
}

/* A session with something to be freed; its remote port stays. */
static void fake_offload(void)
{
	kref_init(&fake.rdata.kref);
	kref_get(&fake.rdata.kref);
	fake.rport.rdata = &fake.rdata;
	fake.rport.qedf = &fake.qedf;
	fake.rport.sq = &fake.sq;
	set_bit(QEDF_RPORT_SESSION_READY, &fake.rport.flags);
}

static void set_up_commands(void)
{
	unsigned int nr;

	spin_lock_init(&fake.rport.rport_lock);
	fake_offload();
	for (nr = 0; nr < HARNESS_COMMANDS; nr++) {
		struct qedf_ioreq *request = &fake.cmd_mgr.cmds[nr];

		request->xid = nr;
		request->cpu = harness_cpu(nr);
		request->cmd_type = QEDF_SCSI_CMD;
		request->fcport = &fake.rport;
	}
	fake.qedf.cmd_mgr = &fake.cmd_mgr;
}

static int fake_init(void)
{
	set_up_commands();
	if (set_up_queues())
		return -ENOMEM;
	INIT_LIST_HEAD(&fake.qedf.fcports);
	INIT_DELAYED_WORK(&fake.qedf.link_update, qedf_handle_link_update);
	fake.qedf.link_update_wq = alloc_workqueue("fake", WQ_UNBOUND, 0);
	if (!fake.qedf.link_update_wq)
		return -ENOMEM;
	pci_set_drvdata(&fake.pdev, &fake.qedf);
	return driver_load();
}

static void fake_upload(void)
{
	qedf_cleanup_fcport(&fake.qedf, &fake.rport);
}

/* Recovery ends with a new adapter on the same port, which needs less of a port. */
static void fake_recover(void)
{
	__qedf_remove(&fake.pdev, QEDF_MODE_RECOVERY);
}

/* All is complete. */
static void fake_exit(void)
{
	if (atomic_read(&fake.allocated))
		harness_count(HARNESS_POOL);
	driver_unload();
}

static const struct harness_end fake_ends[] = {
	{ fake_upload, HARNESS_CONNECTION, .interrupts = true },
	{ fake_recover, HARNESS_ADAPTER, .prepare = fake_offload },
};

const struct harness_driver harness_driver = {
	.init		= fake_init,
	.exit		= fake_exit,
	.interrupt	= fake_interrupt,
	.mode		= HRTIMER_MODE_REL_PINNED,
	.ends		= fake_ends,
	.nr_ends	= ARRAY_SIZE(fake_ends),
};
