// SPDX-License-Identifier: GPL-2.0
/// A node that is queued twice keeps a queue that closes busy for ever.

@@
expression E;
@@
pcq_splice(...)
{
<...
- pcq_cut_ring(E);
...>
}
