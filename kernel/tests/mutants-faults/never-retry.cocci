// SPDX-License-Identifier: GPL-2.0
/// A worker that could not be created is not created later.

@@
@@
- schedule_delayed_work(...);
+ ;
