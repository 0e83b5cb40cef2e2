// SPDX-License-Identifier: GPL-2.0
/// A batch is completed newest node first.

@@
expression q, E;
@@
- pcq_take(q, E)
+ E
