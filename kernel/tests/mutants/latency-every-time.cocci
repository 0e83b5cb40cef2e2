// SPDX-License-Identifier: GPL-2.0
/// Every kick is timed, as often as that costs.

@@
identifier q;
@@
pcq_record_latency(...)
{
...
- WRITE_ONCE(q->sample, false);
...
}
