#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""here.py without the kernel it needs: what is refused, and what the scripts are told."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bench
import common
import here
from bench_levels import LEVELS


class Refusals(unittest.TestCase):
    def refused(self, function):
        """(exit code, what is said)"""
        with contextlib.redirect_stderr(io.StringIO()) as err, self.assertRaises(SystemExit) as end:
            function()
        return end.exception.code, err.getvalue()

    def test_not_root(self):
        with mock.patch("os.geteuid", return_value=1000):
            code, said = self.refused(here.check)
        self.assertEqual(code, common.EXIT_SETUP)
        self.assertIn("as root", said)

    def test_another_kernel(self):
        with mock.patch("os.geteuid", return_value=0), \
                mock.patch.object(here, "DEBUGFS", Path("/nonexistent")):
            code, said = self.refused(here.check)
        self.assertEqual(code, common.EXIT_SETUP)
        self.assertIn("CONFIG_PERCPU_COMPLETER_BENCH=y", said)

    def test_slow_clock(self):
        with tempfile.TemporaryDirectory() as tmp:
            clock = Path(tmp) / "clock"
            clock.write_text("hpet\n")
            with mock.patch("os.geteuid", return_value=0), \
                    mock.patch.object(here, "DEBUGFS", Path(tmp)), \
                    mock.patch.object(here, "CLOCK", clock):
                code, said = self.refused(here.check)
        self.assertEqual(code, common.EXIT_SETUP)
        self.assertIn("the clock source is hpet", said)

    def test_no_such_disk(self):
        with mock.patch.dict(os.environ, {"DISK": "/dev/nonexistent"}):
            code, said = self.refused(here.users)
        self.assertEqual(code, common.EXIT_USAGE)
        self.assertIn("DISK=/dev/nonexistent does not exist", said)


class Plan(unittest.TestCase):
    def names(self, **variables):
        with mock.patch.dict(os.environ, variables), \
                mock.patch("os.cpu_count", return_value=2):
            return [boot.name for boot in bench.plan(Path("x"), None, bench.HARDWARE,
                                                     LEVELS["quick"], here.users())]

    def test_only_what_was_named_is_touched(self):
        self.assertEqual(self.names(), ["dispatch-hardware"])
        self.assertEqual(self.names(DISK="/dev/null"), ["dispatch-hardware", "bio-1"])

    def test_scripts_are_told_the_places(self):
        with mock.patch.dict(os.environ, {"DISK": "/dev/null"}):
            text = here.parameters({"BIO_MB": 1}, Path("/x"))
        self.assertEqual(text, "BIO_MB='1'\nDISK='/dev/null'\nEROFS_ONE_QUEUE=''\n"
                               "RESULTS='/x/results'\nTOOLS='/x/tools'\n")


if __name__ == "__main__":
    unittest.main()
