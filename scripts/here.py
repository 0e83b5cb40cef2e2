# SPDX-License-Identifier: GPL-2.0
"""The benchmark on this very machine: `make bench HERE=1`, as root.

The kernel that runs has to be one with the benchmark, and the scripts that
otherwise run in a guest run here, one after the other.  bio needs a block device
that may be overwritten, DISK=; erofs an lz4 image of a Debian tree, EROFS=.
"""

import os
import subprocess
import tempfile
import time

import guest
import guestlog
from common import EXIT_SETUP, EXIT_USAGE, Path, die, output

DEBUGFS = Path("/sys/kernel/debug/percpu_completer_bench")
CLOCK = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
# Stands for the kernel in the keys of results.
VERSION_FILE = Path("/proc/version")
# What each user's script needs, and the parameter that names it.
NEEDS = {"bio": "DISK", "erofs": "EROFS"}
# What it takes if it is there: the same image on a disk with a single queue.
TAKES = "EROFS_ONE_QUEUE"


def users():
    """Those whose device was named; a name that is no such thing ends everything."""
    found = []
    for user, name in NEEDS.items():
        path = os.environ.get(name, "")
        if path and not os.path.exists(path):
            die(EXIT_USAGE, f"{name}={path} does not exist")
        if path:
            found.append(user)
    return found


def check():
    """Refuse what would measure nothing, or something else."""
    if os.geteuid():
        die(EXIT_SETUP, "HERE=1 measures this machine and has to be run as root")
    if not DEBUGFS.is_dir():
        die(EXIT_SETUP, f"the running kernel {os.uname().release} has no benchmark: boot one with "
            "CONFIG_PERCPU_COMPLETER_BENCH=y and debugfs mounted")
    if CLOCK.read_text().strip() != "tsc":
        die(EXIT_SETUP, f"the clock source is {CLOCK.read_text().strip()}, too slow to time with; "
            "boot with tsc=reliable if the TSC is")


def parameters(params, work):
    """As the scripts read them, with the places that are others than in a guest."""
    named = {name: os.environ[name] for name in NEEDS.values() if os.environ.get(name)}
    named[TAKES] = os.environ.get(TAKES, "")
    places = {"RESULTS": work / "results", "TOOLS": work / "tools"}
    return "".join(f"{key}='{value}'\n" for key, value in {**params, **named, **places}.items())


def boot(_kernel, scripts, name, cpus, append, params, timeout):
    """The place of guest.boot(): no boot at all, the same result."""
    del cpus, append
    work = Path(tempfile.mkdtemp(prefix="pcc-bench-"))
    (work / "results").mkdir()
    log = guest.new_work(name) / "console.log"
    began = time.monotonic()
    before = output(["dmesg"])
    with open(log, "wb") as out:
        subprocess.run(["cp", "-r", f"{guest.SCRIPTS}/.", work / "scripts"], check=True)
        (work / "scripts/params").write_text(parameters(params, work))
        done = subprocess.run([work / "scripts" / scripts[0]], cwd=work / "scripts", stdout=out,
                              stderr=subprocess.STDOUT, timeout=timeout, check=False)
    status = "PASS" if done.returncode == 0 else f"FAIL {scripts[0]}: status {done.returncode}"
    new = output(["dmesg"]).removeprefix(before)
    return guest.Result(name, log, work / "results", status, guestlog.splats(new, ()),
                        time.monotonic() - began)
