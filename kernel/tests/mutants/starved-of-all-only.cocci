// SPDX-License-Identifier: GPL-2.0
/// A worker that gets any CPU time at all does not starve.

@@
identifier q, ran;
expression E;
@@
pcq_waits_in_vain(...)
{
<...
- ran < E
+ ran == 0
...>
}
