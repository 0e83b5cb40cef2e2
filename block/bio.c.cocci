// SPDX-License-Identifier: GPL-2.0
///
/// Complete bios in task context on a percpu_completer instead of a private
/// per-CPU list, work item and CPU hotplug handling.
///
//  Confidence: High
//  Comments: struct bio gets its bi_llist from include/linux/blk_types.h.patch
//  Options: --no-includes
//  Keywords: percpu_completer, bio, cpuhp_setup_state

@batch@
@@

- struct bio_complete_batch { ... };

@depends on batch@
@@

  #include <linux/kmemleak.h>
+ #include <linux/percpu_completer.h>

@depends on batch@
declarer name DEFINE_PER_CPU, static_assert;
symbol bio_complete_batch;
typedef bool;
@@

- static DEFINE_PER_CPU(struct bio_complete_batch, bio_complete_batch);
+ /*
+ * Infrastructure for deferring bio completions to task context. Triggered
+ * either by the BIO_COMPLETE_IN_TASK bio flag (static decision at submit time)
+ * or by calling bio_complete_in_task() from bi_end_io() (dynamic decision at
+ * completion time).
+ *
+ * Bios are completed at once, by a thread with a short time slice, which
+ * preempts other normal tasks on the CPU. They need no order.
+ */
+ static struct percpu_completer bio_completer;
+
+ static_assert(sizeof_field(struct bio, bi_llist) == sizeof(struct bio *));
+
+ static void bio_complete_fn(struct llist_node *node)
+ {
+ 	struct bio *bio = llist_entry(node, struct bio, bi_llist);
+
+ 	/* bi_llist shares its storage, and bi_end_io() may expect NULL. */
+ 	bio->bi_next = NULL;
+ 	bio->bi_end_io(bio);
+ }

@depends on batch@
symbol bio_complete_wq;
@@

- static struct workqueue_struct *bio_complete_wq;

@depends on batch@
identifier w;
@@

- static void bio_complete_work_fn(struct work_struct *w) { ... }

@depends on batch@
identifier bio;
@@

  void __bio_complete_in_task(struct bio *bio)
  {
+ 	percpu_completer_queue(&bio_completer, &bio->bi_llist);
- 	...
  }

@depends on batch@
identifier cpu, fn =~ "^bio_complete_batch_cpu_";
@@

- static int fn(unsigned int cpu) { ... }

@depends on batch@
identifier cpu;
@@

- static void bio_complete_batch_init(int cpu) { ... }

@depends on batch@
identifier i;
@@

  init_bio(...)
  {
+ 	static const struct percpu_completer_attrs attrs = {
+ 		.name = "bio_completer",
+ 		.fn = bio_complete_fn,
+ 		.policy = PERCPU_COMPLETER_SHORT_SLICE,
+ 		.nice = -10,
+ 		.order = PERCPU_COMPLETER_URGENT_FIRST,
+ 	};
 	int i;
  	...
  }

@depends on batch@
iterator name for_each_possible_cpu;
symbol bio_complete_wq, bio_complete_batch_cpu_online, bio_complete_batch_cpu_dead;
identifier i;
statement S;
@@

- for_each_possible_cpu(i)
- 	bio_complete_batch_init(i);
- bio_complete_wq = alloc_workqueue(...);
- if (!bio_complete_wq) S
+ if (percpu_completer_init(&bio_completer, &attrs))
+ 	panic("bio: can't start the bio completer\n");
- cpuhp_setup_state_nocalls(..., bio_complete_batch_cpu_online, ...);
- cpuhp_setup_state_nocalls(..., bio_complete_batch_cpu_dead);
