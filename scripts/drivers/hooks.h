/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the source of a driver gets instead of the kernel's.  To be included after all
 * headers, before the source.
 */

#undef __init
#define __init
#undef __exit
#define __exit
#undef module_init
#define module_init(fn)		static int driver_load(void) { return fn(); }
#undef module_exit
#define module_exit(fn)		static void driver_unload(void) { fn(); }
