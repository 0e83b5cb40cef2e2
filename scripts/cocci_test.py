#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Golden tests of the semantic patches that ship in the kernel. Prints TAP.

scripts/coccinelle/tests/RULE/ tests scripts/coccinelle/api/RULE.cocci:

    CASE.c, CASE.h      what the rule is given; the header if there is one
    CASE.c.res          what patch mode makes of it, CASE.h.res likewise; a file
                        without one must not be changed
    CASE.report         instead of these: what report mode prints
    CASE.not-WHY.patch  an edit after which patch mode must change nothing: a near
                        miss, and the case itself proves that nothing else is in
                        the way

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
    """One CASE of one rule, or a near miss of it."""

    def __init__(self, path):
        base = path.with_name(path.name.split(".")[0])
        self.name = path.name.removesuffix(path.suffix)
        self.edit = path if path.suffix == ".patch" else None
        self.report = base.with_suffix(".report")
        self.sources = [f for f in (base.with_suffix(".h"), base.with_suffix(".c")) if f.exists()]
        self.mode = "report" if self.report.exists() and not self.edit else "patch"

    def prepare(self, where):
        """Put what the rule is given into a directory; {name: content} to be there later."""
        for source in self.sources:
            Path(where, source.name).write_bytes(source.read_bytes())
        if self.edit:
            common.output(["patch", "-s", "-p0", "--fuzz=0", "-i", self.edit], cwd=where,
                          code=EXIT_OVERLAY)
            return contents(where)
        results = {f.name: Path(f"{f}.res") for f in self.sources}
        return {name: (res if res.exists() else res.with_suffix("")).read_text()
                for name, res in results.items()}

    def run(self, rule, where):
        """({name: content} wanted, the same as it came out)."""
        wanted = self.prepare(where)
        printed = spatch(rule, self.mode, where)
        if self.mode == "report":
            return {self.report.name: self.report.read_text()}, {self.report.name: printed}
        return wanted, contents(where)

    def again(self, rule, where):
        """What the second run changes."""
        if self.mode == "report":
            return []
        before = contents(where)
        spatch(rule, "patch", where)
        after = contents(where)
        return [f"{name} is changed again" for name in before if before[name] != after[name]]

    def expects_something(self):
        return not self.edit and (self.mode == "report" or
                                  any(Path(f"{f}.res").exists() for f in self.sources))

    def accept(self, got):
        """Write down what came out, if that is expected or something changed."""
        if self.mode == "report":
            self.report.write_text(got[self.report.name])
        for source in self.sources if self.mode == "patch" and not self.edit else ():
            if got[source.name] != source.read_text():
                Path(f"{source}.res").write_text(got[source.name])


def contents(where):
    """{name: content} of the files in a directory."""
    return {f.name: f.read_text() for f in Path(where).iterdir()}


def differences(wanted, got):
    """The first line of each file that is not as it should be."""
    for name, text in wanted.items():
        want, have = text.splitlines(), got[name].splitlines()
        if want != have:
            number = next((n for n, pair in enumerate(zip(want, have)) if pair[0] != pair[1]),
                          min(len(want), len(have)))
            line = have[number].strip() if number < len(have) else "end of file"
            yield f"{name}, line {number + 1}: {line}"


def test_case(tap, rule, case, accepting):
    with tempfile.TemporaryDirectory() as where:
        wanted, got = case.run(rule, where)
        if accepting:
            case.accept(got)
        tap.report(f"{rule.stem}: {case.name}",
                   [*differences(wanted, got), *case.again(rule, where)])


def control(tap, rule, cases):
    """A rule that finds nothing must not pass."""
    cases = [case for case in cases if case.expects_something()]
    passed = [] if cases else ["no case expects anything"]
    with tempfile.TemporaryDirectory() as tmp:
        blind = Path(tmp, "blind.cocci")
        blind.write_text(BLIND)
        for case in cases:
            with tempfile.TemporaryDirectory() as where:
                if not list(differences(*case.run(blind, where))):
                    passed.append(f"{case.name} passes without the rule")
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
        rule = RULES / f"{name}.cocci"
        cases = [Case(path) for pattern in ("*.c", "*.patch")
                 for path in sorted((TESTS / name).glob(pattern))]
        if not rule.is_file():
            die(common.EXIT_USAGE, f"{common.show(TESTS / name)} tests a rule that does not exist")
        for case in cases:
            test_case(tap, rule, case, args.accept)
        control(tap, rule, cases)
    print(f"1..{tap.count}", flush=True)
    if tap.failed:
        die(common.EXIT_TEST, f"{len(tap.failed)} tests failed: {tap.failed[0]}")
    return 0


if __name__ == "__main__":
    common.main(main)
