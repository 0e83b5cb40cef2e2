#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""From nothing to the comparison: tables, build/bench/results.json.

Everything is made that is missing: tools, sources, both kernels, the guest's
image.  Then guests are booted: one for each mode of the dispatch benchmark, and
stock and converted kernels in turns for erofs and bio.  A run that was
interrupted goes on with the boot that it was at; one that was complete is
measured again.
"""

import argparse
import contextlib
import dataclasses
import datetime
import json
import os
import shutil
import subprocess
import threading

import build
import common
import guest
import image
import results
import setup
from common import EXIT_BOOT, EXIT_TEST, Path, TOP, VERSION, die, output, step

RAW = results.RAW
COMPLETE = RAW / "complete"
MARK, ERROR = "bench: ", "bench: error: "
IO_ROUNDS = 3
TIMEOUT_S = 400
# A busy host makes the watchdog of the clock distrust an emulated TSC.
APPEND = "tsc=reliable"

# Rounds, then NAME,PERIOD_NS,BURST,ITEMS,HOGS
TIMED = 3, "idle,400000,1,2500,0 hogs,400000,1,2500,3 burst,3200000,8,2400,0"
DISPATCH = {
    "kvm": TIMED,
    "tcg": TIMED,
    "icount": (3, "idle,200000,1,3000,0 hogs,200000,1,4000,3 burst,1600000,8,3200,0"),
}
IO = {"EROFS_MB": 48, "EROFS_REPEATS": 4, "EROFS_HOGS": 3, "EROFS_HOGS_REPEATS": 2,
      "BIO_ROUNDS": 2, "BIO_C_MB": 32, "BIO_E_MB": 192, "BIO_XFS_MB": 16}


@dataclasses.dataclass
class Boot:
    """One guest, and where its figures go."""
    name: str
    kernel: Path
    scripts: list
    params: dict
    accel: str

    @property
    def raw(self):
        return RAW / self.name

    @property
    def key(self):
        """Figures of another kernel, script or parameter are not to be mixed in."""
        return common.key_of(self.kernel, json.dumps(self.params), self.accel,
                             *sorted((TOP / "scripts/guest").glob("bench-*")))


def dispatch_modes(accel):
    """Emulation on a busy machine is noisy; exact virtual time is shown beside it."""
    return ["tcg", "icount"] if accel == "tcg" else [accel]


def plan(stock, converted, accel):
    """All boots, the two kernels taking turns."""
    boots = [Boot(f"dispatch-{mode}", converted, ["bench-dispatch"],
                  dict(zip(("DISPATCH_ROUNDS", "DISPATCH_LOADS"), DISPATCH[mode])), mode)
             for mode in dispatch_modes(accel)]
    io_accel = "tcg" if accel == "icount" else accel
    for number in range(1, IO_ROUNDS + 1):
        for name, kernel in (("stock", stock), ("converted", converted)):
            boots.append(Boot(f"io-{name}-{number}", kernel, ["bench-erofs", "bench-bio"], IO,
                              io_accel))
    return boots


def follow(log, stop):
    """Show the guest's progress lines while it runs."""
    shown = 0
    while not stop.wait(1):
        with contextlib.suppress(FileNotFoundError):
            lines = [line for line in log.read_text(errors="replace").split("\n")[:-1]
                     if line.startswith(MARK) and not line.startswith(ERROR)]
            for line in lines[shown:]:
                step(f"  {line.removeprefix(MARK).strip()}")
            shown = len(lines)


@contextlib.contextmanager
def progress(name):
    """follow() in the background."""
    log = guest.WORK / name / "console.log"
    log.unlink(missing_ok=True)
    stop = threading.Event()
    thread = threading.Thread(target=follow, args=(log, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def judge(boot, result):
    """A guest that came to its end may still have measured nothing."""
    errors = [line.removeprefix(ERROR).strip() for line in result.text().splitlines()
              if line.startswith(ERROR)]
    if errors or result.status != "PASS":
        die(EXIT_TEST, f"{boot.name}: {errors[0] if errors else result.status}", result.log)
    if result.splats:
        die(EXIT_TEST, f"{boot.name}: the kernel reported: {result.splats[0]}", result.log)


def flatten(directory):
    """dispatch/* is all that a dispatch boot is about: lift it."""
    inner = directory / "dispatch"
    if inner.is_dir():
        for path in inner.iterdir():
            path.rename(directory / path.name)
        inner.rmdir()


def measure(boot, number, count):
    """Boot, check, and keep the raw figures; skipped when an earlier run did it."""
    if common.fresh(boot.raw / "stamp", boot.key):
        step(f"boot {number} of {count}: {boot.name}: kept from the interrupted run")
        return
    step(f"boot {number} of {count}: {boot.name} ({boot.accel})")
    try:
        with progress(boot.name):
            result = guest.boot(boot.kernel, boot.scripts, boot.name, append=APPEND,
                                params=boot.params, timeout=TIMEOUT_S, accel=boot.accel)
    except guest.BootError as err:
        die(EXIT_BOOT, str(err), err.log)
    judge(boot, result)
    with common.staged(boot.raw) as new:
        shutil.copytree(result.results, new, dirs_exist_ok=True)
        shutil.copy(result.log, new / "console.log")
        flatten(new)
    common.mark(boot.raw / "stamp", boot.key)


def commit():
    """What was measured, as git names it."""
    res = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=TOP,
                         capture_output=True, text=True, check=False)
    return res.stdout.strip() or "unknown"


def machine():
    """Enough to know this kind of machine again, nothing that names it."""
    model = next((line.split(":", 1)[1].strip() for line in
                  Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), os.uname().machine)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{model}, {os.cpu_count()} CPUs, {memory} GiB"


def meta(boots):
    """The report's first lines."""
    qemu = output([guest.QEMU, "--version"]).splitlines()[0].removeprefix("QEMU emulator ")
    modes = list(dict.fromkeys(boot.accel for boot in boots))
    return {"machine": machine(), "mode": f"QEMU {qemu}, {' and '.join(modes)}, 2 CPUs",
            "kernel": f"{VERSION} stock and converted", "commit": commit(),
            "command": f"make bench KERNEL={VERSION} ACCEL={common.ACCEL}",
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}


def start_over():
    """A complete set of figures is history; an interrupted one is resumed."""
    if COMPLETE.exists():
        common.remove_tree(RAW)
    RAW.mkdir(parents=True, exist_ok=True)


def bench():
    setup.ensure()
    image.ensure()
    stock = build.kernel("bench", stock=True)
    converted = build.kernel("bench")
    boots = plan(stock, converted, guest.pick_accel(converted))
    with common.lock(results.BENCH / "lock"):
        start_over()
        for number, boot in enumerate(boots, 1):
            measure(boot, number, len(boots))
        common.write_atomic(RAW / "meta.json", json.dumps(meta(boots), indent=1) + "\n")
        common.mark(COMPLETE, "complete")
        results.publish(RAW)


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    try:
        bench()
    except results.Invalid as err:
        die(EXIT_TEST, str(err))
    step(f"results in {common.show(results.BENCH / 'results.json')}, "
         f"raw figures in {common.show(RAW)}")


if __name__ == "__main__":
    common.main(main)
