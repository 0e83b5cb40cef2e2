# SPDX-License-Identifier: GPL-2.0
"""Kernels that are broken on purpose: does a KUnit case notice?

Each semantic patch in kernel/tests/mutants/ breaks one thing, and names the case that has
to fail then:

	// Noticed by percpu_completer.queue_wakes_sleeping_worker

That case runs alone, on User-mode Linux, within seconds.  Some faults need what User-mode
Linux does not have: CPU hotplug, preemption, lockdep.  Their mutants have ", in a guest" at
the end of that line.  A mutant that survives on User-mode Linux, where time is that of a
busy machine, has to be noticed in a guest.  A case that fails alone on a kernel that is not
broken proves nothing.
"""

import functools
import re
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import build
import common
import guest
import guestlog
import kunit_uml
from common import BUILD, EXIT_TEST, LOG, TOP

MUTANTS = sorted((TOP / "kernel/tests/mutants").glob("*.cocci"))
NOTICED_BY = re.compile(r"^// Noticed by (\w+)\.(\w+)(, in a guest)?$", re.M)
# One is built while others run.
AT_ONCE = 3
TRIES = 3
BUILDING = threading.Lock()


class Noticed(NamedTuple):
    """The case that has to notice a mutant."""
    suite: str
    case: str
    in_guest: bool

    @property
    def glob(self):
        """As KUnit takes it."""
        return f"{self.suite}.{self.case}"


def noticed_by(patch):
    """The case that the comment of a mutant names."""
    found = NOTICED_BY.search(patch.read_text())
    if not found:
        raise ValueError(f"{common.show(patch)}: no line \"// Noticed by SUITE.CASE\"")
    return Noticed(found[1], found[2], bool(found[3]))


@functools.cache
def _unbroken():
    return kunit_uml.kernel()


def unbroken():
    """The kernel for User-mode Linux: its tree, and where the program is."""
    with BUILDING:
        return _unbroken()


def signs(text, ended):
    """How the log gives a broken kernel away, or None."""
    failed = re.search(r"^(?:\[[ .\d]+\])? +not ok \d+ (\w+)", text, re.M)
    if failed:
        return f"KUnit case {failed[1]}"
    reports = [line for line in guestlog.splats(text) if not line.startswith("Kernel panic")]
    if reports:
        return f"the kernel: {reports[0]}"
    return None if ended else "a hang"


def alone_on_uml(by):
    """Run its case on User-mode Linux: (what failed or None, why it did not run or None)."""
    log = kunit_uml.log_of(f"alone-{by.case}")
    try:
        text = kunit_uml.run_suites(*unbroken(), log, by.glob, 20)
    except SystemExit:
        return None, f"not run ({common.show(log)})"
    bad = [case for case, why, _ in kunit_uml.judge(text) if why]
    return (f"on UML by {bad[0]}" if bad else None), None


def on_uml(by, patch=None):
    """The same, broken by the patch; its kernel is built in a process of its own."""
    if not patch:
        return alone_on_uml(by)
    log = LOG / f"test-mutant-{patch.stem}.log"
    with open(log, "w") as out:
        proc = subprocess.run([sys.executable, kunit_uml.__file__, "--mutant", patch, "--cases",
                               by.glob], stdout=out, stderr=subprocess.STDOUT, check=False)
    if proc.returncode not in (0, EXIT_TEST):
        return None, f"not run ({common.show(log)})"
    how = re.search(r"is caught by (.*)", log.read_text(errors="replace"))
    return (f"on UML by {how[1]}" if how else None), None


def built(patch):
    """The kernel, where the next one that is built does not replace it."""
    with BUILDING:
        image = build.kernel("test", mutant=patch)
        if not patch:
            return image
        place = BUILD / "mutant" / patch.stem
        place.mkdir(parents=True, exist_ok=True)
        return shutil.copy(image, place)


def in_guest(by, patch=None):
    """The same, in a guest; races need not show at once."""
    kernel = built(patch)
    for _ in range(TRIES if patch else 1):
        how, why = once_in_guest(kernel, by, patch)
        if how or why:
            break
    return how, why


def once_in_guest(kernel, by, patch):
    """One boot."""
    name = f"mutant-{patch.stem}" if patch else f"alone-{by.case}"
    try:
        log, ended = guest.run_kunit(kernel, name, by.glob, lambda text: signs(text, True))
    except guest.BootError as err:
        return None, f"not run: {err} ({common.show(err.log)})"
    text = log.read_text(errors="replace")
    if "KTAP version" not in text:
        return None, f"not run: KUnit did not start ({common.show(log)})"
    how = signs(text, ended)
    return (f"in a guest by {how}" if how else None), None


def tried(run_case, jobs):
    """{job: what running it found}, some at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(jobs, pool.map(lambda job: run_case(*job), jobs)))


def caught(run_case, patches):
    """{mutant: (what gave it away, why that proves nothing)}, without those that survive."""
    jobs = [(noticed_by(patch), patch) for patch in patches]
    alone = tried(run_case, [(by,) for by in sorted({by for by, _ in jobs})])
    found = {}
    for (by, patch), (how, why) in tried(run_case, jobs).items():
        unbroken, unknown = alone[by,]
        if unbroken:
            why = f"on a kernel that is not broken, the same: {unbroken}"
        why = why or unknown
        if how or why:
            found[patch] = how, why
    return found


def run(tests):
    """Each mutant is a test: it is noticed."""
    found = caught(on_uml, [patch for patch in MUTANTS if not noticed_by(patch).in_guest])
    found |= caught(in_guest, [patch for patch in MUTANTS if patch not in found])
    for patch in MUTANTS:
        how, why = found.get(patch, (None, "it survived"))
        tests.add("mutants", f"mutant {patch.stem} is caught" + (f" {how}" if how else ""),
                  why=why)
