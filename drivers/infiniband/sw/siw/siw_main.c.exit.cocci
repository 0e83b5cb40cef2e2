// SPDX-License-Identifier: GPL-2.0
///
/// Stop the threads when nobody can have work for them any more.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: siw, ib_unregister_driver

@@
@@

  siw_exit_module(...)
  {
  ...
- siw_stop_tx_threads();
  ...
  ib_unregister_driver(RDMA_DRIVER_SIW);
+ siw_stop_tx_threads();
  ...
  }
