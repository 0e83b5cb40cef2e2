// SPDX-License-Identifier: GPL-2.0
///
/// Completions use the queues of the connection's endpoint: wait for those that
/// are queued before these go.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: bnx2i, wait_var_event

@@
@@

  bnx2i_ep_disconnect(...)
  {
  ... when any
+ 	if (bnx2i_conn)
+ 		wait_var_event(&bnx2i_conn->work_cnt,
+ 			       !atomic_read(&bnx2i_conn->work_cnt));
  bnx2i_free_qp_resc(...);
  ... when any
  }
