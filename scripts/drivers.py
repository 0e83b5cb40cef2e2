#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Modules of drivers whose hardware no guest has: drivers.py

scripts/drivers/ has a file for each that pretends to be the hardware.  It is compiled
together with the driver's own source: as it is in the pristine tree (stock), with our
fixes (fixed), on percpu_completer (converted), and broken on purpose, as
kernel/tests/mutants-drivers/ says.  In a guest they are interrupted while a CPU goes
off and on, and tell what they have counted, see scripts/drivers/harness.h.
"""

import io
import re
import subprocess
import tarfile
from dataclasses import dataclass, field

import build
import common
import overlay
from common import BUILD, EXIT_OVERLAY, LOG, TOP, VERSION, die, output

OURS = TOP / "scripts/drivers"
MUTANTS = TOP / "kernel/tests/mutants-drivers"
WORK = BUILD / "module" / VERSION / "test" / "drivers"
COMMON = ("harness.c", "harness.h", "hooks.h")
VARIANTS = ("stock", "fixed", "converted")
# Those that have no fault.
RIGHT = VARIANTS[1:]
LINE = re.compile(r"harness: (\w+)_(\w+):((?: \w+=\d+)+)$", re.M)
# What is counted that is no fault; and what is none before the conversion.
GOOD, BEFORE = ("queued", "completed"), ("offline",)
ENOUGH = 1000


@dataclass
class Mutant:
    """A variant that has a fault again, in one file."""
    variant: str
    file: str
    fault: str


@dataclass
class Driver:
    """Its objects that ours does not include, and which count tells of which fault."""
    objects: str
    faults: dict
    allow: list = field(default_factory=list)
    mutants: dict = field(default_factory=dict)

    def known(self, variant):
        """The faults that a variant has to show."""
        if variant in self.mutants:
            fault = self.mutants[variant].fault
            return {fault: self.faults[fault]}
        return {} if variant in RIGHT else self.faults


DRIVERS = {
    "bnx2i": Driver("", {
        "interrupt": "cnic calls a driver whose threads are not there, or that is gone",
        "endpoint": "completions use an endpoint that is freed",
        "connection": "completions use a connection that is freed",
        "locked": "commands complete under a spinlock in the CPU hotplug callback",
    }, ["BUG: spinlock "]),
    "bnx2fc": Driver("bnx2fc_els bnx2fc_io bnx2fc_debug", {
        "locked": "requests complete under a spinlock in the CPU hotplug callback",
        "connection": "completions use a session that is freed",
    }),
    "qedi": Driver("qedi_fw qedi_fw_api qedi_sysfs qedi_dbg qedi_debugfs", {
        "nobody": "a CPU on its way down wakes NULL",
        "preempted": "an interrupt handler that is preempted while its CPU goes down wakes NULL",
        "locked": "completions run with interrupts off, and enable them, under a spinlock",
        "connection": "completions use connections and commands that are freed",
    }, mutants={"unlocked": Mutant("fixed", "qedi_main.c", "preempted")}),
    "qedf": Driver("qedf_io qedf_dbg qedf_fip qedf_attr qedf_els qedf_debugfs "
                   "drv_scsi_fw_funcs drv_fcoe_fw_funcs", {
        "pool": "the mempool's reserve is lost once it was used",
        "spin": "the interrupt handler spins until there is memory",
        "connection": "completions use a session that is freed",
        "adapter": "completions use an adapter that is freed",
    }, mutants={"unflushed": Mutant("converted", "qedf_main.c", "connection")}),
}
# What a driver that is wrong makes the kernel say.
ALLOW = [pattern for driver in DRIVERS.values() for pattern in driver.allow]


def tried(right):
    """[(driver, variant)]: those that are right, or those that are not."""
    return [(name, variant) for name, driver in DRIVERS.items()
            for variant in (*VARIANTS, *driver.mutants) if (variant in RIGHT) == right]


# --- sources ---------------------------------------------------------------------

def converting(steps, name):
    """The number of the step that converts a driver: it has threads before and after."""
    return next(n for n, step in enumerate(steps) if step.user == name and step.threads)


def commits(name):
    """{variant: commit}"""
    heads = output(["git", "rev-list", "--reverse", "refs/pcc/pristine..refs/pcc/converted"],
                   cwd=overlay.TREE).split()
    before = heads[converting(overlay.load_series(), name) - 1]
    return dict(zip(VARIANTS, ("refs/pcc/pristine", before, "refs/pcc/converted")))


def sources(name, commit):
    """The driver's own files at a commit."""
    res = subprocess.run(["git", "archive", commit, f"drivers/scsi/{name}"], cwd=overlay.TREE,
                         capture_output=True, check=False)
    if res.returncode:
        die(EXIT_OVERLAY, f"there is no {name} at {commit}")
    with tarfile.open(fileobj=io.BytesIO(res.stdout)) as tar:
        return {common.Path(member.name).name: tar.extractfile(member).read()
                for member in tar if member.name.endswith((".c", ".h"))}


def broken(name, variant, files):
    """The files of a driver, broken on purpose."""
    mutant, patch = DRIVERS[name].mutants[variant], MUTANTS / f"{name}-{variant}.cocci"
    after, found = overlay.transform(str(patch.relative_to(TOP)), mutant.file, "cocci",
                                     files[mutant.file], LOG / f"overlay-{patch.stem}.log")
    if not found:
        die(EXIT_OVERLAY, f"{patch.relative_to(TOP)} does not change {mutant.file}")
    return {**files, mutant.file: after}


def kbuild(name, variant):
    """What a module is made of.  Headers of other drivers are found beside the tree's own."""
    objects = " ".join(f"{obj}.o" for obj in ("harness", name, *DRIVERS[name].objects.split()))
    return (f"obj-m := {name}_{variant}.o\n{name}_{variant}-y := {objects}\n"
            f"ccflags-y := -I$(srctree)/drivers/scsi/{name}\n")


def put(path, data):
    """Write, unless it is there: make goes by the time."""
    if not path.exists() or path.read_bytes() != data:
        common.write_atomic(path, data)


def lay_out(name, variant, files):
    """The directory of one module."""
    files = {**files, "Kbuild": kbuild(name, variant).encode()}
    files |= {ours: (OURS / ours).read_bytes() for ours in (*COMMON, f"{name}.c")}
    for file, data in files.items():
        put(WORK / f"{name}_{variant}" / file, data)


def modules():
    """Build them for the test kernel; {module: file}."""
    overlay.tree()
    names = ["_".join(module) for module in tried(False) + tried(True)]
    for name, driver in DRIVERS.items():
        files = {variant: sources(name, commit) for variant, commit in commits(name).items()}
        files |= {variant: broken(name, variant, files[mutant.variant])
                  for variant, mutant in driver.mutants.items()}
        for variant in files:
            lay_out(name, variant, files[variant])
    put(WORK / "Kbuild", f"obj-m := {' '.join(f'{name}/' for name in names)}\n".encode())
    build.modules("test", WORK)
    return {name: WORK / name / f"{name}.ko" for name in names}


# --- judgement -------------------------------------------------------------------

def parse(text):
    """{(driver, variant): {count: number}} of what modules said."""
    return {(name, variant): {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
            for name, variant, line in LINE.findall(text)}


def judge(name, variant, counts):
    """(test, why it failed or None): what is wrong shows its faults, others have none."""
    head = f"{name}, {variant}"
    if not counts:
        yield f"{head}: tells what it counted", "it does not"
        return
    queued = counts["queued"]
    yield (f"{head}: {queued} completions queued, {counts['offline']} while CPU 1 was not "
           "there completed at once", None if queued >= ENOUGH else "too few")
    known = DRIVERS[name].known(variant)
    if known:
        for key, fault in known.items():
            yield (f"{head}: seen {counts[key]} times: {fault}",
                   None if counts[key] else "it is not seen")
        return
    fine = GOOD + (BEFORE if variant == "fixed" else ())
    bad = [f"{key}={number}" for key, number in counts.items() if number and key not in fine]
    yield f"{head}: each once, in order, in a task, without locks", " ".join(bad) or None


def main():
    for path in modules().values():
        print(common.show(path))


if __name__ == "__main__":
    common.main(main)
