// SPDX-License-Identifier: GPL-2.0
/// There are no workers if none of the CPUs that are allowed is up.
// Noticed by percpu_completer.override_of_cpus_that_are_off

@@
statement S;
@@
percpu_completer_override(...)
{
...
- if (!cpumask_intersects(...)) S
...
}
