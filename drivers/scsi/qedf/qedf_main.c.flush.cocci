// SPDX-License-Identifier: GPL-2.0
///
/// Complete what is queued before what it points to is freed.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: qedf, flush_workqueue

@@
@@

  __qedf_remove(...)
  {
  ... when any
  qedf_sync_free_irqs(qedf);
+ flush_workqueue(qedf_io_wq);
  ... when any
  }
