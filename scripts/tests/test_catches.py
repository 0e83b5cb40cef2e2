#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A mutant that a script of the guest does not notice is a failed test."""

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
        for patch in (*test.FAULTS_MUTANTS, *map(test.mutant, test.HOTPLUG_MUTANTS)):
            self.assertTrue(patch.is_file(), patch)
        self.assertTrue(test.FAULTS_MUTANTS)


if __name__ == "__main__":
    unittest.main()
