// SPDX-License-Identifier: GPL-2.0
/// The rescue may change what the worker has been charged while that is being charged.

@@
@@
pcq_charge(...)
{
<...
- guard(preempt)();
...>
}
