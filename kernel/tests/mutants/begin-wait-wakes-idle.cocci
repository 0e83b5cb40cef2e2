// SPDX-License-Identifier: GPL-2.0
/// A task that begins to wait wakes workers that have no lazy nodes.
// Noticed by percpu_completer.begin_wait_leaves_others_asleep

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
