// SPDX-License-Identifier: GPL-2.0
/*
 * What queueing and completing cost in cycles, natively
 *
 * In exact virtual time an instruction takes a nanosecond, be it locked, a cache miss or
 * neither.  On User-mode Linux the same code runs on the machine itself.  Each case
 * prints the best and the median of some rounds; other load on the machine adds to the
 * median.  A case fails only if a node is lost.
 *
 * A plain list, without locked instructions and without a second pass to reverse it, is
 * measured beside the queue: it is what a per-CPU list could save at most.
 */

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/llist.h>
#include <linux/math64.h>
#include <linux/percpu_completer.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/spinlock.h>

#include <kunit/test.h>

#define PCY_ROUNDS	101
#define PCY_MAX		8192

struct pcy_item {
	struct llist_node node;
	u64 done_at;
};

/* Cycles that all nodes of one round took. */
struct pcy_sample {
	u64 queue;
	u64 complete;
};

static struct percpu_completer pcy_completer;
static struct completion pcy_entered, pcy_gate, pcy_done;
static struct pcy_item pcy_first, *pcy_last;
static bool pcy_lost;

static u64 pcy_cycles(void)
{
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

static void pcy_complete(struct llist_node *node)
{
	struct pcy_item *item = container_of(node, struct pcy_item, node);

	if (item == &pcy_first) {
		complete(&pcy_entered);
		wait_for_completion(&pcy_gate);
		item->done_at = pcy_cycles();
	} else if (item == READ_ONCE(pcy_last)) {
		item->done_at = pcy_cycles();
		complete(&pcy_done);
	}
}

/* The worker waits in a node of its own meanwhile, so that the queue is kicked. */
static struct pcy_sample pcy_round(struct pcy_item *items, unsigned int nr)
{
	struct pcy_sample sample;
	unsigned int i;
	u64 start;

	WRITE_ONCE(pcy_last, &items[nr - 1]);
	percpu_completer_queue_on(&pcy_completer, 0, &pcy_first.node);
	wait_for_completion(&pcy_entered);
	start = pcy_cycles();
	for (i = 0; i < nr; i++)
		percpu_completer_queue_on(&pcy_completer, 0, &items[i].node);
	sample.queue = pcy_cycles() - start;
	complete(&pcy_gate);
	pcy_lost |= !wait_for_completion_timeout(&pcy_done, 10 * HZ);
	sample.complete = items[nr - 1].done_at - pcy_first.done_at;
	return sample;
}

/* A list that is born in order, which one CPU alone can have. */
struct pcy_list {
	raw_spinlock_t lock;
	struct llist_node *first, **end;
};

static __always_inline void pcy_add(struct pcy_list *list, struct llist_node *node)
{
	node->next = NULL;
	WRITE_ONCE(*list->end, node);
	list->end = &node->next;
}

static struct pcy_sample pcy_list_round(struct pcy_item *items, unsigned int nr, bool locked)
{
	percpu_completer_fn fn = READ_ONCE(pcy_completer.attrs.fn);
	struct llist_node *node, *next;
	struct pcy_sample sample;
	struct pcy_list list;
	unsigned int i;
	u64 start;

	raw_spin_lock_init(&list.lock);
	list.first = NULL;
	list.end = &list.first;
	WRITE_ONCE(pcy_last, NULL);
	start = pcy_cycles();
	for (i = 0; i < nr; i++) {
		if (locked)
			raw_spin_lock(&list.lock);
		pcy_add(&list, &items[i].node);
		if (locked)
			raw_spin_unlock(&list.lock);
	}
	sample.queue = pcy_cycles() - start;
	start = pcy_cycles();
	for (node = list.first; node; node = next) {
		next = READ_ONCE(node->next);
		fn(node);
	}
	sample.complete = pcy_cycles() - start;
	return sample;
}

/* Without locked instructions. */
static struct pcy_sample pcy_plain_round(struct pcy_item *items, unsigned int nr)
{
	return pcy_list_round(items, nr, false);
}

/*
 * As threads have it that others than their own CPU may add to; less what it costs to turn
 * interrupts off, which takes User-mode Linux far longer than a machine.
 */
static struct pcy_sample pcy_locked_round(struct pcy_item *items, unsigned int nr)
{
	return pcy_list_round(items, nr, true);
}

static int pcy_compare(const void *a, const void *b)
{
	return *(const u32 *)a < *(const u32 *)b ? -1 : *(const u32 *)a > *(const u32 *)b;
}

static void pcy_measure(struct kunit *test, const char *what, unsigned int nr,
			struct pcy_sample (*round)(struct pcy_item *items, unsigned int nr))
{
	struct pcy_item *items = kunit_kcalloc(test, nr, sizeof(*items), GFP_KERNEL);
	u32 queue[PCY_ROUNDS], complete[PCY_ROUNDS];
	struct pcy_sample sample;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, items);
	for (i = 0; i < PCY_ROUNDS && !pcy_lost; i++) {
		sample = round(items, nr);
		queue[i] = div_u64(sample.queue, nr);
		complete[i] = div_u64(sample.complete, nr);
	}
	KUNIT_ASSERT_FALSE(test, pcy_lost);
	sort(queue, PCY_ROUNDS, sizeof(u32), pcy_compare, NULL);
	sort(complete, PCY_ROUNDS, sizeof(u32), pcy_compare, NULL);
	kunit_info(test, "cycles: %s batch=%u queue=%u,%u complete=%u,%u\n", what, nr,
		   queue[0], queue[PCY_ROUNDS / 2], complete[0], complete[PCY_ROUNDS / 2]);
}

static void cycles_of_queue_and_complete(struct kunit *test)
{
	static const unsigned int batches[] = { 8, 64, 1024, PCY_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(batches); i++) {
		pcy_measure(test, "percpu_completer", batches[i], pcy_round);
		pcy_measure(test, "locked_list", batches[i], pcy_locked_round);
		pcy_measure(test, "plain_list", batches[i], pcy_plain_round);
	}
}

static int pcy_init(struct kunit_suite *suite)
{
	static const struct percpu_completer_attrs attrs = {
		.name	= "pcy",
		.fn	= pcy_complete,
	};

	init_completion(&pcy_entered);
	init_completion(&pcy_gate);
	init_completion(&pcy_done);
	return percpu_completer_init(&pcy_completer, &attrs);
}

static void pcy_exit(struct kunit_suite *suite)
{
	percpu_completer_destroy(&pcy_completer);
}

static struct kunit_case pcy_cases[] = {
	KUNIT_CASE(cycles_of_queue_and_complete),
	{}
};

static struct kunit_suite pcy_suite = {
	.name = "percpu_completer_cycles",
	.suite_init = pcy_init,
	.suite_exit = pcy_exit,
	.test_cases = pcy_cases,
};

kunit_test_suite(pcy_suite);
