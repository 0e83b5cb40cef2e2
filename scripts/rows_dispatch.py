# SPDX-License-Identifier: GPL-2.0
"""Rows of the dispatch benchmark, from PART-MODE[-BOOT]/ROUND.LOAD.MECHANISM.*

The parts are dispatch; scaling, in a guest with more CPUs; and hotplug, of the
mechanisms that follow a CPU when it goes.
"""

import array
import dataclasses
import re
import statistics

from stats import (MECHANISMS, Counters, Invalid, check_complete, group, in_order, percentile,
                   place, pool, quantiles, ratio, read, read_pairs, report_missing, spread)

LIMIT = "bare_wake"
PARTS = ("dispatch", "scaling", "hotplug")
NAME = re.compile(r"(?P<part>[a-z]+)-(?P<mode>[a-z]+)(?:-(?P<boot>\d+))?")
# Of a CPU, with some room for two clocks that are not read at the same time.
MOST_SHARE = 1.05
# Set in the second word of a sample when the item was urgent.
URGENT = 1 << 31


@dataclasses.dataclass
class Load:
    """One line of the file `loads`."""
    name: str
    hogs: int
    params: dict

    @property
    def hotplug(self):
        return self.params.get("hotplug") == "1"


@dataclasses.dataclass
class Run:
    """One mechanism under one load in one round; without stamps there are no samples.

    What queueing cost is with the clock's own cost; of the first of each burst and of
    those behind it, it is net.
    """
    round: int
    load: str
    mechanism: str
    counters: Counters
    dispatch: array.array
    urgent: array.array
    queue: array.array
    queue_first: array.array
    queue_behind: array.array
    boot: int = 1

    @property
    def case(self):
        return (self.load,)

    @property
    def items(self):
        return self.counters["cpus"] * self.counters["items"]

    def per_item(self, counter):
        return self.counters[counter] / self.items

    @property
    def mixed(self):
        return 0 < self.counters["urgent_percent"] < 100

    @property
    def items_per_s(self):
        return ratio(self.items * 1e9, self.counters["duration_ns"])

    @property
    def normal_share(self):
        share = ratio(self.counters["normal_ns"], self.counters["duration_ns"])
        if share > MOST_SHARE:
            raise Invalid(f"{self.counters.name}: a normal task got {share:.2f} of one CPU")
        return share

    @property
    def normal_gap_us(self):
        return self.counters["normal_gap_ns"] / 1000


@dataclasses.dataclass
class Part:
    """All that the guests of one part and mode measured."""
    mode: str
    loads: dict
    runs: list


# --- raw figures -----------------------------------------------------------------

def read_loads(directory):
    """{name: Load} in the order that they were run in."""
    lines = [line for line in read(directory / "loads").decode().split() if line]
    try:
        loads = [parse_load(line) for line in lines]
    except ValueError:
        raise Invalid(f"{directory.name}/loads has a line that is not "
                      "NAME:HOGS:KEY=VALUE,...") from None
    return {load.name: load for load in loads}


def parse_load(line):
    name, hogs, params = line.split(":")
    return Load(name, int(hogs), dict(param.split("=") for param in params.split(",") if param))


def read_run(path):
    """One run, refused when an item of it is missing."""
    number, load, mechanism = path.name.removesuffix(".summary").split(".")
    counters = Counters(path)
    dispatch, second = read_pairs(path.with_suffix(".samples"))
    check_run(f"{mechanism} (load {load}, round {number})", counters, len(dispatch))
    if not counters["stamps"]:
        dispatch, second = (), ()
    urgent = (value for value, word in zip(dispatch, second) if word & URGENT)
    queue = [word & ~URGENT for word in second]
    return Run(int(number), load, mechanism, counters, in_order(dispatch), in_order(urgent),
               in_order(queue), *net_costs(queue, counters))


def net_costs(queue, counters):
    """What queueing cost without the clock, of the first of each burst and of the others.

    A coarse clock may show less than nothing, of which no ratio can be taken.
    """
    clock, items, burst = (counters[name] for name in ("clock_ns", "items", "burst"))

    def net(behind):
        return in_order(max(cost - clock, 1) for i, cost in enumerate(queue)
                        if (i % items % burst > 0) == behind)
    return net(False), net(True)


def check_run(name, counters, samples):
    """A mechanism that loses an item has no latency to speak of."""
    if counters["lost"] or counters["duplicated"]:
        raise Invalid(f"{name} lost {counters['lost']} items and completed "
                      f"{counters['duplicated']} twice")
    if counters["status"]:
        raise Invalid(f"{name} failed")
    if not samples or samples != counters["cpus"] * counters["items"]:
        raise Invalid(f"{name} left {samples} samples of {counters['items']} items "
                      f"on each of {counters['cpus']} CPUs")
    if counters["hotplug"] and not counters["cycles"]:
        raise Invalid(f"{name}: the CPU never went off and on")


def check_self_tests(directory):
    """What is broken on purpose has to have been caught, what is slow seen as slow."""
    path = directory / "0.self.busted.summary"
    if not path.exists() or not Counters(path)["lost"]:
        raise Invalid("the benchmark did not notice a mechanism that loses items")
    slowed, limit = (percentile(read_run(directory / f"0.self.{name}.summary").dispatch, 50)
                     for name in ("slowed", LIMIT))
    if slowed <= limit:
        raise Invalid(f"{directory.name}: the benchmark cannot tell a slower peer: p50 of slowed "
                      f"is {slowed} ns, of {LIMIT} {limit} ns")


def read_runs(directory, loads):
    """All runs of a boot."""
    check_self_tests(directory)
    boot = int(NAME.fullmatch(directory.name)["boot"] or 1)
    runs = [dataclasses.replace(read_run(path), boot=boot)
            for path in sorted(directory.glob("[1-9]*.summary"))]
    if not runs:
        raise Invalid(f"no dispatch results in {directory.name}")
    check_loads(runs, loads, directory.name)
    return runs


def check_loads(runs, loads, where):
    """Every load as ordered, in every round; and no other."""
    for number, found in group(runs, lambda run: run.round).items():
        names = {run.load for run in found}
        missing = sorted(loads.keys() - names)
        if missing:
            raise Invalid(f"{where}, round {number}: no run under load {missing[0]}")
        if names - loads.keys():
            raise Invalid(f"{where}/loads does not name load {min(names - loads.keys())}")
        report_missing({((name,), LIMIT) for name in names if not loads[name].hotplug}
                       - {(run.case, run.mechanism) for run in found}, f"{where}, round {number}")


# --- rows --------------------------------------------------------------------------

def round_range(name, samples, percent):
    """The least and the most of a percentile over rounds; null without samples."""
    of_rounds = [percentile(ordered, percent) for ordered in samples if ordered]
    return {f"{name}_round_min_ns": min(of_rounds, default=None),
            f"{name}_round_max_ns": max(of_rounds, default=None)}


def dispatch_fields(runs):
    samples = [run.dispatch for run in runs]
    ordered = pool(samples)
    return {"dispatch_p50_ns": percentile(ordered, 50), "dispatch_p99_ns": percentile(ordered, 99),
            "dispatch_p999_ns": percentile(ordered, 99.9),
            "dispatch_max_ns": percentile(ordered, 100),
            **round_range("dispatch_p50", samples, 50), **round_range("dispatch_p99", samples, 99),
            "dispatch_quantiles_ns": quantiles(ordered)}


def urgent_fields(runs):
    """What urgent items saw; nothing unless lazy ones were among them."""
    samples = [run.urgent for run in runs if run.mixed]
    urgent = pool(samples)
    return {"dispatch_urgent_p50_ns": percentile(urgent, 50),
            "dispatch_urgent_p99_ns": percentile(urgent, 99),
            **round_range("dispatch_urgent_p99", samples, 99),
            "dispatch_urgent_quantiles_ns": quantiles(urgent)}


def limit_fields(runs, baselines):
    """Percentiles against the limit's, the median of the ratios of each round.

    Null without samples, and where CPUs go off and on, which the limit does not follow.
    """
    if not baselines or not runs[0].dispatch:
        return dict.fromkeys(("dispatch_p50_to_limit", "dispatch_p99_to_limit"))

    def median_ratio(percent):
        return round(statistics.median(
            ratio(percentile(run.dispatch, percent),
                  percentile(baselines[run.boot, run.round].dispatch, percent))
            for run in runs), 3)
    return {"dispatch_p50_to_limit": median_ratio(50), "dispatch_p99_to_limit": median_ratio(99)}


def queue_fields(runs):
    """What it takes in the interrupt; net of the clock, with the wake-up and without."""
    samples = [run.queue for run in runs]
    queue = pool(samples)
    return {"queue_p50_ns": percentile(queue, 50), "queue_p99_ns": percentile(queue, 99),
            **round_range("queue_p50", samples, 50),
            "queue_first_p50_ns": percentile(pool(run.queue_first for run in runs), 50),
            "queue_behind_p50_ns": percentile(pool(run.queue_behind for run in runs), 50)}


def items_per_wakeup(runs):
    """Wake-ups are counted with the stamps, or not at all."""
    if not runs[0].counters["stamps"]:
        return None
    wakeups = sum(run.counters["wakeups"] for run in runs)
    return round(sum(run.items for run in runs) / max(wakeups, 1), 2)


def cost_fields(runs):
    """What it takes: in switches, in time, in periods that were too short."""
    return {**spread("context_switches_per_item",
                     [run.per_item("context_switches") for run in runs], 4),
            "items_per_wakeup": items_per_wakeup(runs),
            **spread("items_per_s", [run.items_per_s for run in runs], 0),
            "skipped_periods": sum(run.counters["overruns"] for run in runs)}


def normal_fields(runs):
    """CPU time that a normal task got beside the items, and the longest time for which it
    did not run; null when there was none."""
    if not runs[0].counters["normal"]:
        return dict.fromkeys(f"{name}{end}" for name in ("normal_share", "normal_gap_us")
                             for end in ("", "_min", "_max"))
    return {**spread("normal_share", [run.normal_share for run in runs], 4),
            **spread("normal_gap_us", [run.normal_gap_us for run in runs])}


def order_fields(load, counters):
    """What was asked for."""
    return {"period_ns": counters["period_ns"], "burst_items": counters["burst"],
            "cpus": counters["cpus"], "hogs": load.hogs, "work_ns": counters["work_ns"],
            "urgent_percent": counters["urgent_percent"], "order": counters["order"],
            "poisson": bool(counters["poisson"])}


def hotplug_fields(runs):
    """How often the CPU went off and on; null when it stayed."""
    cycles = sum(run.counters["cycles"] for run in runs)
    return {"hotplug_cycles": cycles if runs[0].counters["hotplug"] else None}


def dispatch_row(mode, load, runs, baselines):
    """All rounds of one mechanism under one load."""
    return {"mode": mode, "load": load.name, "mechanism": runs[0].mechanism,
            **order_fields(load, runs[0].counters), "rounds": len(runs),
            "items": sum(run.items for run in runs),
            **dispatch_fields(runs), **limit_fields(runs, baselines), **urgent_fields(runs),
            **queue_fields(runs), **cost_fields(runs), **normal_fields(runs),
            **hotplug_fields(runs)}


def load_rows(mode, load, runs):
    """All mechanisms under one load, in the kernel's order."""
    baselines = {(run.boot, run.round): run for run in runs if run.mechanism == LIMIT}
    groups = group(runs, lambda run: run.mechanism)
    return [dispatch_row(mode, load, groups[name], baselines)
            for name in sorted(groups, key=lambda name: place(MECHANISMS, name))]


def part_rows(part):
    """All loads of one part, in their order."""
    groups = group(part.runs, lambda run: run.load)
    return [row for load in part.loads.values()
            for row in load_rows(part.mode, load, groups[load.name])]


def read_part(mode, directories):
    """Boots of the same loads."""
    loads = [read_loads(directory) for directory in directories]
    for directory, other in zip(directories, loads):
        if other != loads[0]:
            raise Invalid(f"{directory.name} had other loads than {directories[0].name}")
    runs = [run for directory in directories for run in read_runs(directory, loads[0])]
    check_complete(runs, directories[0].name)
    return Part(mode, loads[0], runs)


def parts(raw):
    """All that measured dispatch, part by part and mode by mode."""
    found = [NAME.fullmatch(directory.name) for part in PARTS
             for directory in sorted(raw.glob(f"{part}-*"))]
    return [read_part(mode, [raw / name[0] for name in names]) for (_, mode), names in
            group(found, lambda name: (name["part"], name["mode"])).items()]


def rows(found):
    """Of these parts."""
    return [row for part in found for row in part_rows(part)]
