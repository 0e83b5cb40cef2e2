// SPDX-License-Identifier: GPL-2.0
/// Idle CPUs help also where the order is not theirs to change.

@@
identifier q;
@@
- q->pc->attrs.order == PERCPU_COMPLETER_ANY_ORDER
+ true
