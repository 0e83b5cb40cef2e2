#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Takes all memory, again and again, until who does is killed: eat.py TIMES

Prints what was completed by all completers each time while there was none left.  Ends with
status 1 if that was nothing, or nobody was killed.
"""

import ctypes
import glob
import mmap
import os
import signal
import sys
import time

CHUNK = 8 << 20
# Of all memory, what is next to nothing; how long to go on like that.  The kernel may
# take minutes to find that reclaim leads nowhere, and is asked to kill then.
SCARCE, HOLD_S, PATIENCE_S = 0.04, 10, 120
COUNTERS = "/sys/kernel/debug/percpu_completer/*/counters"
OOM_KILL = "f"
MCL_CURRENT = 1


def completed():
    """By all completers, on all CPUs."""
    total = 0
    for path in glob.glob(COUNTERS):
        with open(path, encoding="ascii") as table:
            head, *rows = [line.split() for line in table]
        total += sum(int(row[head.index("completed")]) for row in rows)
    return total


def scarce():
    """Is next to nothing left, and next to nothing to be had by reclaim?"""
    with open("/proc/meminfo", encoding="ascii") as lines:
        kib = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    return kib["MemAvailable"] < SCARCE * kib["MemTotal"]


def wait(seconds, until):
    """Looks often, and no longer than that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        time.sleep(0.1)


def stay_in_memory():
    """Who has to read his own code from erofs waits there for memory, locked folios in his
    hands, and as erofs must not recurse into a file system, nobody is killed for that."""
    if ctypes.CDLL(None).mlockall(MCL_CURRENT):
        raise OSError("cannot lock the memory that is there")


def be_killed(adjustment):
    """-1000: never; 1000: before all others."""
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write(str(adjustment))


def eat():
    """Populated at once: to touch page by page is slow when there is hardly one left."""
    be_killed(1000)
    stay_in_memory()
    kept = []
    while True:
        kept.append(mmap.mmap(-1, CHUNK, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE))


def ended(child):
    """Dead, and not waited for yet."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def meal():
    """(what was completed while there was nothing, the child's status)"""
    child = os.fork()
    if not child:
        eat()
    wait(PATIENCE_S, lambda: scarce() or ended(child))
    before = completed()
    wait(HOLD_S, lambda: ended(child))
    grown = completed() - before
    if not ended(child):
        with open("/proc/sysrq-trigger", "w", encoding="ascii") as trigger:
            trigger.write(OOM_KILL)
    return grown, os.waitpid(child, 0)[1]


def main():
    """A child eats: to start a program anew takes memory that the load has taken."""
    total = 0
    be_killed(-1000)
    stay_in_memory()
    for _ in range(int(sys.argv[1])):
        grown, status = meal()
        print(grown, flush=True)
        total += grown
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            return 1
    return 0 if total else 1


if __name__ == "__main__":
    sys.exit(main())
