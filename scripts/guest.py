#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Boots a kernel in QEMU, runs scripts of scripts/guest/ in it, brings back results.

Disks of the guest: vda the root image, vdb a tar with scripts/guest and the
parameters, vdc the verdict (first 4 KiB: FAIL, written by the host before the
boot, PASS only as the guest's last act) and behind it a tar of results, vdd an
empty scratch disk, vde (and more on request) the root image again, for tests
that mount it.

Exact guests (boot_exact()) have no disks, since a disk answers in the host's time:
their root is in memory, and so is the place of the verdict and the results.
"""

import argparse
import dataclasses
import io
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time

import common
import guestlog
import image
from common import BUILD, EXIT_BOOT, EXIT_SETUP, EXIT_TEST, Path, TOP, die, main, step

QEMU = "qemu-system-x86_64"
WORK = BUILD / "guest"
SCRIPTS = TOP / "scripts/guest"
VERDICT = 4096
RESULTS_MAX = 64 << 20
SCRATCH = 2 << 30
KVM_PROBE_S = 20
# How long a hanging kernel may take to tell what its tasks wait for.
ANSWER_S = 5
POLL_S = 0.3

APPEND = ("console=ttyS0 earlyprintk=serial,ttyS0 panic=-1 sysrq_always_enabled "
          "root=/dev/vda rootfstype=erofs ro init=/sbin/guest-init kunit.enable=0")
# Slow emulation on a busy machine is not a stall.
APPEND_TEST = "rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=40"
# Linux 7.3 forgets for a moment what its boot CPU has, when identify_cpu() looks again: an
# interrupt that comes then believes in four levels of page tables, and KASAN reports it if
# there are five.
ACCELS = {
    "tcg": ["-accel", "tcg,thread=multi", "-cpu", "max,la57=off"],
    # When the buffer of translated code is full, CPUs take turns earlier: by default its
    # size depends on the machine.
    "icount": ["-accel", "tcg,thread=single,tb-size=512", "-icount", "shift=0,sleep=off",
               "-cpu", "max"],
    "kvm": ["-accel", "kvm", "-cpu", "host"],
}
# KUnit runs at boot, with a CPU that is possible but never online.
KUNIT = "kunit.enable=1 kunit.autorun=1 kunit.filter_glob="
KUNIT_CPUS = {"cpus": 3, "maxcpus": 4}
# The suite whose cases are about who runs, and for how long.
KUNIT_STEADY = "percpu_completer_sched"
# When the host is busy at the wrong moment, the clocksource watchdog may loop for ever.
APPEND_ACCEL = {"icount": "tsc=reliable", "tcg": "tsc=nowatchdog"}

# Exact guests.  An instruction takes a nanosecond of virtual time and is a cycle of the
# TSC.  The kernel has to be told: by the PIT it finds 999.984 MHz, and a second later
# refines that by another timer.  Without the refinement its clocksource stays tsc-early,
# in which a cycle is one nanosecond, without any remainder.
EXACT = ["-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
APPEND_EXACT = "tsc_early_khz=1000000 initcall_blacklist=init_tsc_clocksource"
# The guest's memory is a file, and a hole in it is what vdc is to other guests.
EXACT_MEM = 512 << 20
TURNS = TOP / "scripts/exact_turns.c"
HOLE = 256 << 20


class BootError(Exception):
    """A guest that gave no verdict: one line, and the log that tells more."""

    def __init__(self, why, log):
        super().__init__(why)
        self.log = log


class EmulatorError(BootError):
    """QEMU failed an assertion of its own before the guest was up."""


@dataclasses.dataclass
class Result:
    """A guest that came to its end."""
    name: str
    log: Path
    results: Path
    status: str
    splats: list
    seconds: float

    @property
    def passed(self):
        return self.status == "PASS" and not self.splats

    def text(self):
        return self.log.read_text(errors="replace")

    def read(self, name):
        """A result file, empty if the guest did not leave it."""
        path = self.results / name
        return path.read_text(errors="replace") if path.exists() else ""

    def tap(self):
        """The TAP lines of all scripts, in order."""
        return [line for path in sorted(self.results.glob("*.tap"))
                for line in path.read_text(errors="replace").splitlines()
                if line.startswith(("ok ", "not ok "))]


def new_work(name):
    """An empty directory for one guest, nothing of an earlier run in it."""
    work = WORK / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return work


def anyones(info):
    """A member of a tar without what differs from one checkout to another."""
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    info.mode = 0o755 if info.mode & 0o100 else 0o644
    return info


def make_tar(path, params, scripts, *more):
    """vdb: what the stub unpacks. Size in whole sectors, or QEMU cuts the tail off."""
    lines = [f"{key}='{value}'" for key, value in params.items()]
    lines.append(f"SCRIPTS='{' '.join(scripts)}'")
    text = "".join(f"{line}\n" for line in lines).encode()
    with tarfile.open(path, "w") as tar:
        for source in (*sorted(SCRIPTS.iterdir()), *more):
            tar.add(source, arcname=source.name, filter=anyones)
        info = tarfile.TarInfo("params")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))


def sparse(path, size):
    """A disk without content."""
    with open(path, "wb") as handle:
        handle.truncate(size)


def make_out(path, size, offset=0):
    """Where the guest leaves its verdict and results: a FAIL so far."""
    sparse(path, size)
    with open(path, "r+b") as handle:
        handle.seek(offset)
        handle.write(b"FAIL the guest did not come to its end\n")


def make_disks(work, params, scripts, *more):
    """The files behind vdb, vdc and vdd."""
    make_tar(work / "in.tar", params, scripts, image.Image.sums, *more)
    make_out(work / "out.img", RESULTS_MAX)
    sparse(work / "scratch.img", SCRATCH)


def drives(work, cpus, copies=1):
    """Virtio disks in the order of the table on top, a queue per CPU; further copies of
    the root image have a single one, hence all their interrupts on one CPU."""
    root = image.Image.erofs
    disks = [(root, True), (work / "in.tar", True), (work / "out.img", False),
             (work / "scratch.img", False), (root, True)]
    queues = [cpus] * len(disks) + [1] * (copies - 1)
    disks += [(root, True)] * (copies - 1)
    for number, ((path, readonly), nr_queues) in enumerate(zip(disks, queues)):
        opts = "readonly=on,file.locking=off" if readonly else "cache=unsafe"
        yield "-drive"
        yield f"if=none,id=d{number},format=raw,file={path},{opts}"
        yield "-device"
        yield f"virtio-blk-pci,drive=d{number},num-queues={nr_queues}"


def cpio_entry(number, name, mode, data=b""):
    """One member of a "newc" archive."""
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def make_initramfs(path, tar=None):
    """busybox under all its names, the same first program as on the image, and what
    it else finds on vdb."""
    busybox = image.Image.busybox
    members = [(name, 0o40755, b"") for name in ("dev", "mnt", "proc", "run", "sys", "tmp",
                                                 "usr", "usr/bin")]
    members += [("bin", 0o120777, b"usr/bin"), ("init", 0o100755, image.STUB.read_bytes()),
                ("usr/bin/busybox", 0o100755, busybox.read_bytes())]
    members += [(f"usr/bin/{applet}", 0o120777, b"busybox")
                for applet in common.output([busybox, "--list"]).split() if applet != "busybox"]
    if tar:
        members.append(("in.tar", 0o100644, tar.read_bytes()))
    members.append(("TRAILER!!!", 0, b""))
    path.write_bytes(b"".join(cpio_entry(number, *member)
                              for number, member in enumerate(members, 1)))


def command(kernel, accel, cpus, maxcpus, mem, append, serial="mon:stdio"):
    """QEMU without the disks."""
    smp = f"cpus={cpus},maxcpus={maxcpus or cpus}"
    words = f"{APPEND} {APPEND_ACCEL.get(accel, '')} {append}"
    return [QEMU, "-nodefaults", "-no-user-config", "-machine", "q35", *ACCELS[accel],
            "-smp", smp, "-m", mem, "-display", "none", "-no-reboot", "-serial", serial,
            "-kernel", str(kernel), "-append", " ".join(words.split())]


def start(cmd, log):
    """QEMU in the background, its console in a log, our pipe as its keyboard."""
    try:
        with open(log, "wb") as out:
            return subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=out,
                                    stderr=subprocess.STDOUT)
    except FileNotFoundError:
        die(EXIT_SETUP, f"{QEMU} is not installed; run make setup")


def killed(status, text):
    """The signal that ended QEMU from outside, or None. It catches some and says so."""
    said = re.search(r"^qemu\S*: terminating on signal (\d+)", text, re.M)
    number = -status if status < 0 else int(said[1]) if said else 0
    return signal.Signals(number).name if number else None


def run(name, cmd, log, timeout, stop):
    """True if the guest ended by itself or stop(text of the console) said so.

    QEMU 7.2 may fail an assertion when two CPUs find out at once what devices there
    are, which says nothing of the guest: that is tried once more.
    """
    try:
        return attempt(name, cmd, log, timeout, stop)
    except EmulatorError as err:
        step(f"{err}, once more")
        return attempt(name, cmd, log, timeout, stop)


def attempt(name, cmd, log, timeout, stop):
    """True if the guest ended by itself or stop(text of the console) said so.

    Never leaves QEMU behind.
    """
    proc = start(cmd, log)
    end = time.monotonic() + timeout
    try:
        while time.monotonic() < end:
            status, text = proc.poll(), log.read_text(errors="replace")
            by = None if status is None else killed(status, text)
            if by:
                own = by == "SIGABRT" and guestlog.UP not in text
                raise (EmulatorError if own else BootError)(
                    f"guest {name}: QEMU was killed by {by}", log)
            if status is not None or stop(text):
                return True
            time.sleep(POLL_S)
        ask_why(proc)
        return False
    finally:
        proc.kill()
        proc.wait()


def ask_why(proc):
    """What hangs prints its blocked tasks and what all CPUs do (SysRq w, l), if it still
    can; QEMU's monitor, which is reached by the same way, prints their registers anyway."""
    for keys in (b"\x01bw", b"\x01bl", b"\x01cinfo registers -a\n"):
        try:
            proc.stdin.write(keys)
            proc.stdin.flush()
            proc.wait(ANSWER_S)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            continue


def unpack_results(results, out, offset):
    """The verdict; the results go to a directory."""
    with open(out, "rb") as handle:
        handle.seek(offset)
        verdict = handle.read(VERDICT).split(b"\0")[0].decode(errors="replace").strip()
        tar = handle.read(RESULTS_MAX - VERDICT)
    results.mkdir()
    if subprocess.run(["tar", "-xmf", "-", "-C", results, "--no-same-owner"], input=tar,
                      stderr=subprocess.DEVNULL, check=False).returncode:
        verdict = "FAIL the results are damaged"
    return verdict


def boot(kernel, scripts, name, cpus=2, maxcpus=None, mem="2G", append="", params=None,
         timeout=300, accel=None, initramfs=False, copies=1, allow=(), files=(), reboots=False,
         watch=lambda text: False):
    """Boot, run the scripts in turn, return a Result; BootError if it gave no verdict.

    initramfs: busybox in memory is the root, nothing is mounted yet.
    copies: how many more disks have the root image on them, from vde on.
    allow: regular expressions of kernel reports that this boot is meant to
    make; every other one is in Result.splats.
    files: more files for the scripts, beside them.
    reboots: the machine may be reset, instead of ending then.
    watch: is shown what the console says, again and again.
    """
    image.ensure()
    accel = accel or pick_accel(kernel)
    work = new_work(name)
    make_disks(work, params or {}, scripts, *files)
    cmd = command(kernel, accel, cpus, maxcpus, mem, f"{APPEND_TEST} {append}")
    if reboots:
        cmd.remove("-no-reboot")
    cmd += drives(work, cpus, copies)
    if initramfs:
        make_initramfs(work / "initramfs")
        cmd += ["-initrd", str(work / "initramfs")]
    return finish(name, work, cmd, timeout, allow, work / "out.img", stop=watch)


def make_turns():
    """What keeps QEMU's main loop out of exact time, compiled if need be."""
    key = common.key_of(TURNS)
    lib = WORK / f"exact_turns-{key[:12]}.so"
    if not lib.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        new = lib.with_suffix(f".{os.getpid()}")
        common.run(["gcc", "-O2", "-shared", "-fPIC", "-o", new, TURNS],
                   common.LOG / "exact_turns.log", what=f"compiling {common.show(TURNS)}")
        new.replace(lib)
    return lib


def boot_exact(kernel, scripts, name, cpus=2, append="", params=None, timeout=300, allow=()):
    """As boot(), but two boots are the same to the last instruction, on any machine.

    Virtual time counts instructions, and nothing reaches the guest in the host's time:
    no disk, no clock, no randomness of the host, no main loop of QEMU. Its scripts have
    busybox only.
    """
    image.ensure()
    work = new_work(name)
    out = {"OUT": "/dev/mem", "OUT_BLOCK": HOLE // VERDICT}
    make_tar(work / "in.tar", {**(params or {}), **out}, scripts)
    make_initramfs(work / "initramfs", work / "in.tar")
    make_out(work / "ram", EXACT_MEM, HOLE)
    hole = f"memmap={RESULTS_MAX:#x}${HOLE:#x}"
    ram = f"id=ram,size={EXACT_MEM},mem-path={work / 'ram'},share=on"
    cmd = ["env", f"LD_PRELOAD={make_turns()}",
           *command(kernel, "icount", cpus, None, str(EXACT_MEM >> 20),
                    f"{APPEND_TEST} {APPEND_EXACT} {hole} {append}"),
           *EXACT, "-initrd", str(work / "initramfs"),
           "-object", f"memory-backend-file,{ram}", "-machine", "memory-backend=ram"]
    # It cannot be switched off: that is up to the main loop, which busy CPUs keep away.
    return finish(name, work, cmd, timeout, allow, work / "ram", HOLE,
                  lambda text: guestlog.DONE in text)


def finish(name, work, cmd, timeout, allow, out, offset=0, stop=lambda text: False):
    """Run QEMU and judge what it left at an offset of a file."""
    log, results = work / "console.log", work / "results"
    began = time.monotonic()
    (work / "command").write_text(" ".join(cmd) + "\n")
    try:
        ended = run(name, cmd, log, timeout, stop)
        text = log.read_text(errors="replace")
        if not ended or guestlog.DONE not in text:
            raise BootError(f"guest {name}: {guestlog.failure(text, not ended, timeout)}", log)
        verdict = unpack_results(results, out, offset)
    finally:
        for big in ("scratch.img", "ram"):
            (work / big).unlink(missing_ok=True)
    return Result(name, log, results, verdict, guestlog.splats(text, allow),
                  time.monotonic() - began)


def run_kunit(kernel, name, glob, stop, timeout=300):
    """Boot without disks: the built-in KUnit run, then a panic for want of a root.

    Ends early when stop(text of the console) is true. Returns the log and
    whether the guest ended, by itself or so; BootError if QEMU was killed.
    """
    work = new_work(name)
    log = work / "console.log"
    accel = pick_steady(kernel) if glob.startswith(KUNIT_STEADY) else pick_accel(kernel)
    cmd = command(kernel, accel, append=f"{APPEND_TEST} {KUNIT}{glob}", mem="1G", **KUNIT_CPUS)
    ended = run(name, cmd, log, timeout, stop)
    return log, ended


def probe_kvm(kernel):
    """Does KVM really run a guest here? An empty word if so, else why not."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm cannot be opened"
    log = WORK / "kvm-probe.log"
    WORK.mkdir(parents=True, exist_ok=True)
    proc = start(command(kernel, "kvm", 1, None, "512M", ""), log)
    try:
        proc.wait(KVM_PROBE_S)
    except subprocess.TimeoutExpired:
        return f"/dev/kvm opens, but a guest got nowhere in {KVM_PROBE_S} s"
    finally:
        proc.kill()
        proc.wait()
    # Without disks it panics and ends; anything less is not a run.
    ran = guestlog.panic(log.read_text(errors="replace"))
    return "" if ran else "/dev/kvm opens, but a guest did not run"


def pick_accel(kernel):
    """What ACCEL asks for; the probe's answer is kept until the machine reboots."""
    if common.ACCEL not in ("auto", "kvm"):
        return common.ACCEL
    stamp = WORK / "kvm"
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    known = stamp.read_text().split("\n") if stamp.exists() else []
    if known[:1] != [boot_id]:
        why = probe_kvm(kernel)
        common.write_atomic(stamp, f"{boot_id}\n{why}")
        step(f"not using KVM: {why}; emulating (slower)" if why else "using KVM")
        return "tcg" if why else "kvm"
    return "tcg" if known[1] else "kvm"


def pick_steady(kernel):
    """What keeps the guest's time when this machine is busy: emulation counts instructions."""
    accel = pick_accel(kernel)
    return "icount" if accel == "tcg" else accel


def report(result):
    """For the command line: TAP lines, splats, verdict."""
    for line in result.tap():
        print(line)
    for line in result.splats:
        print(f"# kernel: {line}")
    print(f"# {result.name}: {result.status}, {result.seconds:.0f} s, log "
          f"{common.show(result.log)}")
    return 0 if result.passed else EXIT_TEST


def shell(kernel):
    """A prompt in the guest; its console is this terminal."""
    image.ensure()
    work = new_work("shell")
    make_disks(work, {}, ["shell"])
    cmd = command(kernel, pick_accel(kernel), 2, None, "2G", "quiet")
    step("booting; `exit` ends it, Ctrl-A X kills it")
    try:
        return subprocess.call(cmd + list(drives(work, 2)))
    except FileNotFoundError:
        die(EXIT_SETUP, f"{QEMU} is not installed; run make setup")
        return EXIT_SETUP


def kernel_for(name):
    """A path of a bzImage, or the name of a configuration to build."""
    if "/" in name:
        return Path(name)
    import build
    return build.kernel(name)


def cli():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", default="bench", help="bzImage or configuration")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--append", default="", help="more kernel parameters")
    parser.add_argument("--param", action="append", default=[], help="KEY=VALUE for the scripts")
    parser.add_argument("--timeout", type=int, default=300, help="seconds")
    parser.add_argument("what", help="shell, or the scripts of scripts/guest to run", nargs="+")
    args = parser.parse_args()
    kernel = kernel_for(args.kernel)
    if args.what == ["shell"]:
        return shell(kernel)
    try:
        return report(boot(kernel, args.what, "manual", cpus=args.cpus, append=args.append,
                           params=dict(param.split("=", 1) for param in args.param),
                           timeout=args.timeout))
    except BootError as err:
        die(EXIT_BOOT, str(err), err.log)
        return EXIT_BOOT


if __name__ == "__main__":
    main(cli)
