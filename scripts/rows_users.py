# SPDX-License-Identifier: GPL-2.0
"""Rows of what bio and erofs do through each mechanism.

    bio-N/ROUND.WORKLOAD.DEVICE.MECHANISM.{json,ctxt,wall,summary,samples,waits}
    erofs-N/ROUND.start|read.LOAD.MECHANISM.{times,summary,samples,waits}
    erofs-load-N/                                   the same, CPUs being busy

N is the number of the boot; those with stock before it are of the pristine
kernel, which records nothing.  Ratios are taken within a round of boots
of the same number: much of what a busy machine does to both sides cancels out.
"""

import array
import collections
import dataclasses
import json
import statistics

from stats import (MECHANISMS, Counters, Invalid, apart, check_complete, deviation, group,
                   in_order, percentile, place, pool, quantiles, ratio, read, read_number,
                   read_pairs, read_u32, spread)

BIO_BASE, EROFS_BASE = "workqueue", "kthread_worker"
DEVICES = ("raw", "xfs", "null")
LOADS = ("idle", "cpuio", "one_irq", "all_irqs")
PROBE = "probe"


@dataclasses.dataclass
class Recording:
    """What the benchmark kernel saw of each object and of its worker, in ns."""
    items: int
    wakeups: int
    unsampled: int
    completion: array.array
    urgent: array.array
    waits: array.array


@dataclasses.dataclass
class Run:
    """One mechanism in one case in one round; a case is two words of the file's name."""
    kernel: str
    boot: int
    round: int
    case: tuple
    mechanism: str
    figures: dict
    starts: list
    recording: Recording

    @property
    def when(self):
        return self.boot, self.round

    @property
    def who(self):
        return self.kernel, self.mechanism


# --- raw figures -----------------------------------------------------------------

def read_recording(path, mechanism):
    """One recording, refused when nothing went through the mechanism."""
    counters = Counters(path)
    name = counters.name.removesuffix(".summary")
    if counters["mechanism"] != mechanism:
        raise Invalid(f"{name} went through {counters['mechanism']}")
    if not counters["items"]:
        raise Invalid(f"{name}: nothing went through the mechanism")
    completion, urgent = read_pairs(path.with_suffix(".samples"))
    if len(completion) != counters["items"]:
        raise Invalid(f"{name} left {len(completion)} samples of {counters['items']} items")
    waited_for = (value for value, flag in zip(completion, urgent) if flag)
    return Recording(counters["items"], counters["wakeups"], counters["unsampled"],
                     in_order(completion), in_order(waited_for),
                     in_order(read_u32(path.with_suffix(".waits"))))


def directories(raw, user):
    """(kernel, number of the boot, directory) of all boots of a user."""
    for path in sorted(raw.glob(f"{user}-*[0-9]")):
        *part, number = path.name.split("-")
        yield "stock" if "stock" in part else "bench", int(number), path


def read_run(kernel, boot, path, suffix, measure):
    """One run; measure(path) gives its figures, and its starts if it is of them."""
    number, first, second, mechanism = path.name.removesuffix(suffix).split(".")
    figures, starts = measure(path)
    recording = (read_recording(path.with_suffix(".summary"), mechanism) if kernel == "bench"
                 else None)
    return Run(kernel, boot, int(number), (first, second), mechanism,
               {**figures, **recorded(recording)}, starts, recording)


def read_runs(raw, user, suffix, measure):
    """All runs of a user, of both kernels."""
    runs = []
    for kernel, boot, directory in directories(raw, user):
        paths = sorted(directory.glob(f"[1-9]*{suffix}"))
        if not paths:
            raise Invalid(f"no {user} results in {directory.name}")
        runs += [read_run(kernel, boot, path, suffix, measure) for path in paths]
    for kernel, found in group(runs, lambda run: run.kernel).items():
        check_complete(found, f"{user} ({kernel} kernel)")
    return runs


def recorded(recording):
    """The figures of a round that ratios are taken of."""
    if not recording:
        return dict.fromkeys(("completion_p99_us", "completion_urgent_p99_us", "wait_mean_us",
                              "wait_p99_us"))
    urgent, waits = recording.urgent, recording.waits
    return {"completion_p99_us": percentile(recording.completion, 99) / 1e3,
            "completion_urgent_p99_us": percentile(urgent, 99) / 1e3 if urgent else None,
            "wait_mean_us": statistics.fmean(waits) / 1e3 if waits else None,
            "wait_p99_us": percentile(waits, 99) / 1e3 if waits else None}


# --- fields of both users ----------------------------------------------------------

def microseconds(nanoseconds):
    return round(nanoseconds / 1e3, 2)


def summary_fields(prefix, ordered, figures):
    """Figures of samples in ns as fields in us; null if nothing was recorded."""
    known = {
        "mean": statistics.fmean, "stddev": deviation, "min": lambda values: values[0],
        "max": lambda values: values[-1], "p50": lambda values: percentile(values, 50),
        "p99": lambda values: percentile(values, 99)}
    return {f"{prefix}_{name}_us": microseconds(known[name](ordered)) if ordered else None
            for name in figures}


def quantile_fields(prefix, ordered):
    return {f"{prefix}_quantiles_us": [microseconds(value) for value in quantiles(ordered)]
            if ordered else None}


def pooled(runs, name):
    """All samples of one kind of all rounds."""
    return pool(getattr(run.recording, name) for run in runs if run.recording)


def unsampled(runs):
    """Objects and waits that there was no room to record."""
    recordings = [run.recording for run in runs if run.recording]
    return sum(recording.unsampled for recording in recordings) if recordings else None


def ratio_fields(runs, base, base_name, figure):
    """How a figure compares with the base's, round by round."""
    name = f"{figure}_to_{base_name}"
    own = {run.when: run.figures[figure] for run in runs}
    others = {run.when: run.figures[figure] for run in base}
    if own.keys() - others.keys():
        boot, number = min(own.keys() - others.keys())
        raise Invalid(f"no run of {base_name} under {' '.join(runs[0].case)} to compare with "
                      f"(boot {boot}, round {number})")
    if None in own.values() or None in others.values():
        return {name: None, f"{name}_min": None, f"{name}_max": None, f"{figure}_differs": None}
    return {**spread(name, [ratio(own[when], others[when]) for when in own], 3),
            f"{figure}_differs": apart(own.values(), others.values())}


def make_rows(runs, base_name, make_row):
    """One row for each case and mechanism, the kernel of today last."""
    rows = []
    for found in group(runs, lambda run: run.case).values():
        groups = group(found, lambda run: run.who)
        base = groups.get(("bench", base_name), [])
        order = sorted(groups, key=lambda who: (who[0] != "bench", place(MECHANISMS, who[1])))
        rows += [make_row(groups[who], base) for who in order]
    return rows


# --- bio -----------------------------------------------------------------------------

def read_fio(path):
    """The jobs of a fio run that ended well."""
    try:
        jobs = json.loads(read(path))["jobs"]
    except (ValueError, KeyError):
        raise Invalid(f"{path.parent.name}/{path.name} is not fio's JSON") from None
    writes = sum(job["write"]["total_ios"] for job in jobs)
    if any(job["error"] for job in jobs) or not writes:
        raise Invalid(f"fio failed: {path.parent.name}/{path.name}")
    return jobs


def latency(stats, path):
    """p50, p99 and maximum in us of one of fio's latencies."""
    if "percentile" not in stats:
        raise Invalid(f"{path.parent.name}/{path.name} has no latency of its jobs")
    found = stats["percentile"]
    return found["50.000000"] / 1e3, found["99.000000"] / 1e3, stats["max"] / 1e3


def probe_latency(jobs, path):
    """Of what somebody waited for beside a flood: fsync, or else reads."""
    for job in jobs:
        if job["jobname"] == PROBE:
            stats = (job["sync"]["lat_ns"] if job.get("sync", {}).get("total_ios")
                     else job["read"]["clat_ns"])
            return latency(stats, path)
    return None, None, None


def measure_bio(path):
    """Rates include all writeback: they are over the time on the wall."""
    jobs = read_fio(path)
    both = [job[direction] for job in jobs for direction in ("read", "write")]
    ios = sum(direction["total_ios"] for direction in both)
    seconds = read_number(path.with_suffix(".wall")) / 1e6
    writes = [latency(job["write"]["clat_ns"], path) for job in jobs
              if job["jobname"] != PROBE and job["write"]["total_ios"]]
    p50, p99, most = probe_latency(jobs, path)
    figures = {"ios": ios, "iops": ratio(ios, seconds),
               "mb_per_s": ratio(sum(direction["io_bytes"] for direction in both) / 1e6, seconds),
               "write_p50_us": max(write[0] for write in writes),
               "write_p99_us": max(write[1] for write in writes),
               "context_switches_per_io": ratio(read_number(path.with_suffix(".ctxt")), ios),
               "probe_p50_us": p50, "probe_p99_us": p99, "probe_max_us": most}
    return figures, []


def probe_fields(runs):
    """Medians of the rounds, and the worst of all."""
    values = collections.defaultdict(list)
    for run in runs:
        for name in ("probe_p50_us", "probe_p99_us", "probe_max_us"):
            values[name].append(run.figures[name])
    if None in values["probe_p50_us"]:
        return dict.fromkeys(values)
    return {"probe_p50_us": round(statistics.median(values["probe_p50_us"]), 1),
            "probe_p99_us": round(statistics.median(values["probe_p99_us"]), 1),
            "probe_max_us": round(max(values["probe_max_us"]), 1)}


def objects_per_run(runs):
    """How many completions one wake-up of the worker serves."""
    recordings = [run.recording for run in runs if run.recording]
    if not recordings:
        return None
    wakeups = sum(recording.wakeups for recording in recordings)
    return round(sum(recording.items for recording in recordings) / max(wakeups, 1), 2)


def bio_row(runs, base):
    """All rounds of one mechanism under one workload on one device."""
    def values(name):
        return [run.figures[name] for run in runs]
    first, completion, waits = runs[0], pooled(runs, "completion"), pooled(runs, "waits")
    row = {"kernel": first.kernel, "mechanism": first.mechanism, "workload": first.case[0],
           "device": first.case[1], "rounds": len(runs), "ios": sum(values("ios")),
           **spread("iops", values("iops")),
           "mb_per_s": round(statistics.median(values("mb_per_s")), 1),
           "write_p50_us": round(statistics.median(values("write_p50_us")), 1),
           "write_p99_us": round(statistics.median(values("write_p99_us")), 1),
           **spread("context_switches_per_io", values("context_switches_per_io"), 3),
           **summary_fields("completion", completion, ("p50", "p99", "max")),
           **summary_fields("completion_urgent", pooled(runs, "urgent"), ("p99",)),
           **quantile_fields("completion", completion), "bios_per_run": objects_per_run(runs),
           "unsampled": unsampled(runs),
           **summary_fields("wait", waits, ("mean", "p50", "p99")), **probe_fields(runs)}
    for figure in ("iops", "context_switches_per_io", "completion_p99_us",
                   "completion_urgent_p99_us", "probe_p99_us"):
        row.update(ratio_fields(runs, base, BIO_BASE, figure))
    return row


def bio_runs(raw):
    runs = read_runs(raw, "bio", ".json", measure_bio)
    return sorted(runs, key=lambda run: (run.case[0], place(DEVICES, run.case[1])))


def bio_rows(runs):
    return make_rows(runs, BIO_BASE, bio_row)


# --- erofs ---------------------------------------------------------------------------

def measure_erofs(path):
    """Program starts have a time each, a read has a speed."""
    name = f"{path.parent.name}/{path.name}"
    try:
        times = [(what, int(us)) for what, us in
                 (line.rsplit(None, 1) for line in read(path).decode().splitlines())]
        if not times:
            raise Invalid(f"{name} is empty")
        if path.name.split(".")[1] == "read":
            return {"mb_per_s": sum(ratio(int(size), us) for size, us in times) / len(times),
                    "start_mean_ms": None}, []
    except ValueError:
        raise Invalid(f"{name} has a line that is not WHAT MICROSECONDS") from None
    starts = [us / 1e3 for _, us in times]
    return {"mb_per_s": None, "start_mean_ms": statistics.fmean(starts)}, starts


def start_fields(runs):
    starts = pool(run.starts for run in runs)
    if not starts:
        return dict.fromkeys(("starts", "start_mean_ms", "start_mean_ms_min", "start_mean_ms_max",
                              "start_p50_ms", "start_p99_ms"))
    return {"starts": len(starts),
            **spread("start_mean_ms", [run.figures["start_mean_ms"] for run in runs], 3),
            "start_p50_ms": round(percentile(starts, 50), 3),
            "start_p99_ms": round(percentile(starts, 99), 3)}


def speed_fields(runs):
    speeds = [run.figures["mb_per_s"] for run in runs]
    if None in speeds:
        return dict.fromkeys(("mb_per_s", "mb_per_s_min", "mb_per_s_max"))
    return spread("mb_per_s", speeds, 2)


def erofs_row(runs, base):
    """All rounds of one mechanism under one load."""
    first, completion, waits = runs[0], pooled(runs, "completion"), pooled(runs, "waits")
    row = {"kernel": first.kernel, "mechanism": first.mechanism, "what": first.case[0],
           "load": first.case[1], "rounds": len(runs), **start_fields(runs), **speed_fields(runs),
           **summary_fields("wait", waits, ("mean", "p50", "p99", "min", "max", "stddev")),
           **quantile_fields("wait", waits),
           **summary_fields("completion", completion, ("p50", "p99")),
           "unsampled": unsampled(runs)}
    for figure in ("start_mean_ms", "mb_per_s", "wait_mean_us"):
        row.update(ratio_fields(runs, base, EROFS_BASE, figure))
    return row


def erofs_runs(raw):
    runs = read_runs(raw, "erofs", ".times", measure_erofs)
    return sorted(runs, key=lambda run: (run.case[0] != "start", place(LOADS, run.case[1])))


def erofs_rows(runs):
    return make_rows(runs, EROFS_BASE, erofs_row)
