#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What every script of the harness shares: places, errors, progress, stamps.

Exit codes tell the phases apart, so that a caller needs no log to know
whether to fix a command line, a machine, a patch, a build or the code.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

EXIT_TEST, EXIT_USAGE, EXIT_SETUP, EXIT_OVERLAY, EXIT_BUILD, EXIT_BOOT = range(1, 7)

Path = pathlib.Path
TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / "build"
LOG = BUILD / "log"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "percpu_completer"
KSRC = os.environ.get("KSRC") or None
ACCEL, ACCELS = os.environ.get("ACCEL") or "auto", ("auto", "tcg", "icount", "kvm")
V = os.environ.get("V") == "1"

# A make above us must not pass its variables and flags to the kernel's make.
for _name in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"):
    os.environ.pop(_name, None)

# How long a terminal or a log goes without a sign of life.
TICK_TTY, TICK_LOG = 1, 30
# Less than this left after a failure means that the disk was the cause.
FULL_BYTES = 16 << 20

_start = time.monotonic()


def elapsed():
    """Seconds since this program started."""
    return time.monotonic() - _start


def die(code, msg, log=None):
    """One line on stderr, where to read more, and the exit code of the phase."""
    where = f" (log: {show(log)})" if log else ""
    sys.stdout.flush()
    print(f"pcc: error: {msg}{where}", file=sys.stderr)
    raise SystemExit(code)


def step(msg):
    """Tell that a phase has begun or ended."""
    print(f"[{elapsed():6.1f}s] {msg}", flush=True)


def show(path):
    """A path as the user would type it: relative to here when below here."""
    with contextlib.suppress(ValueError):
        return str(Path(path).relative_to(Path.cwd()))
    return str(path)


def _ksrc_version(ksrc):
    """KSRC's own version; a directory that is no kernel tree ends it here."""
    ksrc = Path(ksrc)
    if not all((ksrc / part).exists() for part in ("Makefile", "Kconfig", "kernel")):
        die(EXIT_USAGE, f"KSRC={ksrc} is not a kernel tree")
    text = (ksrc / "Makefile").read_text(errors="replace")
    found = re.match(r"(?:#.*\n|\s)*VERSION = (\d+)\nPATCHLEVEL = (\d+)\n", text)
    if not found:
        die(EXIT_USAGE, f"KSRC={ksrc} is not a kernel tree: its Makefile has no version")
    return ".".join(found.groups())


VERSION = _ksrc_version(KSRC) if KSRC else os.environ.get("KERNEL") or "7.3"


class Progress:
    """Overwrites one line on a terminal, adds a line now and then elsewhere."""

    def __init__(self, what):
        self.what, self.tty, self.shown = what, sys.stdout.isatty(), time.monotonic()

    def update(self, text):
        now = time.monotonic()
        if now - self.shown < (TICK_TTY if self.tty else TICK_LOG):
            return
        self.shown = now
        line = f"[{elapsed():6.1f}s] {self.what}: {text}"
        print(f"\r{line}\x1b[K" if self.tty else line, end="" if self.tty else "\n", flush=True)

    def done(self):
        if self.tty:
            print("\r\x1b[K", end="", flush=True)


def _watch(proc, log, progress, count):
    """Poll a child that writes to a log, turning the log into progress."""
    while True:
        try:
            return proc.wait(timeout=1)
        except subprocess.TimeoutExpired:
            if progress:
                progress.update(count(log))


def run(cmd, log, cwd=None, env=None, code=EXIT_BUILD, what=None, append=False, count=None):
    """Run a command with its output in a log; die with one line if it fails.

    count(log) makes the text of the progress line out of the growing log.
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    cmd = [str(c) for c in cmd]
    what = what or cmd[0]
    full_env = {**os.environ, "LC_ALL": "C", **(env or {})}
    with open(log, "ab" if append else "wb") as out:
        out.write(f"$ {' '.join(cmd)}\n".encode())
        out.flush()
        tail = _follow(log, out.tell()) if V else None
        try:
            proc = subprocess.Popen(cmd, cwd=cwd, env=full_env, stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=subprocess.STDOUT)
        except FileNotFoundError:
            die(EXIT_SETUP, f"{cmd[0]} is not installed; run make setup", log)
        progress = Progress(what) if count and not V else None
        status = _wait(proc, log, progress, count)
        if tail:
            _unfollow(tail)
    if progress:
        progress.done()
    if status and shutil.disk_usage(log.parent).free < FULL_BYTES:
        die(EXIT_SETUP, f"{what} failed: the disk is full", log)
    if status:
        die(code, f"{what} failed with status {status}", log)


def _wait(proc, log, progress, count):
    """Never leave a child behind when the user interrupts."""
    try:
        return _watch(proc, log, progress, count)
    except BaseException:
        proc.terminate()
        proc.wait()
        raise


def _follow(log, offset):
    """V=1: copy the growing log to stdout."""
    return subprocess.Popen(["tail", "-c", f"+{offset + 1}", "-f", "-s", "0.2", str(log)])


def _unfollow(tail):
    time.sleep(0.4)
    tail.terminate()
    tail.wait()


def output(cmd, cwd=None, code=EXIT_BUILD, env=None):
    """stdout of a short command that has to succeed."""
    cmd = [str(c) for c in cmd]
    try:
        res = subprocess.run(cmd, cwd=cwd, env={**os.environ, "LC_ALL": "C", **(env or {})},
                             stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError:
        die(EXIT_SETUP, f"{cmd[0]} is not installed; run make setup")
    if res.returncode:
        last = (res.stderr.strip() or res.stdout.strip() or "no message").splitlines()[-1]
        die(code, f"{' '.join(cmd[:3])} failed: {last}")
    return res.stdout


def write_atomic(path, data):
    """A reader sees the old file or the new one, never half of one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = data.encode() if isinstance(data, str) else data
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as tmp:
        tmp.write(data)
    os.chmod(tmp.name, 0o644)
    os.replace(tmp.name, path)


def fresh(stamp, key):
    """Does the stamp say that this very input was finished before?"""
    try:
        return Path(stamp).read_text() == key + "\n"
    except FileNotFoundError:
        return False


def mark(stamp, key):
    """Record that the work for this input is complete. Always the last act."""
    write_atomic(stamp, key + "\n")


def key_of(*parts):
    """A hash over texts and the contents of files, for stamps."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        sha.update(f"{len(data)}:".encode() + data)
    return sha.hexdigest()


@contextlib.contextmanager
def lock(path):
    """Two makes at once take turns instead of writing the same directory."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step(f"waiting for another run that holds {show(path)}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def staged(final, code=EXIT_SETUP):
    """A temporary directory that becomes `final` only if the body succeeds."""
    final = Path(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    tmp = final.parent / f".{final.name}.new"
    remove_tree(tmp)
    tmp.mkdir()
    try:
        yield tmp
    except OSError as err:
        remove_tree(tmp)
        die(code, f"cannot write {show(final)}: {err.strerror}")
    except BaseException:
        remove_tree(tmp)
        raise
    remove_tree(final)
    os.replace(tmp, final)


def remove_tree(path):
    """Remove a directory even when it was made read-only."""
    path = Path(path)
    if not path.exists():
        return
    for root, dirs, _ in os.walk(path):
        for name in dirs:
            if not os.path.islink(os.path.join(root, name)):
                os.chmod(os.path.join(root, name), 0o755)
        os.chmod(root, 0o755)
    shutil.rmtree(path)


def need_space(path, gib, what):
    """Fail early and clearly, not after twenty minutes with ENOSPC."""
    path = Path(path)
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free / 2**30
    if free < gib:
        die(EXIT_SETUP, f"{what} needs {gib} GiB free below {path}, there are {free:.1f}")


def main(func):
    """Run a script's main: interrupts and full disks are one line, not a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if ACCEL not in ACCELS:
        die(EXIT_USAGE, f"ACCEL={ACCEL} is none of {', '.join(ACCELS)}")
    try:
        raise SystemExit(func())
    except KeyboardInterrupt:
        die(130, "interrupted; run the same command again to resume")
    except OSError as err:
        die(EXIT_SETUP, f"{err.filename or 'system'}: {err.strerror}")
