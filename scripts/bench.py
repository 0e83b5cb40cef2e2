#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""From nothing to the comparison: tables, build/bench/results.json.

Everything is made that is missing: tools, sources, the kernel, the guest's
image.  Then guests are booted: for the dispatch benchmark in each mode, and for
bio and erofs, all mechanisms taking turns within each boot.  QUICK=1 and FULL=1
say how much, ONLY="dispatch bio erofs policy" which of these; scheduling policies are
compared in exact time, and only if ONLY= or FULL=1 says so.  OVERRIDE="bio_completer:policy=fifo"
has the guests' kernel override attributes of a user.  A run that was interrupted
goes on with the boot that it was at; one that was complete is measured again.
"""

import argparse
import contextlib
import dataclasses
import datetime
import functools
import json
import os
import re
import shutil
import subprocess
import threading

import build
import common
import guest
import here
import image
import overlay
import results
import rows_dispatch
import setup
from bench_levels import LEVELS, MECHANISMS
from common import EXIT_BOOT, EXIT_TEST, EXIT_USAGE, Path, TOP, VERSION, die, output, step

RAW = results.RAW
COMPLETE = RAW / "complete"
MARK, ERROR = "bench: ", "bench: error: "
TIMEOUT_S = 1800
# QEMU's emulation of several CPUs may run code that has just been patched away; how
# the kernel calls that, and how often a guest may be lost to it.
EMULATOR_FAULT, FAULTS = "Oops: int3", 3
HARDWARE = "hardware"
DISPATCH, POLICY = "bench-dispatch", "bench-policy"
# A busy host makes the watchdog of the clock distrust an emulated TSC.
APPEND = "tsc=reliable"
# The kernel takes a name that it does not know for a completer that does not exist yet.  So
# typos are found here: these completers and attributes exist in our guests.
COMPLETERS = ("bio_completer", "kintegrityd", "erofs_worker", "pcb_dispatch")
KEYS = ("policy", "nice", "slice_us", "lazy_delay_ms", "lazy_batch", "cpus")
ATTRIBUTE = rf"({'|'.join(KEYS)})=[\w.+-]+"
RULE = f"({'|'.join(COMPLETERS)}):{ATTRIBUTE}(,{ATTRIBUTE})*"
OVERRIDE, OVERRIDE_MAX = re.compile(f"{RULE}(;{RULE})*"), 255
REFUSED = "is not NAME:KEY=VALUE"
# Dispatch: one CPU works, another one measures, or takes the first off and on.  Scaling:
# the same with up to sixteen.
DISPATCH_CPUS, SCALING_CPUS = 2, 17
# Of each part of dispatch the CPUs, and what a guest is told besides.
PARTS = {"dispatch": (DISPATCH_CPUS, {}), "scaling": (SCALING_CPUS, {}),
         "hotplug": (DISPATCH_CPUS, {"DISPATCH_MECHANISMS": MECHANISMS["hotplug"]})}
# The same of each user.  Where all CPUs are kept busy there are no more than the host
# has: else who waits for a CPU is up to the host.
USER_PARTS = {
    "bio": {"bio": (2, {})},
    "erofs": {"erofs": (4, {"EROFS_LOADS": "idle"}),
              "erofs-load": (min(4, os.cpu_count()),
                             {"EROFS_LOADS": "cpuio", "EROFS_READS": ""})},
}
# What is converted in a kernel that has the user.
USER_FILES = {"bio": "block/bio.c", "erofs": "fs/erofs/zdata.c"}
SUBJECTS = ("dispatch", *USER_FILES, "policy")
# What takes long and says nothing of the mechanisms.
SELDOM = ("policy",)


@dataclasses.dataclass
class Boot:
    """One guest, and where its figures go."""
    name: str
    kernel: Path
    script: str
    params: dict
    accel: str
    cpus: int
    append: str = APPEND

    @property
    def raw(self):
        return RAW / self.name

    @property
    def key(self):
        """Figures of another kernel, script or parameter are not to be mixed in."""
        return common.key_of(self.kernel, json.dumps(self.params), self.accel, str(self.cpus),
                             self.append,
                             *sorted((TOP / "scripts/guest").glob("bench-*")))

    def run(self):
        """Exact time needs a guest of its own kind, a machine of its own none."""
        boot = {"icount": guest.boot_exact, HARDWARE: here.boot}.get(
            self.accel, functools.partial(guest.boot, accel=self.accel, copies=2))
        return boot(self.kernel, [self.script], self.name, cpus=self.cpus,
                    append=self.append,
                    params=self.params, timeout=TIMEOUT_S)


def asked(name):
    """Is NAME=1 in the environment?"""
    return os.environ.get(name, "0") not in ("", "0")


def level():
    """How much: QUICK=1, FULL=1, or neither."""
    if asked("QUICK") and asked("FULL"):
        die(EXIT_USAGE, "QUICK=1 and FULL=1 exclude each other; choose one")
    return "quick" if asked("QUICK") else "full" if asked("FULL") else "default"


def only():
    """The subjects in ONLY=, or the usual ones."""
    words = os.environ.get("ONLY", "").split()
    for word in words:
        if word not in SUBJECTS:
            die(EXIT_USAGE, f"ONLY={word} names nothing that is measured; there are "
                f"{', '.join(SUBJECTS)}")
    return [name for name in SUBJECTS if name in (words or usual())]


def override():
    """The rules in OVERRIDE=, in the kernel's own words; it looks at the values itself."""
    rules = os.environ.get("OVERRIDE", "")
    if rules and not OVERRIDE.fullmatch(rules):
        die(EXIT_USAGE, f"OVERRIDE={rules} is not NAME:KEY=VALUE,...;... with NAME one of "
            f"{', '.join(COMPLETERS)} and KEY one of {', '.join(KEYS)}")
    if len(rules) > OVERRIDE_MAX:
        die(EXIT_USAGE, f"OVERRIDE= has more than {OVERRIDE_MAX} characters")
    if rules and asked("HERE"):
        die(EXIT_USAGE, "OVERRIDE= is for guests; write the rules to "
            "/sys/module/percpu_completer/parameters/override before HERE=1")
    return rules


def usual():
    """The subjects of this level when ONLY= names none."""
    return [name for name in SUBJECTS if name not in SELDOM or level() == "full"]


def rounds_of_boots(part, mode, rounds):
    """[(name of a boot, its rounds)]: emulation gives each boot a bias of its own."""
    if mode == "tcg":
        return [(f"{part}-{mode}-{number}", 1) for number in range(1, rounds + 1)]
    return [(f"{part}-{mode}", rounds)] if rounds else []


def dispatch_boots(kernel, accel, sizes):
    """Emulation on a busy machine is noisy; exact virtual time is shown beside it."""
    modes = ["tcg", "icount"] if accel == "tcg" else [accel]
    for mode in modes:
        for part, (cpus, more) in PARTS.items():
            if mode == HARDWARE and os.cpu_count() < cpus:
                continue
            # What a virtual machine at full speed can do, the machine can.
            total, loads = sizes[part].get("kvm" if mode == HARDWARE else mode, (0, ""))
            for name, rounds in rounds_of_boots(part, mode, total):
                yield Boot(name, kernel, DISPATCH,
                           {"DISPATCH_ROUNDS": rounds, "DISPATCH_LOADS": loads, **more}, mode,
                           cpus)


def rotate(words, places):
    """Each gets its turn to be the first."""
    words = words.split()
    places %= len(words)
    return " ".join(words[places:] + words[:places])


def user_boots(suffix, user, kernel, mechanisms, accel, sizes):
    """The guests that run a user of deferred completion on these mechanisms in turn."""
    for part, (cpus, more) in USER_PARTS[user].items():
        params = {**sizes[user], f"{user.upper()}_MECHANISMS": mechanisms, **more}
        yield Boot(f"{part}-{suffix}", kernel, f"bench-{user}", params, accel, cpus)


def users_boots(kernel, stock, accel, sizes, users):
    """bio and erofs on all mechanisms in every boot, the stock kernel in between."""
    accel = "tcg" if accel == "icount" else accel
    for number in range(1, sizes["boots"] + 1):
        for user in users:
            mechanisms = rotate(MECHANISMS[user], number - 1)
            yield from user_boots(number, user, kernel, mechanisms, accel, sizes)
            if stock:
                yield from user_boots(f"stock-{number}", user, stock, "stock", accel, sizes)


def policy_boots(kernel, accel, sizes):
    """Who waits for whom is exact in virtual time, so no other mode has more to say."""
    if accel != HARDWARE:
        yield Boot("policy-icount", kernel, POLICY, sizes["policy"], "icount", DISPATCH_CPUS)


def plan(kernel, stock, accel, sizes, users=tuple(USER_PARTS)):
    """All boots that are wanted, in order."""
    wanted = only()
    boots = [*dispatch_boots(kernel, accel, sizes)] if "dispatch" in wanted else []
    boots += policy_boots(kernel, accel, sizes) if "policy" in wanted else []
    boots += users_boots(kernel, stock, accel, sizes, [user for user in users if user in wanted])
    append = f"{APPEND} percpu_completer.override={rules}" if (rules := override()) else APPEND
    return [dataclasses.replace(boot, append=append) for boot in boots]


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
    if REFUSED in result.text():
        die(EXIT_USAGE, f"the kernel refuses OVERRIDE={override()}; it says why", result.log)
    if errors or result.status != "PASS":
        die(EXIT_TEST, f"{boot.name}: {errors[0] if errors else result.status}", result.log)
    if result.splats:
        die(EXIT_TEST, f"{boot.name}: the kernel reported: {result.splats[0]}", result.log)


def lift(directory, script):
    """The directory of its own that a script left is all that its boot is about."""
    inner = directory / script.removeprefix("bench-")
    for path in inner.iterdir():
        path.rename(directory / path.name)
    inner.rmdir()


def is_emulator_fault(boot, err):
    return boot.accel == "tcg" and EMULATOR_FAULT in err.log.read_text(errors="replace")


def run(boot):
    """The guest's result; a fault of the emulator is no result, and it is booted again."""
    for last in range(FAULTS, -1, -1):
        try:
            with progress(boot.name):
                return boot.run()
        except guest.BootError as err:
            if not last or not is_emulator_fault(boot, err):
                die(EXIT_BOOT, str(err), err.log)
            step(f"  {boot.name}: the emulator ran code that was patched away; booting again")


def keep(boot, result):
    """The raw figures, where the rows are made from."""
    with common.staged(boot.raw) as new:
        shutil.copytree(result.results, new, dirs_exist_ok=True)
        shutil.copy(result.log, new / "console.log")
        lift(new, boot.script)


def blind(boot):
    """Why this boot cannot tell a slow or a broken mechanism, or None."""
    try:
        if boot.script == DISPATCH:
            rows_dispatch.check_self_tests(boot.raw)
    except results.Invalid as err:
        return str(err)
    return None


def measure(boot, number, count):
    """Boot, check, and keep the raw figures; skipped when an earlier run did it.

    What else runs on a machine may make emulation as slow as the peer that is slow on
    purpose: then the figures are worth nothing, and are taken again.
    """
    if common.fresh(boot.raw / "stamp", boot.key):
        step(f"boot {number} of {count}: {boot.name}: kept from the interrupted run")
        return
    step(f"boot {number} of {count}: {boot.name} ({boot.accel})")
    for last in range(FAULTS, -1, -1):
        result = run(boot)
        judge(boot, result)
        keep(boot, result)
        why = blind(boot)
        if not why:
            break
        if not last or boot.accel != "tcg":
            raise results.Invalid(why)
        step(f"  {why}; booting again")
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


def command(name):
    """What makes these figures again."""
    where = ["HERE=1"] if asked("HERE") else [f"KERNEL={VERSION}", f"ACCEL={common.ACCEL}"]
    which = [] if only() == usual() else [f'ONLY="{" ".join(only())}"']
    size = [] if name == "default" else [f"{name.upper()}=1"]
    rules = [f'OVERRIDE="{override()}"'] if override() else []
    return " ".join(["make bench", *where, *size, *which, *rules])


def meta(boots, name):
    """The report's first lines."""
    modes = list(dict.fromkeys(boot.accel for boot in boots))
    users = [boot.accel for boot in boots if boot.script.removeprefix("bench-") in USER_PARTS]
    mode, kernel = "this machine, nothing emulated", os.uname().release
    if HARDWARE not in modes:
        qemu = output([guest.QEMU, "--version"]).splitlines()[0].removeprefix("QEMU emulator ")
        mode, kernel = f"QEMU {qemu}, {' and '.join(modes)}", VERSION
    return {"machine": machine(), "mode": mode, "users_mode": users[0] if users else None,
            "kernel": kernel, "commit": commit(), "command": command(name), "level": name,
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}


def start_over(name):
    """A complete set of figures is history; an interrupted one like this is resumed."""
    what = f"{name}: {' '.join(only())} {override()}"
    if COMPLETE.exists() or not common.fresh(RAW / "level", what):
        common.remove_tree(RAW)
    common.mark(RAW / "level", what)


def plan_guests(sizes):
    """Make what is missing; the boots."""
    setup.ensure()
    image.ensure()
    stock = build.kernel("bench", stock=True) if sizes["stock"] else None
    kernel = build.kernel("bench")
    users = [user for user, path in USER_FILES.items() if overlay.changes(path)]
    return plan(kernel, stock, guest.pick_accel(kernel), sizes, users)


def plan_here(sizes):
    """Nothing is made: the kernel runs already, and there is no other to compare with."""
    here.check()
    return plan(here.VERSION_FILE, None, HARDWARE, sizes, here.users())


def bench():
    name = level()
    only()
    override()
    boots = (plan_here if asked("HERE") else plan_guests)(LEVELS[name])
    with common.lock(results.BENCH / "lock"):
        start_over(name)
        for number, boot in enumerate(boots, 1):
            measure(boot, number, len(boots))
        common.write_atomic(RAW / "meta.json", json.dumps(meta(boots, name), indent=1) + "\n")
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
