// SPDX-License-Identifier: GPL-2.0
/// The last worker that there is stays with its CPU.

@@
identifier q;
@@
pcq_cpu_down(...)
{
<...
  if (!pcq_may_go(q)) {
- 	pcq_unbind(q);
  ...
  }
...>
}
