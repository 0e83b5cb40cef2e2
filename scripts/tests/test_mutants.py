#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Mutants name cases that there are, and one that is not noticed is a failed test."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import guest
import mutants
import promises
import test

ON_UML = "// Noticed by percpu_completer.one_works\n"
IN_GUEST = "// Noticed by percpu_completer.one_works, in a guest\n"
FAILED = "KTAP version 1\n    not ok 1 one_works\n"
PASSED = "KTAP version 1\n    ok 1 one_works\n"


class Named(unittest.TestCase):
    """What a mutant says of itself."""

    def test_the_cases_are_there(self):
        there = {}
        for path in promises.KUNIT:
            there |= promises.kunit_cases(path.read_text())
        self.assertGreater(len(mutants.MUTANTS), 80)
        for patch in mutants.MUTANTS:
            by = mutants.noticed_by(patch)
            self.assertIn(by.case, there.get(by.suite, []), patch)

    def test_a_mutant_that_names_none(self):
        with tempfile.NamedTemporaryFile("w", suffix=".cocci") as file, \
                self.assertRaisesRegex(ValueError, "no line \"// Noticed by"):
            mutants.noticed_by(Path(file.name))


class Caught(unittest.TestCase):
    """What becomes of a mutant, by what the case says on User-mode Linux and in a guest."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.dir = Path(place.name)

    def result(self, comment, uml=(None, None), console="", error=None, alone=(None, None)):
        """The TAP line of one mutant; alone: what its case finds on UML without it."""
        patch, log = self.dir / "broken.cocci", self.dir / "console.log"
        patch.write_text(comment)
        log.write_text(console)
        (self.dir / "alone.log").write_text(PASSED)
        tests = test.Tests()

        def boot(kernel, *_):
            if not kernel:
                return self.dir / "alone.log", True
            if error:
                raise error
            return log, True

        with mock.patch.object(mutants, "MUTANTS", [patch]), \
                mock.patch.object(mutants, "on_uml",
                                  lambda by, patch=None: uml if patch else alone), \
                mock.patch.object(mutants, "built", lambda patch: patch and "mutant"), \
                mock.patch.object(guest, "run_kunit", boot):
            mutants.run(tests)
        return tests.tap().strip()

    def test_on_uml(self):
        self.assertEqual(self.result(ON_UML, ("on UML by one_works", None)),
                         "ok 1 - mutants: mutant broken is caught on UML by one_works")

    def test_what_survives_on_uml_goes_to_a_guest(self):
        self.assertEqual(self.result(ON_UML, console=FAILED),
                         "ok 1 - mutants: mutant broken is caught in a guest by KUnit case "
                         "one_works")

    def test_what_does_not_run_on_uml_proves_nothing(self):
        self.assertIn("not ok 1 - mutants: mutant broken is caught # not run",
                      self.result(ON_UML, (None, "not run (log)"), console=FAILED))

    def test_some_go_to_a_guest_at_once(self):
        self.assertIn("in a guest by KUnit case one_works",
                      self.result(IN_GUEST, ("on UML by one_works", None), FAILED))

    def test_a_survivor(self):
        self.assertIn("not ok 1 - mutants: mutant broken is caught # it survived",
                      self.result(IN_GUEST, console=PASSED))

    def test_a_case_that_fails_anyway_proves_nothing(self):
        found = ("on UML by one_works", None)
        self.assertIn("not ok 1 - mutants: mutant broken is caught on UML by one_works # on a "
                      "kernel that is not broken", self.result(ON_UML, found, alone=found))

    def test_a_case_that_did_not_run_alone_proves_nothing(self):
        found = ("on UML by one_works", None)
        self.assertIn("# not run", self.result(ON_UML, found, alone=(None, "not run (log)")))

    def test_a_guest_that_is_killed_or_does_not_boot_proves_nothing(self):
        error = guest.BootError("QEMU was killed", Path("console.log"))
        self.assertIn("# not run: QEMU was killed", self.result(IN_GUEST, error=error))
        self.assertIn("# not run: KUnit did not start", self.result(IN_GUEST))


if __name__ == "__main__":
    unittest.main()
