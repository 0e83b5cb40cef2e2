// SPDX-License-Identifier: GPL-2.0
/// A worker promoted in the middle of a lazy node is not charged for the rest of it.

@@
identifier q;
@@
pcq_rescue(...)
{
<...
- q->free = false;
...>
}
