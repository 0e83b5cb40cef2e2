// SPDX-License-Identifier: GPL-2.0
///
/// Nobody waits for background writeback of buffers that are to be dropped behind, until a
/// task waits for the buffer.
///
//  Confidence: High
//  Comments: BIO_COMPLETE_LAZY is from include/linux/blk_types.h.lazy.patch
//  Options: --no-includes
//  Keywords: percpu_completer, buffer_head, BIO_COMPLETE_LAZY

@@
typedef blk_opf_t;
expression bio, folio, write;
identifier wbc, bh, opf, hint;
@@

  __bh_submit(struct buffer_head *bh, blk_opf_t opf, enum rw_hint hint,
  	struct writeback_control *wbc, ...)
  {
  <...
- if (folio_test_dropbehind(folio) && write)
+ if (folio_test_dropbehind(folio) && write) {
  	bio_set_flag(bio, BIO_COMPLETE_IN_TASK);
+ 	if (wbc && wbc->sync_mode == WB_SYNC_NONE)
+ 		bio_set_flag(bio, BIO_COMPLETE_LAZY);
+ }
  ...>
  }

@@
identifier bh;
@@

  void \(__lock_buffer\|__wait_on_buffer\)(struct buffer_head *bh)
  {
+ 	CLASS(bio_wait, due)(bh->b_folio);
+
  	...
  }
