#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Everything that must pass: test.py [--config CONFIG] [NAME...], or TESTS="NAME..."

Runs the harness's own unit tests, lint, KUnit on UML and the tests in guests,
collects their TAP lines, and ends with "N passed, N failed, N skipped".

CONFIG is a debug kernel: test (the default), kasan, kcsan or rt; other than test it
runs the tests in guests alone.  FULL=1 runs them on all of these, and torture in all
guests and for longer.

Steps that boot nothing run beside those that do, by the CPU time that these leave.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor, as_completed

import build
import common
import docs
import drivers
import guest
import guestlog
import mutants
import overlay
import series
import setup
import torture
from common import BUILD, EXIT_TEST, EXIT_USAGE, LOG, TOP, die, main, step

SCRIPTS = TOP / "scripts"
FULL = os.environ.get("FULL") == "1"
TAP_LOG = LOG / "test.tap"
FAULTS_MUTANTS = sorted((TOP / "kernel/tests/mutants-faults").glob("*.cocci"))
SIW_MUTANTS = sorted((TOP / "kernel/tests/mutants-siw").glob("*.cocci"))
TAP = re.compile(r"(?P<result>ok|not ok) \d+ -? ?(?P<name>.*?)"
                 r"(?: # (?P<skip>SKIP)? ?(?P<why>.*))?$")
SUITE, MISUSE = "percpu_completer", "percpu_completer_misuse"
# A suite that waits until a script of the guest starts it, and what the kernel says then.
KUNIT_LATER = "kunit.enable=1 kunit.autorun=0 kunit.filter_glob=percpu_completer_faults"
NO_MEMORY = r"percpu: allocation failed|page allocation failure|vmalloc error"
# What doing the forbidden has to bring about, and nothing else; the warnings of
# the completer itself are counted, and kept out of the log, by the cases.
MISUSE_ALLOW = (r"WARNING: possible recursive locking detected",)
# Users of completers: what converts each, what tries it in a guest, and what fails on
# purpose there.
CONVERTED = {
    "block/integrity": ("integrity", r"I/O error, dev sda|I/O error on dev sda"),
    "fs/iomap/failed": ("iomap-errors", r"I/O error, dev bad|I/O error on dev bad"),
    "fs/f2fs/data.c": ("f2fs-writes", None),
    "drivers/infiniband/sw/siw/completer": ("siw", None),
    "drivers/infiniband/sw/siw/queued": ("siw-order", None),
}
# A disk that keeps protection information and completes in interrupts; a large one.
PROTECTED = "scsi_debug.dix=1 scsi_debug.dif=0 scsi_debug.ndelay=20000"
LARGE = "scsi_debug.dev_size_mb=16 scsi_debug.ndelay=20000"
# What fails on purpose is told of, and nothing else.
BAD_DISK = r"(?:I/O|critical medium) error,? (?:on )?dev (?:bad\d|dm-\d|sda)"
BAD_IMAGE = r"erofs \(device vdd\)"
# What is switched off under load has I/O on its way.  Before, an error is one of the load.
OFF_DISK = r"(?:I/O error,? (?:on )?dev |erofs \(device |XFS \()vd[a-e]"
# Memory that runs out on purpose.
OUT_OF_MEMORY = r"invoked oom-killer:|page allocation failure:"
# Steps that a kernel has nothing for.
ABSENT = {
    "6.12": {
        "kunit-uml": "User-mode Linux has a single CPU there",
        "misuse": "KUnit can count no warnings there",
        "dontcache": "bio completion is not deferred there",
        "lazy-waits": "bio completion is not deferred there",
        "half-down": "bio completion is not deferred there",
        "io-errors": "bio completion is not deferred there",
        "exact": "the queue path is the same code, and Linux 7.3 has the baseline",
        "mutants": "the tests are the same, and are tested with Linux 7.3",
    },
}
# What any debug kernel runs.
ON_ANY = ("kunit", "sched", "misuse", "erofs-read", "dontcache", "hotplug-load", "first-mount",
          "torture")
# What boots nothing and is in no hurry.
BESIDE = ("kernels", "lint", "cocci", "models", "series", "docs", "builds")
PATIENT = 10
# How much slower they are: for time limits alone.
SLOWER = {"kasan": 3, "kcsan": 4, "rt": 2}
# What is compiled in part always, by builds, and booted with FULL=1, or if asked for.
SELDOM = ("nokthread",)
# Torture in one guest; with FULL=1 in all together. `make torture` takes as long as asked,
# and has the controls in all guests.
TORTURE_S, FULL_TORTURE_S = 60, 900
CONTROLLED = "never-online"
# A boot, a reset, and a kernel that is started by another one.
RESTARTS = 3
# What a first mount races with differs from boot to boot.
FIRST_MOUNTS = ({"cpus": 2}, {"cpus": 4}) * (2 if FULL else 1)


class Tests:
    """TAP lines in, counts out; config is the kernel that is tested."""

    def __init__(self, config="test"):
        self.config = config
        self.passed = self.failed = self.skipped = 0
        self.bad, self.log = [], []

    def add(self, step, name, why=None, skip=None):
        """One result: why= says what failed, skip= why it did not run."""
        if skip:
            self.skipped += 1
            self.log.append(("ok", f"{step}: {name} # SKIP {skip}"))
            self.bad.append(f"skipped: {name}: {skip}")
        elif why:
            self.failed += 1
            self.log.append(("not ok", f"{step}: {name} # {why}"))
            self.bad.append(f"FAILED: {name}: {why}")
        else:
            self.passed += 1
            self.log.append(("ok", f"{step}: {name}"))

    def add_tap(self, step, lines):
        """Lines that another program printed; others of its lines do not matter."""
        for line in lines:
            found = TAP.match(line)
            if not found:
                continue
            why = found["why"] or "no reason given"
            if found["result"] == "not ok":
                self.add(step, found["name"], why=why)
            else:
                self.add(step, found["name"], skip=why if found["skip"] else None)

    def take(self, step):
        """The results of a step are some of these."""
        self.passed += step.passed
        self.failed += step.failed
        self.skipped += step.skipped
        self.log += step.log

    def tap(self):
        return "".join(f"{result} {number} - {text}\n"
                       for number, (result, text) in enumerate(self.log, 1))


# --- on the host ---------------------------------------------------------------

class UnitResult(unittest.TestResult):
    """unittest's results as ours."""

    def __init__(self, tests):
        super().__init__()
        self.tests = tests

    def addSuccess(self, test):
        self.tests.add("unit", test.id())

    def addFailure(self, test, err):
        self.tests.add("unit", test.id(), why=str(err[1]).splitlines()[0])

    addError = addFailure

    def addSkip(self, test, reason):
        self.tests.add("unit", test.id(), skip=reason)


def unit(tests):
    """The harness's parsers and its handling of bad guests."""
    suite = unittest.TestLoader().discover(str(SCRIPTS / "tests"))
    suite.run(UnitResult(tests))


def program(tests, step, name, *args, **env):
    """A script of ours that prints TAP; dying of anything but a failed test is one, too."""
    log = LOG / f"test-{step}.log"
    with open(log, "w") as out:
        proc = subprocess.run([sys.executable, str(SCRIPTS / name), *args], stdout=out,
                              stderr=subprocess.STDOUT, env={**os.environ, **env}, check=False)
    lines, before = log.read_text(errors="replace").splitlines(), tests.failed
    tests.add_tap(step, lines)
    failed = tests.failed > before
    if proc.returncode and not (failed and proc.returncode == EXIT_TEST):
        last = lines[-1] if lines else "without a word"
        tests.add(step, name, why=f"status {proc.returncode}: {last}")


def static(tests):
    """Static checks."""
    program(tests, "lint", "lint.py")


def kernels(tests):
    """What is laid over the other kernels that are known fits, and compiles."""
    for kernel in setup.KERNELS:
        if kernel != setup.target():
            program(tests, f"kernel-{kernel}", "lint.py", "--compile", KERNEL=kernel, KSRC="")


def mails(tests):
    """The series is the converted tree, and damage to it is noticed."""
    for name, why in series.check():
        tests.add("series", name, why=why)


def documents(tests):
    """Our documents and kernel-doc comments make HTML without a warning."""
    for name, why in docs.check():
        tests.add("docs", name, why=why)


def builds(tests):
    """Other configurations compile, while guests wait for something."""
    if "exact" not in ABSENT.get(setup.target(), {}):
        build.kernel("bench")
        tests.add("builds", "the kernel of exact compiles")
    build.objects("test-nokthread", "fs/erofs/")
    tests.add("builds", "fs/erofs/ compiles without per-CPU threads")


def models(tests):
    """The barriers and the protocols, by herd7 and spin."""
    program(tests, "models", "models.py")


def cocci(tests):
    """Semantic patches match what they should, and nothing else."""
    program(tests, "cocci", "cocci_test.py")
    program(tests, "cocci-judged", "cocci.py", "--judged")


def kunit_uml(tests):
    """The KUnit suite as a program of this machine, the quick loop."""
    program(tests, "kunit-uml", "kunit_uml.py")


def exact(tests):
    """Exact time is exact, and the queue path as short as it was."""
    program(tests, "exact", "exact.py")


# --- in guests -------------------------------------------------------------------

def judge(tests, step, result):
    """A guest's own results, its verdict, and a kernel log without splats."""
    before = tests.failed
    tests.add_tap(step, result.tap())
    if result.status != "PASS" and not any(line.startswith("not ok") for line in result.tap()):
        tests.add(step, "verdict of the guest", why=result.status)
    where = common.show(result.log)
    why = f"{result.splats[0]} ({len(result.splats)} reports, {where})" if result.splats else None
    tests.add(step, "no splat in the kernel log", why=why)
    if tests.failed > before:
        tests.bad += [f"| {line}" for line in guestlog.excerpt(result.text(), result.splats)]


def on(config, step):
    """What a step is called on a kernel, in results and as a directory of its guest."""
    return step if config == "test" else f"{config}-{step}"


def in_guest(tests, step, *scripts, config=None, **options):
    """Boot, run the scripts, judge; a guest without a verdict is one failed test."""
    options.setdefault("timeout", 600 * SLOWER.get(tests.config, 1))
    kernel, step = build.kernel(config or tests.config), on(tests.config, step)
    try:
        result = guest.boot(kernel, scripts, step, **options)
    except guest.BootError as err:
        tests.add(step, "the guest comes to its end", why=f"{err} ({common.show(err.log)})")
        return None
    judge(tests, step, result)
    return result


def loads():
    """Which of the two users of completers there are."""
    return {} if overlay.changes("block/bio.c") else {"WRITERS": ""}


def erofs_read(tests):
    """Cold reads under hotplug equal the host's sums."""
    in_guest(tests, "erofs-read", "erofs-read")


def dontcache(tests):
    """Uncached writes under hotplug read back right."""
    in_guest(tests, "dontcache", "dontcache")


def lazy_waits(tests):
    """No task waits until a batch of completions is full."""
    in_guest(tests, "lazy-waits", "lazy-waits")
    script_catches(tests, "lazy-waits", mutant("waiters-unseen"), params={"LAZY_MS": 15000})


def hotplug_load(tests):
    """200 CPU cycles under the load of all users that there are."""
    in_guest(tests, "hotplug-load", "hotplug-load", params=loads())


def converted(tests):
    """What else was converted does its work, and finds damage, under hotplug."""
    users = [user for path, user in CONVERTED.items() if overlay.changes(path)]
    orders = build.module(tests.config, TOP / "scripts/drivers/siw_order.c", "siw_order",
                          headers="drivers/infiniband/sw/siw")
    in_guest(tests, "converted", *(script for script, _ in users), append=PROTECTED,
             allow=[fails for _, fails in users if fails], files=[orders])
    for patch in SIW_MUTANTS:
        script_catches(tests, "siw-order", patch, files=[orders])


def hardwareless(tests):
    """Drivers without hardware complete right under hotplug, unless they have faults."""
    modules = drivers.modules()
    for step, right, allow in (("drivers", True, ()), ("drivers-stock", False, drivers.ALLOW)):
        tried = drivers.tried(right)
        names = ["_".join(module) for module in tried]
        result = in_guest(tests, step, "drivers", allow=allow,
                          files=[modules[name] for name in names],
                          params={"MODULES": " ".join(names), "CYCLES": 20})
        counted = drivers.parse(result.read("harness")) if result else {}
        for module in tried:
            for test, why in drivers.judge(*module, counted.get(module)):
                tests.add(step, test, why=why)


def nokthread(tests):
    """erofs without per-CPU threads reads as well."""
    in_guest(tests, "nokthread", "erofs-read", config="test-nokthread",
             params={"WORKERS": "none"})


def first_mount(tests):
    """Eight first mounts at once, a few times."""
    for number, cpus in enumerate(FIRST_MOUNTS, 1):
        in_guest(tests, f"first-mount-{number}", "first-mount", initramfs=True, copies=8, **cpus)


def script_catches(tests, step, patch, **options):
    """A script of the guest has to fail on a kernel that is broken on purpose."""
    name, where = f"mutant {patch.stem} is caught", f"{step}-{patch.stem}"
    kernel = build.kernel("test", mutant=patch)
    try:
        result = guest.boot(kernel, [step], where, timeout=600, **options)
    except guest.BootError as err:
        tests.add(step, name, why=f"not run: {err} ({common.show(err.log)})")
        return
    bad = [TAP.match(line)["name"] for line in result.tap() if line.startswith("not ok")]
    tests.add(step, f"{name}: {bad[0]}" if bad else name,
              why=None if bad else f"it survived ({common.show(result.log)})")


def mutant(name):
    """One that KUnit catches, and that a script of the guest has to catch as well."""
    return TOP / f"kernel/tests/mutants/{name}.cocci"


def hotplug_fail(tests):
    """Each step of CPU hotplug fails in turn, under load."""
    in_guest(tests, "hotplug-fail", "hotplug-fail", params=loads(), timeout=1200)
    script_catches(tests, "hotplug-fail", mutant("stay-closed"), params=loads())


def half_down(tests):
    """A CPU that stays half way down keeps nothing waiting."""
    in_guest(tests, "half-down", "half-down")
    if FULL:
        in_guest(tests, "half-down-stock", "half-down", config="test-stock",
                 params={"BIO": "stock"})


def faults(tests):
    """Each allocation of setting up fails in turn, and nothing is left behind."""
    in_guest(tests, "faults", "faults", append=KUNIT_LATER, allow=[NO_MEMORY])
    for patch in FAULTS_MUTANTS:
        script_catches(tests, "faults", patch, append=KUNIT_LATER)


def flood(tests):
    """A normal task keeps its share of a CPU that any user floods with completions."""
    in_guest(tests, "flood", "flood", cpus=4, copies=2)


def io_errors(tests):
    """Errors of a disk reach who wrote, and nobody else."""
    in_guest(tests, "io-errors", "io-errors", append=LARGE, allow=[BAD_DISK])


def erofs_damage(tests):
    """Damaged images bring errors at most."""
    in_guest(tests, "erofs-damage", "erofs-damage", allow=[BAD_IMAGE])


def suspend(tests):
    """Suspend and resume under load, and switch off under it."""
    in_guest(tests, "suspend", "suspend", params=loads(), allow=[OFF_DISK])


def unload(tests):
    """A module is taken out while interrupts queue to its completers."""
    module = build.module(tests.config, TOP / "kernel/percpu_completer_torture.c",
                          "percpu_completer_unload")
    in_guest(tests, "unload", "unload", cpus=4, files=[module])


def oom(tests):
    """Completions go on when memory has run out."""
    in_guest(tests, "oom", "oom", params=loads(), mem="512M", allow=[OUT_OF_MEMORY])


def restart(tests):
    """Reset under load, and another kernel started under load, find all that was synced."""
    result = in_guest(tests, "restart", "restart", params=loads(), reboots=True,
                      files=[build.kernel(tests.config)], allow=[OFF_DISK])
    boots = result.text().count("] Linux version") if result else RESTARTS
    tests.add("restart", "the machine was reset, and a kernel replaced",
              why=None if boots == RESTARTS else f"{boots} boots instead of {RESTARTS}")


# --- KUnit in guests ---------------------------------------------------------------

def kunit_cases(log):
    """{case: PASS, SKIP, FAIL, ERROR} by the kernel's own parser."""
    out = log.with_suffix(".json")
    with open(log.with_suffix(".kunit"), "w") as text:
        subprocess.run([sys.executable, str(overlay.TREE / "tools/testing/kunit/kunit.py"),
                        "parse", f"--json={out}", str(log)], stdout=text,
                       stderr=subprocess.STDOUT, check=False)
    if not out.exists():
        return {}
    return dict(_flat(json.loads(out.read_text()), ()))


def _flat(group, names):
    """Cases of a group and of all groups below it."""
    for case in group["test_cases"]:
        yield ".".join((*names, case["name"])), case["status"]
    for sub in group["sub_groups"]:
        yield from _flat(sub, (*names, sub["name"]))


def kunit_boot(tests, step, glob, append="", **options):
    """Run suites at boot; a case that is skipped here would be skipped everywhere."""
    result = in_guest(tests, step, append=f"{guest.KUNIT}{glob} {append}", **options,
                      **guest.KUNIT_CPUS)
    step = on(tests.config, step)
    log = guest.WORK / step / "console.log"
    cases = kunit_cases(log)
    if not cases:
        tests.add(step, "KUnit cases ran", why=f"no results in {common.show(log)}")
    for name, status in cases.items():
        tests.add(step, name, why=None if status == "PASS" else f"{status}, {common.show(log)}")
    return result


def kunit(tests):
    """Every guarantee, with CPUs that come, go, or never come."""
    kunit_boot(tests, "kunit", SUITE)


def sched(tests):
    """Those that are about time, in a guest whose time is its own."""
    kunit_boot(tests, "sched", guest.KUNIT_STEADY,
               accel=guest.pick_steady(build.kernel(tests.config)))


def misuse(tests):
    """What the contract forbids is warned about; by lockdep, too, if there is one."""
    allow = MISUSE_ALLOW if tests.config in torture.LOCKDEP else ()
    result = kunit_boot(tests, "misuse", MISUSE, append=f"{SUITE}_kunit.misuse=1", allow=allow)
    seen = guestlog.expected(result.text() if result else "", allow)
    for pattern, count in seen.items():
        tests.add(on(tests.config, "misuse"), f"the kernel says: {pattern}",
                  why=None if count else "it did not")


# --- torture -------------------------------------------------------------------------

def attack_in(tests, step_name, shape, seconds, busted):
    """One guest: all guarantees at once, then ways to break them."""
    try:
        result, runs = torture.torture(tests.config, step_name, seconds, busted, shape)
    except guest.BootError as err:
        tests.add(step_name, "the guest comes to its end",
                  why=f"{err} ({common.show(err.log)})")
        return
    for name, why in torture.problems(result, runs, [torture.REAL, *busted], shape):
        tests.add(step_name, name, why=why and f"{why} ({common.show(result.log)})")
    step(torture.summary(step_name, runs))


def attack(tests):
    """For a minute in one guest; or, if there is time, in all guests. One has the controls."""
    name = on(tests.config, "torture")
    shapes = torture.guests_for(tests.config) if FULL else [CONTROLLED]
    seconds = FULL_TORTURE_S // len(shapes) if FULL else TORTURE_S
    for shape in shapes:
        busted = torture.busted_for(tests.config, shape) if shape == CONTROLLED else []
        attack_in(tests, f"{name}-{shape}" if FULL else name, shape, seconds, busted)


# --- negative controls ----------------------------------------------------------------

def expect_boot_error(tests, name, words, *args, **options):
    """A bad guest has to end in one line that says what happened."""
    try:
        guest.boot(*args, **options)
        tests.add("bad-guests", name, why="taken for good")
    except guest.BootError as err:
        tests.add("bad-guests", name, why=None if words in str(err) else f"called: {err}")


def bad_guests(tests):
    """A guest that panics, one that hangs and one that fails are told apart."""
    kernel = build.kernel("test")
    expect_boot_error(tests, "a panic is called one", "kernel panic: VFS", kernel, [], "panic",
                      append="root=/dev/none", timeout=120)
    expect_boot_error(tests, "a hang is called one", "hangs: no verdict after 45 s", kernel,
                      ["hang"], "hang", timeout=45)
    result = guest.boot(kernel, ["fail"], "fail", timeout=120)
    tests.add("bad-guests", "a script that fails fails its guest",
              why=None if result.status.startswith("FAIL fail") else result.status)


# --- all of it -----------------------------------------------------------------------

STEPS = {
    "unit": unit,
    "kernels": kernels,
    "lint": static,
    "cocci": cocci,
    "models": models,
    "series": mails,
    "docs": documents,
    "builds": builds,
    "kunit-uml": kunit_uml,
    "bad-guests": bad_guests,
    "kunit": kunit,
    "sched": sched,
    "misuse": misuse,
    "erofs-read": erofs_read,
    "dontcache": dontcache,
    "lazy-waits": lazy_waits,
    "hotplug-load": hotplug_load,
    "converted": converted,
    "drivers": hardwareless,
    "hotplug-fail": hotplug_fail,
    "half-down": half_down,
    "faults": faults,
    "flood": flood,
    "io-errors": io_errors,
    "erofs-damage": erofs_damage,
    "suspend": suspend,
    "restart": restart,
    "unload": unload,
    "oom": oom,
    "first-mount": first_mount,
    "nokthread": nokthread,
    "torture": attack,
    "exact": exact,
    "mutants": mutants.run,
}


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def has(config, name):
    """Is there such a step for this kernel?"""
    return config == "test" or name in ON_ANY


def selected(config, names):
    """[(configuration, step)]: the steps that were asked for, all if none were."""
    configs = build.DEBUG if FULL else ["test"]
    if config:
        configs = [build.require_debug(config)]
    known = [name for name in STEPS if any(has(one, name) for one in configs)]
    for name in names:
        if name not in known:
            die(EXIT_USAGE, f"TESTS={name} is no step with CONFIG={' or '.join(configs)}; there "
                f"are {', '.join(known)}")
    return [(one, name) for one in configs for name in known
            if has(one, name) and (name in names or not names and (FULL or name not in SELDOM))]


def run_step(tests, number, count, name):
    """One line per step, then what did not pass."""
    began = time.monotonic()
    why = ABSENT.get(setup.target(), {}).get(name)
    if why:
        tests.add(name, f"{name} on Linux {common.VERSION}", skip=why)
    else:
        STEPS[name](tests)
    word = f"{tests.failed} FAILED" if tests.failed else "ok"
    line = (f"[{number}/{count}] {on(tests.config, name)} ... {word} ({tests.passed} passed, "
            f"{time.monotonic() - began:.0f} s)")
    print("\n    ".join((line, *tests.bad)), flush=True)


class Lanes:
    """Steps that run one after the other, beside others."""

    def __init__(self, steps):
        self.steps = [(number, *step) for number, step in enumerate(steps, 1)]
        self.total, self.lock, self.stop = Tests(), threading.Lock(), threading.Event()

    def run(self):
        """All of them; returns the results."""
        # It replaces functions that others call.
        self.run_lane([step for step in self.steps if step[2] == "unit"])
        beside = [step for step in self.steps if step[2] in BESIDE]
        boot = [step for step in self.steps if step[2] not in ("unit", *BESIDE)]
        with ThreadPoolExecutor() as pool:
            lanes = [pool.submit(self.run_lane, boot),
                     pool.submit(self.run_lane, beside, PATIENT if boot else 0)]
            try:
                for lane in as_completed(lanes):
                    lane.result()
            finally:
                self.stop.set()
        return self.total

    def run_lane(self, steps, nice=0):
        """In Linux a thread has a nice value of its own, and passes it to what it starts."""
        os.nice(nice)
        for number, config, name in steps:
            if self.stop.is_set():
                break
            tests = Tests(config)
            run_step(tests, number, len(self.steps), name)
            with self.lock:
                self.total.take(tests)
                common.write_atomic(TAP_LOG, self.total.tap())


def run_all():
    args = parse_args()
    steps = selected(args.config, args.names or os.environ.get("TESTS", "").split())
    LOG.mkdir(parents=True, exist_ok=True)
    setup.ensure()
    tests = Lanes(steps).run()
    print(f"TAP lines: {common.show(TAP_LOG)}, guests: {common.show(BUILD / 'guest')}")
    print(f"{tests.passed} passed, {tests.failed} failed, {tests.skipped} skipped")
    return EXIT_TEST if tests.failed else 0


if __name__ == "__main__":
    main(run_all)
