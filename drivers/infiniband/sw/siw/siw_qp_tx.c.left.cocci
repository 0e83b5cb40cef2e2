// SPDX-License-Identifier: GPL-2.0
///
/// Do not look for the next queue pair in one that is off the list.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: siw, llist_for_each_entry

@@
iterator name llist_for_each_entry, llist_for_each_entry_safe;
statement S;
@@

  siw_run_sq(...)
  {
  ...
  struct siw_qp *qp;
+ struct siw_qp *next;
  <+...
- llist_for_each_entry(qp, active, tx_list)
+ llist_for_each_entry_safe(qp, next, active, tx_list)
  S
  ...+>
  }
