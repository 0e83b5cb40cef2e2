// SPDX-License-Identifier: GPL-2.0
/// Any number of lazy nodes waits for the deadline.

@@
identifier nr, batch;
@@
- nr >= batch
+ 0
