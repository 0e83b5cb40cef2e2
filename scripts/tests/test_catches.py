#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a guest's results make of a test: what a script found, and what it did not notice."""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import guest
import test

PATCH = Path("mutants/broken.cocci")


class Catches(unittest.TestCase):
    def catch(self, lines=(), error=None):
        """The one result of a guest whose script prints these lines."""
        tests = test.Tests()
        result = mock.Mock(log=Path("console.log"))
        result.tap.return_value = list(lines)
        with mock.patch.object(test.build, "kernel"), \
             mock.patch.object(test.guest, "boot", return_value=result, side_effect=error):
            test.script_catches(tests, "step", PATCH)
        self.assertEqual(len(tests.log), 1)
        return tests.tap().rstrip()

    def test_a_failed_check_catches(self):
        self.assertEqual(self.catch(["ok 1 - fine", "not ok 2 - too late # 5 s"]),
                         "ok 1 - step: mutant broken is caught: too late")

    def test_who_passes_has_survived(self):
        self.assertIn("not ok 1 - step: mutant broken is caught # it survived",
                      self.catch(["ok 1 - fine"]))

    def test_a_guest_without_an_end_proves_nothing(self):
        error = guest.BootError("hangs", Path("console.log"))
        self.assertIn("# not run: hangs", self.catch(error=error))

    def test_the_mutants_are_there(self):
        self.assertTrue(test.mutant("stay-closed").is_file())
        self.assertTrue(test.FAULTS_MUTANTS)
        self.assertTrue(test.SIW_MUTANTS)


class Judged(unittest.TestCase):
    def judge(self, line, splats=()):
        """What is shown of a guest whose script prints a line."""
        tests = test.Tests()
        log = f"before\n{line}\nafter"
        result = mock.Mock(status="PASS", splats=list(splats), log=Path("console.log"))
        result.tap.return_value, result.text.return_value = [line], log
        test.judge(tests, "step", result)
        return tests.bad

    def test_a_failure_shows_what_the_console_said(self):
        self.assertEqual(self.judge("not ok 1 - slept # once")[1:],
                         ["| before", "| not ok 1 - slept # once", "| after"])

    def test_a_report_does(self):
        self.assertEqual(self.judge("ok 1 - fine", ["after"])[-1], "| after")

    def test_who_passes_shows_nothing(self):
        self.assertEqual(self.judge("ok 1 - fine"), [])


if __name__ == "__main__":
    unittest.main()
