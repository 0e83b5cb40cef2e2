// SPDX-License-Identifier: GPL-2.0
/// A batch is completed newest node first.

@@
expression E;
@@
- llist_reverse_order(E)
+ E
