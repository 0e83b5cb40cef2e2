// SPDX-License-Identifier: GPL-2.0
/// The stamp and jiffies are compared as numbers, which is wrong once jiffies wrapped.

@@
identifier q;
@@
pcq_follow_privileged(...)
{
<...
- time_after(jiffies, READ_ONCE(q->starved_until))
+ jiffies > READ_ONCE(q->starved_until)
...>
}
