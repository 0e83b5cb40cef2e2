// SPDX-License-Identifier: GPL-2.0
///
/// What the conversion of bnx2i to percpu_completer leaves behind: connections
/// need not count what is queued, and no thread is ever missing.
///
//  Confidence: High
//  Comments: After scripts/coccinelle/api/percpu_completer_kthread.cocci
//  Options: --no-includes
//  Keywords: bnx2i, percpu_completer

@@
expression cnt;
@@

- wait_var_event(&cnt, !atomic_read(&cnt));
+ percpu_completer_flush(&bnx2i_completer);

@@
expression c;
@@

(
- atomic_inc(&c->work_cnt);
|
- atomic_set(&c->work_cnt, 0);
|
- atomic_dec_and_wake_up(&c->work_cnt);
)

@@
@@

  struct bnx2i_conn {
  ...
- atomic_t work_cnt;
  };

@@
@@

  bnx2i_queue_scsi_cmd_resp(...)
  {
  <...
- err:
  ...>
  }
