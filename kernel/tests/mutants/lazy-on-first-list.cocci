// SPDX-License-Identifier: GPL-2.0
/// No node may be overtaken.

@@
expression E;
identifier q;
@@
- E ? &q->lazy : &q->list
+ &q->list
