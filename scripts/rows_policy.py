# SPDX-License-Identifier: GPL-2.0
"""Rows of the comparison of scheduling policies, from policy-MODE/1.LOAD.POLICY.*"""

import dataclasses

from rows_dispatch import read_run
from stats import Invalid, percentile, read, report_missing

POLICIES = ("normal", "short_slice", "fifo")
OURS = "percpu_completer"


@dataclasses.dataclass
class Load:
    """One line of the file `loads`; what competes for the CPU, and what the kernel is told."""
    name: str
    params: dict

    @property
    def hogs(self):
        return int(self.params.get("hogs", 0))

    @property
    def weight(self):
        """Of the cgroup of the hogs; None if they are in none."""
        return int(self.params["weight"]) if "weight" in self.params else None

    @property
    def spinner(self):
        return self.params.get("spinner") == "1"


# --- raw figures -----------------------------------------------------------------

def lines(directory, name):
    """The words of each line, the last one as a dictionary."""
    text = read(directory / name).decode().split()
    try:
        return [(*words.split(":")[:-1], dict(param.split("=") for param in
                                              words.split(":")[-1].split(",") if param))
                for words in text]
    except ValueError:
        raise Invalid(f"{directory.name}/{name} has a line that is not "
                      "NAME:...:KEY=VALUE,...") from None


def read_loads(directory):
    return [Load(name, params) for name, params in lines(directory, "loads")]


def read_runs(directory):
    """({(load, policy): run}, loads, names of the policies), refused when one is missing."""
    loads = read_loads(directory)
    names = [name for name, *_ in lines(directory, "policies")]
    runs = [read_run(path) for path in sorted(directory.glob("*.summary"))]
    # What the other tables call the mechanism is the name of the policy here.
    found = {(run.load, run.mechanism): run for run in runs}
    report_missing({((load.name,), name) for load in loads for name in names}
                   - {((load,), name) for load, name in found}, directory.name)
    return found, loads, names


# --- rows --------------------------------------------------------------------------

def policy_fields(name, counters):
    """How the threads were scheduled; nothing is known of those of a workqueue."""
    ours = counters["mechanism"] == OURS
    policy = POLICIES[counters["policy"]] if ours else None
    return {"name": name, "mechanism": counters["mechanism"], "policy": policy,
            "nice": counters["nice"] if ours and policy != "fifo" else None,
            "slice_us": counters["slice_us"] if policy == "short_slice" else None}


def load_fields(load, counters):
    return {"load": load.name, "hogs": load.hogs, "weight": load.weight, "spinner": load.spinner,
            **{name: counters[name] for name in ("period_ns", "work_ns", "urgent_percent")}}


def latency_fields(run):
    """Of the urgent items, if lazy ones are among them."""
    ordered = run.urgent if run.mixed else run.dispatch
    return {"items": len(ordered), **{f"p{name}_ns": percentile(ordered, percent)
                                      for name, percent in (("50", 50), ("99", 99),
                                                            ("999", 99.9))},
            "max_ns": percentile(ordered, 100)}


def normal_fields(run):
    """What a normal task kept; null when there was none."""
    normal = run.counters["normal"]
    return {"normal_share": round(run.normal_share, 4) if normal else None,
            "normal_gap_us": run.normal_gap_us if normal else None}


def row(mode, load, name, run):
    return {"mode": mode, **load_fields(load, run.counters), **policy_fields(name, run.counters),
            **latency_fields(run),
            "context_switches_per_item": round(run.per_item("context_switches"), 4),
            "items_per_s": round(run.items_per_s), **normal_fields(run)}


def rows(raw):
    """All that was measured, load by load."""
    result = []
    for directory in sorted(raw.glob("policy-*")):
        runs, loads, names = read_runs(directory)
        mode = directory.name.removeprefix("policy-")
        result += [row(mode, load, name, runs[load.name, name])
                   for load in loads for name in names]
    return result
