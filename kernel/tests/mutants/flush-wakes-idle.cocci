// SPDX-License-Identifier: GPL-2.0
/// flush() wakes workers that have nothing to do.

@@
identifier q;
@@
- if (pcq_is_idle(q)) return;
