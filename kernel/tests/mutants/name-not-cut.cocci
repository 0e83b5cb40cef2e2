// SPDX-License-Identifier: GPL-2.0
/// The name of a thread may end before the CPU.
// Noticed by percpu_completer.long_name_leaves_room_for_cpu

@@
identifier room;
expression A, B, C, E;
@@
  kthread_create_on_node(A, B, C, E,
- room,
+ (int)TASK_COMM_LEN,
  ...)
