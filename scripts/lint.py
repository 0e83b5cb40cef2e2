#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Static checks on our files, as they are in the converted tree. Prints TAP.

A check that did not run looks like one that found nothing, so sparse has
controls: it must accept this kernel's language, and it must complain about
the one file of the stock kernel that is known to deserve it.
"""

import argparse
import itertools
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field

import build
import common
import overlay
import setup
from common import LOG, TOP, output, run

# Types that checkpatch must not report, each for a reason.
IGNORE_FILE = []
IGNORE_COMMIT = [
    "FILE_PATH_CHANGES",    # MAINTAINERS is changed once, by its own step
    "MISSING_SIGN_OFF",     # a sign-off is the submitter's, not a tool's
]
# What every TRACE_EVENT() looks like.
TRACE_IDIOM = re.compile(r"include/trace/events/\S+ CHECK:(OPEN_ENDED_LINE|PARENTHESIS_ALIGNMENT):")
COMPLAINT = re.compile(r"^\S+:(?:\d+:)* (?:warning|error):|: (?:warning|error): ", re.M)
# What the conversions were made to remove.
GONE = {
    "block/bio.c": r"bio_complete_wq|bio_complete_batch|CPUHP_\w*_DYN|delayed_work",
    "fs/erofs/zdata.c": r"z_erofs_pcpu_workers|kthread_|cpuhp_|CPUHP",
    "drivers/scsi/bnx2i/bnx2i_hwi.c": r"kthread_|per_cpu|work_lock|work_cnt",
    "drivers/scsi/bnx2i/bnx2i_init.c": r"kthread_|per_cpu|cpuhp_|work_lock|work_cnt",
    "drivers/scsi/bnx2i/bnx2i_iscsi.c": r"per_cpu|work_lock|work_cnt",
    "drivers/scsi/bnx2fc/bnx2fc_fcoe.c": r"per_cpu|cpuhp_|work_lock|queued_works",
    "drivers/scsi/bnx2fc/bnx2fc_hwi.c": r"per_cpu|possible_cpu|work_lock|queued_works",
    "drivers/scsi/qedi/qedi_main.c": r"per_cpu|cpuhp_|work_lock|queued_works",
    "drivers/scsi/qedf/qedf_main.c": r"qedf_io_wq|INIT_WORK\(&io_work",
    "drivers/infiniband/sw/siw/siw_qp_tx.c": r"kthread_|per_cpu|llist_add",
    "fs/iomap/ioend.c": r"failed_|schedule_work|DECLARE_WORK",
    "fs/iomap/bio.c": r"failed_|schedule_work|DECLARE_WORK",
    "block/bio-integrity-auto.c": r"workqueue|work_struct|queue_work",
    "fs/f2fs/data.c": r"f2fs_bio\b|[^_]in_atomic|f2fs_write_end_io_work",
}
STOCK_WARNS = "fs/erofs/zdata.o"
# Drivers for hardware that no guest has, and f2fs, are compiled by these, as modules.
DRIVERS_BY, DRIVERS = ("gcc", "gcc-arm64"), ("drivers/", "fs/f2fs/")
# With FULL=1 all that shares a directory with a change, in the largest configurations.
WHOLE, WHOLE_BY = ("block/", "drivers/", "fs/"), ("gcc", "gcc-arm64")
LARGEST = ("allmodconfig", "allyesconfig")
# The benchmark may get at its users, never at the facility.
BENCH = "percpu_completer_bench"
FACILITY = sorted(f"kernel/percpu_completer/{source.stem}.o"
                  for source in (TOP / "kernel/percpu_completer").glob("*.c"))
USERS = ("block/bio.o", "fs/erofs/zdata.o")


@dataclass
class Tap:
    """Counts and prints test results."""
    prefix: str
    failed: list = field(default_factory=list)
    count: int = 0

    def report(self, name, complaints):
        """An empty list of complaints is a pass."""
        self.count += 1
        if complaints:
            self.failed.append(name)
        first = f" # {complaints[0]}" if complaints else ""
        more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
        print(f"{'not ok' if complaints else 'ok'} {self.count} - {self.prefix} {name}"
              f"{first}{more}", flush=True)


def _filter(cmd, log, pattern=r"\S", cwd=None, stdin=None):
    """The lines of a checker's output that match; the rest is in the log.

    Debian's Python comes first: it is the one that has checkpatch's modules.
    """
    env = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:" + os.environ["PATH"]}
    res = subprocess.run([str(c) for c in cmd], cwd=cwd, input=stdin, capture_output=True,
                         text=True, check=False, env=env)
    text = res.stdout + res.stderr
    with open(LOG / log, "a", encoding="utf-8") as out:
        out.write(f"$ {' '.join(str(c) for c in cmd)}\n{text}")
    found = [line.strip() for line in text.splitlines() if re.search(pattern, line)]
    return found or ([f"exit status {res.returncode}"] if res.returncode else [])


# --- style -----------------------------------------------------------------------

def _checkpatch(args, ignore, stdin=None):
    cmd = ["perl", "scripts/checkpatch.pl", "--strict", "--terse", "--no-summary", "--show-types",
           "--color=never", "--showfile"]
    if ignore:
        cmd += ["--ignore", ",".join(ignore)]
    found = _filter([*cmd, *args], "lint-checkpatch.log", r"(WARNING|ERROR|CHECK):", overlay.TREE,
                    stdin)
    return [line for line in found if not TRACE_IDIOM.match(line)]


def check_files(tap, steps):
    for name in (n for s in steps for n in s.new):
        tap.report(f"checkpatch {name}", _checkpatch(["-f", name], IGNORE_FILE))


def check_commits(tap, _steps):
    revs = output(["git", "rev-list", "--reverse", "refs/pcc/pristine..refs/pcc/converted"],
                  cwd=overlay.TREE).split()
    for rev in revs:
        patch = output(["git", "format-patch", "-1", "--stdout", rev], cwd=overlay.TREE)
        subject = output(["git", "log", "-1", "--format=%s", rev], cwd=overlay.TREE).strip()
        tap.report(f"checkpatch commit {subject}", _checkpatch(["-"], IGNORE_COMMIT, patch))


def check_kernel_doc(tap, steps):
    for name in (n for s in steps for n in s.new if n.endswith((".h", ".c"))):
        tap.report(f"kernel-doc {name}", _filter(
            ["scripts/kernel-doc", "-none", "-Wall", name], "lint-kernel-doc.log", r"\S",
            overlay.TREE))


# --- compilers ---------------------------------------------------------------------

def touched_objects(steps):
    """Every object whose source a step adds or changes."""
    sources = [n for s in steps for n in s.new]
    sources += [n for s in steps for n in overlay.targets(s, overlay.TREE)]
    return sorted({n.removesuffix(".c") + ".o" for n in sources if n.endswith(".c")})


def _compile(tree, config, objects, log, *flags, tools="gcc"):
    """Build single objects with extra checks; returns what was complained about."""
    out = tree / f"O-{config.removesuffix('-stock')}{tools.removeprefix('gcc')}"
    with common.lock(common.BUILD / f"lock-lint-{tree.name}"):
        out.mkdir(exist_ok=True)
        build.configure(tree, out, build.wanted_lines(config), LOG / "lint-config.log", tools)
        for obj in objects:
            (out / obj).unlink(missing_ok=True)
        run(build.make(tree, out, *flags, *objects, tools=tools), LOG / log,
            env=build.environment(), what=f"lint: {flags[0]}", count=lambda p: "compiling")
    lines = (LOG / log).read_text(errors="replace").splitlines()
    disabled = [line for line in lines if "not up to date" in line]
    return disabled or [line for line in lines if COMPLAINT.search(line)]


def _not_seen(verb, objects, log):
    """A check of a file that kbuild never reached is no check. Where Linux 6.12 is
    built is not where its sources are."""
    text = (LOG / log).read_text(errors="replace")
    stems = set(re.findall(rf"^  {verb} +(?:\.\./)?(\S+)\.[co]$", text, re.M))
    return [f"{verb} did not run on {obj}" for obj in objects
            if obj.removesuffix(".o") not in stems]


def check_warnings(tap, steps):
    objects = touched_objects(steps)
    for obj in objects:
        (overlay.TREE / "O-lint" / obj).unlink(missing_ok=True)
    tap.report("gcc W=1", _compile(overlay.TREE, "lint", objects, "lint-w1.log", "W=1")
               + _not_seen("CC", objects, "lint-w1.log"))


def _new(found, known):
    """Complaints of which the stock kernel has none, or fewer: lines may have moved."""
    left = Counter(re.sub(r":\d+", "", line) for line in known)
    for line in found:
        text = re.sub(r":\d+", "", line)
        left[text] -= 1
        if left[text] < 0:
            yield line


def _check_against_stock(tap, name, objects, *flags, tools="gcc",
                         configs=("lint", "lint-stock")):
    """A checker that kbuild calls is to say nothing that it does not say of the stock kernel."""
    log = f"lint-{name}.log"
    found = _compile(overlay.TREE, configs[0], objects, log, "C=2", *flags, tools=tools)
    stock = overlay.stock()
    old = [obj for obj in objects if (stock / obj).with_suffix(".c").is_file()]
    known = _compile(stock, configs[1], old, f"lint-{name}-stock.log", "C=2", *flags,
                     tools=tools)
    tap.report(f"{name}: nothing that the stock kernel does not have", [*_new(found, known)]
               + _not_seen("CHECK", objects, log))
    if STOCK_WARNS in old:
        real = [line for line in known if STOCK_WARNS.removesuffix(".o") in line]
        tap.report(f"{name} control: stock {STOCK_WARNS} warns", [] if real else ["it did not"])


def check_sparse(tap, steps):
    _check_against_stock(tap, "sparse", touched_objects(steps), f"CHECK={setup.sparse()}")


def check_clang(tap, steps):
    """Another compiler's warnings, and its analyzer's, which follows paths."""
    objects = [obj for obj in touched_objects(steps) if not obj.startswith("drivers/")]
    for obj in objects:
        (overlay.TREE / "O-lint-clang" / obj).unlink(missing_ok=True)
    tap.report("clang W=1", _compile(overlay.TREE, "lint", objects, "lint-clang.log", "W=1",
                                     tools="clang") + _not_seen("CC", objects, "lint-clang.log"))
    compiler = build.TOOLCHAINS["clang"][-1]
    _check_against_stock(tap, "clang-analyzer", objects, "CHECKFLAGS=",
                         f"CHECK={compiler} --analyze --analyzer-output text", tools="clang")


def check_drivers(tap, steps):
    """Drivers as modules, for more than one architecture."""
    objects = [obj for obj in touched_objects(steps) if obj.startswith(DRIVERS)]
    for tools in DRIVERS_BY if objects else ():
        log = f"lint-drivers-{tools}.log"
        tap.report(f"{tools} W=1 of drivers as modules",
                   _compile(overlay.TREE, "drivers", objects, log, "W=1", tools=tools)
                   + _not_seen(r"CC \[M\]", objects, log))


def check_drivers_sparse(tap, steps):
    """Drivers for the other architecture, whose types differ."""
    objects = [obj for obj in touched_objects(steps) if obj.startswith(DRIVERS)]
    if objects:
        _check_against_stock(tap, "sparse-arm64", objects, f"CHECK={setup.sparse()}",
                             tools="gcc-arm64", configs=("drivers", "drivers"))


def check_directories(tap, steps):
    """Whole directories, as modules and built in: what a change in one file does to
    another one."""
    objects = [obj for obj in touched_objects(steps) if obj.startswith(WHOLE)]
    for tools, config in itertools.product(WHOLE_BY, LARGEST if objects else ()):
        check_largest(tap, objects, tools, config)


def check_largest(tap, objects, tools, config):
    """The directories of these objects in a configuration that has all."""
    directories = sorted({f"{os.path.dirname(obj)}/" for obj in objects})
    log, out = f"lint-{config}-{tools}.log", overlay.TREE / f"O-{config}-{tools}"
    out.mkdir(exist_ok=True)
    for obj in objects:
        (out / obj).unlink(missing_ok=True)
    for targets in ([config], directories):
        run(build.make(overlay.TREE, out, *targets, tools=tools), LOG / log,
            env=build.environment(), what=f"lint: {targets[0]}", count=lambda p: "compiling")
    lines = (LOG / log).read_text(errors="replace").splitlines()
    tap.report(f"{tools} {config} of {len(directories)} directories",
               [line for line in lines if COMPLAINT.search(line)]
               + _not_seen(r"CC(?: \[M\])?", objects, log))


# --- the benchmark keeps out of the product ------------------------------------------

def _read(config, obj):
    """What kbuild says of an object: its command line and all files that it read."""
    path = overlay.TREE / f"O-{config}" / obj
    return (path.parent / f".{path.name}.cmd").read_text()


def check_hooks(tap, steps):
    """Code that read nothing of the benchmark is the same code as without it."""
    users = [obj for obj in USERS if obj in touched_objects(steps)]
    with build.locked("test"):
        found = _compile(overlay.TREE, "test", [*FACILITY, *users], "lint-hooks.log", "W=")
        found += [f"{obj} depends on the benchmark" for obj in (*FACILITY, *users)
                  if BENCH in _read("test", obj)]
    found += [f"{obj} depends on the benchmark when that is configured" for obj in FACILITY
              if BENCH in _read("lint", obj)]
    tap.report("no hook of the benchmark without it, none ever in the facility", found)
    tap.report("hook control: the benchmark gets at its users",
               [f"{obj} does not see it" for obj in users if BENCH not in _read("lint", obj)])


# --- what the conversions promise -----------------------------------------------------

def check_conversions(tap, steps):
    changed = {n for s in steps for n in overlay.targets(s, overlay.TREE)}
    for name, pattern in GONE.items():
        if name in changed:
            left = re.findall(pattern, (overlay.TREE / name).read_text())
            tap.report(f"nothing bespoke left in {name}", sorted(set(left)))
    if set(GONE) <= changed:
        stat = output(["git", "diff", "--numstat", "refs/pcc/pristine", "refs/pcc/converted",
                       "--", "block", "drivers", "fs", "include/linux/blk_types.h"],
                      cwd=overlay.TREE)
        net = sum(int(a) - int(d) for a, d, _ in (line.split("\t") for line in stat.splitlines()))
        tap.report("the conversions remove more than they add",
                   [] if net < 0 else [f"net {net:+d} lines"])


# --- our own scripts ---------------------------------------------------------------------

def _tracked():
    names = output(["git", "-c", "safe.directory=*", "ls-files"], cwd=TOP).splitlines()
    return [TOP / name for name in names if (TOP / name).is_file()]


def _mode(path):
    """A semantic patch that only reports has nothing to parse in another mode."""
    return ["-D", "report"] if re.search("^virtual report", path.read_text(), re.M) else []


def _shebang(path):
    with open(path, "rb") as handle:
        return handle.readline(80).decode(errors="replace")


def _python_errors(path):
    try:
        compile(path.read_text(), str(path), "exec")
        return []
    except SyntaxError as err:
        return [f"line {err.lineno}: {err.msg}"]


def check_scripts(tap, _steps):
    files = _tracked()
    for path in files:
        name, first = path.relative_to(TOP), _shebang(path)
        if path.suffix == ".cocci":
            tap.report(f"spatch parses {name}", _filter(
                ["spatch", *_mode(path), "--parse-cocci", path], "lint-spatch.log",
                r"(?i)^fatal error|parse error|exception"))
        elif path.suffix == ".py":
            tap.report(f"python {name}", _python_errors(path))
    shells = [p for p in files if re.match(r"#!.*\b(ba|da)?sh\b", _shebang(p)) or p.suffix == ".sh"]
    if shells:
        tap.report("shellcheck", _filter(["shellcheck", "-x", "-P", "SCRIPTDIR", "-f", "gcc", *shells],
                                         "lint-shellcheck.log", cwd=TOP))


CHECKS = (check_files, check_commits, check_kernel_doc, check_warnings, check_sparse,
          check_clang, check_drivers, check_hooks, check_conversions, check_scripts)


def lint(checks):
    """Run these checks; returns the names of those that failed."""
    overlay.tree()
    LOG.mkdir(parents=True, exist_ok=True)
    for old in LOG.glob("lint-*.log"):
        old.unlink()
    steps, tap = overlay.load_series(), Tap("lint:")
    for check in checks:
        check(tap, steps)
    print(f"1..{tap.count}", flush=True)
    return tap.failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compile", action="store_true", help="no check but gcc's, the quickest")
    args = parser.parse_args()
    whole = (check_drivers_sparse, check_directories) if os.environ.get("FULL") == "1" else ()
    failed = lint((check_warnings,) if args.compile else (*CHECKS, *whole))
    if failed:
        common.die(common.EXIT_TEST, f"{len(failed)} lint checks failed: {failed[0]}", LOG)
    return 0


if __name__ == "__main__":
    common.main(main)
