// SPDX-License-Identifier: GPL-2.0
/// What a worker in debt has used since it was charged last pays, too.

@@
identifier q;
expression E;
@@
pcq_has_paid(...)
{
<...
- q->free ? 0 : E
+ 0 * (E)
...>
}
