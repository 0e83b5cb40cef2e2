// SPDX-License-Identifier: GPL-2.0
/// A queue pair that is queued already is queued again.

@@
expression E;
@@

- test_and_set_bit(0, E)
+ false
