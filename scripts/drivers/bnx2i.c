// SPDX-License-Identifier: GPL-2.0
/*
 * bnx2i without its hardware: one connection, whose commands cnic completes in softirqs.
 */

#include "bnx2i.h"
#include "harness.h"
#include "hooks.h"

struct fake_command {
	struct bnx2i_cmd	cmd;
	struct iscsi_task	task;
	struct iscsi_hdr	hdr;
	struct scsi_cmnd	sc;
};

static struct {
	struct bnx2i_hba	hba;
	struct bnx2i_conn	bnx2i_conn;
	struct bnx2i_endpoint	endpoint;
	struct device		parent;
	struct iscsi_cls_session cls_session;
	struct iscsi_cls_conn	cls_conn;
	struct iscsi_session	session;
	struct iscsi_conn	conn;
	struct iscsi_endpoint	ep;
	struct iscsi_task	*tasks[HARNESS_COMMANDS];
	struct fake_command	commands[HARNESS_COMMANDS];
} fake;

static int fake_cpu(struct scsi_cmnd *sc)
{
	return harness_cpu(container_of(sc, struct fake_command, sc) - fake.commands);
}

static void fake_complete(struct iscsi_hdr *hdr)
{
	harness_done(container_of(hdr, struct fake_command, hdr) - fake.commands);
}

static void fake_kfree(const void *object)
{
	kfree(object);
	harness_pause();
}

/* Functions of others that would need more of a connection than there is. */
#define blk_mq_rq_cpu(rq)		fake_cpu(blk_mq_rq_to_pdu(rq))
#define __iscsi_complete_pdu(conn, hdr, data, len)	fake_complete(hdr)
#define kfree(object)			fake_kfree(object)
#undef iounmap
#define iounmap(addr)			harness_freed()
#define iscsi_conn_teardown(conn)	harness_freed()
#define iscsi_destroy_endpoint(ep)	do { } while (0)
#undef iscsi_host_priv
#define iscsi_host_priv(shost)		((void)(shost), &fake.hba)

#include "bnx2i_hwi.c"
#include "bnx2i_iscsi.c"
#include "bnx2i_sysfs.c"
#include "bnx2i_init.c"

int cnic_register_driver(int type, struct cnic_ulp_ops *ops)
{
	return harness_start();
}

int cnic_unregister_driver(int type)
{
	return 0;
}

static void fake_interrupt(unsigned int nr)
{
	union {
		struct cqe		cqe;
		struct bnx2i_nop_in_msg	msg;
	} done = { .msg = { .op_code = ISCSI_OP_SCSI_CMD_RSP, .itt = nr } };

	bnx2i_queue_scsi_cmd_resp(&fake.session, &fake.bnx2i_conn, &done.msg);
}

static void fake_disconnect(void)
{
	bnx2i_ep_disconnect(&fake.ep);
}

static void fake_destroy(void)
{
	bnx2i_conn_destroy(&fake.cls_conn);
}

static void set_up_commands(void)
{
	unsigned int nr;

	for (nr = 0; nr < HARNESS_COMMANDS; nr++) {
		struct fake_command *command = &fake.commands[nr];

		fake.tasks[nr] = &command->task;
		command->task.dd_data = &command->cmd;
		command->task.hdr = &command->hdr;
		command->task.sc = &command->sc;
	}
	spin_lock_init(&fake.session.back_lock);
	fake.session.tt = &bnx2i_iscsi_transport;
	fake.session.cmds = fake.tasks;
	fake.session.cmds_max = HARNESS_COMMANDS;
}

static void set_up_connection(void)
{
	mutex_init(&fake.hba.net_dev_lock);
	init_waitqueue_head(&fake.hba.eh_wait);
	fake.cls_session.dev.parent = &fake.parent;
	fake.cls_conn.dev.parent = &fake.cls_session.dev;
	fake.cls_conn.dd_data = &fake.conn;
	fake.conn.dd_data = &fake.bnx2i_conn;
	fake.conn.session = &fake.session;
	fake.bnx2i_conn.cls_conn = &fake.cls_conn;
	fake.bnx2i_conn.hba = &fake.hba;
	fake.bnx2i_conn.ep = &fake.endpoint;
	fake.ep.dd_data = &fake.endpoint;
	fake.endpoint.hba = &fake.hba;
	fake.endpoint.conn = &fake.bnx2i_conn;
	fake.endpoint.state = EP_STATE_IDLE;
	fake.endpoint.ep_iscsi_cid = (u16)-1;
	/* Something to be unmapped. */
	fake.endpoint.qp.ctx_base = (void __iomem *)&fake;
}

static int fake_init(void)
{
	set_up_commands();
	set_up_connection();
	return driver_load();
}

static const struct harness_end fake_ends[] = {
	{ fake_disconnect, HARNESS_ENDPOINT },
	{ fake_destroy, HARNESS_CONNECTION },
};

const struct harness_driver harness_driver = {
	.init		= fake_init,
	.exit		= driver_unload,
	.interrupt	= fake_interrupt,
	.mode		= HRTIMER_MODE_REL_PINNED_SOFT,
	/* back_lock of the session */
	.locks		= 1,
	.ends		= fake_ends,
	.nr_ends	= ARRAY_SIZE(fake_ends),
};
