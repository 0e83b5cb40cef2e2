#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Steps beside each other: each runs once, in its lane, and one that dies ends all."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import common
import setup
import test


class Lanes(unittest.TestCase):
    def setUp(self):
        self.order, self.nice = [], {}

    def step(self, name, action=None):
        """A step that notes when it ran and how it was to be scheduled."""
        def run(tests):
            self.order.append(name)
            self.nice[name] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
            if action:
                action()
            tests.add(name, "fine", why="broken" if name == "bad" else None)
        return run

    def run_lanes(self, steps):
        """Results, and what was printed."""
        names = [("test", name) for name in steps]
        with mock.patch.object(test, "STEPS", steps), \
             mock.patch.object(test, "BESIDE", ("lint", "docs")), \
             mock.patch.object(setup, "target", return_value="7.3"), \
             mock.patch.object(common, "write_atomic") as self.written, \
             contextlib.redirect_stdout(io.StringIO()) as out:
            return test.Lanes(names).run(), out.getvalue()

    def test_each_runs_once_in_its_lane(self):
        names = ("unit", "lint", "kunit", "docs", "torture")
        tests, out = self.run_lanes({name: self.step(name) for name in names})
        self.assertEqual(sorted(self.order), sorted(names))
        self.assertEqual(self.order[0], "unit")
        for lane in (("lint", "docs"), ("kunit", "torture")):
            self.assertEqual([name for name in self.order if name in lane], [*lane])
        self.assertEqual((tests.passed, tests.failed), (5, 0))
        self.assertIn("[4/5] docs ... ok (1 passed", out)

    def test_who_boots_nothing_waits(self):
        self.run_lanes({name: self.step(name) for name in ("lint", "kunit")})
        self.assertEqual(self.nice["lint"], min(19, self.nice["kunit"] + test.PATIENT))
        self.run_lanes({"docs": self.step("docs")})
        self.assertEqual(self.nice["docs"], self.nice["kunit"])

    def test_results_of_all_lanes_are_numbered(self):
        self.run_lanes({name: self.step(name) for name in ("lint", "bad", "docs")})
        lines = self.written.call_args.args[1].splitlines()
        self.assertEqual(sorted(line.split(" - ")[0][-1] for line in lines), ["1", "2", "3"])
        self.assertEqual([line for line in lines if line.startswith("not ok")],
                         [line for line in lines if "bad: fine # broken" in line])

    def test_one_that_dies_ends_all(self):
        begun, died = threading.Event(), threading.Event()

        def die():
            begun.wait(10)
            died.set()
            raise SystemExit(common.EXIT_BUILD)

        def outlive():
            begun.set()
            died.wait(10)
            time.sleep(0.5)

        steps = {"kunit": self.step("kunit", die), "lint": self.step("lint", outlive),
                 "docs": self.step("docs"), "torture": self.step("torture")}
        with self.assertRaises(SystemExit) as caught:
            self.run_lanes(steps)
        self.assertEqual(caught.exception.code, common.EXIT_BUILD)
        self.assertEqual(sorted(self.order), ["kunit", "lint"])


class Declarations(unittest.TestCase):
    def test_there_are_such_steps(self):
        self.assertLessEqual(set(test.BESIDE), set(test.STEPS))
        self.assertFalse(set(test.BESIDE) & set(test.ON_ANY))


class Program(unittest.TestCase):
    """A script that prints TAP, and how it ends."""

    def failures(self, status, lines):
        def run(cmd, stdout, **options):
            stdout.write(lines)
            return subprocess.CompletedProcess(cmd, status)
        tests = test.Tests()
        with tempfile.TemporaryDirectory() as directory, \
             mock.patch.object(test, "LOG", Path(directory)), \
             mock.patch.object(subprocess, "run", run):
            test.program(tests, "lint", "lint.py")
        return tests.failed

    def test_failed_test_is_one(self):
        self.assertEqual(self.failures(0, "ok 1 - a\n"), 0)
        self.assertEqual(self.failures(common.EXIT_TEST, "ok 1 - a\nnot ok 2 - b\n"), 1)

    def test_death_without_failed_test_is_one(self):
        self.assertEqual(self.failures(common.EXIT_TEST, "ok 1 - a\n"), 1)

    def test_death_after_failed_test_is_another(self):
        self.assertEqual(self.failures(common.EXIT_BUILD, "not ok 1 - a\n"), 2)


if __name__ == "__main__":
    unittest.main()
