#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which steps run on which kernel, and that nothing is left out in silence."""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import build
import common
import test
from test_overlay import dies


def selected(config=None, names=(), full=False):
    """The steps, by configuration."""
    steps = {}
    with mock.patch.object(test, "FULL", full):
        for one, name in test.selected(config, list(names)):
            steps.setdefault(one, []).append(name)
    return steps


class Selected(unittest.TestCase):
    def test_all_but_what_runs_seldom(self):
        steps = [name for name in test.STEPS if name not in test.SELDOM]
        self.assertEqual(selected(), {"test": steps})
        self.assertEqual(selected("test"), selected())

    def test_what_runs_seldom_when_asked_for(self):
        self.assertEqual(selected(names=test.SELDOM), {"test": list(test.SELDOM)})

    def test_another_kernel_runs_its_guests(self):
        for config in ("kasan", "kcsan", "rt"):
            self.assertEqual(set(selected(config)[config]), set(test.ON_ANY))

    def test_full(self):
        steps = selected(full=True)
        self.assertEqual(set(steps), set(build.DEBUG))
        self.assertEqual(steps["test"], list(test.STEPS))
        for config in ("kasan", "kcsan", "rt"):
            self.assertEqual(steps[config], selected(config)[config])

    def test_full_of_one_kernel(self):
        self.assertEqual(selected("kcsan", full=True), selected("kcsan"))

    def test_names(self):
        self.assertEqual(selected(names=["torture", "unit"]), {"test": ["unit", "torture"]})
        self.assertEqual(selected(names=["lint", "kunit"], full=True),
                         {"test": ["lint", "kunit"], "kasan": ["kunit"], "kcsan": ["kunit"],
                          "rt": ["kunit"]})

    def test_what_there_is_not(self):
        for config, names in ((None, ["nonsense"]), ("kasan", ["lint"]),
                              ("bench", [])):
            with self.subTest(config=config, names=names), dies(self, common.EXIT_USAGE):
                selected(config, names)


class Declarations(unittest.TestCase):
    def test_tables_name_what_there_is(self):
        for names in (test.ON_ANY, test.SELDOM):
            self.assertLessEqual(set(names), set(test.STEPS))
        self.assertLessEqual(set(test.SLOWER), set(build.DEBUG))

    def test_results_are_told_apart(self):
        self.assertEqual([test.on(config, "kunit") for config in ("test", "rt")],
                         ["kunit", "rt-kunit"])


if __name__ == "__main__":
    unittest.main()
