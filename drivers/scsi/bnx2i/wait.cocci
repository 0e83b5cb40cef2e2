// SPDX-License-Identifier: GPL-2.0
///
/// Wait for a connection's queued completions before it is freed, instead of
/// looking for them on the lists: the threads have taken some off.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: bnx2i, wait_var_event

@@
@@

- atomic_dec(&work->bnx2i_conn->work_cnt);
+ atomic_dec_and_wake_up(&work->bnx2i_conn->work_cnt);

@@
@@

  bnx2i_cpu_offline(...)
  {
  <...
  bnx2i_process_scsi_cmd_resp(...);
+ atomic_dec_and_wake_up(&work->bnx2i_conn->work_cnt);
  ...>
  }

@@
statement S;
@@

- if (atomic_read(&bnx2i_conn->work_cnt)) S
+ wait_var_event(&bnx2i_conn->work_cnt,
+ 	       !atomic_read(&bnx2i_conn->work_cnt));

@@
identifier v = {work,tmp,cpu,p};
type T;
constant c;
@@

(
- T v;
|
- T v = c;
)
  ... when != v
