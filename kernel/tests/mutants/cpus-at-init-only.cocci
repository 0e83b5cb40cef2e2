// SPDX-License-Identifier: GPL-2.0
/// Workers stay on CPUs that are not allowed any more.
// Noticed by percpu_completer.override_of_cpus

@@
expression E;
@@
percpu_completer_settle(...)
{
<...
- pcq_send_away(E);
+ ;
...>
}
