#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Golden tests of the semantic patches that ship in the kernel. Prints TAP.

scripts/coccinelle/tests/RULE/ tests scripts/coccinelle/api/RULE.cocci:

    CASE.c, CASE.h      what the rule is given; the header if there is one
    CASE.c.res          what patch mode makes of it, CASE.h.res likewise; a file
                        without one must not be changed
    CASE.report         instead of these: what report mode prints

What has been changed must not be changed again by a second run.  A test that
cannot fail proves nothing, hence the control: with a rule in its place that never
matches, every case that expects something has to fail.

cocci_test.py [--accept] [RULE ...]; --accept writes what came out where something
is expected, to be looked at.
"""

import argparse
import os
import subprocess
import tempfile

import common
from common import EXIT_OVERLAY, TOP, Path, die
from lint import Tap

RULES = TOP / "scripts" / "coccinelle" / "api"
TESTS = TOP / "scripts" / "coccinelle" / "tests"
BLIND = "virtual patch\nvirtual report\nvirtual context\nvirtual org\n\n@@ @@\n- never_called();\n"


def spatch(rule, mode, where):
    """Run a rule on all the files in a directory; returns what it printed."""
    files = sorted((f.name for f in Path(where).iterdir()), reverse=True)
    cmd = ["spatch", "--very-quiet", "--no-includes", "-D", mode, "--sp-file", str(rule),
           *(["--in-place"] if mode == "patch" else []), *files]
    # Debian's Python comes first: it is the one that Coccinelle is built for.
    env = {**os.environ, "LC_ALL": "C", "PATH": "/usr/bin:" + os.environ["PATH"]}
    res = subprocess.run(cmd, cwd=where, capture_output=True, text=True, check=False, env=env)
    if res.returncode:
        last = (res.stderr.strip() or "no message").splitlines()[-1]
        die(EXIT_OVERLAY, f"{rule.name}: spatch failed: {last}")
    return res.stdout


class Case:
    """One CASE of one rule."""

    def __init__(self, path):
        self.report = path.with_suffix(".report")
        self.sources = [f for f in (path.with_suffix(".h"), path) if f.exists()]
        self.mode = "report" if self.report.exists() else "patch"

    def run(self, rule, where):
        """{what it is compared with: what came out}, files being left in a directory."""
        for source in self.sources:
            Path(where, source.name).write_bytes(source.read_bytes())
        printed = spatch(rule, self.mode, where)
        if self.mode == "report":
            return {self.report: printed}
        return {Path(f"{f}.res"): Path(where, f.name).read_text() for f in self.sources}

    def again(self, rule, where):
        """What the second run changes."""
        if self.mode == "report":
            return []
        before = {f.name: Path(where, f.name).read_text() for f in self.sources}
        spatch(rule, "patch", where)
        return [f"{name} is changed again" for name, text in before.items()
                if Path(where, name).read_text() != text]

    def expects_something(self):
        return self.mode == "report" or any(Path(f"{f}.res").exists() for f in self.sources)


def expected(res):
    """What has to come out; without such a file, what went in."""
    return (res if res.exists() else res.with_suffix("")).read_text()


def differences(got):
    """The first line of each file that is not as it should be."""
    for res, text in got.items():
        want, have = expected(res).splitlines(), text.splitlines()
        if want != have:
            number = next((n for n, pair in enumerate(zip(want, have)) if pair[0] != pair[1]),
                          min(len(want), len(have)))
            line = have[number].strip() if number < len(have) else "end of file"
            yield f"{res.stem}, line {number + 1}: {line}"


def accept(got):
    """Write down what came out, if a file expects something or something changed."""
    for res, text in got.items():
        if res.suffix == ".report" or text != res.with_suffix("").read_text():
            res.write_text(text)


def test_case(tap, rule, path, accepting):
    case = Case(path)
    with tempfile.TemporaryDirectory() as where:
        got = case.run(rule, where)
        if accepting:
            accept(got)
        tap.report(f"{rule.stem}: {path.stem}", [*differences(got), *case.again(rule, where)])


def control(tap, rule, paths):
    """A rule that finds nothing must not pass."""
    with tempfile.TemporaryDirectory() as tmp:
        blind = Path(tmp, "blind.cocci")
        blind.write_text(BLIND)
        passed = []
        for case in filter(Case.expects_something, map(Case, paths)):
            with tempfile.TemporaryDirectory() as where:
                if not list(differences(case.run(blind, where))):
                    passed.append(f"{case.sources[-1].name} passes without the rule")
        if not any(Case(path).expects_something() for path in paths):
            passed.append("no case expects anything")
        tap.report(f"{rule.stem}: control: without the rule, cases fail", passed)


def selected(names):
    """The rules that were asked for, all that have tests if none were."""
    known = sorted(path.name for path in TESTS.iterdir())
    for name in names:
        if name not in known:
            die(common.EXIT_USAGE, f"no rule {name} has tests; there are {', '.join(known)}")
    return names or known


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("rule", nargs="*")
    args = parser.parse_args()
    tap = Tap("cocci:")
    for name in selected(args.rule):
        rule, paths = RULES / f"{name}.cocci", sorted((TESTS / name).glob("*.c"))
        if not rule.is_file():
            die(common.EXIT_USAGE, f"{common.show(TESTS / name)} tests a rule that does not exist")
        for path in paths:
            test_case(tap, rule, path, args.accept)
        control(tap, rule, paths)
    print(f"1..{tap.count}", flush=True)
    if tap.failed:
        die(common.EXIT_TEST, f"{len(tap.failed)} tests failed: {tap.failed[0]}")
    return 0


if __name__ == "__main__":
    common.main(main)
