// SPDX-License-Identifier: GPL-2.0
/// A queue opens again when its worker has parked.
// Noticed by percpu_completer.hotplug_down_redirects, in a guest

@@
identifier q;
@@
pcq_close(...)
{
<+...
  pcq_reroute(q);
+ WRITE_ONCE(q->route, q);
+ WRITE_ONCE(q->state, PCQ_OPEN);
...+>
}
