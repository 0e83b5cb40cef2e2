// SPDX-License-Identifier: GPL-2.0
/// If the attributes are refused, the completer keeps what its memory held before.
// Noticed by percpu_completer.destroy_after_failed_init_returns

@@
identifier pc;
statement S;
@@
__percpu_completer_init(...)
{
...
- memset(pc, 0, sizeof(*pc));
  if (!percpu_completer_attrs_valid(...)) S
+ memset(pc, 0, sizeof(*pc));
...
}
