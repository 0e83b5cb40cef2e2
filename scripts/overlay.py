#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Lay this repository over a pristine kernel: build/tree/VERSION, a git tree.

scripts/series.toml lists the steps; each becomes one commit:

    [[step]]
    subject = "block: ..."          first line of the commit
    body = "..."                    the rest of it
    new = ["PATH", ...]             files that are copied
    apply = { "PATH.cocci" = N }    files that are changed, in this order
    kernels = ["7.3"]               only for these kernels; default: all
    user = "..."                    whose code it fixes or converts, see conversions.py,
    faults = ["...", ...]           which faults of it that removes,
    threads = ["...", "..."]        which threads it has before and after

A patch that is not for all kernels, or has another N in each, names them:

    apply."PATH.cocci" = { "7.3" = N, "6.12" = M }

Only the kernels that setup.py knows have names.  A tree of another version is taken
for the newest of them that is not newer; the counts tell if it differs.

What is applied is named after the file that it changes, with a tag when one
file is changed in several steps:

    PATH[.TAG].cocci    a semantic patch
    PATH[.TAG].patch    a patch, without fuzz

A rule for several files at once, such as those of a driver, says which:

    apply = { "RULE.cocci" = { "PATH" = N, "PATH" = N } }

It may be shared by several steps.  Coccinelle is given all the files together,
so that what it finds in one is known in the others, and -D patch.

N is the number of separate changes (hunks of diff -U0) that it has to make;
any other number is an error, never a warning: a kernel in which a site has
moved or has doubled needs a person to look.

Commits are made from the pristine tree's objects, with only the file at hand
unpacked, so nothing can write to the pristine tree.  The checkout then updates
only files whose content differs: builds in the tree stay incremental.
"""

import os
import re
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from dataclasses import dataclass, field, replace

import common
import setup
from common import BUILD, EXIT_OVERLAY, LOG, TOP, VERSION, Path, die, output, run, step

SERIES = TOP / "scripts" / "series.toml"
MACROS = TOP / "scripts" / "coccinelle" / "macros.h"
TREES = BUILD / "tree"
TREE, STOCK, MUTANT = TREES / VERSION, TREES / f"{VERSION}-stock", TREES / f"{VERSION}-mutant"
# They are worktrees of one repository.
LOCK = BUILD / f"lock-tree-{VERSION}"
MUTANT_TARGETS = (*(f"kernel/percpu_completer/{name}.c"
                    for name in ("queue", "worker", "core", "sched", "policy", "debugfs")),
                  "drivers/infiniband/sw/siw/siw_qp_tx.c")
# Build directories live inside the trees, see build.py.
EXCLUDE = "/O-*/\n"


@dataclass
class Step:
    """One commit of the series, as series.toml declares it."""
    subject: str
    body: str = ""
    new: list = field(default_factory=list)
    apply: dict = field(default_factory=dict)
    kernels: list = field(default_factory=list)
    user: str = ""
    faults: list = field(default_factory=list)
    threads: list = field(default_factory=list)

    def inputs(self):
        return [TOP / name for name in (*self.new, *self.apply)]

    def names_kernels(self):
        """All kernels that are named anywhere in the step."""
        tables = (count for count in self.apply.values() if _by_kernel(count))
        return {*self.kernels, *(kernel for table in tables for kernel in table)}

    def only_for(self, kernel):
        """The step as it is for one kernel, or None."""
        if self.kernels and kernel not in self.kernels:
            return None
        counts = {name: count.get(kernel) if _by_kernel(count) else count
                  for name, count in self.apply.items()}
        return replace(self, apply={name: count for name, count in counts.items()
                                    if count is not None})


def _by_kernel(count):
    """Is this a table with a version in each key?"""
    return isinstance(count, dict) and all(re.fullmatch(r"\d+\.\d+", key) for key in count)


def load_series():
    """The steps for this kernel; anything misspelt is an error."""
    try:
        steps = [Step(**raw) for raw in tomllib.loads(SERIES.read_text())["step"]]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as err:
        die(EXIT_OVERLAY, f"scripts/series.toml: {err}")
    unknown = set().union(*(s.names_kernels() for s in steps)) - set(setup.KERNELS)
    if unknown:
        die(EXIT_OVERLAY, f"scripts/series.toml: no kernel is called {min(unknown)}")
    steps = [one for s in steps if (one := s.only_for(setup.target()))]
    for path in (p for s in steps for p in s.inputs()):
        if not path.is_file():
            die(EXIT_OVERLAY, f"scripts/series.toml names {path.relative_to(TOP)}, "
                "which does not exist")
    return steps


def changes(path):
    """Is this file of the kernel changed, by whatever step? Tells what it has to offer."""
    return any(name == path or name.startswith(f"{path}.")
               for step in load_series() for name in (*step.new, *step.apply))


def identity():
    """Commits carry the name of whoever runs this, or of the login."""
    user = os.environ.get("USER") or "root"
    for key, value in (("user.name", user), ("user.email", f"{user}@localhost")):
        if subprocess.run(["git", "config", key], cwd=TOP, capture_output=True,
                          check=False).returncode:
            yield from ("-c", f"{key}={value}")
        else:
            yield from ("-c", f"{key}=" + output(["git", "config", key], cwd=TOP).strip())


class Repo:
    """The git repository of build/tree/VERSION, written through its index."""

    def __init__(self, source):
        self.source, self.dir = source, TREE / ".git"
        self.git = ["git", *identity()]
        self.env = {"GIT_DIR": str(self.dir)}

    def out(self, *args, **kw):
        return output([*self.git, *args], code=EXIT_OVERLAY, env={**self.env, **kw}).strip()

    def has(self, obj):
        return not subprocess.run([*self.git, "cat-file", "-e", obj], capture_output=True,
                                  env={**os.environ, **self.env}, check=False).returncode

    def prepare(self):
        """A repository that borrows the pristine objects; nothing is copied."""
        if not self.dir.exists():
            TREE.mkdir(parents=True, exist_ok=True)
            output(["git", "init", "-q", "-b", "main", TREE], code=EXIT_OVERLAY)
        info = self.dir / "objects" / "info"
        common.write_atomic(info / "alternates", f"{self.source.store}/objects\n")
        common.write_atomic(self.dir / "info" / "exclude", EXCLUDE)
        for key, value in (("gc.auto", "0"), ("advice.detachedHead", "false"),
                           ("core.autocrlf", "false")):
            self.out("config", key, value)

    def read(self, path, index):
        """Content of a file in an index, None when it is not there."""
        res = subprocess.run([*self.git, "cat-file", "blob", f":{path}"], capture_output=True,
                             env={**os.environ, **self.env, "GIT_INDEX_FILE": index}, check=False)
        return None if res.returncode else res.stdout

    def write(self, path, data, index):
        blob = subprocess.run([*self.git, "hash-object", "-w", "--stdin"], input=data,
                              capture_output=True, env={**os.environ, **self.env}, check=True)
        self.out("update-index", "--add", "--cacheinfo",
                 f"100644,{blob.stdout.decode().strip()},{path}", GIT_INDEX_FILE=index)

    def commit(self, message, parent, index):
        tree = self.out("write-tree", GIT_INDEX_FILE=index)
        return self.out("commit-tree", tree, *(["-p", parent] if parent else []), "-m", message)

    def checkout(self, where, commit):
        """Bring a directory to a commit, touching only files that differ."""
        self.out("worktree", "prune")
        if where == TREE:
            cmd = [*self.git, "-C", where, "reset", "-q", "--hard", commit]
        elif _is_worktree(where):
            cmd = [*self.git, "-C", where, "reset", "-q", "--hard", commit]
        else:
            common.remove_tree(where)
            cmd = [*self.git, "-C", TREE, "worktree", "add", "-q", "--detach", where, commit]
        common.need_space(TREES, 2, f"checking out {where.name}")
        # Ours is the only git here, see the callers' lock: a leftover of a kill.
        for left in (self.dir, self.dir / "worktrees" / where.name):
            (left / "index.lock").unlink(missing_ok=True)
        run(cmd, LOG / f"overlay-{where.name}.log", code=EXIT_OVERLAY,
            what=f"checking out {common.show(where)}")


def _is_worktree(where):
    """Is this directory's link to build/tree/VERSION intact (nothing moved)?"""
    return (where / ".git").is_file() and not subprocess.run(
        ["git", "-C", str(where), "rev-parse", "HEAD"], capture_output=True,
        check=False).returncode


# --- one file ------------------------------------------------------------------

def target_of(name, exists):
    """The file that PATH[.TAG].cocci or PATH[.TAG].patch changes."""
    base, kind = name.rsplit(".", 1)
    if kind not in ("cocci", "patch"):
        die(EXIT_OVERLAY, f"{name}: only .cocci and .patch can be applied")
    for path in (base, base.rsplit(".", 1)[0]):
        if exists(path):
            return path, kind
    die(EXIT_OVERLAY, f"{name}: this kernel has no {base}")


def hunks(before, after):
    """How many separate changes lie between two files."""
    res = subprocess.run(["diff", "-U0", before, after], capture_output=True, check=False)
    return sum(line.startswith(b"@@ ") for line in res.stdout.splitlines())


def tidy(before, after):
    """Take out empty lines that a semantic patch left beside empty ones."""
    res = subprocess.run(["diff", "-U0", before, after], capture_output=True, check=False)
    lines, drop = after.read_bytes().splitlines(keepends=True), set()
    for first, count in re.findall(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", res.stdout, re.M):
        first, count = int(first) - 1, int(count or 1)
        # What was only removed has left the lines around it side by side.
        for number in range(first + (not count), first + max(count, 1) + 1):
            if lines[number - 1:number + 1] == [b"\n", b"\n"]:
                drop.add(number)
    after.write_bytes(b"".join(line for n, line in enumerate(lines) if n not in drop))


def transform_all(name, kind, before, log):
    """{path: (content, changes)} after a semantic patch or a patch."""
    with tempfile.TemporaryDirectory() as scratch:
        work = {path: Path(scratch, "b", path) for path in before}
        orig = {path: Path(scratch, "a", path) for path in before}
        for path, data in before.items():
            for file in (work[path], orig[path]):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        if kind == "cocci":
            cmd = ["spatch", "--very-quiet", "--no-includes", "--in-place", "--macro-file", MACROS,
                   *(["-D", "patch"] if _is_virtual(TOP / name) else []),
                   "--sp-file", TOP / name, *work.values()]
        else:
            cmd = ["patch", "-p1", "--fuzz=0", "-N", "--no-backup-if-mismatch", "-r", "-",
                   "-i", TOP / name, *work.values()]
        # Debian's Python comes first: it is the one that Coccinelle is built for.
        run(cmd, log, code=EXIT_OVERLAY, what=f"applying {name}", append=True,
            env={"PATH": "/usr/bin:" + os.environ["PATH"]})
        for path in before if kind == "cocci" else ():
            tidy(orig[path], work[path])
        return {path: (work[path].read_bytes(), hunks(orig[path], work[path])) for path in before}


def _is_virtual(rule):
    """Does this semantic patch have several modes?"""
    return re.search(r"^virtual .*\bpatch\b", rule.read_text(), re.M)


def transform(name, path, kind, before, log):
    """The content of PATH after a semantic patch or a patch, how many changes."""
    return transform_all(name, kind, {path: before}, log)[path]


def apply_one(repo, index, name, count, log):
    """Change files in the index and insist on the number of sites."""
    if isinstance(count, dict):
        kind, counts = "cocci", count
    else:
        path, kind = target_of(name, lambda p: repo.read(p, index) is not None)
        counts = {path: count}
    before = {path: repo.read(path, index) for path in counts}
    for path in (p for p, data in before.items() if data is None):
        die(EXIT_OVERLAY, f"{name}: this kernel has no {path}")
    for path, (after, found) in transform_all(name, kind, before, log).items():
        if found != counts[path]:
            die(EXIT_OVERLAY, f"{path}: {name} must change {counts[path]} sites, "
                f"it changed {found}", log)
        repo.write(path, after, index)


def targets(one, tree):
    """The files that a step changes, in a tree in which they exist."""
    for name, count in one.apply.items():
        if isinstance(count, dict):
            yield from count
        else:
            yield target_of(name, lambda p: (tree / p).is_file())[0]


# --- the whole series ------------------------------------------------------------

def build_commits(repo, steps, log):
    """All commits, from the pristine tree up; returns (pristine, converted)."""
    with tempfile.TemporaryDirectory(dir=repo.dir) as tmp:
        index = f"{tmp}/index"
        repo.out("read-tree", repo.source.tree, GIT_INDEX_FILE=index)
        pristine = head = repo.commit(repo.source.label, None, index)
        for one in steps:
            for name in one.new:
                repo.write(name, (TOP / name).read_bytes(), index)
            for name, count in one.apply.items():
                apply_one(repo, index, name, count, log)
            head = repo.commit(_message(one), head, index)
    return pristine, head


def paragraphs(text):
    """As a mail or a commit message has them."""
    return "\n\n".join(textwrap.fill(paragraph, 72, break_on_hyphens=False)
                       for paragraph in text.strip().split("\n\n"))


def _message(one):
    return f"{one.subject}\n\n{paragraphs(one.body)}".strip()


def _local_changes(repo):
    res = repo.out("-C", str(TREE), "status", "--porcelain")
    return [line[3:] for line in res.splitlines()]


def _key(source, steps):
    return common.key_of(source.tree, source.label, SERIES, MACROS, Path(__file__), *identity(),
                         *(p for s in steps for p in s.inputs()))


def tree():
    """build/tree/VERSION, up to date. Returns its path."""
    source, steps = setup.ensure(), load_series()
    repo, stamp = Repo(source), BUILD / "stamp" / f"tree-{VERSION}"
    key = _key(source, steps)
    with common.lock(LOCK):
        if common.fresh(stamp, key) and _intact(repo):
            return TREE
        step(f"laying {len(steps)} steps over {source.label}")
        common.need_space(BUILD, setup.BUILD_GIB if not TREE.exists() else 1, "building")
        _refuse_edits(repo, stamp)
        stamp.unlink(missing_ok=True)
        repo.prepare()
        log = LOG / f"overlay-{VERSION}-apply.log"
        log.unlink(missing_ok=True)
        pristine, head = build_commits(repo, steps, log)
        repo.out("update-ref", "refs/pcc/pristine", pristine)
        repo.out("update-ref", "refs/pcc/converted", head)
        repo.checkout(TREE, head)
        common.mark(stamp, key)
        step(f"converted tree: {common.show(TREE)}")
    return TREE


def _intact(repo):
    """Are the objects still there, and is the finished tree what was finished?"""
    if not (repo.has("refs/pcc/converted^{tree}") and (TREE / "Makefile").exists()):
        return False
    return repo.out("rev-parse", "HEAD") == repo.out("rev-parse", "refs/pcc/converted")


def _refuse_edits(repo, stamp):
    """Never overwrite what somebody wrote into the finished tree."""
    if stamp.exists() and _intact(repo):
        edited = _local_changes(repo)
        if edited:
            die(EXIT_OVERLAY, f"{common.show(TREE)} was edited ({edited[0]}); move the change "
                f"here or run git -C {common.show(TREE)} reset --hard")


def stock():
    """build/tree/VERSION-stock: the pristine tree to build the old kernel from."""
    tree()
    return _side_tree(STOCK, "refs/pcc/pristine")


def mutant(patch):
    """build/tree/VERSION-mutant: the converted tree, broken on purpose.

    Successive mutants share the directory, so that each costs one object file.
    """
    tree()
    repo = Repo(setup.source())
    name = str(Path(patch).resolve().relative_to(TOP))
    log = LOG / f"overlay-mutant-{Path(patch).stem}.log"
    log.unlink(missing_ok=True)
    with common.lock(LOCK), tempfile.TemporaryDirectory(dir=repo.dir) as tmp:
        index = f"{tmp}/index"
        repo.out("read-tree", "refs/pcc/converted", GIT_INDEX_FILE=index)
        for target in MUTANT_TARGETS:
            after, found = transform(name, target, "cocci", repo.read(target, index), log)
            if found:
                break
        else:
            die(EXIT_OVERLAY, f"{name} changes none of {', '.join(MUTANT_TARGETS)}", log)
        repo.write(target, after, index)
        commit = repo.commit(f"{target}: broken on purpose: {Path(patch).stem}",
                             "refs/pcc/converted", index)
    return _side_tree(MUTANT, commit)


def _side_tree(where, commit):
    repo = Repo(setup.source())
    with common.lock(LOCK):
        commit = repo.out("rev-parse", commit)
        stamp = BUILD / "stamp" / f"tree-{where.name}"
        if not (common.fresh(stamp, commit) and _is_worktree(where)):
            step(f"checking out {common.show(where)}")
            stamp.unlink(missing_ok=True)
            repo.checkout(where, commit)
            common.mark(stamp, commit)
    return where


def main():
    if len(sys.argv) > 1:
        die(common.EXIT_USAGE, "usage: overlay.py")
    print(common.show(tree()))


if __name__ == "__main__":
    common.main(main)
