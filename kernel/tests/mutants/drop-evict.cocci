// SPDX-License-Identifier: GPL-2.0
/// What is added to a closed queue stays there.
// Noticed by percpu_completer.override_of_cpus_while_producers_run

@@
identifier q;
@@
- q = pcq_move(q);
+ q = NULL;
