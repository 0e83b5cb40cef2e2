// SPDX-License-Identifier: GPL-2.0
/// An urgent node does not help a worker that loses the CPU later.

@@
identifier q;
@@
pcq_look_for_privilege(...)
{
<...
- pcq_promote(q);
...>
}
