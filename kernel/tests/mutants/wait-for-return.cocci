// SPDX-License-Identifier: GPL-2.0
/// What is added to a closed queue waits there until its CPU returns.
// Noticed by percpu_completer.override_of_cpus

@@
identifier q, to;
@@
pcq_shut(...)
{
...
- xchg(&q->state, PCQ_CLOSED);
...
- WRITE_ONCE(q->route, to);
...
}
