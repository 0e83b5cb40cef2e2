#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The finding rules report what they should and nothing else, and so does cocci.py."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

# pylint: disable=wrong-import-position
import cocci
import common

TESTS = SCRIPTS / "coccinelle" / "tests"
FIND = "percpu_completer_find_"
# What makes a rule decline a near miss: the rule, its text, a text that declines
# no more, and the name that then is reported as well.
DECISIVE = (
    ("thread", "  ... when any\n  kthread_bind(T, ...)\n", "", "single_cpu"),
    ("thread", "A = alloc(..., N, ...)", "A = alloc(...)", "ports"),
    ("thread", r"A[I]@p = \(G\|", r"A[I]@p = \(G\|kthread_run_worker\|", "lanes"),
    ("list", r"queue@p(..., \(&P->W\|&P->M.W\), ...)", "queue@p(..., &W, ...)", "cache_cpu"),
    ("list", "queue_work_on@p(C, ..., &P->W)", "queue_work_on@p(..., &P->W)", "ports"),
    ("list", "  spin_lock_irqsave(&K, ...)", r"  \(spin_lock_irqsave(&K, ...)\|mutex_lock(&K)\)",
     "scan_work"),
    ("work", "if why:", "if True:", "submit"),
    ("work", "column) not in loops:", "column):", "flush_all"),
    ("work", 'C !~ "^[0-9]+$"', "C", "firmware_call"),
    ("work", "queue@p(..., X, ...)", "queue@p(...)", "reset_end_io"),
)
REPORT = ("a/b.c:12:1-9: WARNING: percpu_completer list queue: it does; decide: order? "
          "who waits?")


def cases(kind):
    """The source files that a rule is tried on."""
    return sorted((TESTS / f"{FIND}{kind}").glob("*.c"))


def run(rule, sources):
    """What a rule reports on some sources, each for itself."""
    reports, bad = cocci.spatch(rule, sources[0].parent, [path.name for path in sources])
    return reports, bad


class Rules(unittest.TestCase):
    """scripts/coccinelle/tests has what has to be found and what must not."""

    def test_near_misses_are_near(self):
        """Without what decides, a near miss is reported."""
        for kind, old, new, name in DECISIVE:
            rule, sources = cocci.COCCINELLE / "api" / f"{FIND}{kind}.cocci", cases(kind)
            text = rule.read_text()
            self.assertIn(old, text)
            with tempfile.TemporaryDirectory() as tmp:
                broken = Path(tmp, rule.name)
                broken.write_text(text.replace(old, new))
                reports, bad = run(broken, sources)
            self.assertEqual(bad, [], (kind, new))
            self.assertIn(name, {r.name for r in reports}, (kind, new))
            self.assertNotIn(name, {r.name for r in run(rule, sources)[0]}, (kind, name))

    def test_filter_lets_pass_what_matches(self):
        """A file with a report is always worth parsing."""
        for rule in cocci.RULES:
            sources = cases(rule.stem.removeprefix(FIND))
            found = {r.file for r in run(rule, sources)[0]}
            self.assertLessEqual(found, set(cocci.candidates(rule, sources[0].parent)), rule.name)

    def test_every_family_is_tried(self):
        kinds = {r.kind for rule in cocci.RULES
                 for r in run(rule, cases(rule.stem.removeprefix(FIND)))[0]}
        self.assertEqual(kinds, set(cocci.KINDS))

    def test_broken_rule_is_told(self):
        with tempfile.TemporaryDirectory() as tmp:
            rule = Path(tmp, "broken.cocci")
            rule.write_text("@@ nonsense\n")
            self.assertTrue(run(rule, cases("list"))[1])


class Judgements(unittest.TestCase):
    """Reports and judgements have to agree, on a kernel that is known."""

    def judged(self, *lines):
        with tempfile.TemporaryDirectory() as tmp:
            path = Path(tmp, "judged")
            path.write_text("# comment\n\n" + "".join(f"{line}\n" for line in lines))
            return cocci.judgements(path)

    def complain(self, *lines):
        found = cocci.parse(REPORT + "\nsomething else\n")
        return list(cocci.complaints(found, self.judged(*lines), "7.3"))

    def test_agree(self):
        self.assertEqual(self.complain("7.3,6.12 a/b.c list queue true for a reason",
                                       "6.12 a/c.c list queue true not in this one"), [])

    def test_not_judged(self):
        self.assertIn("not judged", self.complain()[0])
        self.assertIn("not judged", self.complain("7.3 a/b.c list other false-positive why")[0])

    def test_false_positive_is_back(self):
        self.assertIn("is back", self.complain("7.3 a/b.c list queue false-positive why")[0])

    def test_outside_is_found(self):
        self.assertIn("is back", self.complain("7.3 a/b.c list queue outside why")[0])

    def test_lost(self):
        self.assertIn("not found", self.complain("7.3 a/b.c list queue true why",
                                                 "7.3 a/c.c list queue not-converted why")[0])

    def test_bad_lines(self):
        for line in ("7.3 a/b.c list queue true", "7.3 a/b.c lost queue true why",
                     "7.3 a/b.c list queue maybe why"):
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as end:
                self.judged(line)
            self.assertEqual(end.exception.code, common.EXIT_USAGE)

    def test_twice(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            self.judged("7.3 a/b.c list queue true why", "6.12 a/b.c list queue true why")

    def test_table_follows(self):
        """The table in the documentation says what the judgements say."""
        self.assertEqual(cocci.TABLE.read_text(), cocci.table(cocci.judgements()))

    def test_exit_code(self):
        """A report that nobody judged is an error, except in a tree of the user's."""
        for ksrc, wanted in ((None, common.EXIT_TEST), ("/tree", 0)):
            with mock.patch.multiple(cocci, KSRC=ksrc, judgements=lambda: {},
                                     search=lambda tree: (cocci.parse(REPORT), [])), \
                 mock.patch.object(cocci.overlay, "stock", lambda: Path("/tree")), \
                 mock.patch.object(cocci.setup, "install_tools", lambda: None), \
                 mock.patch.object(sys, "argv", ["cocci.py"]), \
                 contextlib.redirect_stdout(io.StringIO()) as out:
                self.assertEqual(cocci.main(), wanted)
            self.assertIn("NOT JUDGED", out.getvalue())


if __name__ == "__main__":
    unittest.main()
