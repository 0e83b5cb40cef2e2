// SPDX-License-Identifier: GPL-2.0
/// A worker that runs for long is taken for one that does not get to run.

@@
expression A, B, C;
@@
pcq_look_for_rival(...)
{
<...
- if (A || B || C) return;
...>
}
