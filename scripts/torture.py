#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Torture percpu_completer in guests: torture.py [CONFIG] [--minutes N] [--guests "NAME..."]

CONFIG is a debug kernel: test (the default), kasan, kcsan or rt.  The time is
divided between guests that differ in their CPUs and in how they are preempted, all
or those that are named; in each, the types that are broken on purpose follow, which
have to fail.  Prints a line for each guest: completions, cycles of CPU hotplug,
failures by class.
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
CLASSES = ("lost", "twice", "order", "context", "place", "late", "flush", "destroy", "setup",
           "hang")
# Only lockdep knows which locks are held.
LOCKDEP = ("test", "rt")


@dataclasses.dataclass
class Busted:
    """What has to show: a class of failures, or the kernel's words; and where it does."""
    shows: str
    configs: tuple = build.DEBUG
    at_the_end: bool = False            # so that there is nothing to wait for

    @property
    def words(self):
        """Nothing, if it is a class."""
        return "" if self.shows in CLASSES else self.shows


# What hangs is last, since nothing runs after it.
BUSTED = {
    "busted_lose": Busted("lost", at_the_end=True),
    "busted_offline": Busted("lost", at_the_end=True),
    "busted_twice": Busted("twice"),
    "busted_order": Busted("order"),
    "busted_context": Busted("context"),
    "busted_lock": Busted("context", LOCKDEP),
    "busted_place": Busted("place"),
    "busted_late": Busted("late"),
    "busted_lazy": Busted("late"),
    "busted_urgent": Busted("order"),
    "busted_flush": Busted("flush"),
    "busted_destroy": Busted("destroy"),
    "busted_setup": Busted("setup"),
    "busted_free": Busted("BUG: KASAN: slab-use-after-free in busted_free", ("kasan",)),
    "busted_leak": Busted("kmemleak: [1-9][0-9]* new suspected memory leaks", ("kasan",),
                          at_the_end=True),
    "busted_race": Busted("BUG: KCSAN: data-race in busted_race", ("kcsan",)),
    "busted_hang": Busted("hang", at_the_end=True),
}
END_S, BUSTED_S = 3, 60
# To boot, and to look for leaks in the end: with 32 emulated CPUs and KASAN that is minutes.
END_LIMIT_S = 600


@dataclasses.dataclass
class Guest:
    """A shape: the CPUs, what the kernel is told, and what it has to say then."""
    cpus: int
    append: str = ""
    says: str = ""
    cannot: frozenset = frozenset({"never", "spun"})    # what is not done there
    misses: frozenset = frozenset()             # what is broken and does not show
    configs: tuple = build.DEBUG
    half_down: str = ""                         # a CPU that goes off and on in parts


# A CPU beyond maxcpus= has never been online when the test begins.  One CPU never
# goes, and is where everything is put anyway.  Thirty-two are emulated by far fewer,
# therefore each is interrupted less often; busy has three times as many nodes, and long
# batches.  CPUs 1 to 3 of nohz-full are out of the scheduler's sight and without a tick,
# as far as that goes.  In hostile, a SCHED_FIFO task keeps one CPU after the other to itself,
# so that normal tasks have a twentieth of it; and CPU 4 stops half way down and up.
GUESTS = {
    "4-cpus": Guest(4, says="Brought up 1 node, 4 CPUs"),
    "never-online": Guest(4, "maxcpus=3", "Brought up 1 node, 3 CPUs",
                          frozenset({"spun"})),
    "threadirqs": Guest(4, "threadirqs"),
    "1-cpu": Guest(1, says="Brought up 1 node, 1 CPU$",
                   cannot=frozenset({"never", "spun", "offline", "cycles"}),
                   misses=frozenset({"busted_offline", "busted_place"})),
    "32-cpus": Guest(32, f"{REAL}_torture.interval_us=16000", "Brought up 1 node, 32 CPUs"),
    "busy": Guest(4, f"{REAL}_torture.interval_us=150", "interval_us=150"),
    "hostile": Guest(5, f"{REAL}_torture.spin_ms=1500 {REAL}_torture.keep_cpu=4 "
                        f"{REAL}_torture.deadline=2500", "spin_ms=1500",
                     frozenset({"never"}), half_down="4"),
    "nohz-full": Guest(4, "nohz_full=1-3 isolcpus=domain,managed_irq,1-3",
                       "NO_HZ: Full dynticks CPUs: 1-3", configs=("test", "rt")),
}
# Models of preemption but the one that kernels are built for; RT has its own.
MODELS = {"7.3": ("full",), "6.12": ("none", "full")}
DYNAMIC = ("test",)

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
    lines: list = dataclasses.field(default_factory=list)   # what the kernel said


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
    """The runs in a console log, in order; the first one began with the boot."""
    runs, before = [], []
    for line in guestlog.kernel_lines(text):
        if found := BEGIN.match(line):
            runs.append(Run(found["type"], lines=[] if runs else before))
        (runs[-1].lines if runs else before).append(line)
        if not runs:
            continue
        if found := LINE.match(line):
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
    wanted, words = BUSTED[run.type].shows, BUSTED[run.type].words
    if words:
        heard = any(re.search(words, line) for line in run.lines)
        return None if heard else f"the kernel did not say {words}"
    if run.verdict != "FAILURE" or not run.failures.get(wanted):
        return f"no failure of class {wanted}: {run.verdict or 'no verdict'}, {failures(run)}"
    return None


def failures(run):
    """The classes that are not zero, in words."""
    return ", ".join(f"{count} {name}" for name, count in run.failures.items() if count)


def splats(runs):
    """What the kernel reports before a type runs that brings it about; leaks show late."""
    found, allow = [], []
    for run in runs:
        if run.type != REAL and BUSTED[run.type].words:
            allow.append(BUSTED[run.type].words)
        found += guestlog.splats_in(run.lines, allow)
    return found


def summary(name, runs):
    """A guest in a line."""
    real = [run for run in runs if run.type == REAL]
    cycles = sum(run.deeds.get("cycles", 0) for run in real)
    bad = {name: sum(run.failures.get(name, 0) for run in real) for name in CLASSES}
    busted = [run for run in runs if run.type != REAL]
    caught = sum(not judge(run) for run in busted)
    return (f"{name}: {sum(run.completions for run in real)} completions, {cycles} on/off cycles, "
            f"{', '.join(f'{count} {what}' for what, count in bad.items())}, "
            f"{len(splats(runs))} splats"
            + (f"; {caught} of {len(busted)} busted variants caught" if busted else ""))


# --- guests ------------------------------------------------------------------------

def guests():
    """All shapes of this kernel."""
    models = {f"preempt-{model}": Guest(4, f"preempt={model}", f"Dynamic Preempt: {model}",
                                        configs=DYNAMIC) for model in MODELS[setup.target()]}
    return {**GUESTS, **models}


def guests_for(config, names=()):
    """The names of those that a configuration can have, or of what is asked for."""
    known = [name for name, shape in guests().items() if config in shape.configs]
    for name in names:
        if name not in known:
            die(EXIT_USAGE, f"GUESTS={name} is no guest with CONFIG={config}; there are "
                f"{', '.join(known)}")
    return [name for name in known if name in names or not names]


def busted_for(config, shape="4-cpus"):
    """The types that a kernel can catch there."""
    return [name for name, busted in BUSTED.items()
            if config in busted.configs and name not in guests()[shape].misses]


def plan(seconds, busted):
    """RUNS for scripts/guest/torture, where words are divided by spaces."""
    runs = [f"{REAL}:{seconds}"]
    for name in busted:
        how = BUSTED[name]
        words = (how.words or f"{name}-torture:!!! {how.shows}:").replace(" ", ".")
        runs.append(f"{name}:{END_S}" if how.at_the_end else f"{name}:{BUSTED_S}:{words}")
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
    how = guests()[shape]
    progress = common.Progress(name)
    result = guest.boot(build.kernel(config), ["torture"], name, cpus=how.cpus,
                        append=f"{REAL}_torture.run=1 {how.append}",
                        params={"RUNS": plan(seconds, busted), "HALF_DOWN": how.half_down},
                        timeout=seconds + END_LIMIT_S + 60 * len(busted), watch=_watch(progress))
    progress.done()
    return result, parse(result.text())


def problems(result, runs, expected, shape):
    """[(what, why or None)]: a result for each type that was to run, and the log."""
    how, by_type = guests()[shape], {run.type: run for run in runs}
    found = [(f"{name} {'holds' if name == REAL else 'is caught'}",
              judge(by_type[name], how.cannot) if name in by_type else "it did not run")
             for name in expected]
    said = any(re.search(how.says, line) for line in guestlog.kernel_lines(result.text()))
    found.append((f"the guest is {shape}", None if said else f"it did not say {how.says}"))
    found.append(("verdict of the guest", None if result.status == "PASS" else result.status))
    bad = splats(runs) if runs else result.splats
    found.append(("no splat in the kernel log", bad[0] if bad else None))
    return found


# --- make torture --------------------------------------------------------------------

def torture_guest(config, shape, seconds):
    """One guest of several: its line, and what is wrong. Returns what is."""
    name, busted = f"torture-{config}-{shape}", busted_for(config, shape)
    try:
        result, runs = torture(config, name, seconds, busted, shape)
    except guest.BootError as err:
        die(EXIT_BOOT, str(err), err.log)
    bad = [(what, why) for what, why in problems(result, runs, [REAL, *busted], shape) if why]
    step(summary(name, runs))
    for what, why in bad:
        print(f"    FAILED: {what}: {why} (log: {common.show(result.log)})", flush=True)
    return bad


def seconds_of(minutes):
    """MINUTES= in seconds."""
    try:
        seconds = float(minutes) * 60
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        die(EXIT_USAGE, f"MINUTES={minutes} is not a number of minutes")
    return seconds


def cli():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", nargs="?", default="test")
    parser.add_argument("--minutes", default="6")
    parser.add_argument("--guests", type=str.split, default=[], metavar="NAME...")
    args = parser.parse_args()
    build.require_debug(args.config)
    seconds = seconds_of(args.minutes)
    shapes = guests_for(args.config, args.guests)
    setup.ensure()
    seconds = max(int(seconds / len(shapes)), 10)
    bad = [one for shape in shapes for one in torture_guest(args.config, shape, seconds)]
    return EXIT_TEST if bad else 0


if __name__ == "__main__":
    main(cli)
