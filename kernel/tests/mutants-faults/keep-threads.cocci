// SPDX-License-Identifier: GPL-2.0
/// Threads of a completer that could not be set up stay, parked.

@@
expression E;
@@
pcq_free_all(...)
{
<...
- kthread_stop(E);
+ (void)E;
...>
}
