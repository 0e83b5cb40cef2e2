// SPDX-License-Identifier: GPL-2.0
/*
 * bnx2fc without its hardware: one session, whose commands cnic completes in softirqs.
 */

#include "bnx2fc.h"
#include "harness.h"
#include "hooks.h"

static struct {
	struct bnx2fc_hba	hba;
	struct bnx2fc_interface	interface;
	struct fcoe_port	port;
	struct bnx2fc_rport	tgt;
	struct bnx2fc_cmd_mgr	cmd_mgr;
	struct bnx2fc_rport	*tgts[1];
	struct bnx2fc_cmd	*cmds[HARNESS_COMMANDS];
	struct bnx2fc_cmd	commands[HARNESS_COMMANDS];
	void			*pages[HARNESS_COMMANDS];
	struct fcoe_task_ctx_entry tasks[HARNESS_COMMANDS];
	struct fcoe_cqe		cq;
} fake;

static void fake_complete(struct bnx2fc_cmd *command)
{
	harness_done(command - fake.commands);
}

static void fake_kfree(const void *object)
{
	kfree(object);
	harness_pause();
}

/* Functions of others that would need more of a session than there is. */
#define bnx2fc_process_scsi_cmd_compl(command, task, nr, data)	fake_complete(command)
#define kfree(object)	fake_kfree(object)
/* Interrupts that come now are as late as can be. */
#define dma_free_coherent(...)	({ harness_freed(); msleep(20); })

#include "bnx2fc_hwi.c"

/* The hardware does at once what it is told to. */
static int fake_request(struct bnx2fc_rport *tgt, int flag)
{
	set_bit(flag, &tgt->flags);
	set_bit(BNX2FC_FLAG_UPLD_REQ_COMPL, &tgt->flags);
	return 0;
}

#define bnx2fc_send_session_disable_req(port, tgt)	fake_request(tgt, BNX2FC_FLAG_DISABLED)
#define bnx2fc_send_session_destroy_req(hba, tgt)	fake_request(tgt, BNX2FC_FLAG_DESTROYED)

#include "bnx2fc_tgt.c"
#include "bnx2fc_fcoe.c"

int cnic_register_driver(int type, struct cnic_ulp_ops *ops)
{
	return harness_start();
}

int cnic_unregister_driver(int type)
{
	return 0;
}

/* As bnx2fc_process_new_cqes(). */
static void fake_interrupt(unsigned int nr)
{
	spin_lock_bh(&fake.tgt.cq_lock);
	if (fake.tgt.cq)
		bnx2fc_pending_work(&fake.tgt, nr);
	else
		harness_skip(nr);
	spin_unlock_bh(&fake.tgt.cq_lock);
}

static void fake_upload(void)
{
	bnx2fc_upload_session(&fake.port, &fake.tgt);
}

static void set_up_commands(void)
{
	unsigned int nr;

	for (nr = 0; nr < HARNESS_COMMANDS; nr++) {
		fake.commands[nr].cmd_type = BNX2FC_SCSI_CMD;
		fake.cmds[nr] = &fake.commands[nr];
		fake.tasks[nr].rxwr_txrd.var_ctx.rx_flags = FCOE_TASK_RX_STATE_COMPLETED <<
			FCOE_TCE_RX_WR_TX_RD_VAR_RX_STATE_SHIFT;
	}
	for (nr = 0; nr < HARNESS_COMMANDS; nr += BNX2FC_TASKS_PER_PAGE)
		fake.pages[nr / BNX2FC_TASKS_PER_PAGE] = &fake.tasks[nr];
	fake.cmd_mgr.cmds = fake.cmds;
	fake.hba.cmd_mgr = &fake.cmd_mgr;
	fake.hba.task_ctx = (struct fcoe_task_ctx_entry **)fake.pages;
	fake.hba.max_tasks = HARNESS_COMMANDS;
}

static void set_up_session(void)
{
	struct bnx2fc_rport *tgt = &fake.tgt;

	spin_lock_init(&fake.hba.hba_lock);
	fake.hba.tgt_ofld_list = fake.tgts;
	fake.interface.hba = &fake.hba;
	fake.port.priv = &fake.interface;
	tgt->port = &fake.port;
	spin_lock_init(&tgt->tgt_lock);
	spin_lock_init(&tgt->cq_lock);
	INIT_LIST_HEAD(&tgt->active_cmd_queue);
	INIT_LIST_HEAD(&tgt->els_queue);
	INIT_LIST_HEAD(&tgt->io_retire_queue);
	INIT_LIST_HEAD(&tgt->active_tm_queue);
	init_waitqueue_head(&tgt->upld_wait);
	/* Something to be freed. */
	tgt->cq = &fake.cq;
}

static int fake_init(void)
{
	set_up_commands();
	set_up_session();
	return driver_load();
}

static const struct harness_end fake_ends[] = {
	{ fake_upload, HARNESS_CONNECTION, .interrupts = true },
};

const struct harness_driver harness_driver = {
	.init		= fake_init,
	.exit		= driver_unload,
	.interrupt	= fake_interrupt,
	.mode		= HRTIMER_MODE_REL_PINNED_SOFT,
	/* tgt_lock of the session */
	.locks		= 1,
	.ends		= fake_ends,
	.nr_ends	= ARRAY_SIZE(fake_ends),
};
