// SPDX-License-Identifier: GPL-2.0
/// The worker is not woken.

@@
expression E;
@@
pcq_wake_worker(...)
{
<...
- wake_up_process(E);
...>
}
