// SPDX-License-Identifier: GPL-2.0
/// What is queued while a batch runs does not wake.

@@
identifier q;
statement S;
@@
pcq_run(struct percpu_completer_queue *q)
{
...
- WRITE_ONCE(q->kicked, false);
...
if (wq_has_sleeper(...)) S
+ WRITE_ONCE(q->kicked, false);
}
