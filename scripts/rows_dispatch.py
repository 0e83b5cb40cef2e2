# SPDX-License-Identifier: GPL-2.0
"""Rows of the dispatch benchmark, from PART-MODE/ROUND.LOAD.MECHANISM.*

The parts are dispatch and, in a guest with more CPUs, scaling.
"""

import array
import dataclasses
import statistics

from stats import (MECHANISMS, Counters, Invalid, check_complete, group, in_order, percentile,
                   place, pool, quantiles, ratio, read, read_pairs, report_missing, spread)

LIMIT = "bare_wake"
PARTS = ("dispatch", "scaling")
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


@dataclasses.dataclass
class Run:
    """One mechanism under one load in one round."""
    round: int
    load: str
    mechanism: str
    counters: Counters
    dispatch: array.array
    urgent: array.array
    queue: array.array
    boot: int = 1

    @property
    def case(self):
        return (self.load,)

    def per_item(self, counter):
        return self.counters[counter] / len(self.dispatch)

    @property
    def mixed(self):
        return 0 < self.counters["urgent_percent"] < 100

    @property
    def items_per_s(self):
        return ratio(len(self.dispatch) * 1e9, self.counters["duration_ns"])

    @property
    def normal_share(self):
        share = ratio(self.counters["normal_ns"], self.counters["duration_ns"])
        if share > MOST_SHARE:
            raise Invalid(f"{self.counters.name}: a normal task got {share:.2f} of one CPU")
        return share


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
    urgent = (value for value, word in zip(dispatch, second) if word & URGENT)
    return Run(int(number), load, mechanism, counters, in_order(dispatch), in_order(urgent),
               in_order(word & ~URGENT for word in second))


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
    runs = [read_run(path) for path in sorted(directory.glob("[1-9]*.summary"))]
    if not runs:
        raise Invalid(f"no dispatch results in {directory.name}")
    check_loads(runs, loads, directory.name)
    check_complete(runs, directory.name)
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
        report_missing({((name,), LIMIT) for name in names}
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
            "dispatch_p999_ns": percentile(ordered, 99.9), "dispatch_max_ns": ordered[-1],
            **round_range("dispatch_p50", samples, 50), **round_range("dispatch_p99", samples, 99),
            "dispatch_quantiles_ns": quantiles(ordered)}


def urgent_fields(runs):
    """What urgent items saw; nothing unless lazy ones were among them."""
    samples = [run.urgent for run in runs if run.mixed]
    urgent = pool(samples)
    return {"dispatch_urgent_p50_ns": percentile(urgent, 50) if urgent else None,
            "dispatch_urgent_p99_ns": percentile(urgent, 99) if urgent else None,
            **round_range("dispatch_urgent_p99", samples, 99),
            "dispatch_urgent_quantiles_ns": quantiles(urgent) if urgent else None}


def limit_fields(runs, baselines):
    """Percentiles against the limit's, the median of the ratios of each round."""
    def median_ratio(percent):
        return round(statistics.median(
            ratio(percentile(run.dispatch, percent),
                  percentile(baselines[run.round, run.load].dispatch, percent))
            for run in runs), 3)
    return {"dispatch_p50_to_limit": median_ratio(50), "dispatch_p99_to_limit": median_ratio(99)}


def cost_fields(runs):
    """What it takes: in the interrupt, in switches, from a normal task."""
    samples = [run.queue for run in runs]
    queue = pool(samples)
    wakeups = sum(run.counters["wakeups"] for run in runs)
    items = sum(len(run.dispatch) for run in runs)
    return {"queue_p50_ns": percentile(queue, 50), "queue_p99_ns": percentile(queue, 99),
            **round_range("queue_p50", samples, 50),
            **spread("context_switches_per_item",
                     [run.per_item("context_switches") for run in runs], 4),
            "items_per_wakeup": round(items / max(wakeups, 1), 2),
            **spread("items_per_s", [run.items_per_s for run in runs], 0),
            "skipped_periods": sum(run.counters["overruns"] for run in runs)}


def normal_fields(runs):
    """CPU time that a normal task got beside the items; null when there was none."""
    if not runs[0].counters["normal"]:
        return dict.fromkeys(("normal_share", "normal_share_min", "normal_share_max"))
    return spread("normal_share", [run.normal_share for run in runs], 4)


def order_fields(load, counters):
    """What was asked for."""
    return {"period_ns": counters["period_ns"], "burst_items": counters["burst"],
            "cpus": counters["cpus"], "hogs": load.hogs, "work_ns": counters["work_ns"],
            "urgent_percent": counters["urgent_percent"], "poisson": bool(counters["poisson"])}


def dispatch_row(mode, load, runs, baselines):
    """All rounds of one mechanism under one load."""
    return {"mode": mode, "load": load.name, "mechanism": runs[0].mechanism,
            **order_fields(load, runs[0].counters), "rounds": len(runs),
            "items": sum(len(run.dispatch) for run in runs),
            **dispatch_fields(runs), **limit_fields(runs, baselines), **urgent_fields(runs),
            **cost_fields(runs), **normal_fields(runs)}


def load_rows(mode, load, runs):
    """All mechanisms under one load, in the kernel's order."""
    baselines = {(run.round, run.load): run for run in runs if run.mechanism == LIMIT}
    groups = group(runs, lambda run: run.mechanism)
    return [dispatch_row(mode, load, groups[name], baselines)
            for name in sorted(groups, key=lambda name: place(MECHANISMS, name))]


def boot_rows(directory):
    """All loads of one boot, in their order."""
    loads = read_loads(directory)
    groups = group(read_runs(directory, loads), lambda run: run.load)
    mode = directory.name.split("-", 1)[1]
    return [row for load in loads.values() for row in load_rows(mode, load, groups[load.name])]


def rows(raw):
    return [row for part in PARTS for directory in sorted(raw.glob(f"{part}-*"))
            for row in boot_rows(directory)]
