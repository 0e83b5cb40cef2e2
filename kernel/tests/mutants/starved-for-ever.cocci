// SPDX-License-Identifier: GPL-2.0
/// A worker that starved stays a normal task when the administrator wants it to be FIFO.
// Noticed by percpu_completer_sched.override_of_starved_worker

@@
identifier q;
@@
pcq_begin_anew(...)
{
<...
- WRITE_ONCE(q->starved, false);
...>
}
