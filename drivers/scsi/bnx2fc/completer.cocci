// SPDX-License-Identifier: GPL-2.0
///
/// What the conversion of bnx2fc to percpu_completer leaves behind: sessions need
/// not count what is queued, and completions are spread over the CPUs that run.
///
//  Confidence: High
//  Comments: After scripts/coccinelle/api/percpu_completer_kthread.cocci
//  Options: --no-includes
//  Keywords: bnx2fc, percpu_completer

@@
expression cnt;
@@

- wait_var_event(&cnt, !atomic_read(&cnt));
+ percpu_completer_flush(&bnx2fc_completer);

@@
expression tgt;
@@

(
- atomic_inc(&tgt->num_queued_works);
|
- atomic_set(&tgt->num_queued_works, 0);
|
- atomic_dec_and_wake_up(&tgt->num_queued_works);
)

@@
@@

  struct bnx2fc_rport {
  ...
- atomic_t num_queued_works;
  ...
  };

@@
@@

- cpumask_nth(wqe % num_possible_cpus(), cpu_possible_mask)
+ cpumask_nth(wqe % num_online_cpus(), cpu_online_mask)
