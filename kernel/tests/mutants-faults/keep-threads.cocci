// SPDX-License-Identifier: GPL-2.0
/// Threads of a completer that could not be set up stay.

@@
expression E;
@@
percpu_completer_free(...)
{
<...
- kthread_stop(E);
+ (void)E;
...>
}
