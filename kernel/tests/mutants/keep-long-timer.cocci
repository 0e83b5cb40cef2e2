// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes wait as long as before when the administrator has shortened that.

@@
statement S;
@@
pcq_apply(...)
{
...
- if (test_bit(PCQ_ARMED, ...)) S
}
