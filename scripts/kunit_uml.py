#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""KUnit suites as a program of this machine: kunit_uml.py [--cases GLOB] [--mutant PATCH]

User-mode Linux needs no guest and seconds instead of minutes, which makes it
the quick loop.  It has several CPUs but cannot take one off; the cases that do
are skipped here and run in a guest.

Prints TAP.  With --mutant the kernel is broken on purpose, and a case has to fail.
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import build
import common
import guestlog
import overlay
from common import EXIT_BOOT, EXIT_BUILD, EXIT_TEST, LOG, TOP, VERSION, Path, die, run, step

NAME = "kunit-uml"
SUITES = "percpu_completer*"
KUNITCONFIG = TOP / "kernel/tests/.kunitconfig"
MAKE = ("ARCH=um", f"CC={build.CACHED} gcc", "LOCALVERSION=")
# One CPU stays off.  More than one needs seccomp, not ptrace, for its user land.
CPUS = ("ncpus=3", "maxcpus=2", "seccomp=on")
TIMEOUT = 300
PATIENCE = "percpu_completer_kunit.wait_secs={}"

RESULT = re.compile(r"^ +(?P<result>ok|not ok) \d+ (?P<name>\w+)(?: # SKIP ?(?P<skip>.*))?$")
FAILED = re.compile(r"(?:EXPECTATION|ASSERTION) FAILED at \S+|try timed out|try faulted.*")
NOT_OK = re.compile(r"^(?:\[[ .\d]+\])? +not ok \d", re.M)
CYCLES = re.compile(r"cycles: (\w+ batch=.*)")
PLAN = re.compile(r"^ +1\.\.(\d+)$")


def kunit(tree, action, out, *args):
    """A command line for the tree's own tool."""
    return [sys.executable, tree / "tools/testing/kunit/kunit.py", action,
            f"--build_dir={out}", *args]


def configure(tree, out, where):
    """By the tree's own tool, when that is due: it takes as long as building a mutant."""
    stamp = out / ".pcc-config"
    key = common.key_of(KUNITCONFIG, *sorted(tree.glob("*/Kconfig*")),
                        tree / "kernel/percpu_completer/Kconfig")
    if common.fresh(stamp, key):
        return
    options = [f"--make_options={option}" for option in MAKE[1:]]
    run(kunit(tree, "config", out, f"--kunitconfig={KUNITCONFIG}", *options),
        LOG / f"config-{where}-{NAME}.log", cwd=tree, env=build.environment(), code=EXIT_BUILD,
        what=f"configuring the {NAME} kernel")
    common.mark(stamp, key)


def kernel(mutant=None):
    """Build it and return the tree and the directory that has the program.

    That of a mutant is a copy, so that it may run while the next one is built.
    """
    jobs, where = os.cpu_count() or 2, f"{VERSION}-mutant" if mutant else VERSION
    with common.lock(common.BUILD / f"lock-{where}-{NAME}"):
        began = common.elapsed()
        tree = overlay.mutant(mutant) if mutant else overlay.tree()
        out = tree / f"O-{NAME}"
        configure(tree, out, where)
        run(["make", "-C", tree, f"O={out}", f"-j{jobs}", *MAKE, "linux"],
            LOG / f"build-{where}-{NAME}.log", env=build.environment(), code=EXIT_BUILD,
            what=f"the {NAME} kernel")
        if mutant:
            out = copy(out, common.BUILD / NAME / stem(mutant))
    step(f"kernel {NAME} built in {common.elapsed() - began:.0f} s")
    return tree, out


def copy(out, to):
    """All that running it needs."""
    to.mkdir(parents=True, exist_ok=True)
    shutil.copy(out / "linux", to)
    return to


def stem(patch):
    """The name of a mutant."""
    return os.path.basename(patch).removesuffix(".cocci")


def end(program):
    """The tool waits for it, in a session of its own."""
    for link in Path("/proc").glob("[0-9]*/exe"):
        with contextlib.suppress(OSError):
            if link.readlink() == program:
                os.kill(int(link.parent.name), signal.SIGKILL)


def run_suites(tree, out, log, glob, wait_secs, enough=None):
    """Run what matches, until a line does; what the program printed tells how it went, so
    its status does not matter."""
    args = [f"--kernel_args={arg}" for arg in (*CPUS, PATIENCE.format(wait_secs))]
    cmd = kunit(tree, "exec", out, "--raw_output=all", f"--timeout={TIMEOUT}", *args, glob)
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as console:
        proc = subprocess.Popen(cmd, cwd=tree, stdin=subprocess.DEVNULL, stdout=console,
                                stderr=subprocess.STDOUT)
        while proc.poll() is None:
            time.sleep(0.2)
            if enough and enough.search(log.read_text(errors="replace")):
                end(out / "linux")
    text = log.read_text(errors="replace")
    if "KTAP version" not in text:
        die(EXIT_BOOT, f"the {NAME} kernel did not come to its tests", log)
    return text


def results(text):
    """[(case, why it failed or None, why it was skipped or None)] of a console log."""
    found, why, planned = [], None, 0
    for line in guestlog.kernel_lines(text):
        if plan := PLAN.match(line):
            planned += int(plan[1])
        elif failed := FAILED.search(line):
            why = why or failed[0]
        elif case := RESULT.match(line):
            bad = (why or "no reason given") if case["result"] == "not ok" else None
            found.append((case["name"], bad, case["skip"]))
            why = None
    if len(found) < planned:
        found.append(("all cases end", f"{planned - len(found)} did not", None))
    return found or [("cases run", "none did", None)]


def judge(text):
    """The results, and one for what the kernel complained about."""
    splats = guestlog.splats(text)
    return [*results(text), ("no splat in the kernel log", splats[0] if splats else None, None)]


def tap(number, name, why, skip):
    """One result as test.py reads it."""
    end = f" # SKIP {skip}" if skip is not None else f" # {why}" if why else ""
    print(f"{'not ok' if why else 'ok'} {number} - {NAME}/{name}{end}", flush=True)


def report_cycles(text):
    """What queueing and completing cost this machine, of each kind of list and batch."""
    for what in CYCLES.findall(text):
        step(f"cycles for each node, least and median: {what}")


def log_of(name):
    """The log of one run."""
    return LOG / f"{NAME}-{VERSION}{name and f'-{name}'}.log"


def run_cases(glob):
    """All cases that match have to pass; returns the exit code."""
    log = log_of("" if glob == SUITES else "cases")
    text = run_suites(*kernel(), log, glob, 20)
    for number, (name, why, skip) in enumerate(judge(text), 1):
        tap(number, name, why, skip)
    report_cycles(text)
    step(f"{NAME}: log {common.show(log)}")
    return EXIT_TEST if any(why for _, why, _ in judge(text)) else 0


def run_mutant(patch, glob):
    """Some case has to fail; returns the exit code."""
    name = stem(patch)
    text = run_suites(*kernel(patch), log_of(name), glob, 5, NOT_OK)
    bad = [case for case, why, _ in judge(text) if why]
    tap(1, f"mutant {name} is caught" + (f" by {bad[0]}" if bad else ""),
        None if bad else "it survived", None)
    return 0 if bad else EXIT_TEST


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", metavar="GLOB", default=SUITES,
                        help="SUITE.CASE, with wildcards; default: %(default)s")
    parser.add_argument("--mutant", metavar="PATCH",
                        help="a .cocci for one of " + ", ".join(overlay.MUTANT_TARGETS))
    args = parser.parse_args()
    return run_mutant(args.mutant, args.cases) if args.mutant else run_cases(args.cases)


if __name__ == "__main__":
    common.main(main)
