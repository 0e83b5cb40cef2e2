// SPDX-License-Identifier: GPL-2.0
/// flush() waits without waking the workers.

@@
identifier f = { pcq_flush, pcq_kick_all };
expression E;
@@
f(...)
{
<+...
- pcq_kick(E);
+ (void)E;
...+>
}
