// SPDX-License-Identifier: GPL-2.0
/// A function that takes long costs no more debt than several short ones.

@@
expression E;
@@
pcq_debt_at(...)
{
<...
- max(2 * pcq_burst(), E)
+ 2 * pcq_burst()
...>
}
