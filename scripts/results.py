#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turn the raw figures of `make bench` into rows, goals and tables.

    results.py [DIRECTORY]      again from build/bench/raw, without a boot

All statistics are made here, from raw samples, never in the guest.  Below the
directory each boot has one of its own:

    dispatch-MODE/ROUND.LOAD.MECHANISM.{summary,samples}
    io-KERNEL-ROUND/erofs/times
    io-KERNEL-ROUND/bio/WORKLOAD.DEVICE.ROUND.{json,ctxt}

and meta.json says where and how they were measured.  Ratios are taken within a
round, or between the two boots of a round, and the median of the rounds is
shown: much of what a busy machine does to both sides of a ratio cancels out.
"""

import argparse
import array
import dataclasses
import json
import math
import statistics
import sys

import common
from common import BUILD, EXIT_SETUP, EXIT_TEST, Path, TOP, die

BENCH = BUILD / "bench"
RAW = BENCH / "raw"
SCHEMA = TOP / "scripts" / "results.schema.json"
LIMIT = "bare_wake"
WARMUP = "warmup"
LOADS = ("idle", "hogs", "burst")
# Whose figures decide a goal: real hardware, then exact virtual time.
DECIDING = ("kvm", "icount", "tcg")


class Invalid(Exception):
    """Raw results that no table may be made of."""


# --- statistics --------------------------------------------------------------

def percentile(ordered, percent):
    """The smallest sample that `percent` of all samples do not exceed."""
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[max(rank, 1) - 1]


def spread(prefix, values, digits=1):
    """Median, minimum and maximum over rounds, as fields of a row."""
    return {prefix: round(statistics.median(values), digits),
            f"{prefix}_min": round(min(values), digits),
            f"{prefix}_max": round(max(values), digits)}


def ratio(value, base):
    """Against nothing, everything is infinite: say so instead of dividing."""
    if not base:
        raise Invalid("a ratio against a figure that is zero")
    return value / base


# --- dispatch ----------------------------------------------------------------

@dataclasses.dataclass
class Run:
    """One mechanism under one load in one round."""
    round: int
    load: str
    mechanism: str
    counters: dict
    dispatch: list
    queue: list

    @property
    def key(self):
        return self.load, self.mechanism

    def per_item(self, counter):
        return self.counters[counter] / self.counters["items"]


def read_counters(path):
    """key=value lines; all values but the mechanism's name are numbers."""
    pairs = (line.split("=", 1) for line in path.read_text().splitlines())
    return {key: value if key == "mechanism" else int(value) for key, value in pairs}


def read_samples(path):
    """Pairs of u32, dispatch and queueing, from a little-endian guest."""
    data = path.read_bytes()
    values = array.array("I", data[:len(data) // 8 * 8])
    if sys.byteorder == "big":
        values.byteswap()
    return values[0::2].tolist(), values[1::2].tolist()


def read_run(path):
    """One run, refused when an item of it is missing."""
    number, load, mechanism = path.stem.split(".")
    counters = read_counters(path)
    dispatch, queue = read_samples(path.with_suffix(".samples"))
    check_run(f"{mechanism} (load {load}, round {number})", counters, len(dispatch))
    return Run(int(number), load, mechanism, counters, sorted(dispatch), sorted(queue))


def check_run(name, counters, samples):
    """A mechanism that loses an item has no latency to speak of."""
    if counters["lost"] or counters["duplicated"]:
        raise Invalid(f"{name} lost {counters['lost']} items and completed "
                      f"{counters['duplicated']} twice")
    if counters["status"]:
        raise Invalid(f"{name} failed")
    if samples != counters["items"]:
        raise Invalid(f"{name} left {samples} samples of {counters['items']} items")


def check_self_test(directory):
    """The mechanism that is broken on purpose has to have been caught."""
    path = directory / "0.self.busted.summary"
    if not path.exists() or not read_counters(path)["lost"]:
        raise Invalid("the benchmark did not notice a mechanism that loses items")


def read_dispatch(directory):
    """All runs of a boot."""
    check_self_test(directory)
    runs = [read_run(path) for path in sorted(directory.glob("[1-9]*.summary"))]
    if not runs:
        raise Invalid(f"no dispatch results in {common.show(directory)}")
    return runs


def ratios(runs, baselines, percent):
    """A percentile against the limit's, round by round."""
    return [ratio(percentile(run.dispatch, percent),
                  percentile(baselines[run.round, run.load].dispatch, percent)) for run in runs]


def dispatch_row(mode, runs, baselines):
    """All rounds of one mechanism under one load."""
    first = runs[0]
    dispatch = sorted(value for run in runs for value in run.dispatch)
    queue = sorted(value for run in runs for value in run.queue)
    seconds = sum(run.counters["duration_ns"] for run in runs) / 1e9
    wakeups = sum(run.counters["wakeups"] for run in runs)
    return {
        "mode": mode, "load": first.load, "mechanism": first.mechanism,
        "period_ns": first.counters["period_ns"], "burst_items": first.counters["burst"],
        "rounds": len(runs), "items": len(dispatch),
        "dispatch_p50_ns": percentile(dispatch, 50), "dispatch_p99_ns": percentile(dispatch, 99),
        "dispatch_p999_ns": percentile(dispatch, 99.9), "dispatch_max_ns": dispatch[-1],
        "dispatch_p50_round_min_ns": min(percentile(run.dispatch, 50) for run in runs),
        "dispatch_p50_round_max_ns": max(percentile(run.dispatch, 50) for run in runs),
        "dispatch_p50_to_limit": round(statistics.median(ratios(runs, baselines, 50)), 3),
        "dispatch_p99_to_limit": round(statistics.median(ratios(runs, baselines, 99)), 3),
        "queue_p50_ns": percentile(queue, 50), "queue_p99_ns": percentile(queue, 99),
        "context_switches_per_item":
            round(statistics.median(run.per_item("context_switches") for run in runs), 4),
        "items_per_wakeup": round(len(dispatch) / max(wakeups, 1), 2),
        "items_per_s": round(len(dispatch) / seconds),
        "skipped_periods": sum(run.counters["overruns"] for run in runs),
    }


def group(items, key):
    """Lists of items with one key, in the order of first appearance."""
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def place(order, name):
    """A sort key: the known ones in their order, then the others by name."""
    return (order.index(name), "") if name in order else (len(order), name)


def dispatch_rows(mode, runs, order=()):
    """Rows load by load, mechanisms in the order that the kernel lists them."""
    baselines = {(run.round, run.load): run for run in runs if run.mechanism == LIMIT}
    missing = {(run.round, run.load) for run in runs} - baselines.keys()
    if missing:
        raise Invalid(f"no run of {LIMIT} in (round, load) {sorted(missing)}")
    groups = group(runs, lambda run: run.key)
    return [dispatch_row(mode, groups[key], baselines)
            for key in sorted(groups, key=lambda key: (place(LOADS, key[0]), place(order, key[1])))]


def mechanism_order(directory):
    path = directory / "mechanisms"
    return path.read_text().split() if path.exists() else ()


# --- stock against converted ---------------------------------------------------

def io_boots(raw):
    """{kernel: [directory of each boot]} of what `make bench` booted in turns."""
    return group(sorted(raw.glob("io-*-[0-9]*")), lambda path: path.name.split("-")[1])


def check_counters(kernel, boot):
    """A converted kernel that did not go through a completer measured nothing."""
    for subsystem in ("bio", "erofs") if kernel == "converted" else ():
        files = list(boot.glob(f"{subsystem}.{subsystem}*.counters"))
        if not sum(completed(path) for path in files):
            raise Invalid(f"{boot.name}: no completion went through the {subsystem} completer")


def completed(path):
    """Sum over CPUs of the column "completed"."""
    header, *lines = (line.split() for line in path.read_text().splitlines())
    return sum(int(line[header.index("completed")]) for line in lines)


def against_stock(rows, same, figure, medians):
    """Add how a figure compares with the stock kernel's, boot by boot.

    medians is {(kernel, same(row)): [median of each boot]}.  Only the boots of
    a pair were made one right after the other.  The kernels are said to differ
    when even the nearest two of all their runs do.
    """
    base = {same(row): row for row in rows if row["kernel"] == "stock"}
    low, high = f"{figure}_min", f"{figure}_max"
    for row in rows:
        stock, other = medians["stock", same(row)], base[same(row)]
        row[f"{figure}_differs"] = row[low] > other[high] or row[high] < other[low]
        own = medians[row["kernel"], same(row)]
        pairs = [ratio(value, base_value) for value, base_value in zip(own, stock)]
        row.update(spread(f"{figure}_to_stock", pairs, 3))


def boot_medians(runs, same, figure):
    """{(kernel, what is the same): [median of each boot]} from runs of all boots."""
    medians = {}
    boots = group(runs, lambda run: (run["kernel"], run["boot"], same(run)))
    for (kernel, _, key), found in boots.items():
        medians.setdefault((kernel, key), []).append(statistics.median(r[figure] for r in found))
    return medians


def read_fio(path):
    """One fio run: its JSON, and the context switches counted around it."""
    job = json.loads(path.read_text())["jobs"][0]
    write = job["write"]
    if job["error"] or not write["total_ios"]:
        raise Invalid(f"fio failed: {common.show(path)}")
    percentiles = write["clat_ns"]["percentile"]
    return {"ios": write["total_ios"], "iops": write["iops"],
            "mb_per_s": write["bw_bytes"] / 1e6,
            "p50": percentiles["50.000000"] / 1e3, "p99": percentiles["99.000000"] / 1e3,
            "switches": int(path.with_suffix(".ctxt").read_text()) / write["total_ios"]}


def read_bio(boots):
    """All fio runs, with where they belong."""
    for kernel, directories in boots.items():
        for boot in directories:
            for path in sorted(boot.glob("bio/*.json")):
                workload, device = path.name.split(".")[:2]
                yield {"kernel": kernel, "boot": boot.name, "workload": workload,
                       "device": device, **read_fio(path)}


def bio_row(runs):
    """All runs of one kernel, workload and device."""
    def values(name):
        return [run[name] for run in runs]
    return {**{name: runs[0][name] for name in ("kernel", "workload", "device")},
            "rounds": len(runs), "ios": sum(values("ios")), **spread("iops", values("iops")),
            "mb_per_s": round(statistics.median(values("mb_per_s")), 1),
            "write_p50_us": round(statistics.median(values("p50")), 1),
            "write_p99_us": round(statistics.median(values("p99")), 1),
            **spread("context_switches_per_io", values("switches"), 3)}


def bio_rows(boots):
    """One row for each kernel, workload and device."""
    def same(row):
        return row["workload"], row["device"]
    runs = list(read_bio(boots))
    rows = [bio_row(found) for found in group(runs, lambda r: (same(r), r["kernel"])).values()]
    rows.sort(key=lambda row: (*same(row), row["kernel"] != "stock"))
    against_stock(rows, same, "iops", boot_medians(runs, same, "iops"))
    against_stock(rows, same, "context_switches_per_io", boot_medians(runs, same, "switches"))
    return rows


def read_erofs(boots):
    """All cold reads but those that warmed up, with where they belong."""
    for kernel, directories in boots.items():
        for boot in directories:
            for line in (boot / "erofs" / "times").read_text().splitlines():
                load, threads, size, hundredths = line.split()
                if load != WARMUP:
                    yield {"kernel": kernel, "boot": boot.name, "load": load,
                           "threads": int(threads), "bytes": int(size),
                           "speed": ratio(int(size) / 1e6, int(hundredths) / 100)}


def erofs_row(runs):
    """All reads of one kernel under one load with so many threads."""
    return {**{name: runs[0][name] for name in ("kernel", "load", "threads")},
            "repeats": len(runs), "mb": round(runs[0]["bytes"] / 1e6, 1),
            **spread("mb_per_s", [run["speed"] for run in runs])}


def erofs_rows(boots):
    """One row for each kernel, load and number of threads."""
    def same(row):
        return row["load"], row["threads"]
    runs = list(read_erofs(boots))
    rows = [erofs_row(found) for found in group(runs, lambda r: (same(r), r["kernel"])).values()]
    rows.sort(key=lambda row: (row["load"] != "idle", row["threads"], row["kernel"] != "stock"))
    against_stock(rows, same, "mb_per_s", boot_medians(runs, same, "speed"))
    return rows


# --- goals -------------------------------------------------------------------

def goal(name, what, value, bound):
    return {"id": name, "what": what, "value": round(value, 3), "bound": bound,
            "pass": value <= bound}


def goals(dispatch):
    """What was promised, computed from the rows; a miss is shown like a hit."""
    modes = {row["mode"] for row in dispatch}
    mode = next(mode for mode in DECIDING if mode in modes)
    rows = {(row["load"], row["mechanism"]): row for row in dispatch if row["mode"] == mode}
    lazy = rows["idle", "percpu_completer_lazy"]["context_switches_per_item"]
    delayed = rows["idle", "delayed_work"]["context_switches_per_item"]
    return [
        goal("P1", f"dispatch p50, idle, percpu_completer / {LIMIT} ({mode})",
             rows["idle", "percpu_completer"]["dispatch_p50_to_limit"], 1.05),
        goal("P2", f"dispatch p99, 3 CPU hogs, percpu_completer / {LIMIT} ({mode})",
             rows["hogs", "percpu_completer"]["dispatch_p99_to_limit"], 1.10),
        goal("P3", "context switches per item, idle, "
             f"percpu_completer_lazy / delayed_work ({mode})", ratio(lazy, delayed), 1.10),
    ]


# --- output ------------------------------------------------------------------

def us(key):
    """A column in microseconds from a field in nanoseconds."""
    return lambda row: f"{row[key] / 1000:.1f}"


def num(key, digits=0):
    return lambda row: f"{row[key]:.{digits}f}"


def factor(key):
    """A ratio: digits that mean something, near 1 as well as in the thousands."""
    return lambda row: f"{row[key]:.2f}" if row[key] < 100 else f"{row[key]:.0f}"


def text(key):
    return lambda row: str(row[key])


def between(low, high, scale=1, digits=1):
    return lambda row: f"{row[low] / scale:.{digits}f}..{row[high] / scale:.{digits}f}"


def compared(figure):
    """Columns for a ratio to stock; where runs overlap it is not called a difference."""
    name = f"{figure}_to_stock"
    def judged(row):
        return f"{row[name]:.2f}{'' if row[f'{figure}_differs'] else ' (noise)'}"
    def unless_stock(show):
        return lambda row: "-" if row["kernel"] == "stock" else show(row)
    return (("/stock", unless_stock(judged)),
            ("of pairs", unless_stock(between(f"{name}_min", f"{name}_max", digits=2))))


DISPATCH_COLUMNS = (
    ("mechanism", text("mechanism")),
    ("p50 us", us("dispatch_p50_ns")), ("p99 us", us("dispatch_p99_ns")),
    ("p99.9 us", us("dispatch_p999_ns")), ("max us", us("dispatch_max_ns")),
    ("p50 of rounds us",
     between("dispatch_p50_round_min_ns", "dispatch_p50_round_max_ns", 1000)),
    ("p50/limit", factor("dispatch_p50_to_limit")), ("p99/limit", factor("dispatch_p99_to_limit")),
    ("queueing p50 ns", num("queue_p50_ns")),
    ("switches/item", num("context_switches_per_item", 3)),
    ("items/wakeup", num("items_per_wakeup", 1)), ("items/s", num("items_per_s")),
    ("skipped periods", num("skipped_periods")))

BIO_COLUMNS = (
    ("workload", text("workload")), ("device", text("device")), ("kernel", text("kernel")),
    ("IOPS", num("iops")), ("IOPS of rounds", between("iops_min", "iops_max", digits=0)),
    *compared("iops"), ("MB/s", num("mb_per_s", 1)),
    ("write p50 us", num("write_p50_us")), ("write p99 us", num("write_p99_us")),
    ("switches/IO", num("context_switches_per_io", 3)),
    ("of rounds", between("context_switches_per_io_min", "context_switches_per_io_max", digits=3)),
    *compared("context_switches_per_io"))

EROFS_COLUMNS = (
    ("load", text("load")), ("threads", text("threads")), ("kernel", text("kernel")),
    ("MB/s", num("mb_per_s", 1)), ("MB/s of repeats", between("mb_per_s_min", "mb_per_s_max")),
    *compared("mb_per_s"), ("repeats", text("repeats")))

GOAL_COLUMNS = (
    ("goal", text("id")), ("value", num("value", 3)), ("bound <=", num("bound", 2)),
    ("", lambda row: "met" if row["pass"] else "MISSED"), ("what", text("what")))


def table(title, columns, rows):
    """Right-aligned but for text on the left, two spaces between columns."""
    cells = [[header for header, _ in columns]]
    cells += [[show(row) for _, show in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    left = [not any(line[i][:1].isdigit() for line in cells[1:]) for i in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) if flush else cell.rjust(width)
                       for cell, width, flush in zip(line, widths, left)).rstrip()
             for line in cells]
    return "\n".join([title, "-" * len(title), *lines, ""])


def dispatch_tables(rows):
    for (mode, load), found in group(rows, lambda row: (row["mode"], row["load"])).items():
        first = found[0]
        yield table(f"Dispatch, {load}, {mode}: {first['burst_items']} every "
                    f"{first['period_ns'] / 1000:g} us, {first['rounds']} rounds, "
                    f"{first['items']} items; limit is {LIMIT}", DISPATCH_COLUMNS, found)


def tables(result):
    """Everything as plain text."""
    meta = result["meta"]
    parts = [f"{meta['machine']}; {meta['mode']}; Linux {meta['kernel']}; "
             f"{meta['commit']}; {meta['date']}\n"]
    parts += dispatch_tables(result["dispatch"])
    if result["bio"]:
        parts.append(table("Uncached buffered writes, fio: C random 4k depth 32, "
                           "E sequential 128k depth 128", BIO_COLUMNS, result["bio"]))
    if result["erofs"]:
        parts.append(table("Cold reads of executables and libraries from lz4 erofs",
                           EROFS_COLUMNS, result["erofs"]))
    parts.append(table("Goals", GOAL_COLUMNS, result["goals"]))
    return "\n".join(parts)


def validate(result):
    """Against the schema; a document that breaks it is a bug of ours."""
    try:
        import jsonschema
    except ImportError:
        die(EXIT_SETUP, "python3-jsonschema is not installed; run make setup")
    try:
        jsonschema.validate(result, json.loads(SCHEMA.read_text()))
    except jsonschema.ValidationError as err:
        raise Invalid(f"results.json breaks its schema: {err.json_path}: {err.message}") from err


def collect(raw):
    """results.json's content from the raw figures."""
    dispatch = []
    for directory in sorted(raw.glob("dispatch-*")):
        dispatch += dispatch_rows(directory.name.removeprefix("dispatch-"),
                                  read_dispatch(directory), mechanism_order(directory))
    boots = io_boots(raw)
    for kernel, directories in boots.items():
        for boot in directories:
            check_counters(kernel, boot)
    result = {"meta": json.loads((raw / "meta.json").read_text()), "dispatch": dispatch,
              "bio": bio_rows(boots), "erofs": erofs_rows(boots), "goals": goals(dispatch)}
    validate(result)
    return result


def publish(raw):
    """Write results.json and tables.txt beside the raw figures, print the tables."""
    result = collect(raw)
    out = raw.parent
    common.write_atomic(out / "results.json", json.dumps(result, indent=1) + "\n")
    common.write_atomic(out / "tables.txt", tables(result))
    print(f"\n{tables(result)}")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", nargs="?", type=Path, default=RAW)
    try:
        publish(parser.parse_args().raw)
    except Invalid as err:
        die(EXIT_TEST, str(err))


if __name__ == "__main__":
    common.main(main)
