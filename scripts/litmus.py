# SPDX-License-Identifier: GPL-2.0
"""The litmus tests of the barriers, checked by herd7 with the kernel's memory model.

A line of a test that stands for a barrier of the source says which:

    smp_rmb();          // [C] pcq_idle

with the barrier's name in the source, or a word where it has none there, and the
functions that have it.  The outcome that a test asks for must never happen; with any
of its barriers weakened, as WEAKER says, it must.  Where each of several suffices,

     * Together: [B] pcq_wake + [B] wake_up_process

among the comments makes one control of them, and has each tried alone: it may then
be missed.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass

import setup
from common import EXIT_SETUP, EXIT_TEST, LOG, TOP, Path, die, output

TESTS = TOP / "Documentation/litmus-tests/percpu_completer"
MODEL = ("linux-kernel.cfg", "linux-kernel.bell", "linux-kernel.cat", "linux-kernel.def",
         "lock.cat")
TIMEOUT = 60

MARK = re.compile(r"//\s*(\[\w+\] [\w, ]*\w)$")
TOGETHER = re.compile(r"^ \* Together: (.+)$", re.M)
OBSERVATION = re.compile(r"^Observation \S+ (Never|Sometimes|Always) (\d+) (\d+)$", re.M)
COMPLAINT = re.compile(r"^(?:Flag|Warning:).*", re.M)
# What is left of a barrier when it orders nothing.
WEAKER = (
    (r"\b(cmpxchg|xchg)\(", r"\1_relaxed("),
    (r"\bsmp_store_release\((\w+), ", r"WRITE_ONCE(*\1, "),
    (r"\bsmp_load_acquire\((\w+)\)", r"READ_ONCE(*\1)"),
    (r"\bsmp_store_mb\(", "WRITE_ONCE("),
    (r"\b(smp_mb|smp_rmb|smp_mb__after_spinlock|synchronize_rcu)\(\);", "barrier();"),
    (r"\bspin_(lock|unlock)\(\w+\);", "barrier();"),
)


class Bad(Exception):
    """A test that is not well formed."""


@dataclass(frozen=True)
class Outcome:
    """What herd7 says of a test."""
    verdict: str
    positive: int
    negative: int
    complaint: str = ""

    def __str__(self):
        return f"{self.verdict} {self.positive} {self.negative}"


# --- a test ----------------------------------------------------------------------

def marks(text):
    """The barriers that a test names, each once, in their order."""
    found = (MARK.search(line) for line in text.splitlines())
    return list(dict.fromkeys(mark[1] for mark in found if mark))


def together(text):
    """Sets of barriers of which one suffices."""
    groups = [line.split(" + ") for line in TOGETHER.findall(text)]
    for mark in (mark for group in groups for mark in group):
        if mark not in marks(text):
            raise Bad(f"no line is marked {mark}")
    return groups


def weaken(text, these):
    """The test without the order that these barriers give."""
    return "\n".join(_weaken_line(line, these) for line in text.split("\n"))


def _weaken_line(line, these):
    mark = MARK.search(line)
    if not mark or mark[1] not in these:
        return line
    for pattern, weaker in WEAKER:
        line, count = re.subn(pattern, weaker, line)
        if count:
            return line
    raise Bad(f"no barrier in: {line.strip()}")


def controls(text):
    """[(barriers to weaken, whether the test must notice)]"""
    groups = together(text)
    single = [mark for mark in marks(text) if not any(mark in group for group in groups)]
    if not single and not groups:
        raise Bad("names no barrier")
    return ([([mark], True) for mark in single] + [(group, True) for group in groups] +
            [([mark], False) for group in groups for mark in group])


# --- herd7 -----------------------------------------------------------------------

def parse(text):
    """The Outcome in what herd7 printed."""
    found, complaint = OBSERVATION.search(text), COMPLAINT.search(text)
    if not found:
        last = text.strip().splitlines()[-1:] or ["silence"]
        raise Bad(f"herd7: {complaint[0] if complaint else last[0]}")
    return Outcome(found[1], int(found[2]), int(found[3]), complaint[0] if complaint else "")


class Herd:
    """herd7 with the target kernel's memory model, unpacked for as long as it is needed."""

    def __init__(self):
        self.command, self.log = setup.herd7(), LOG / "models-herd7.log"
        self.work = tempfile.TemporaryDirectory()
        source = setup.source()
        for name in MODEL:
            text = output(["git", "cat-file", "blob", f"{source.tree}:tools/memory-model/{name}"],
                          cwd=source.store, code=EXIT_SETUP)
            Path(self.work.name, name).write_text(text)
        self.log.write_text("")

    def run(self, text):
        """The Outcome of a test."""
        test = Path(self.work.name, "test.litmus")
        test.write_text(text)
        cmd = [*self.command, "-conf", "linux-kernel.cfg", test.name]
        try:
            res = subprocess.run(cmd, cwd=self.work.name, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired as err:
            raise Bad(f"herd7 takes more than {TIMEOUT} s") from err
        with open(self.log, "a") as log:
            log.write(f"{text}\n{res.stdout}\n")
        return parse(res.stdout)


# --- judging ---------------------------------------------------------------------

def judge(name, text, run):
    """[(check, why it failed or None)] of one test; run(text) gives an Outcome."""
    try:
        return list(_judge(name, text, run))
    except Bad as err:
        return [(f"{name}: is well formed", str(err))]


def _judge(name, text, run):
    if not text.startswith(f"C {name}\n"):
        raise Bad("is not called so in its first line")
    sound = run(text)
    yield (f"{name}: {sound}", sound.complaint or
           (None if sound.verdict == "Never" else "what must not happen may happen"))
    for barriers, needed in controls(text):
        what, weak = " + ".join(barriers), run(weaken(text, barriers))
        if needed:
            yield (f"{name}: without {what} it fails: {weak}",
                   "nothing is missed" if weak.verdict == "Never" else None)
        else:
            yield (f"{name}: {what} has another beside it: {weak}",
                   None if weak.verdict == "Never" else "it is needed")


def all_tests():
    """{name: text}"""
    return {path.stem: path.read_text() for path in sorted(TESTS.glob("*.litmus"))}


def check():
    """[(check, why it failed or None)] of all tests."""
    herd, tests = Herd(), all_tests()
    if not tests:
        die(EXIT_TEST, f"no litmus test in {TESTS.relative_to(TOP)}")
    return [result for name, text in tests.items() for result in judge(name, text, herd.run)]
