// SPDX-License-Identifier: GPL-2.0
/// A worker loses its privilege for a lazy node although an urgent one waits for that.

@@
identifier q;
@@
pcq_turn_lazy(...)
{
<...
- WRITE_ONCE(q->state, PCQ_KICKED);
...>
}
