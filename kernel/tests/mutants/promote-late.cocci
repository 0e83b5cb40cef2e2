// SPDX-License-Identifier: GPL-2.0
/// An urgent node does not help a worker that waits for the CPU among lazy ones.

@@
identifier q;
@@
pcq_promote(...)
{
<...
- pcq_call_rescue(q);
+ (void)q;
...>
}
