// SPDX-License-Identifier: GPL-2.0
#include <linux/workqueue.h>
#include "highpri.h"

struct workqueue_struct *bar_workqueue;

void bar_end_io(struct work_struct *w)
{
	struct bar_io *io =
		container_of(w, struct bar_io, end);

	bar_unmap(io->buffer);
}

static void bar_done(struct bar_io *io)
{
	INIT_WORK(&io->end, bar_end_io);

	if (io->remote)
		queue_work_on(io->cpu, bar_workqueue, &io->end);
	else
		queue_work_on(smp_processor_id(), bar_workqueue, &io->end);
}

int bar_setup(void)
{
	bar_workqueue = alloc_workqueue("%s", WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_PERCPU, 1,
					"bar_end");
	if (!bar_workqueue) {
		pr_err("no workqueue\n");
		return -ENOMEM;
	}
	return 0;
}
