// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes wait as long as before when the administrator has shortened that.
// Noticed by percpu_completer_sched.override_of_lazy_waiting_begun

@@
statement S;
@@
pcq_apply(...)
{
...
- if (test_bit(PCQ_ARMED, ...)) S
}
