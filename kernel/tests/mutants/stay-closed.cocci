// SPDX-License-Identifier: GPL-2.0
/// A CPU that returns is served by the others, as if it had no worker.
// Noticed by percpu_completer.hotplug_reuses_thread, in a guest

@@
identifier q;
@@
pcq_is_missing(...)
{
<...
- !q->worker || READ_ONCE(q->state) == PCQ_CLOSED
+ !q->worker
...>
}
