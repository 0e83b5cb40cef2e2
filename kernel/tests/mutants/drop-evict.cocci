// SPDX-License-Identifier: GPL-2.0
/// What is added to a closed queue stays there.
// Noticed by percpu_completer_misuse.queue_after_destroy_warns_and_drops

@@
identifier q;
@@
- q = pcq_move(q);
+ q = NULL;
