// SPDX-License-Identifier: GPL-2.0
/// An urgent node does not help a worker that waits for the CPU among lazy ones.

@@
@@
pcq_promote(...)
{
<...
- queue_work(pcq_rescue_wq, ...)
+ (void)0
...>
}
