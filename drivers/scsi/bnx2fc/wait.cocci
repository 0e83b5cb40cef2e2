// SPDX-License-Identifier: GPL-2.0
///
/// Wait for a session's queued completions before its resources are freed.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: bnx2fc, wait_var_event

@@
@@

  struct bnx2fc_rport {
  ...
  atomic_t num_active_ios;
+ atomic_t num_queued_works;
  ...
  };

@@
@@

  atomic_set(&tgt->num_active_ios, 0);
+ atomic_set(&tgt->num_queued_works, 0);

@@
@@

+ atomic_inc(&tgt->num_queued_works);
  list_add_tail(&work->list, &fps->work_list);

@@
expression work;
@@

  bnx2fc_process_cq_compl(work->tgt, ...);
+ atomic_dec_and_wake_up(&work->tgt->num_queued_works);
  kfree(work);

@@
identifier tgt, ctx_base_ptr;
@@

  bnx2fc_free_session_resc(struct bnx2fc_hba *hba, struct bnx2fc_rport *tgt)
  {
+ 	struct fcoe_cqe *cq;
  	...
  	BNX2FC_TGT_DBG(tgt, ...);
+
+ 	/* Interrupt handlers find no CQ from now on: nothing more is queued. */
+ 	spin_lock_bh(&tgt->cq_lock);
+ 	cq = tgt->cq;
+ 	tgt->cq = NULL;
+ 	spin_unlock_bh(&tgt->cq_lock);
+ 	wait_var_event(&tgt->num_queued_works,
+ 		       !atomic_read(&tgt->num_queued_works));
  	...
  	ctx_base_ptr = tgt->ctx_base;
  	... when any
- 	if (tgt->cq)
+ 	if (cq)
- 	{
  		dma_free_coherent(...,
- 				  tgt->cq
+ 				  cq
  				  , tgt->cq_dma);
- 		tgt->cq = NULL;
- 	}
  	... when any
  }
