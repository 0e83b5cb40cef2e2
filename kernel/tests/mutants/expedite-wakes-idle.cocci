// SPDX-License-Identifier: GPL-2.0
/// expedite() wakes workers that have no lazy nodes.
// Noticed by percpu_completer.expedite_leaves_others_asleep

@@
identifier q;
statement S;
@@
pcq_disarm(...)
{
...
- if (!pcq_is_empty(q)) S
+ S
}
