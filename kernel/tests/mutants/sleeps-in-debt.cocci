// SPDX-License-Identifier: GPL-2.0
/// A worker that sleeps in debt stays a normal task.

@@
identifier q;
expression E;
@@
pcq_watch_is_over(...)
{
<...
- !READ_ONCE(q->spent) && E
+ E
...>
}
