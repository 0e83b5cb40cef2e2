# SPDX-License-Identifier: GPL-2.0
"""Kernels that are broken on purpose: does a KUnit case notice?

Each semantic patch in kernel/tests/mutants/ breaks one thing, and names the case that has
to fail then:

	// Noticed by percpu_completer.queue_wakes_sleeping_worker

That case runs on User-mode Linux, within seconds.  Some faults need what User-mode Linux
does not have: CPU hotplug, preemption, lockdep.  Their mutants have ", in a guest" at the
end of that line.  A mutant that survives on User-mode Linux, where time is that of a busy
machine, has to be noticed in a guest.
"""

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
from common import BUILD, EXIT_TEST, LOG, TOP

MUTANTS = sorted((TOP / "kernel/tests/mutants").glob("*.cocci"))
KUNIT_UML = TOP / "scripts/kunit_uml.py"
NOTICED_BY = re.compile(r"^// Noticed by (\w+)\.(\w+)(, in a guest)?$", re.M)
# One is built while others run.
AT_ONCE = 3
BUILDING = threading.Lock()


class Noticed(NamedTuple):
    """What has to notice a mutant."""
    suite: str
    case: str
    in_guest: bool

    @property
    def glob(self):
        """As KUnit takes it."""
        return f"{self.suite}.{self.case}"


def noticed_by(patch):
    """What its comment says."""
    found = NOTICED_BY.search(patch.read_text())
    if not found:
        raise ValueError(f"{common.show(patch)}: no line \"// Noticed by SUITE.CASE\"")
    return Noticed(found[1], found[2], bool(found[3]))


def signs(text, ended):
    """What gave a broken kernel away, or None."""
    failed = re.search(r"^(?:\[[ .\d]+\])? +not ok \d+ (\w+)", text, re.M)
    if failed:
        return f"KUnit case {failed[1]}"
    reports = [line for line in guestlog.splats(text) if not line.startswith("Kernel panic")]
    if reports:
        return f"the kernel: {reports[0]}"
    return None if ended else "a hang"


def on_uml(patch):
    """(what gave it away or None, why it did not run or None) on User-mode Linux."""
    log = LOG / f"test-mutant-{patch.stem}.log"
    with open(log, "w") as out:
        proc = subprocess.run([sys.executable, str(KUNIT_UML), "--mutant", str(patch)],
                              stdout=out, stderr=subprocess.STDOUT, check=False)
    if proc.returncode not in (0, EXIT_TEST):
        return None, f"not run ({common.show(log)})"
    how = re.search(r"is caught by (.*)", log.read_text(errors="replace"))
    return (f"on UML by {how[1]}" if how else None), None


def built(patch):
    """The kernel, where the next one that is built does not replace it."""
    image = BUILD / "mutant" / patch.stem / "bzImage"
    image.parent.mkdir(parents=True, exist_ok=True)
    with BUILDING:
        return shutil.copy(build.kernel("test", mutant=patch), image)


def in_guest(patch):
    """The same, in a guest."""
    by = noticed_by(patch)
    kernel = built(patch)
    try:
        log, ended = guest.run_kunit(kernel, f"mutant-{patch.stem}", by.glob,
                                     lambda text: signs(text, True))
    except guest.BootError as err:
        return None, f"not run: {err} ({common.show(err.log)})"
    text = log.read_text(errors="replace")
    if "KTAP version" not in text:
        return None, f"not run: KUnit did not start ({common.show(log)})"
    how = signs(text, ended)
    return (f"in a guest by {how}", None) if how else (None, f"it survived ({common.show(log)})")


def tried(patches, how):
    """{patch: (what gave it away, why it did not run)}, some at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(patches, pool.map(how, patches)))


def run(tests):
    """Each mutant is a test: it is noticed."""
    quick = tried([patch for patch in MUTANTS if not noticed_by(patch).in_guest], on_uml)
    found = quick | tried([patch for patch in MUTANTS if quick.get(patch, (None, None)) ==
                           (None, None)], in_guest)
    for patch in MUTANTS:
        how, why = found[patch]
        tests.add("mutants", f"mutant {patch.stem} is caught" + (f" {how}" if how else ""),
                  why=why)
