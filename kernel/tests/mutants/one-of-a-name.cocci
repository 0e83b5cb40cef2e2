// SPDX-License-Identifier: GPL-2.0
/// Of the completers of one name, debugfs shows the first.
// Noticed by percpu_completer.completers_of_one_name_are_shown

@@
@@
pc_create_dir(...)
{
...
- return debugfs_create_dir(numbered, pc_debugfs);
+ return debugfs_create_dir(name, pc_debugfs);
}
