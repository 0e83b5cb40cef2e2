// SPDX-License-Identifier: GPL-2.0
///
/// Who waits for writeback that nobody waited for when it ended lets its deferred
/// completion come at once.
///
//  Confidence: High
//  Comments: bio_expedite_writeback() is from block/bio.c.cocci
//  Options: --no-includes
//  Keywords: percpu_completer, folio_wait_writeback

@wait@
expression folio;
@@

  trace_folio_wait_writeback(folio, ...);
+ if (folio_test_dropbehind(folio))
+ 	bio_expedite_writeback(folio);

@depends on wait@
@@

  #include <linux/backing-dev.h>
+ #include <linux/bio.h>
