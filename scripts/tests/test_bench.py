#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""bench.py without a guest: what is booted in which order, and what is refused."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bench
import common
import guest


class Plan(unittest.TestCase):
    def names(self, accel):
        return [boot.name for boot in bench.plan(Path("stock"), Path("converted"), accel)]

    def test_kernels_take_turns(self):
        self.assertEqual(self.names("kvm")[:5], ["dispatch-kvm", "io-stock-1", "io-converted-1",
                                                 "io-stock-2", "io-converted-2"])

    def test_emulation_adds_exact_time(self):
        self.assertEqual(self.names("tcg")[:2], ["dispatch-tcg", "dispatch-icount"])

    def test_exact_time_is_not_for_disks(self):
        boots = bench.plan(Path("stock"), Path("converted"), "icount")
        self.assertEqual({boot.accel for boot in boots if boot.name.startswith("io-")}, {"tcg"})


class Judge(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.log = Path(tmp.name) / "console.log"
        self.boot = bench.plan(Path("stock"), Path("converted"), "kvm")[0]

    def judge(self, text, status="PASS", splats=()):
        """(exit code, what is said) about a guest with this console."""
        self.log.write_text(text)
        result = guest.Result("x", self.log, self.log.parent, status, list(splats), 1.0)
        with contextlib.redirect_stderr(io.StringIO()) as err:
            try:
                bench.judge(self.boot, result)
            except SystemExit as end:
                return end.code, err.getvalue()
        return 0, ""

    def test_good(self):
        self.assertEqual(self.judge("bench: dispatch round 1 of 3: idle\nguest: done\n"), (0, ""))

    def test_lost_item_is_one_line(self):
        code, said = self.judge("bench: error: workqueue lost an item (load idle, round 2)\n",
                                "FAIL bench-dispatch ended with status 1")
        self.assertEqual(code, common.EXIT_TEST)
        self.assertIn("dispatch-kvm: workqueue lost an item (load idle, round 2)", said)
        self.assertEqual(said.count("\n"), 1)

    def test_failure_without_words(self):
        code, said = self.judge("", "FAIL bench-dispatch ended with status 127")
        self.assertEqual(code, common.EXIT_TEST)
        self.assertIn("status 127", said)

    def test_kernel_report(self):
        code, said = self.judge("", splats=["WARNING: kernel/x.c:1"])
        self.assertEqual(code, common.EXIT_TEST)
        self.assertIn("WARNING: kernel/x.c:1", said)


if __name__ == "__main__":
    unittest.main()
