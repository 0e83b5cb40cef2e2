#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Torture percpu_completer in guests: torture.py [CONFIG] [--minutes N]

CONFIG is a debug kernel: test (the default), kasan, kcsan or rt.  The time is
divided between guests that differ in their CPUs; in each, the types that are broken
on purpose follow, which have to fail.  Prints a line for each guest: completions,
cycles of CPU hotplug, failures by class.
"""

import argparse
import dataclasses
import re

import build
import common
import guest
import guestlog
import setup
from common import EXIT_BOOT, EXIT_TEST, EXIT_USAGE, die, main, step

REAL = "percpu_completer"
# What is wrong with each type, as the class of failures that has to show.
BUSTED = {
    "busted_lose": "lost", "busted_offline": "lost", "busted_twice": "twice",
    "busted_order": "order", "busted_context": "context", "busted_lock": "context",
    "busted_place": "place", "busted_late": "late", "busted_lazy": "late",
    "busted_urgent": "late",
    "busted_flush": "flush", "busted_destroy": "destroy",
    "busted_setup": "setup", "busted_hang": "hang",
}
CLASSES = ("lost", "twice", "order", "context", "place", "late", "flush", "destroy", "setup",
           "hang")
# Only lockdep knows which locks are held.
NEEDS_LOCKDEP = {"busted_lock"}
LOCKDEP = ("test", "rt")
# Found at the end only, so that there is nothing to wait for.
AT_THE_END = ("lost", "hang")
END_S, BUSTED_S = 3, 30

# Guests, and what cannot be done there. A CPU beyond maxcpus= has never been online
# when the test begins.
GUESTS = {
    "4-cpus": ({"cpus": 4}, {"never"}),
    "never-online": ({"cpus": 4, "append": "maxcpus=3"}, set()),
    "threadirqs": ({"cpus": 4, "append": "threadirqs"}, {"never"}),
}

LINE = re.compile(r"(?P<type>\w+)-torture: (?P<what>completions|did): ?(?P<rest>.*)")
BEGIN = re.compile(r"(?P<type>\w+)-torture:--- Start of test")
END = re.compile(r"(?P<type>\w+)-torture:--- End of test: (?P<verdict>\w+)")


@dataclasses.dataclass
class Run:
    """One type's run, as far as the log tells it."""
    type: str
    verdict: str = ""
    completions: int = 0
    failures: dict = dataclasses.field(default_factory=dict)
    deeds: dict = dataclasses.field(default_factory=dict)


# --- what the log says -------------------------------------------------------------

def _counts(words):
    return {name: int(count) for name, count in re.findall(r"(\w+): (\d+)", words)}


def _statistics(run, what, rest):
    """The last line of each kind counts: they only grow."""
    if what == "did":
        run.deeds = _counts(rest)
    else:
        count = re.match(r"\d+", rest)
        run.completions = int(count[0]) if count else 0
        run.failures = _counts(rest)


def parse(text):
    """The runs in a console log, in order."""
    runs = []
    for line in guestlog.kernel_lines(text):
        if found := BEGIN.match(line):
            runs.append(Run(found["type"]))
        elif not runs:
            continue
        elif found := LINE.match(line):
            _statistics(runs[-1], found["what"], found["rest"])
        elif found := END.match(line):
            runs[-1].verdict = found["verdict"]
    return runs


def _judge_real(run, cannot):
    """It has to have done everything and to have failed at nothing."""
    if run.verdict != "SUCCESS":
        return f"its verdict is {run.verdict or 'missing'}: {failures(run) or 'no failure'}"
    if missing := [name for name in CLASSES if run.failures.get(name) != 0]:
        return f"not all failures are counted: {', '.join(missing)}"
    idle = sorted(name for name, count in run.deeds.items() if not count and name not in cannot)
    if idle or not run.deeds or not run.completions:
        return f"it did not do everything: {', '.join(idle) or 'nothing at all'}"
    return None


def judge(run, cannot=()):
    """What is wrong with a run, in a line, or None; for busted ones: with the torture."""
    if run.type == REAL:
        return _judge_real(run, cannot)
    wanted = BUSTED[run.type]
    if run.verdict != "FAILURE" or not run.failures.get(wanted):
        return f"no failure of class {wanted}: {run.verdict or 'no verdict'}, {failures(run)}"
    return None


def failures(run):
    """The classes that are not zero, in words."""
    return ", ".join(f"{count} {name}" for name, count in run.failures.items() if count)


def summary(name, runs, splats):
    """A guest in a line."""
    real = [run for run in runs if run.type == REAL]
    cycles = sum(run.deeds.get("cycles", 0) for run in real)
    bad = {name: sum(run.failures.get(name, 0) for run in real) for name in CLASSES}
    busted = [run for run in runs if run.type != REAL]
    caught = sum(not judge(run) for run in busted)
    return (f"{name}: {sum(run.completions for run in real)} completions, {cycles} on/off cycles, "
            f"{', '.join(f'{count} {what}' for what, count in bad.items())}, {splats} splats; "
            f"{caught} of {len(busted)} busted variants caught")


# --- guests ------------------------------------------------------------------------

def busted_for(config):
    """The types that a kernel can catch."""
    return [name for name in BUSTED if name not in NEEDS_LOCKDEP or config in LOCKDEP]


def plan(seconds, busted):
    """RUNS for scripts/guest/torture; what hangs is last, since nothing runs after it."""
    runs = [f"{REAL}:{seconds}"]
    for name in busted:
        wanted = BUSTED[name]
        runs.append(f"{name}:{END_S}" if wanted in AT_THE_END else f"{name}:{BUSTED_S}:{wanted}")
    return " ".join(runs)


def _watch(progress):
    """For guest.boot(): shows how far it is, and never asks for the end."""
    def watch(text):
        runs = parse(text)
        if runs:
            run = runs[-1]
            progress.update(f"{run.type}: {run.completions} completions, "
                            f"{run.deeds.get('cycles', 0)} cycles, {failures(run) or 'no failure'}")
        return False
    return watch


def torture(config, name, seconds, busted, shape="4-cpus"):
    """Boot a guest; returns its result and runs."""
    options, _ = GUESTS[shape]
    options = {**options, "append": f"{REAL}_torture.run=1 {options.get('append', '')}"}
    progress = common.Progress(name)
    result = guest.boot(build.kernel(config), ["torture"], name,
                        params={"RUNS": plan(seconds, busted)},
                        timeout=seconds + 120 + 60 * (1 + len(busted)), watch=_watch(progress),
                        **options)
    progress.done()
    return result, parse(result.text())


def problems(result, runs, expected, shape):
    """[(what, why or None)]: a result for each type that was to run, and the log."""
    cannot = GUESTS[shape][1]
    by_type = {run.type: run for run in runs}
    found = [(f"{name} {'holds' if name == REAL else 'is caught'}",
              judge(by_type[name], cannot) if name in by_type else "it did not run")
             for name in expected]
    found.append(("verdict of the guest", None if result.status == "PASS" else result.status))
    found.append(("no splat in the kernel log", result.splats[0] if result.splats else None))
    return found


# --- make torture --------------------------------------------------------------------

def torture_guest(config, shape, seconds):
    """One guest of several: its line, and what is wrong. Returns what is."""
    name, busted = f"torture-{config}-{shape}", busted_for(config)
    try:
        result, runs = torture(config, name, seconds, busted, shape)
    except guest.BootError as err:
        die(EXIT_BOOT, str(err), err.log)
    bad = [(what, why) for what, why in problems(result, runs, [REAL, *busted], shape) if why]
    step(summary(name, runs, len(result.splats)))
    for what, why in bad:
        print(f"    FAILED: {what}: {why} (log: {common.show(result.log)})", flush=True)
    return bad


def cli():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", nargs="?", default="test")
    parser.add_argument("--minutes", type=float, default=6)
    args = parser.parse_args()
    if args.config not in build.DEBUG:
        die(EXIT_USAGE, f"CONFIG={args.config} is no debug kernel; known are "
            f"{', '.join(build.DEBUG)}")
    if args.minutes <= 0:
        die(EXIT_USAGE, f"MINUTES={args.minutes:g} is no time")
    setup.ensure()
    seconds = max(int(args.minutes * 60 / len(GUESTS)), 10)
    bad = [one for shape in GUESTS for one in torture_guest(args.config, shape, seconds)]
    return EXIT_TEST if bad else 0


if __name__ == "__main__":
    main(cli)
