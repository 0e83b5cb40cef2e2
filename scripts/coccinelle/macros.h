/* SPDX-License-Identifier: GPL-2.0 */
/* Loops, to Coccinelle, which would not understand the functions that use these. */
#define scoped_guard(args...) for (;;)
