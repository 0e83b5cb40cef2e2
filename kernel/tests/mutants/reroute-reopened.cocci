// SPDX-License-Identifier: GPL-2.0
/// A queue that opens while its worker leaves is not used.

@@
identifier closed;
expression E;
@@
pcq_reroute(...)
{
<...
- READ_ONCE(closed->state) == PCQ_CLOSED && E
+ E
...>
}
