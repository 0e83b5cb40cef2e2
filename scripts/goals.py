# SPDX-License-Identifier: GPL-2.0
"""What was promised, computed from the raw figures; a miss is shown like a hit.

A goal has one or more parts, each a line of its table.  A part compares a figure
with that of the best rival, round by round, and of several cases the worst counts.
The first of MODES that measured it decides.  Stock kernels are no rivals.
"""

import dataclasses
import re
import statistics
from operator import attrgetter

from rows_dispatch import LIMIT
from standing import LAZY, OURS
from stats import MODES, group, percentile, ratio

AT_MOST, AT_LEAST = "<=", ">="
OTHERS = rf"(?!{OURS}$).*"


@dataclasses.dataclass
class Part:
    """figure(run) in all cases that match, against the rivals that match.

    Without rivals the figure itself counts; with `base` theirs are of that case.
    """
    goal: str
    what: str
    user: str
    cases: str
    figure: callable
    rivals: str
    sense: str
    bound: float
    own: str = OURS
    base: str = ""


@dataclasses.dataclass
class Found:
    """A case of a part: its rounds' values, and who is the best rival."""
    case: str
    rival: str
    values: list

    @property
    def middle(self):
        return statistics.median(self.values)


# --- figures of a run ----------------------------------------------------------

def samples(name, percent):
    """A percentile of one kind of a dispatch run's samples."""
    return lambda run: percentile(getattr(run, name), percent)


def field(name):
    """What bio and erofs have of each round."""
    return lambda run: run.figures[name]


def switches_per_item(run):
    return run.per_item("context_switches")


PARTS = (
    Part("P1", "dispatch p50", "dispatch", "idle", samples("dispatch", 50), LIMIT, AT_MOST, 1.05),
    Part("P2", "dispatch p99", "dispatch", "hogs", samples("dispatch", 99), LIMIT, AT_MOST, 1.10),
    Part("P3", "context switches per item, worst of the steady loads", "dispatch",
         "steady_(20|50|200)k", switches_per_item, "delayed_work", AT_MOST, 1.10, own=LAZY),
    # The scheduler does work at every so many wake-ups: compare with as many.
    Part("P3", "p99 of urgent items", "dispatch", "mixed_hogs", samples("urgent", 99), LIMIT,
         AT_MOST, 1.10, base="hogs_213"),
    Part("P4", "cost of queueing that wakes", "dispatch", "idle", samples("queue_first", 50),
         "workqueue", AT_MOST, 0.80),
    Part("P4", "cost of queueing behind others", "dispatch", "burst8",
         samples("queue_behind", 50), "workqueue", AT_MOST, 0.80),
    # Exact counts cannot see what a locked instruction costs, of which the rivals have more:
    # not to execute more code than they do is all that can be asked for.
    Part("P5", "items per second of one CPU, best rival", "dispatch", "capacity",
         attrgetter("items_per_s"), "kthread_worker|rfc_thread|workqueue", AT_LEAST, 1.00),
    Part("P6", "mean wait of erofs' worker", "erofs", "start cpuio", field("wait_mean_us"),
         "kthread_worker", AT_MOST, 1.00),
    Part("P6", "p99 wait of erofs' worker", "erofs", "start cpuio", field("wait_p99_us"),
         "kthread_worker", AT_MOST, 1.00),
    Part("P6", "MB/s of erofs, best rival", "erofs", "read one_irq", field("mb_per_s"), OTHERS,
         AT_LEAST, 1.00),
    Part("P7", "IO/s of bio, best rival, worst of A to F", "bio", "[A-F] .*", field("iops"),
         OTHERS, AT_LEAST, 0.98),
    Part("P7", "context switches per IO of bio, best rival, worst of A to F", "bio", "[A-F] .*",
         field("context_switches_per_io"), OTHERS, AT_MOST, 1.10),
    Part("P7", "p99 of fsync beside a flood", "bio", "fsync .*", field("probe_p99_us"),
         "rfc_thread", AT_MOST, 1.05),
    Part("P7", "p99 of reads beside a flood", "bio", "read .*", field("probe_p99_us"),
         "rfc_thread", AT_MOST, 1.05),
    Part("P8", "cost of queueing that wakes, worst of many CPUs", "dispatch", "cpus(8|16)",
         samples("queue_first", 50), OURS, AT_MOST, 1.05, base="cpus1"),
    Part("P8", "cost of queueing behind others, worst of many CPUs", "dispatch", "cpus(8|16)",
         samples("queue_behind", 50), OURS, AT_MOST, 1.05, base="cpus1"),
    Part("P9", "share of a CPU that a normal task keeps", "dispatch", "flood_50us",
         attrgetter("normal_share"), "", AT_LEAST, 0.40),
    Part("P10", "longest wait while a CPU goes off and on", "dispatch", "hotplug",
         samples("dispatch", 100), "workqueue", AT_MOST, 0.05),
    Part("P12", "longest gap of a normal task, us", "dispatch", "flood_50us",
         attrgetter("normal_gap_us"), "", AT_MOST, 10000),
)


# --- values --------------------------------------------------------------------

def by_round(runs, figure):
    """{(boot, round): figure}, nothing unless every round has one."""
    values = {(run.boot, run.round): figure(run) for run in runs}
    return {} if None in values.values() else values


def best_rival(part, runs):
    """(name, its figures by round) of the mechanism with the best median, or None."""
    groups = group((run for run in runs if re.fullmatch(part.rivals, run.mechanism)),
                   lambda run: run.mechanism)
    series = [(name, by_round(found, part.figure)) for name, found in groups.items()]
    choose = min if part.sense == AT_MOST else max
    return choose(((name, values) for name, values in series if values), default=None,
                  key=lambda item: statistics.median(item[1].values()))


def compare(part, case, cases):
    """One case, or None where it or its rival was not measured."""
    own = by_round([run for run in cases[case] if run.mechanism == part.own], part.figure)
    if own and not part.rivals:
        return Found(case, "", list(own.values()))
    best = best_rival(part, cases.get(part.base or case, []))
    if not own or not best:
        return None
    name, base = best
    return Found(case, name, [ratio(value, base[when]) for when, value in own.items()])


def worst_case(part, runs):
    """Of all cases of a part in one mode, or None."""
    cases = group(runs, lambda run: " ".join(run.case))
    found = [compare(part, case, cases) for case in cases if re.fullmatch(part.cases, case)]
    choose = max if part.sense == AT_MOST else min
    return choose(filter(None, found), default=None, key=lambda item: item.middle)


# --- rows ------------------------------------------------------------------------

def meets(part, value):
    return value <= part.bound if part.sense == AT_MOST else value >= part.bound


def may_be_noise(part, mode, values):
    """Some round meets the bound; or there is one only, in emulation, which is no proof."""
    return any(meets(part, value) for value in values) or (mode == "tcg" and len(values) == 1)


def words(part, found):
    """What is compared with what."""
    rival = f" / {found.rival}" if found.rival else ""
    base = f" under {part.base}" if part.base else ""
    return f"{part.what}: {found.case}, {part.own}{rival}{base}"


def row(part, mode, found):
    met = meets(part, found.middle)
    return {"id": part.goal, "what": words(part, found), "mode": mode,
            "value": round(found.middle, 4), "low": round(min(found.values), 4),
            "high": round(max(found.values), 4), "bound": part.bound, "sense": part.sense,
            "pass": met, "noise": not met and may_be_noise(part, mode, found.values)}


def part_rows(part, measured):
    """One row, from the mode that decides; none where it was not measured."""
    for mode in MODES:
        found = worst_case(part, measured.get((part.user, mode), []))
        if found:
            return [row(part, mode, found)]
    return []


def rows(parts, users, mode):
    """All goals; users is {"bio": runs, "erofs": runs}, all measured in one mode."""
    measured = {(user, mode): [run for run in runs if run.kernel == "bench"]
                for user, runs in users.items()}
    for part in parts:
        measured.setdefault(("dispatch", part.mode), []).extend(part.runs)
    return [line for part in PARTS for line in part_rows(part, measured)]
