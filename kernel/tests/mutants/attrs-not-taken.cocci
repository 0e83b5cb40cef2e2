// SPDX-License-Identifier: GPL-2.0
/// Workers go on as before when the administrator has changed their policy.

@@
@@
pcq_apply(...)
{
...
- pcq_set_policy(...);
...
}
