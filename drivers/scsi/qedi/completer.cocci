// SPDX-License-Identifier: GPL-2.0
///
/// What the conversion of qedi to percpu_completer leaves behind: connections
/// need not count what is queued, and flush the completer, which is not static
/// therefore.
///
//  Confidence: High
//  Comments: After scripts/coccinelle/api/percpu_completer_kthread.cocci
//  Options: --no-includes
//  Keywords: qedi, percpu_completer

@@
expression cnt;
@@

- if (qedi_conn)
- 	wait_var_event(&cnt, !atomic_read(&cnt));
+ percpu_completer_flush(&qedi_completer);

@@
expression c;
@@

(
- atomic_inc(&c->num_queued_works);
|
- atomic_dec_and_wake_up(&c->num_queued_works);
)

@@
@@

(
- qedi_cmd->cqe_work.conn = q_conn;
|
- qedi_work->conn = q_conn;
|
- conn = work->conn;
)

@@
@@

  struct qedi_work {
  ...
- struct qedi_conn *conn;
  ...
  };

@@
@@

  struct qedi_conn {
  ...
- atomic_t num_queued_works;
  };

@@
@@

- static struct percpu_completer qedi_completer;
+ struct percpu_completer qedi_completer;

@@
@@

  extern uint qedi_io_tracing;
+ extern struct percpu_completer qedi_completer;

@@
@@

- #include <linux/percpu_completer.h>

@@
@@

+ #include <linux/percpu_completer.h>
  #include <linux/uio_driver.h>
