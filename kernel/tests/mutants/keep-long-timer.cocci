// SPDX-License-Identifier: GPL-2.0
/// Lazy nodes wait as long as before when the administrator has shortened that.

@@
@@
pcq_take_attrs(...)
{
...
- timer_reduce(...);
...
}
