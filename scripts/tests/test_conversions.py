#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is said of the conversions is what git and the series say."""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import conversions
import overlay


class Report(unittest.TestCase):
    """Steps of one user add up, others do not count."""

    STEPS = [overlay.Step("fix", user="a", faults=["x"], new=["a.c"]),
             overlay.Step("convert", user="a", threads=["2", "1"], new=["a.h"]),
             overlay.Step("docs", new=["a.rst"])]

    def users(self, numstat):
        with mock.patch.object(overlay, "load_series", lambda: self.STEPS), \
             mock.patch.object(conversions, "output", lambda *args, **kw: numstat):
            return conversions.users()

    def test_one_user(self):
        user, = self.users("3\t10\ta.c\n1\t0\ta.h\n")
        self.assertEqual((user.files, user.added, user.removed), ({"a.c", "a.h"}, 4, 10))
        self.assertEqual((user.threads, user.faults), (["2", "1"], ["x"]))

    def test_table(self):
        lines = list(conversions.report(self.users("3\t10\ta.c\n")))
        self.assertEqual(lines[1].split(), ["a", "10", "3", "-7", "1", "2", "1"])
        self.assertEqual(lines[2].split(), ["all", "10", "3", "-7", "1"])
        self.assertEqual(lines[-1].split(), ["a", "x"])


if __name__ == "__main__":
    unittest.main()
