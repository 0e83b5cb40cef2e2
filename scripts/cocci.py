#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Who could be converted: the finding rules over the whole of a kernel.

The rules are scripts/coccinelle/api/percpu_completer_find_*.cocci.  What they report
is shown with the judgement of scripts/coccinelle/percpu_completer.judged, which
explains its format itself.  A report of a known kernel that is not judged, or a
judged one that is missing, is an error; of a tree of the user's own (KSRC=)
nobody knows what is right.  --judged looks at judged files only and prints TAP,
--table writes the judgements into the documentation.

The rules' "Tokens:" comments say which files are worth parsing: lines of words
that a file must all contain, "|" between alternatives.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass

import common
import overlay
import setup
from common import EXIT_TEST, EXIT_USAGE, KSRC, TOP, VERSION, Path, die, step
from lint import Tap

COCCINELLE = TOP / "scripts" / "coccinelle"
RULES = sorted((COCCINELLE / "api").glob("percpu_completer_find_*.cocci"))
JUDGED = COCCINELLE / "percpu_completer.judged"
KINDS = {
    "thread": "threads and lists, one per CPU",
    "worker": "kthread workers, one per CPU",
    "list": "lists and work items, one per CPU",
    "single": "one list and one work item for all CPUs",
    "work": "work items, one per object",
}
VERDICTS = {
    "true": "Would be converted",
    "not-converted": "Stay as they are",
    "false-positive": "Look like candidates, and are none",
    "outside": "Outside of the families",
}
# Verdicts on what the rules must not report.
SILENT = ("false-positive", "outside")
TABLE = TOP / "Documentation" / "core-api" / "percpu_completer-candidates.rst"
REPORT = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+):\S+ WARNING: percpu_completer "
                    r"(?P<kind>\w+) (?P<name>\w+): (?P<text>.*)")
TOKENS = re.compile(r"^// Tokens: (.*)$", re.M)
HEADER = """\
.. SPDX-License-Identifier: GPL-2.0
.. Made by scripts/cocci.py --table from scripts/coccinelle/percpu_completer.judged.

==============================================
Who else could use per-CPU deferred completion
==============================================

``scripts/coccinelle/api/percpu_completer_find_*.cocci`` find code that carries what
interrupts have finished to a task by means of its own.  This is what they find in
the kernels named, and what was known before they did, with the verdict of somebody
who has read the code, and why.
"""
# Few enough for progress to be seen, enough to make up for starting spatch.
BATCH = 12


@dataclass(frozen=True)
class Report:
    """What spatch found, without the line it counts as the same place."""
    file: str
    line: int
    kind: str
    name: str
    text: str

    def key(self):
        return self.file, self.kind, self.name


# --- what is known ---------------------------------------------------------------

def judgements(path=JUDGED):
    """{(file, kind, name): (kernels, verdict, reason)}."""
    known = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        words = line.split(None, 5)
        if len(words) != 6 or words[2] not in (*KINDS, "-") or words[4] not in VERDICTS:
            die(EXIT_USAGE, f"{path.name}:{number}: not KERNELS FILE KIND NAME VERDICT REASON")
        kernels, file, kind, name, verdict, reason = words
        if (file, kind, name) in known:
            die(EXIT_USAGE, f"{path.name}:{number}: {file} {name} is judged twice")
        known[file, kind, name] = kernels.split(","), verdict, reason
    return known


def complaints(reports, known, version):
    """What a known kernel's reports and the judgements do not agree upon."""
    for one in reports:
        kernels, verdict, _ = known.get(one.key(), ((), None, None))
        if verdict not in SILENT and version not in kernels:
            yield f"not judged: {one.file}:{one.line}: {one.kind} {one.name}"
        elif verdict in SILENT:
            yield f"{verdict} is back: {one.file}:{one.line}: {one.kind} {one.name}"
    seen = {one.key() for one in reports}
    for key, (kernels, verdict, _) in known.items():
        if version in kernels and verdict not in SILENT and key not in seen:
            yield "judged, but not found: {}: {} {}".format(*key)


# --- finding ---------------------------------------------------------------------

def filters(rule):
    """The token lines of a rule: lists of patterns that all have to be found."""
    lines = TOKENS.findall(rule.read_text())
    if not lines:
        die(EXIT_USAGE, f"{common.show(rule)} has no Tokens: line")
    return [[word.strip() for word in line.split("&")] for line in lines]


def _grep(pattern, tree, names):
    """The files that match; grep's own recursion when no names are given."""
    cmd = ["grep", "-lZE", "-e", pattern]
    if names is None:
        cmd += ["-r", "--include=*.c", "."]
    else:
        cmd = ["xargs", "-0", "-r", *cmd, "--"]
    res = subprocess.run(cmd, cwd=tree, input="\0".join(names or []), capture_output=True,
                         text=True, check=False)
    if res.stderr:
        die(EXIT_USAGE, f"searching {tree}: {res.stderr.splitlines()[0]}")
    return {name.removeprefix("./") for name in res.stdout.split("\0") if name}


def candidates(rule, tree):
    """The files of a tree that a rule can match at all."""
    found = set()
    for words in filters(rule):
        names = None
        for pattern in words:
            names = _grep(pattern, tree, names)
        found |= names
    return sorted(found)


def parse(text):
    """spatch's lines as reports; others of its lines do not matter."""
    found = [REPORT.match(line) for line in text.splitlines()]
    return [Report(m["file"].removeprefix("./"), int(m["line"]), m["kind"], m["name"], m["text"])
            for m in found if m]


def spatch(rule, tree, names):
    """(reports, what went wrong) of one rule over some files, each for itself.

    Debian's Python comes first: it is the one that Coccinelle is built for.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".groups") as groups:
        groups.write("\n\n".join(names) + "\n")
        groups.flush()
        res = subprocess.run(["spatch", "-D", "report", "--very-quiet", "--no-show-diff",
                              "--no-includes", "--no-scanner", "--sp-file", str(rule),
                              "--file-groups", groups.name],
                             cwd=tree, capture_output=True, text=True, check=False,
                             env={**os.environ, "LC_ALL": "C",
                                  "PATH": "/usr/bin:" + os.environ["PATH"]})
    bad = [line for line in res.stderr.splitlines() if re.search(r"EXN|[Ff]atal|rror:", line)]
    if res.returncode and not bad:
        bad = [f"{rule.name}: spatch ended with status {res.returncode}"]
    return parse(res.stdout), bad


def batches(tree, names=None):
    """Pieces of work: (rule, files)."""
    for rule in RULES:
        files = candidates(rule, tree)
        if names is not None:
            files = sorted(set(files) & set(names))
        for first in range(0, len(files), BATCH):
            yield rule, files[first:first + BATCH]


def search(tree, names=None):
    """All reports on a tree, or on some files of it."""
    work = list(batches(tree, names))
    total, done, reports, bad = sum(len(files) for _, files in work), 0, [], []
    progress = common.Progress("searching")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(spatch, rule, tree, files): files for rule, files in work}
        for job in concurrent.futures.as_completed(jobs):
            found, wrong = job.result()
            reports, bad, done = reports + found, bad + wrong, done + len(jobs[job])
            progress.update(f"{done} of {total} files, {len(reports)} reports")
    progress.done()
    step(f"searched {total} files")
    return sorted(reports, key=lambda r: (r.file, r.line, r.kind)), bad


# --- telling ---------------------------------------------------------------------

def show(reports, known):
    """Reports by family, each with what is known of it."""
    for kind, title in KINDS.items():
        mine = [one for one in reports if one.kind == kind]
        print(f"\n{title[0].upper()}{title[1:]}: {len(mine)}")
        for one in mine:
            _, verdict, reason = known.get(one.key(), (None, "NOT JUDGED", ""))
            print(f"{one.file}:{one.line}: {one.name}: {one.text}")
            print(f"    {verdict}{': ' if reason else ''}{reason}")


def table(known):
    """The judgements as the documentation shows them."""
    text = HEADER
    for verdict, title in VERDICTS.items():
        rows = [(key, *value) for key, value in known.items() if value[1] == verdict]
        text += f"\n{title}\n{'=' * len(title)}\n" if rows else ""
        for (file, kind, name), kernels, _, reason in rows:
            what = f", {KINDS[kind]}" if kind in KINDS else ""
            text += f"\n``{file}``: ``{name}``{what} ({', '.join(kernels)})\n"
            text += textwrap.indent(textwrap.fill(reason, 80, break_on_hyphens=False), "\t") + "\n"
    return text


def write_table():
    """The documentation, after the judgements have changed."""
    common.write_atomic(TABLE, table(judgements()))
    return 0


def test_judged():
    """Only the files that are judged, as TAP: quick enough to be a test."""
    known, tap = judgements(), Tap("cocci:")
    reports, bad = search(overlay.stock(), {file for file, _, _ in known})
    tap.report(f"Linux {VERSION}: what is reported is judged, what is judged is reported",
               [*bad, *complaints(reports, known, VERSION)])
    print(f"1..{tap.count}")
    return EXIT_TEST if tap.failed else 0


def find():
    """The whole tree, for people."""
    known, tree = judgements(), Path(KSRC).resolve() if KSRC else overlay.stock()
    step(f"searching Linux {VERSION} ({common.show(tree)}) with {len(RULES)} rules")
    reports, bad = search(tree)
    show(reports, known)
    wrong = [] if KSRC else list(complaints(reports, known, VERSION))
    print("", *(f"not searched: {line}" for line in bad), *wrong, sep="\n")
    judged = sum(one.key() in known for one in reports)
    print(f"{len(reports)} reports, {judged} judged, {len(reports) - judged} not"
          + (", which is no error with KSRC=" if KSRC and judged < len(reports) else ""))
    return EXIT_TEST if wrong or bad else 0


def main():
    modes = {"": find, "--table": write_table, "--judged": test_judged}
    mode = modes.get(" ".join(sys.argv[1:]))
    if not mode:
        die(EXIT_USAGE, "usage: cocci.py [--table | --judged]")
    setup.install_tools()
    return mode()


if __name__ == "__main__":
    common.main(main)
