# SPDX-License-Identifier: GPL-2.0
"""Where percpu_completer is not the best: all its defeats, found in the rows.

bare_wake is the limit, which serves one user of one CPU, and workqueue_bh is not
task context: neither is a rival.  Who waits for company on purpose is compared
with its like in context switches.
"""

import dataclasses

from rows_dispatch import LIMIT
from rows_users import BIO_BASE, EROFS_BASE
from stats import clear, group

OURS, LAZY = "percpu_completer", "percpu_completer_lazy"
NO_RIVALS = (LIMIT, "workqueue_bh")
WAITING = ("delayed_work", LAZY)
# Less than this is not worth a line.
WORTH = 1.01
NOISE, ONE_ROUND, NO_BASE = "noise", "one round", "no ratio"


@dataclasses.dataclass
class Figure:
    """One figure of a row, where its range over the rounds is, and what is good."""
    name: str
    words: str
    low: str = ""
    high: str = ""
    more: bool = False
    scale: float = 1
    # Emulation gives each boot a bias of its own: a smaller factor between two
    # latencies may be another one in the next boot.
    emulated: float = 1

    def show(self, value):
        return f"{value * self.scale:{'.0f' if value * self.scale >= 1000 else '.4g'}}"


DISPATCH = (
    Figure("dispatch_p50_ns", "p50 (us)", "dispatch_p50_round_min_ns",
           "dispatch_p50_round_max_ns", scale=1e-3, emulated=1.5),
    Figure("dispatch_p99_ns", "p99 (us)", "dispatch_p99_round_min_ns",
           "dispatch_p99_round_max_ns", scale=1e-3, emulated=4),
    Figure("dispatch_urgent_p99_ns", "p99 of urgent items (us)",
           "dispatch_urgent_p99_round_min_ns", "dispatch_urgent_p99_round_max_ns", scale=1e-3,
           emulated=4),
    Figure("queue_p50_ns", "queueing p50 (ns)", "queue_p50_round_min_ns",
           "queue_p50_round_max_ns", emulated=1.5),
    Figure("items_per_s", "items/s", "items_per_s_min", "items_per_s_max", more=True),
    Figure("normal_share", "share of a normal task", "normal_share_min", "normal_share_max",
           more=True),
    Figure("normal_gap_us", "longest gap of a normal task (us)", "normal_gap_us_min",
           "normal_gap_us_max", emulated=4))
SWITCHES = Figure("context_switches_per_item", "switches/item", "context_switches_per_item_min",
                  "context_switches_per_item_max")
BIO = (
    Figure("iops", "IO/s", more=True),
    Figure("context_switches_per_io", "switches/IO"),
    Figure("completion_p99_us", "completion p99 (us)"),
    Figure("completion_urgent_p99_us", "completion p99 of urgent bios (us)"),
    Figure("probe_p99_us", "probe p99 (us)"))
EROFS = (
    Figure("start_mean_ms", "mean start (ms)"),
    Figure("mb_per_s", "MB/s", more=True),
    Figure("wait_mean_us", "mean wait (us)"))


@dataclasses.dataclass
class Defeat:
    """A rival's figure is better than ours."""
    where: str
    ours: str
    rival: str
    words: str
    own: str
    better: str
    factor: float
    doubt: str

    @property
    def verdict(self):
        by = f"{self.factor:.2f}x" if self.factor < float("inf") else "from none"
        return f"{self.doubt} ({by})" if self.doubt else f"worse, {by}"


def factor(own, other, more):
    """How much better the other one is; over 1 is a defeat."""
    low, high = (own, other) if more else (other, own)
    if not low:
        return 1.0 if not high else float("inf")
    return high / low


def doubt_of_rounds(row, other, figure):
    """Why a difference may be none; virtual time is exact."""
    if row["rounds"] == 1:
        return "" if row["mode"] == "icount" else ONE_ROUND
    own, best = row[figure.name], other[figure.name]
    if row["mode"] == "tcg" and factor(own, best, figure.more) < figure.emulated:
        return NOISE
    return doubt_of_ranges(row, other, figure.low, figure.high)


def doubt_of_ranges(row, other, low, high):
    return "" if clear(row[low], row[high], other[low], other[high]) else NOISE


def doubt_of_ratios(base):
    """The same by the ratios to 7.3's mechanism, taken round by round."""
    def judge(row, other, figure):
        name = f"{figure.name}_to_{base}"
        if row["rounds"] == 1:
            return ONE_ROUND
        if other["mechanism"] == base:
            return "" if row[f"{figure.name}_differs"] else NOISE
        if row[name] is None:
            return NO_BASE
        return doubt_of_ranges(row, other, f"{name}_min", f"{name}_max")
    return judge


def defeat(where, own, rivals, figure, judge):
    """By the best rival, if there is one."""
    known = [row for row in rivals if row[figure.name] is not None]
    if own is None or own[figure.name] is None or not known:
        return []
    best = (max if figure.more else min)(known, key=lambda row: row[figure.name])
    worse = factor(own[figure.name], best[figure.name], figure.more)
    if worse < WORTH:
        return []
    return [Defeat(where, own["mechanism"], best["mechanism"], figure.words,
                   figure.show(own[figure.name]), figure.show(best[figure.name]), worse,
                   judge(own, best, figure))]


def split(rows, ours, not_rivals):
    """(our row or None, the rivals') of the kernel in which all were measured."""
    known = {row["mechanism"]: row for row in rows if row.get("kernel", "bench") == "bench"}
    return known.get(ours), [row for name, row in known.items()
                             if name != ours and name not in not_rivals]


def of_dispatch(rows):
    """Of a mixed load, latency counts for urgent items: the others wait on purpose."""
    mixed = rows[0]["dispatch_urgent_p50_ns"] is not None
    figures = [figure for figure in DISPATCH
               if not (mixed and figure.name in ("dispatch_p50_ns", "dispatch_p99_ns"))]
    where = f"dispatch, {rows[0]['load']}, {rows[0]['mode']}"
    own, rivals = split(rows, OURS, (*NO_RIVALS, *WAITING))
    lazy, all_rivals = split(rows, LAZY, (*NO_RIVALS, OURS))
    found = [item for figure in (*figures, SWITCHES)
             for item in defeat(where, own, rivals, figure, doubt_of_rounds)]
    return [*found,
            *defeat(where, lazy, all_rivals, SWITCHES, doubt_of_rounds)]


def of_user(where, rows, figures, base):
    own, rivals = split(rows, OURS, ())
    judge = doubt_of_ratios(base)
    return [item for figure in figures for item in defeat(where, own, rivals, figure, judge)]


def of_bio(rows):
    where = f"bio, {rows[0]['workload']}, {rows[0]['device']}"
    return of_user(where, rows, BIO, BIO_BASE)


def of_erofs(rows):
    where = f"erofs, {rows[0]['what']}, {rows[0]['load']}"
    return of_user(where, rows, EROFS, EROFS_BASE)


def defeats(result):
    """All of a document, in the order of its tables."""
    return [item for rows, key, of in (
        (result["dispatch"], lambda row: (row["mode"], row["load"]), of_dispatch),
        (result["bio"], lambda row: (row["workload"], row["device"]), of_bio),
        (result["erofs"], lambda row: (row["what"], row["load"]), of_erofs))
        for found in group(rows, key).values() for item in of(found)]
