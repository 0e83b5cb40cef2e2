/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drivers without their hardware
 *
 * A module is made of a driver's own source, of a file of ours that includes it and
 * pretends to be the hardware, and of harness.c.  That interrupts on each CPU to complete
 * commands, and judges what the driver makes of it.
 */

#ifndef HARNESS_H
#define HARNESS_H

#include <linux/hrtimer.h>
#include <linux/module.h>

#define HARNESS_CPUS		4
/* Commands that a CPU has at most, a power of two. */
#define HARNESS_DEPTH		64
#define HARNESS_COMMANDS	(HARNESS_CPUS * HARNESS_DEPTH)

/* What is counted; all but the first three are faults. */
enum harness_count {
	HARNESS_QUEUED,
	HARNESS_COMPLETED,
	/* in an interrupt, as a CPU was on its way on or off */
	HARNESS_OFFLINE,
	/* in an interrupt, though all CPUs were there */
	HARNESS_INTERRUPT,
	/* not at all */
	HARNESS_LOST,
	/* without having been queued */
	HARNESS_TWICE,
	/* after one of the same CPU that was queued later */
	HARNESS_ORDER,
	/* with more locks than the driver needs for it, or with interrupts disabled */
	HARNESS_LOCKED,
	/* a thread was woken that there is not */
	HARNESS_NOBODY,
	/* the same, in an interrupt handler that is a task: the thread went meanwhile */
	HARNESS_PREEMPTED,
	/* completed although what it needs had been freed */
	HARNESS_ENDPOINT,
	HARNESS_CONNECTION,
	HARNESS_ADAPTER,
	/* memory that did not come back to its pool */
	HARNESS_POOL,
	/* the interrupt handler tried again what had failed */
	HARNESS_SPIN,
	HARNESS_COUNTS,
};

/*
 * In the end the driver frees something that completions need.  If it does so too early, the
 * count says so.  Interrupts may go on until the driver ignores them.
 */
struct harness_end {
	void (*free)(void);
	enum harness_count early;
	bool interrupts;
	/* Set up again the objects that an earlier end has freed. */
	void (*prepare)(void);
};

struct harness_driver {
	int (*init)(void);
	void (*exit)(void);
	/* The hardware has completed a command. */
	void (*interrupt)(unsigned int nr);
	/* What kind of interrupt that is; in _HARD ones lockdep allows no spinlocks. */
	enum hrtimer_mode mode;
	/* It may be in a task, too, which calls harness_preempt() where that does most harm. */
	bool threaded;
	/* How many spinlocks the driver holds when it completes a command. */
	unsigned int locks;
	const struct harness_end *ends;
	unsigned int nr_ends;
};

/* Each file that pretends to be hardware has one. */
extern const struct harness_driver harness_driver;

/* The CPU that a command belongs to. */
static inline unsigned int harness_cpu(unsigned int nr)
{
	return nr % nr_cpu_ids;
}

void harness_count(enum harness_count count);
int harness_start(void);
void harness_done(unsigned int nr);
void harness_skip(unsigned int nr);
void harness_pause(void);
void harness_preempt(void);
void harness_freed(void);

#endif
