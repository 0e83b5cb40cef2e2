// SPDX-License-Identifier: GPL-2.0
/// If the attributes are refused, the completer keeps what its memory held before.

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
