// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes are counted on when a batch has run.

@@
identifier q;
@@
- WRITE_ONCE(q->nr_lazy, 0);
