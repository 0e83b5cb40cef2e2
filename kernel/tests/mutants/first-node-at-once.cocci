// SPDX-License-Identifier: GPL-2.0
/// What one worker uses does not matter to another one that wakes up.

@@
expression E;
@@
- __this_cpu_write(pcq_owes, E);
