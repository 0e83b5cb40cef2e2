// SPDX-License-Identifier: GPL-2.0
///
/// What comes from a mempool has to go back there.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: qedf, mempool_free

@@
@@

- kfree(io_work);
+ mempool_free(io_work, io_work->qedf->io_mempool);
