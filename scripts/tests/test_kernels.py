#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What differs between kernels is declared, and a wrong declaration is an error."""

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
import build
import common
import overlay
import setup
import test
from test_overlay import dies

STEPS = """
[[step]]
subject = "for all"
new = ["COPYING"]
apply."README.md" = {{ "7.3" = 2, "6.12" = 3 }}
apply."Makefile" = {{ "{other}" = 1 }}
apply."COPYING" = 4

[[step]]
subject = "for one"
kernels = ["7.3"]
"""


class Target(unittest.TestCase):
    """Which known kernel a tree is taken for."""

    def target(self, version, ksrc="/some/tree"):
        with mock.patch.object(common, "VERSION", version), mock.patch.object(common, "KSRC", ksrc):
            return setup.target()

    def test_known(self):
        self.assertEqual([self.target(known, None) for known in setup.KERNELS], [*setup.KERNELS])

    def test_newest_that_is_not_newer(self):
        self.assertEqual(self.target("7.4"), "7.3")
        self.assertEqual(self.target("10.0"), "7.3")
        self.assertEqual(self.target("6.18"), "6.12")

    def test_older_than_all(self):
        with dies(self, common.EXIT_USAGE):
            self.target("6.6")

    def test_unknown_without_tree(self):
        with dies(self, common.EXIT_USAGE):
            self.target("7.4", None)


class Series(unittest.TestCase):
    """Steps and counts by kernel."""

    def load(self, kernel, other="6.12"):
        with tempfile.TemporaryDirectory() as tmp:
            series = Path(tmp, "series.toml")
            series.write_text(STEPS.format(other=other))
            with mock.patch.object(overlay, "SERIES", series), \
                 mock.patch.object(setup, "target", return_value=kernel):
                return [(s.subject, s.apply) for s in overlay.load_series()]

    def test_counts(self):
        self.assertEqual(self.load("7.3"), [("for all", {"README.md": 2, "COPYING": 4}),
                                            ("for one", {})])

    def test_step_of_another_kernel(self):
        self.assertEqual(self.load("6.12"),
                         [("for all", {"README.md": 3, "Makefile": 1, "COPYING": 4})])

    def test_misspelt_kernel(self):
        with dies(self, common.EXIT_OVERLAY):
            self.load("7.3", other="6.21")

    def test_only_one_kernel_defers_bios(self):
        for kernel, defers in (("7.3", True), ("6.12", False)):
            with mock.patch.object(setup, "target", return_value=kernel):
                self.assertEqual(overlay.changes("block/bio.c"), defers)
                self.assertTrue(overlay.changes("fs/erofs/zdata.c"))


class Declarations(unittest.TestCase):
    """Whatever names a kernel names one that there is."""

    def test_configurations(self):
        for kernel in setup.KERNELS:
            self.assertTrue((build.CONFIGS / f"base-{kernel}.config").is_file(), kernel)

    def test_absent_steps(self):
        for kernel, steps in test.ABSENT.items():
            self.assertIn(kernel, setup.KERNELS)
            self.assertLessEqual(set(steps), set(test.STEPS))

    def test_absent_step_is_skipped(self):
        tests = test.Tests()
        run = mock.Mock()
        with mock.patch.object(setup, "target", return_value="6.12"), \
             mock.patch.dict(test.STEPS, {"dontcache": run}), \
             contextlib.redirect_stdout(io.StringIO()):
            test.run_step(tests, 1, 1, "dontcache")
        self.assertEqual((tests.passed, tests.failed, tests.skipped), (0, 0, 1))
        run.assert_not_called()


if __name__ == "__main__":
    unittest.main()
