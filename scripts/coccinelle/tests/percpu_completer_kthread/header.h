/* SPDX-License-Identifier: GPL-2.0 */
struct foo_work {
	struct list_head list;
	int status;
};

struct foo_percpu {
	struct task_struct *thread;
	struct list_head work_list;
	spinlock_t lock;
};

DECLARE_PER_CPU(struct foo_percpu, foo_percpu);

extern int foo_thread(void *arg);
