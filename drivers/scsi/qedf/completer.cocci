// SPDX-License-Identifier: GPL-2.0
///
/// What the conversion of qedf to percpu_completer leaves behind: threads that are
/// not called after a workqueue, and a header.
///
//  Confidence: High
//  Comments: After scripts/coccinelle/api/percpu_completer_wq.cocci
//  Options: --no-includes
//  Keywords: qedf, percpu_completer

@@
symbol attrs;
@@

  struct percpu_completer_attrs attrs = {
- 	.name = "qedf_io_wq",
+ 	.name = "qedf_io",
  	...,
  };

@@
@@

- QEDF_ERR(NULL, "Could not create qedf_io_wq.\n");
+ QEDF_ERR(NULL, "Could not start the qedf_io threads.\n");

@@
@@

+ #include <linux/percpu_completer.h>
  #include <linux/qed/qed_if.h>
