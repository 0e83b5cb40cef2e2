// SPDX-License-Identifier: GPL-2.0
/// flush() does not wait for the batch in flight.
// Noticed by percpu_completer.flush_waits_for_batch_in_flight

@@
@@
pcq_is_idle(...)
{
...
- return smp_load_acquire(...) == PCQ_OPEN;
+ return true;
}
