// SPDX-License-Identifier: GPL-2.0
///
/// Let a bio be queued on a lockless list through the storage of bi_next.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: bio, llist

@link@
@@

  struct bio {
- struct bio *bi_next;
+ union {
+ 	struct bio	*bi_next;	/* request queue link */
+ 	struct llist_node	bi_llist;	/* deferred completion link */
+ };
  ...
  };

@depends on link@
@@

  #include <linux/ktime.h>
+ #include <linux/llist.h>
