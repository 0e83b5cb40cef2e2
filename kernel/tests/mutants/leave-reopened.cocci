// SPDX-License-Identifier: GPL-2.0
/// A worker that leaves redirects producers, even if its queue has been opened again.
// Noticed by percpu_completer.override_of_cpus_taken_back_at_once, in a guest

@@
identifier q;
@@
pcq_leave(...)
{
<...
+ WRITE_ONCE(q->route, to);
  pcq_reroute(q);
...>
}
