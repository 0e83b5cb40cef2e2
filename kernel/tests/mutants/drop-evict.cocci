// SPDX-License-Identifier: GPL-2.0
/// What is added to a closed queue stays there.

@@
identifier q;
@@
- q = pcq_move(q);
+ q = NULL;
