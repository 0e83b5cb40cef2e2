// SPDX-License-Identifier: GPL-2.0
/// A worker that was in debt under another policy is so under the new one.
// Noticed by percpu_completer_sched.override_begins_anew

@@
identifier q;
@@
pcq_begin_anew(...)
{
<...
- WRITE_ONCE(q->spent, false);
...>
}
