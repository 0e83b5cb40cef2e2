// SPDX-License-Identifier: GPL-2.0
/// The queues of a completer that could not be set up are not freed.

@@
expression E;
@@
percpu_completer_free(...)
{
...
- free_percpu(E);
...
}
