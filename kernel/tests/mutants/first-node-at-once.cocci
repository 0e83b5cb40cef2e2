// SPDX-License-Identifier: GPL-2.0
/// A worker that wakes up does not ask what the CPU owes.

@@
expression E;
identifier q;
@@
pcq_may_run_at_once(...)
{
<...
- return !READ_ONCE(q->spent) && E;
+ return !READ_ONCE(q->spent);
...>
}
