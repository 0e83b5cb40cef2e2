// SPDX-License-Identifier: GPL-2.0
///
/// While a task waits for writeback, completions of writeback do not wait for others.
///
//  Confidence: High
//  Comments: After block/bio.c.lazy.cocci
//  Options: --no-includes
//  Keywords: percpu_completer, folio_wait_writeback

@wait@
expression folio;
@@

+ CLASS(bio_wait, due)(folio);
+
  trace_folio_wait_writeback(folio, ...);

@depends on wait@
@@

  #include <linux/backing-dev.h>
+ #include <linux/bio.h>
