// SPDX-License-Identifier: GPL-2.0
/// CPU time for lazy nodes is charged, too.

@@
identifier q;
expression E;
@@
- q->free ? 0 : E
+ E
