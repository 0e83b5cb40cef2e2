// SPDX-License-Identifier: GPL-2.0
/// The longest slice that there may be is refused.
// Noticed by percpu_completer.init_accepts_bounds

@@
identifier a;
@@
percpu_completer_attrs_valid(...)
{
<...
- a->slice_us <= PERCPU_COMPLETER_MAX_SLICE_US
+ a->slice_us < PERCPU_COMPLETER_MAX_SLICE_US
...>
}
