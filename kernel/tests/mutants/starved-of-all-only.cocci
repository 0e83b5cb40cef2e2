// SPDX-License-Identifier: GPL-2.0
/// A worker that gets any CPU time at all does not starve.

@@
identifier q, ns;
expression E;
@@
pcq_is_starved(...)
{
<...
- ns - q->watched_ns >= E
+ ns != q->watched_ns
...>
}
