// SPDX-License-Identifier: GPL-2.0
/// A CPU that returns is served by the others, as if it had no worker.

@@
expression E;
identifier err;
@@
percpu_completer_cpu_up(...)
{
<...
- int err = pcq_start(E);
+ int err = READ_ONCE(E->worker) ? 0 : pcq_start(E);
...>
}
