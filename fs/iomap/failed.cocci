// SPDX-License-Identifier: GPL-2.0
///
/// Complete failed bios in task context as the block layer does with others, instead
/// of a list, a lock and a work item for each kind of them.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: iomap, bio_complete_in_task, DECLARE_WORK

@queue@
identifier fail, lock, list, work;
@@

  static void fail(...)
  {
  	...
  	spin_lock_irqsave(&lock, ...);
  	if (\(list_empty(&list)\|bio_list_empty(&list)\))
  		WARN_ON_ONCE(!schedule_work(&work));
  	...
  }

@worker@
declarer name DECLARE_WORK;
identifier queue.work, fn;
@@

- static DECLARE_WORK(work, fn);

@depends on worker@
declarer name DEFINE_SPINLOCK;
identifier queue.lock;
@@

- static DEFINE_SPINLOCK(lock);

@depends on worker@
declarer name LIST_HEAD;
identifier queue.list;
@@

(
- static LIST_HEAD(list);
|
- static struct bio_list list = BIO_EMPTY_LIST;
)

@depends on worker@
identifier worker.fn;
@@

- static void fn(...) { ... }

@depends on worker@
identifier queue.fail;
@@

- static void fail(...) { ... }

@depends on worker@
identifier queue.fail, end_io, bio;
expression error;
@@

  static void end_io(struct bio *bio)
  {
  	...
- 	if (error) {
+ 	/* Reporting an error takes i_lock, which is not taken in interrupts. */
+ 	if (error && bio_complete_in_task(bio))
- 		fail(...);
  		return;
- 	}
  	...
  }

@depends on worker@
identifier end_io, bio, finish;
@@

  static void end_io(struct bio *bio)
  {
  	...
  	if (bio->bi_status && bio_complete_in_task(bio))
  		return;
  	finish(bio,
- 	       0
+ 	       blk_status_to_errno(bio->bi_status)
  	       );
  }
