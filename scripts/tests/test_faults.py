#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Who looks for errors in the guest notices those that it looks for."""

import sys
import unittest
from pathlib import Path
from unittest import mock

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "guest")]

# pylint: disable=wrong-import-position
import erofs_damage


class ErofsDamage(unittest.TestCase):
    A, B = Path("/a"), Path("/b")

    def wrong(self, seen, right):
        return erofs_damage.wrong({self.A: seen, self.B: True}, right)

    def test_right_or_an_error(self):
        self.assertEqual(self.wrong(True, {self.A, self.B}), [])
        self.assertEqual(self.wrong(None, {self.A, self.B}), [])

    def test_damaged_for_everybody(self):
        self.assertEqual(self.wrong(False, {self.B}), [])

    def test_wrong_for_no_reason(self):
        self.assertEqual(self.wrong(False, {self.A, self.B}), ["a"])

    def test_one_of_two_reads_is_wrong(self):
        reads = iter((False, True))
        with mock.patch.object(erofs_damage, "same", lambda *_: next(reads)), \
             mock.patch.object(Path, "write_text"):
            self.assertEqual(erofs_damage.read_all([self.A]), {self.A: False})


if __name__ == "__main__":
    unittest.main()
