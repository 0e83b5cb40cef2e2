// SPDX-License-Identifier: GPL-2.0
///
/// Do not queue a queue pair that is queued already.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: siw, llist_add, test_and_set_bit

@@
@@

  struct siw_qp {
  ...
  struct llist_node tx_list;
+ 	/* Bit 0: tx_list is in use, until siw_sq_resume() is called */
+ 	unsigned long tx_queued;
  ...
  };

@@
identifier qp;
@@

  siw_sq_resume(struct siw_qp *qp)
  {
+ 	clear_bit(0, &qp->tx_queued);
+ 	/*
+	 * Paired with test_and_set_bit() in siw_sq_start(): a caller that found
+	 * the bit set has queued nothing.  The code below sees its work
+	 * requests, unless the queue pair is locked or suspended.
+	 */
+ 	smp_mb__after_atomic();
+
  	...
  }

@start@
identifier qp;
@@

  siw_sq_start(struct siw_qp *qp)
  {
  ...
+ 	if (test_and_set_bit(0, &qp->tx_queued))
+ 		return 0;
  siw_qp_get(qp);
  ...
  }

@depends on start@
expression qp;
@@

+ 	/*
+	 * Adding what is queued already would cut off those behind it.
+	 * Paired with clear_bit() in siw_sq_resume(): if the bit is set, that
+	 * is still to come, and a look at what we have to send comes after it.
+	 */
  if (test_and_set_bit(0, &qp->tx_queued))
  	return 0;
