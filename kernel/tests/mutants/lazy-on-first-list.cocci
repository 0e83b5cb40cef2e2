// SPDX-License-Identifier: GPL-2.0
/// No node may be overtaken.
// Noticed by percpu_completer.queue_urgent_overtakes_lazy

@@
expression E;
identifier q;
@@
- E ? &q->lazy : &q->list
+ &q->list
