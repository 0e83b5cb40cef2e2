// SPDX-License-Identifier: GPL-2.0
/// Every kick is timed, as often as that costs.
// Noticed by percpu_completer.counters_count

@@
identifier q;
@@
pcq_record_latency(...)
{
...
- WRITE_ONCE(q->sample, false);
...
}
