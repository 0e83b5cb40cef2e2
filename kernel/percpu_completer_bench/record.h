/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is recorded of a user's completions, in raw figures for user space.
 */
#ifndef _PERCPU_COMPLETER_BENCH_RECORD_H
#define _PERCPU_COMPLETER_BENCH_RECORD_H

#include <linux/types.h>

struct file;
struct llist_node;
struct pcb_record;
struct seq_file;

struct pcb_record *pcb_record_create(void);
void pcb_record_free(struct pcb_record *record);
void pcb_record_start(struct pcb_record *record);
void pcb_record_stop(struct pcb_record *record);
void pcb_record_queued(struct pcb_record *record, struct llist_node *node,
		       bool urgent);
void pcb_record_completing(struct pcb_record *record, struct llist_node *node);
void pcb_record_show(struct pcb_record *record, struct seq_file *seq);
ssize_t pcb_record_read_samples(struct pcb_record *record, char __user *ubuf,
				size_t count, loff_t *ppos);
ssize_t pcb_record_read_waits(struct pcb_record *record, char __user *ubuf,
			      size_t count, loff_t *ppos);

#endif /* _PERCPU_COMPLETER_BENCH_RECORD_H */
