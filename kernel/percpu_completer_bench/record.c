// SPDX-License-Identifier: GPL-2.0
/*
 * Records how long each object of a user waited for its completion function,
 * and how long the worker that called it was runnable before it ran.
 *
 * An object has no room for a time stamp.  What is under way is kept in a hash
 * table by the address of its node, which works for every mechanism, in order
 * or not.  Waiting times come from the tracepoints of the scheduler: a wake-up
 * leaves its time with the task, the switch to the task makes a waiting time of
 * it, and the first completion after that records it.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/llist.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include <trace/events/sched.h>

#include "record.h"

#define PCB_MAX_SAMPLES		1000000
#define PCB_FLIGHT_BITS		16
#define PCB_FLIGHT_PROBES	16
#define PCB_TASK_BITS		10

/* What user space reads of each object. */
struct pcb_sample {
	u32 dispatch_ns;	/* from queueing to the completion function */
	u32 urgent;
};

/* An object under way; free if @node is NULL. */
struct pcb_flight {
	struct llist_node *node;
	u64 queued_at;
	bool urgent;
};

/* A task that was woken.  A colliding one takes the slot: a wait is not seen. */
struct pcb_task {
	struct task_struct *task;
	u64 woken_at;
	u32 wait_ns;
	unsigned long nvcsw;	/* at the last completion */
};

struct pcb_record {
	struct pcb_sample *samples;
	u32 *waits;
	struct pcb_flight *flights;
	struct pcb_task *tasks;
	atomic_t nr_samples;
	atomic_t nr_waits;
	atomic_t nr_urgent;
	atomic_t nr_unsampled;
	u64 start;
	u64 duration_ns;
};

static u32 pcb_ns(u64 from, u64 to)
{
	return min_t(u64, to - from, U32_MAX);
}

/* The index to fill, below PCB_MAX_SAMPLES, or a negative one if all are. */
static int pcb_next(struct pcb_record *record, atomic_t *nr)
{
	int i = atomic_fetch_add_unless(nr, 1, PCB_MAX_SAMPLES);

	if (i < PCB_MAX_SAMPLES)
		return i;
	atomic_inc(&record->nr_unsampled);
	return -ENOSPC;
}

static struct pcb_flight *pcb_flight(struct pcb_record *record,
				     struct llist_node *node, unsigned int probe)
{
	unsigned int i = hash_ptr(node, PCB_FLIGHT_BITS) + probe;

	return &record->flights[i % (1U << PCB_FLIGHT_BITS)];
}

/* Any context, before the node is handed to the mechanism. */
void pcb_record_queued(struct pcb_record *record, struct llist_node *node,
		       bool urgent)
{
	struct pcb_flight *flight;
	unsigned int probe;

	for (probe = 0; probe < PCB_FLIGHT_PROBES; probe++) {
		flight = pcb_flight(record, node, probe);
		if (READ_ONCE(flight->node) ||
		    cmpxchg(&flight->node, NULL, node))
			continue;
		flight->urgent = urgent;
		flight->queued_at = ktime_get_mono_fast_ns();
		return;
	}
	atomic_inc(&record->nr_unsampled);
}

static void pcb_record_sample(struct pcb_record *record,
			      const struct pcb_flight *flight)
{
	int i = pcb_next(record, &record->nr_samples);

	if (i < 0)
		return;
	record->samples[i].dispatch_ns = pcb_ns(flight->queued_at,
						ktime_get_mono_fast_ns());
	record->samples[i].urgent = flight->urgent;
	if (flight->urgent)
		atomic_inc(&record->nr_urgent);
}

static struct pcb_task *pcb_task(struct pcb_record *record,
				 struct task_struct *task)
{
	return &record->tasks[hash_ptr(task, PCB_TASK_BITS)];
}

/* Did this task sleep since it last completed something? */
static void pcb_record_wait(struct pcb_record *record)
{
	struct pcb_task *slot = pcb_task(record, current);
	int i;

	if (slot->task != current || slot->nvcsw == current->nvcsw)
		return;
	slot->nvcsw = current->nvcsw;
	i = pcb_next(record, &record->nr_waits);
	if (i >= 0)
		record->waits[i] = slot->wait_ns;
}

/* In the worker, before the user's completion function gets the node. */
void pcb_record_completing(struct pcb_record *record, struct llist_node *node)
{
	struct pcb_flight *flight;
	unsigned int probe;

	for (probe = 0; probe < PCB_FLIGHT_PROBES; probe++) {
		flight = pcb_flight(record, node, probe);
		if (READ_ONCE(flight->node) != node)
			continue;
		pcb_record_wait(record);
		pcb_record_sample(record, flight);
		/* Who takes the slot next must not be seen in this sample. */
		smp_store_release(&flight->node, NULL);
		return;
	}
}

/* Under the lock of the woken task: only one at a time for a task. */
static void pcb_probe_wakeup(void *data, struct task_struct *task)
{
	struct pcb_task *slot;

	if (!(task->flags & PF_KTHREAD))
		return;
	slot = pcb_task(data, task);
	if (slot->task != task) {
		slot->task = task;
		slot->nvcsw = ULONG_MAX;
	}
	WRITE_ONCE(slot->woken_at, ktime_get_mono_fast_ns());
}

static void pcb_probe_switch(void *data, bool preempt, struct task_struct *prev,
			     struct task_struct *next, unsigned int prev_state)
{
	struct pcb_task *slot = pcb_task(data, next);

	if (slot->task != next || !READ_ONCE(slot->woken_at))
		return;
	slot->wait_ns = pcb_ns(slot->woken_at, ktime_get_mono_fast_ns());
	WRITE_ONCE(slot->woken_at, 0);
}

static int pcb_record_register(struct pcb_record *record)
{
	int ret;

	ret = register_trace_sched_wakeup(pcb_probe_wakeup, record);
	if (ret)
		return ret;
	ret = register_trace_sched_switch(pcb_probe_switch, record);
	if (ret)
		unregister_trace_sched_wakeup(pcb_probe_wakeup, record);
	return ret;
}

static void pcb_record_free_memory(struct pcb_record *record)
{
	vfree(record->tasks);
	vfree(record->flights);
	vfree(record->waits);
	vfree(record->samples);
	vfree(record);
}

/*
 * The probes stay from now on, recording or not: each time that they come and go
 * the kernel's code is modified, and emulators are not all good at that.
 */
struct pcb_record *pcb_record_create(void)
{
	struct pcb_record *record;

	record = vzalloc(sizeof(*record));
	if (!record)
		return NULL;
	record->samples = vcalloc(PCB_MAX_SAMPLES, sizeof(*record->samples));
	record->waits = vcalloc(PCB_MAX_SAMPLES, sizeof(*record->waits));
	record->flights = vcalloc(1U << PCB_FLIGHT_BITS,
				  sizeof(*record->flights));
	record->tasks = vcalloc(1U << PCB_TASK_BITS, sizeof(*record->tasks));
	if (record->samples && record->waits && record->flights &&
	    record->tasks && !pcb_record_register(record))
		return record;
	pcb_record_free_memory(record);
	return NULL;
}

void pcb_record_free(struct pcb_record *record)
{
	if (!record)
		return;
	unregister_trace_sched_switch(pcb_probe_switch, record);
	unregister_trace_sched_wakeup(pcb_probe_wakeup, record);
	tracepoint_synchronize_unregister();
	pcb_record_free_memory(record);
}

/* Nobody may be recording: forgets what was. */
void pcb_record_start(struct pcb_record *record)
{
	memset(record->flights, 0,
	       array_size(1U << PCB_FLIGHT_BITS, sizeof(*record->flights)));
	memset(record->tasks, 0,
	       array_size(1U << PCB_TASK_BITS, sizeof(*record->tasks)));
	atomic_set(&record->nr_samples, 0);
	atomic_set(&record->nr_waits, 0);
	atomic_set(&record->nr_urgent, 0);
	atomic_set(&record->nr_unsampled, 0);
	record->duration_ns = 0;
	record->start = ktime_get_mono_fast_ns();
}

void pcb_record_stop(struct pcb_record *record)
{
	record->duration_ns = ktime_get_mono_fast_ns() - record->start;
}

void pcb_record_show(struct pcb_record *record, struct seq_file *seq)
{
	seq_printf(seq, "items=%d\n", atomic_read(&record->nr_samples));
	seq_printf(seq, "urgent=%d\n", atomic_read(&record->nr_urgent));
	seq_printf(seq, "wakeups=%d\n", atomic_read(&record->nr_waits));
	seq_printf(seq, "unsampled=%d\n", atomic_read(&record->nr_unsampled));
	seq_printf(seq, "duration_ns=%llu\n", record->duration_ns);
}

ssize_t pcb_record_read_samples(struct pcb_record *record, char __user *ubuf,
				size_t count, loff_t *ppos)
{
	return simple_read_from_buffer(ubuf, count, ppos, record->samples,
				       array_size(atomic_read(&record->nr_samples),
						  sizeof(*record->samples)));
}

ssize_t pcb_record_read_waits(struct pcb_record *record, char __user *ubuf,
			      size_t count, loff_t *ppos)
{
	return simple_read_from_buffer(ubuf, count, ppos, record->waits,
				       array_size(atomic_read(&record->nr_waits),
						  sizeof(*record->waits)));
}
