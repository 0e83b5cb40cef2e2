// SPDX-License-Identifier: GPL-2.0
/// The worker opens its queue again before it parks.

@@
identifier q;
@@
  pcq_run(q, pcq_close(q));
+ WRITE_ONCE(q->state, PCQ_OPEN);
