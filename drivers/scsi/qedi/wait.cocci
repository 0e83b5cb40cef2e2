// SPDX-License-Identifier: GPL-2.0
///
/// Wait for a connection's queued completions before it is freed.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: qedi, wait_var_event

@@
@@

  struct qedi_work {
  ...
  struct qedi_ctx *qedi;
+ struct qedi_conn *conn;
  ...
  };

@@
@@

  struct qedi_conn {
  ...
+ atomic_t num_queued_works;
  };

@@
@@

(
  qedi_cmd->cqe_work.qedi = qedi;
+ qedi_cmd->cqe_work.conn = q_conn;
|
  qedi_work->qedi = qedi;
+ qedi_work->conn = q_conn;
|
+ atomic_inc(&q_conn->num_queued_works);
  list_add_tail(..., &p->work_list);
)

@@
@@

  list_del_init(&work->list);
+ conn = work->conn;
  qedi_fp_process_cqes(work);
  if (!work->is_solicited)
  	kfree(work);
+ atomic_dec_and_wake_up(&conn->num_queued_works);

@@
identifier fn = {qedi_percpu_io_thread,qedi_cpu_offline};
@@

  fn(...)
  {
  ... when any
  unsigned long flags;
+ struct qedi_conn *conn;
  ... when any
  }

@@
@@

  qedi_ep_disconnect(...)
  {
  ... when any
  qedi->cid_que.conn_cid_tbl[qedi_ep->iscsi_cid] = NULL;
+ 	/* Interrupt handlers that have seen the connection have queued then. */
+ 	synchronize_rcu();
+ 	if (qedi_conn)
+ 		wait_var_event(&qedi_conn->num_queued_works,
+ 			       !atomic_read(&qedi_conn->num_queued_works));
  ... when any
  }
