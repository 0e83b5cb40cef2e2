// SPDX-License-Identifier: GPL-2.0
///
/// A mapping remembers that it has had folios to be dropped after writeback.
///
//  Confidence: High
//  Comments: mapping_set_dropbehind() is from include/linux/pagemap.h.patch
//  Options: --no-includes
//  Keywords: percpu_completer, dropbehind

@@
identifier folio, mapping;
@@

  __filemap_add_folio(struct address_space *mapping, struct folio *folio, ...)
  {
  ...
  folio->mapping = mapping;
+ if (folio_test_dropbehind(folio))
+ 	mapping_set_dropbehind(mapping);
  ...
  }
