// SPDX-License-Identifier: GPL-2.0
/// A queue that closes has no substitute.
// Noticed by percpu_completer.override_of_cpus

@@
identifier q, to;
@@
pcq_shut(...)
{
...
- WRITE_ONCE(q->route, to);
...
}
