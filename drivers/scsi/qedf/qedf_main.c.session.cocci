// SPDX-License-Identifier: GPL-2.0
///
/// Complete what is queued before the session goes that it uses.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: qedf, flush_workqueue

@@
@@

  qedf_cleanup_fcport(...)
  {
  ...
  if (test_and_clear_bit(QEDF_RPORT_SESSION_READY, ...))
  	qedf_upload_connection(...);
+
+ 	/* Completions that found the session ready may still use it. */
+ 	flush_workqueue(qedf_io_wq);
  qedf_free_sq(...);
  ...
  }
