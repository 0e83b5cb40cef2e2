// SPDX-License-Identifier: GPL-2.0
/// A session goes, whatever is queued.

@@
@@

  qedf_cleanup_fcport(...)
  {
  ...
- percpu_completer_flush(...);
  ...
  }
