# SPDX-License-Identifier: GPL-2.0
"""Made-up raw figures, as the guests leave them; what comes out is known beforehand."""

import dataclasses
import json
import random
import struct

META = {**{name: "x" for name in ("machine", "mode", "kernel", "commit", "command", "date")},
        "users_mode": "kvm", "level": "quick"}
# How much slower than the limit; beyond a hundred a mechanism waits on purpose.
DISPATCH = {"bare_wake": 1.0, "percpu_completer": 1.02, "percpu_completer_lazy": 1000.0,
            "kthread_worker": 1.03, "rfc_thread": 1.01, "workqueue": 1.5,
            "workqueue_highpri": 1.45, "workqueue_unbound": 2.1, "workqueue_bh": 0.8,
            "delayed_work": 1010.0}
BIO = ("percpu_completer", "kthread_worker", "rfc_thread", "workqueue", "workqueue_highpri",
       "delayed_work")
EROFS = ("percpu_completer", "kthread_worker", "rfc_thread", "workqueue", "workqueue_highpri",
         "workqueue_unbound")


@dataclasses.dataclass
class Load:
    """A load, and what makes mechanisms without FIFO slow under it."""
    name: str
    hogs: int = 0
    tail: float = 1.0
    counters: dict = dataclasses.field(default_factory=dict)


LOADS = (Load("idle"), Load("hogs", 3, 300.0), Load("steady_20k"))


def write_counters(path, values):
    path.write_text("".join(f"{key}={value}\n" for key, value in values.items()))


def write_pairs(path, pairs):
    path.write_bytes(b"".join(struct.pack("<II", *pair) for pair in pairs))


# --- dispatch --------------------------------------------------------------------

def write_run(directory, number, load, mechanism, dispatch, urgent=None, costs=None, name=None,
              **counters):
    """One run of the dispatch benchmark; urgent: a flag for each item, costs: of queueing;
    name: what it is called, if not as the mechanism."""
    items = len(dispatch)
    values = {"mechanism": mechanism, "cpu": 1, "cpus": 1, "period_ns": 200000, "burst": 1,
              "items": items, "work_ns": 0, "urgent_percent": 100, "poisson": 0, "order": 1,
              "policy": 2, "nice": 0, "slice_us": 0, "stamps": 1, "normal": 0, "spinner": 0,
              "hotplug": 0, "normal_ns": 0, "normal_gap_ns": 0, "cycles": 0, "lost": 0,
              "duplicated": 0, "strays": 0, "wakeups": items, "context_switches": 2 * items,
              "overruns": 0, "duration_ns": items * 200000, "clock_ns": 30, "status": 0,
              **counters}
    stem = f"{number}.{load}.{name or mechanism}"
    write_counters(directory / f"{stem}.summary", values)
    flags = urgent or [True] * items
    costs = costs or [700 + ns % 90 for ns in dispatch]
    pairs = [(ns, cost | flag << 31) for ns, cost, flag in zip(dispatch, costs, flags)]
    write_pairs(directory / f"{stem}.samples", pairs if values["stamps"] else [(0, 0)] * items)


def write_self_tests(directory, slowed=1.5):
    write_run(directory, 0, "self", "busted", [1], lost=1, status=1)
    write_run(directory, 0, "self", "bare_wake", [2000, 2100, 2200])
    write_run(directory, 0, "self", "slowed", [int(ns * slowed) for ns in (2000, 2100, 2200)])


def latencies(rng, base, factor, tail):
    """A factor on the limit's; what has no FIFO is now and then late behind a hog."""
    late = tail > 1 and 1.2 < factor < 100
    return [int(ns * factor * (tail * rng.uniform(.3, 1) if late and rng.random() < .08 else 1))
            for ns in base]


def write_dispatch(raw, factors=None, mode="icount", loads=LOADS, rounds=3, items=400,
                   part="dispatch", boot=None):
    """The machine of each round is slower than that of the last."""
    directory = raw / (f"{part}-{mode}-{boot}" if boot else f"{part}-{mode}")
    directory.mkdir(parents=True)
    rng = random.Random(1)
    factors = factors or DISPATCH
    for number in range(1, rounds + 1):
        for load in loads:
            cpus, share = load.counters.get("cpus", 1), load.counters.get("urgent_percent", 100)
            base = [int(rng.gauss(2500, 150)) * number for _ in range(items * cpus)]
            flags = [rng.random() * 100 < share for _ in base]
            for mechanism, factor in factors.items():
                counters = {"items": items, **load.counters}
                if factor > 100:
                    counters |= {"wakeups": items // 20, "context_switches": items // 10}
                write_run(directory, number, load.name, mechanism,
                          latencies(rng, base, factor, load.tail), flags, **counters)
    write_self_tests(directory)
    (directory / "loads").write_text("".join(map(load_line, loads)))
    return directory


def load_line(load):
    keys = {"period_ns": 200000, **load.counters}
    return f"{load.name}:{load.hogs}:{','.join(f'{key}={value}' for key, value in keys.items())}\n"


POLICIES = {"fifo": ("percpu_completer", {"policy": 2}),
            "slice100_nice-5": ("percpu_completer", {"policy": 1, "slice_us": 100, "nice": -5}),
            "workqueue": ("workqueue", {})}
POLICY_LOADS = {
    "idle": {}, "weight2500": {"hogs": 8, "weight": 2500},
    "spinner": {"spinner": 1, "period_ns": 20000000}, "mixed": {"urgent_percent": 50},
    "flood": {"normal": 1, "normal_ns": 1000000, "normal_gap_ns": 6543210, "work_ns": 50000}}


def words(name, *middle, **keys):
    return ":".join([name, *middle, ",".join(f"{key}={value}" for key, value in keys.items())])


def write_policy(raw):
    """Ten items under each load by each policy; a policy takes 1 us more than the last."""
    directory = raw / "policy-icount"
    directory.mkdir(parents=True)
    for load, keys in POLICY_LOADS.items():
        told = {key: value for key, value in keys.items()
                if key not in ("hogs", "weight")}
        for place, (name, (mechanism, counters)) in enumerate(POLICIES.items(), 1):
            write_run(directory, 1, load, mechanism, [1000 * place] * 9 + [9000],
                      [item % 2 for item in range(10)], name=name, **told, **counters)
    (directory / "loads").write_text("\n".join(
        words(load, **keys) for load, keys in POLICY_LOADS.items()))
    (directory / "policies").write_text("\n".join(
        words(name, mechanism, **keys) for name, (mechanism, keys) in POLICIES.items()))
    return directory


# --- bio and erofs -----------------------------------------------------------------

def write_recording(stem, mechanism, nanoseconds, waits, **counters):
    """What the benchmark kernel recorded; every other object is urgent."""
    values = {"mechanism": mechanism, "items": len(nanoseconds), "urgent": len(nanoseconds) // 2,
              "wakeups": max(len(waits), 1), "unsampled": 0, "duration_ns": 10**9, **counters}
    write_counters(stem.with_name(stem.name + ".summary"), values)
    write_pairs(stem.with_name(stem.name + ".samples"),
                [(ns, i % 2) for i, ns in enumerate(nanoseconds)])
    stem.with_name(stem.name + ".waits").write_bytes(struct.pack(f"<{len(waits)}I", *waits))


def fio_latency(nanoseconds):
    return {"percentile": {"50.000000": nanoseconds, "99.000000": 9 * nanoseconds},
            "max": 20 * nanoseconds}


def fio_job(name, ios, direction="write", nanoseconds=10**6, sync=0):
    empty = {"total_ios": 0, "io_bytes": 0, "clat_ns": {}}
    own = {"total_ios": ios, "io_bytes": ios * 4096, "clat_ns": fio_latency(nanoseconds)}
    return {"jobname": name, "error": 0, "read": empty, "write": empty, direction: own,
            "sync": {"total_ios": sync, "lat_ns": fio_latency(nanoseconds) if sync else {}}}


def fio_jobs(workload, nanoseconds):
    if workload not in ("fsync", "read"):
        return [fio_job(workload, 1000)]
    direction, sync = ("read", 0) if workload == "read" else ("write", 50)
    return [fio_job("flood", 950), fio_job("probe", 50, direction, nanoseconds, sync)]


def samples(rng, mechanism, count=200):
    """Of a plausible size, different from mechanism to mechanism."""
    scale = 3000 * (1 + len(mechanism) % 7) * (400 if mechanism == "delayed_work" else 1)
    return [int(rng.lognormvariate(0, .7) * scale) for _ in range(count)]


def write_bio(raw, number=1, kernel="bench", cases=(("C", "raw"),), speed=None, rounds=1,
              noise=0.0):
    """One boot: 1000 I/Os a run in a second, or as much faster as speed says."""
    boot = raw / (f"bio-{number}" if kernel == "bench" else f"bio-stock-{number}")
    boot.mkdir(parents=True)
    rng = random.Random(number)
    for turn in range(1, rounds + 1):
        for workload, device in cases:
            for mechanism in BIO if kernel == "bench" else ("stock",):
                stem = boot / f"{turn}.{workload}.{device}.{mechanism}"
                factor = (speed or {}).get(mechanism, 1.0) * (1 + noise * rng.uniform(-1, 1))
                own = samples(rng, mechanism)
                stem.with_name(stem.name + ".json").write_text(
                    json.dumps({"jobs": fio_jobs(workload, 1000 * own[0])}))
                stem.with_name(stem.name + ".wall").write_text(f"{int(1e6 / factor)}\n")
                stem.with_name(stem.name + ".ctxt").write_text(f"{int(250 / factor)}\n")
                if kernel == "bench":
                    write_recording(stem, mechanism, own, samples(rng, mechanism, 150))
    return boot


def write_erofs(raw, number=1, kernel="bench", speed=None, rounds=1,
                cases=(("start", "idle"), ("read", "one_irq")), noise=0.0, part="erofs"):
    """One boot: starts of 100 ms and reads of 100 MB/s, or as much faster."""
    boot = raw / (f"{part}-{number}" if kernel == "bench" else f"{part}-stock-{number}")
    boot.mkdir(parents=True)
    rng = random.Random(number)
    for turn in range(1, rounds + 1):
        for what, load in cases:
            for mechanism in EROFS if kernel == "bench" else ("stock",):
                stem = boot / f"{turn}.{what}.{load}.{mechanism}"
                factor = (speed or {}).get(mechanism, 1.0) * (1 + noise * rng.uniform(-1, 1))
                us = int(100000 / factor)
                stem.with_name(stem.name + ".times").write_text(
                    f"10000000 {us}\n" if what == "read" else f"ls {us - 50}\nfind {us + 50}\n")
                if kernel == "bench":
                    write_recording(stem, mechanism, samples(rng, mechanism),
                                    samples(rng, mechanism, 150))
    return boot


def write_meta(raw, **fields):
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "meta.json").write_text(json.dumps({**META, **fields}))
