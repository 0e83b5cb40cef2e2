// SPDX-License-Identifier: GPL-2.0
///
/// Let modules wait for the completions that they have deferred.
///
//  Confidence: High
//  Comments: After block/bio.c.cocci
//  Options: --no-includes
//  Keywords: percpu_completer, bio, percpu_completer_flush

@@
declarer name EXPORT_SYMBOL_GPL;
typedef bool;
identifier bio;
@@

+ /**
+ * bio_flush_completions - wait for completions that are deferred
+ *
+ * For modules that go: a bi_end_io() of theirs may have completed all that it
+ * was called for, and still not have returned.
+ *
+ * Context: Task context, may sleep. Not from bi_end_io().
+ */
+ void bio_flush_completions(void)
+ {
+ 	percpu_completer_flush(&bio_completer);
+ }
+ EXPORT_SYMBOL_GPL(bio_flush_completions);
+
  static inline bool bio_remaining_done(struct bio *bio) { ... }
