// SPDX-License-Identifier: GPL-2.0
///
/// End large writes in task context by the flag that the block layer has for that, set
/// when their size is known, instead of a work item in front of each bio.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: f2fs, BIO_COMPLETE_IN_TASK, INIT_WORK

@defer@
identifier end_io, bio, sbi, w, work, fn, finish, item, container, limit;
@@

  static void end_io(struct bio *bio)
  {
- 	struct f2fs_sb_info *sbi;
-
  	iostat_update_and_unbind_ctx(bio);
-
- 	sbi = bio->bi_private;
-
- 	if (in_atomic() && bio->bi_iter.bi_size > sbi->limit) {
- 		struct work_struct *w;
-
- 		w = &container_of(bio, struct container, item)->work;
- 		INIT_WORK(w, fn);
- 		queue_work(sbi->wq, w);
- 	} else {
  		finish(bio);
- 	}
  }

@depends on defer@
identifier defer.fn;
@@

- static void fn(...) { ... }

@depends on defer@
identifier defer.container;
@@

- struct container { ... };

@depends on defer@
identifier defer.container, defer.item;
@@

  bioset_init(...,
- 	      offsetof(struct container, item)
+ 	      0
  	      , BIOSET_NEED_BVECS)

@depends on defer@
identifier defer.limit, sbi, bio;
@@

  f2fs_submit_write_bio(struct f2fs_sb_info *sbi, struct bio *bio, ...)
  {
  	...
+ 	if (bio->bi_iter.bi_size > sbi->limit)
+ 		bio_set_flag(bio, BIO_COMPLETE_IN_TASK);
  	blk_crypto_submit_bio(bio);
  }

@depends on defer@
@@

  f2fs_destroy_bioset(...)
  {
+ 	bio_flush_completions();
  	...
  }
