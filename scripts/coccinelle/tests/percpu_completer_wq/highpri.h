/* SPDX-License-Identifier: GPL-2.0 */
struct bar_io {
	struct work_struct end;
	void *buffer;
};

extern struct workqueue_struct *bar_workqueue;
extern void bar_end_io(struct work_struct *w);
