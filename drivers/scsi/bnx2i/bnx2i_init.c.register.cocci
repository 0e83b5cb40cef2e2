// SPDX-License-Identifier: GPL-2.0
///
/// Let the per-CPU threads live for as long as cnic may call the driver.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: bnx2i, cnic_register_driver

@@
expression err;
identifier online, offline;
statement S;
@@

- err = cnic_register_driver(CNIC_ULP_ISCSI, &bnx2i_cnic_cb);
- if (err) S
  ...
  err = cpuhp_setup_state(..., online, offline);
  if (err < 0)
- 	goto unreg_driver;
+ 	goto unreg_xport;
  bnx2i_online_state = err;
+
+ 	err = cnic_register_driver(CNIC_ULP_ISCSI, &bnx2i_cnic_cb);
+ 	if (err) {
+ 		pr_err("Could not register bnx2i cnic driver.\n");
+ 		goto unreg_driver;
+ 	}
  return 0;

// A label that is misnamed for a moment: a goto has to find one.
@@
@@

(
- 	goto unreg_driver;
+ 	goto remove_threads;
|
- unreg_driver:
- 	cnic_unregister_driver(CNIC_ULP_ISCSI);
+ remove_threads:
+ 	cpuhp_remove_state(bnx2i_online_state);
)

@@
@@

  bnx2i_mod_exit(...)
  {
  ...
- cpuhp_remove_state(bnx2i_online_state);
  ...
  cnic_unregister_driver(CNIC_ULP_ISCSI);
+ 	cpuhp_remove_state(bnx2i_online_state);
  }
