#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What queueing costs the interrupt, in instructions, against a baseline: exact.py [--update]

Boots the benchmark kernel twice in exact virtual time, where an instruction takes a
nanosecond.  Both boots have to give the same figures, to the last one; then the median
cost of queueing on percpu_completer may not have grown by more than GROWTH over
scripts/queue-path.json.  That is per kernel and compiler, as both make the code;
--update records this one.
"""

import argparse
import filecmp
import json
import re

import build
import guest
import setup
from common import EXIT_BOOT, EXIT_TEST, Path, TOP, die, main, show, step, write_atomic
from rows_dispatch import read_run
from stats import Invalid, percentile

BASELINE = TOP / "scripts/queue-path.json"
GROWTH = 0.03
SUBJECT = "percpu_completer"
# Single items that each wake a thread, and bursts so far apart that all is quiet again
# when the next one comes. Nothing is waited for: idle time takes no time here.
PARAMS = {"DISPATCH_ROUNDS": 1,
          "DISPATCH_LOADS": "idle:0:period_ns=200000,items=500 "
                            "burst:0:period_ns=20000000,burst=8,items=800"}
VERSIONS = re.compile(r"Linux version (\S+) \(\S+\) \((.+?), GNU ld")


# --- measuring -------------------------------------------------------------------

def cost(directory, load, mechanism, behind=False):
    """The median over the first items of each burst, or over those behind others."""
    run = read_run(directory / f"1.{load}.{mechanism}.summary")
    return percentile(run.queue_behind if behind else run.queue_first, 50)


def costs(directory):
    """{case: instructions}"""
    cases = {
        f"{SUBJECT}, urgent, wakes its thread": ("idle", SUBJECT),
        f"{SUBJECT}, urgent, behind others": ("burst", SUBJECT, True),
        f"{SUBJECT}, lazy, starts the timer": ("burst", f"{SUBJECT}_lazy"),
        f"{SUBJECT}, lazy, behind others": ("burst", f"{SUBJECT}_lazy", True),
    }
    for peer in ("kthread_worker", "rfc_thread", "workqueue"):
        cases[f"{peer}, wakes its thread"] = ("idle", peer)
        cases[f"{peer}, behind others"] = ("burst", peer, True)
    return {case: cost(directory, *which) for case, which in cases.items()}


def versions(log):
    """Kernel and compiler, as the kernel names them."""
    found = VERSIONS.search(log)
    if not found:
        raise Invalid("the kernel does not name its version and compiler")
    return {"kernel": found[1], "compiler": found[2]}


def files(directory):
    return {path.relative_to(directory) for path in directory.rglob("*") if path.is_file()}


def differences(one, other):
    """The names of files that two guests did not leave alike."""
    both = files(one) & files(other)
    _, differ, errors = filecmp.cmpfiles(one, other, both, shallow=False)
    return sorted(map(str, {*differ, *errors, *(files(one) ^ files(other))}))


def boots(kernel):
    """Two guests that are told the same."""
    for number in (1, 2):
        name = f"exact-{number}"
        try:
            result = guest.boot_exact(kernel, ["bench-dispatch"], name, params=PARAMS)
        except guest.BootError as err:
            die(EXIT_BOOT, str(err), err.log)
        if not result.passed:
            die(EXIT_TEST, f"{name}: {(result.splats or [result.status])[0]}", result.log)
        yield result


# --- judging ---------------------------------------------------------------------

def baseline(entries, found):
    """The recorded figures of this kernel and compiler, or None."""
    return next((entry["instructions"] for entry in entries
                 if entry["kernel"] == found["kernel"] and entry["compiler"] == found["compiler"]),
                None)


def ratio(case, measured, known):
    return measured[case] / known[case] if known and known.get(case) else None


def table(measured, known):
    """Lines, a case in each."""
    width = max(map(len, measured))
    yield f"{'instructions to queue an item':{width}}  baseline     now   ratio"
    for case, value in measured.items():
        grown = ratio(case, measured, known)
        yield (f"{case:{width}}  {known[case] if grown else '-':>8}  {value:6}"
               f"  {f'{grown:.3f}' if grown else '-':>6}")


def verdict(case, measured, known):
    """Why a case fails, or None."""
    if case not in known:
        return "the baseline lacks it; scripts/exact.py --update records it"
    grown = ratio(case, measured, known)
    if grown <= 1 + GROWTH:
        return None
    return (f"{measured[case]} instructions, {known[case]} in the baseline: more by "
            f"{grown - 1:.1%}; if that is meant, scripts/exact.py --update and say why")


def judge(differ, found, measured, entries):
    """[(test, why it failed or None, why it was skipped or None)]"""
    why = f"{len(differ)} files differ: {', '.join(differ[:3])}" if differ else None
    results = [("two boots in exact time give the same figures", why, None)]
    known = baseline(entries, found)
    if known is None:
        skip = (f"no baseline for {found['kernel']} by {found['compiler']}; "
                "scripts/exact.py --update records one")
        return [*results, (f"{SUBJECT} queues as fast as before", None, skip)]
    return results + [(f"{case}: cost of queueing", verdict(case, measured, known), None)
                      for case in measured if case.startswith(f"{SUBJECT},")]


def report(results):
    """As TAP, for test.py; the exit code."""
    for number, (name, why, skip) in enumerate(results, 1):
        end = f" # SKIP {skip}" if skip else f" # {why}" if why else ""
        print(f"{'not ok' if why else 'ok'} {number} - {name}{end}", flush=True)
    return EXIT_TEST if any(why for _, why, _ in results) else 0


# --- all of it -------------------------------------------------------------------

def load():
    return json.loads(BASELINE.read_text()) if BASELINE.exists() else []


def update(entries, found, measured):
    """The figures of this kernel and compiler in place of what was there."""
    others = [entry for entry in entries if baseline([entry], found) is None]
    write_atomic(BASELINE, json.dumps([*others, {**found, "instructions": measured}],
                                      indent=1) + "\n")
    step(f"recorded in {show(BASELINE)}")


def measure(kernel):
    """(files that differ, versions, {case: instructions})"""
    one, other = boots(kernel)
    step(f"two boots: {one.seconds:.0f} s and {other.seconds:.0f} s, log {show(one.log)}")
    return (differences(one.results, other.results), versions(one.text()),
            costs(one.results / "dispatch"))


def run():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", help="a bzImage, instead of building one")
    parser.add_argument("--update", action="store_true", help="make this the baseline")
    args = parser.parse_args()
    if not args.kernel:
        setup.ensure()
    kernel = Path(args.kernel) if args.kernel else build.kernel("bench")
    try:
        differ, found, measured = measure(kernel)
    except Invalid as err:
        die(EXIT_TEST, str(err))
    entries = load()
    print("\n".join(table(measured, baseline(entries, found))))
    if args.update and not differ:
        update(entries, found, measured)
        entries = load()
    return report(judge(differ, found, measured, entries))


if __name__ == "__main__":
    main(run)
