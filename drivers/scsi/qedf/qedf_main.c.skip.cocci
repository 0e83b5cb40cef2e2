// SPDX-License-Identifier: GPL-2.0
///
/// Step over a completion that there is no memory for, as qedi does.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: qedf, mempool_alloc

@@
@@

  qedf_process_completions(...)
  {
  <...
  if (!io_work) {
  	...
- 	continue;
+ 	goto inc_idx;
  }
  ...>
  }
