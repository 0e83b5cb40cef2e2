#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the cover letter says, and who signs off; the mails themselves are tried by
the step series of test.py.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

# pylint: disable=wrong-import-position
import common
import series
from test_overlay import dies

GOAL = {"id": "P1", "value": 1.03, "low": 1.0, "high": 1.1, "sense": "<=", "bound": 1.05,
        "pass": True, "noise": False, "what": "dispatch p50", "mode": "icount"}
META = {"kernel": common.VERSION, "command": "make bench FULL=1", "machine": "a machine",
        "mode": "QEMU", "commit": "0123abc"}


class Cover(unittest.TestCase):
    """The parts that are filled in."""

    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.dir = Path(tmp.name)

    def figures(self, **meta):
        path = self.dir / "results.json"
        path.write_text(json.dumps({"meta": {**META, **meta}, "goals": [GOAL]}))
        return series.figures(path)

    def test_figures_of_this_kernel(self):
        text = self.figures()
        self.assertIn("`make bench FULL=1`, on a machine;", text)
        self.assertRegex(text, r"P1 +1\.030 .*<= 1\.05 +met")

    def test_figures_of_another_kernel(self):
        self.assertIn("None: this kernel was not measured", self.figures(kernel="1.0"))

    def test_no_figures(self):
        self.assertIn("None: this kernel was not measured",
                      series.figures(self.dir / "missing.json"))

    def test_template_without_a_mark(self):
        path = self.dir / series.COVER_FILE
        path.write_text("Subject: *** SUBJECT HERE ***\n\n*** BLURB HERE ***\n")
        series.fill(path, "one", "two")
        self.assertEqual(path.read_text(), "Subject: one\n\ntwo\n")
        with dies(self, common.EXIT_OVERLAY):
            series.fill(path, "one", "two")


class SignOff(unittest.TestCase):
    """Never but by git's own option."""

    def sign_off(self, said):
        answer = mock.Mock(stdout=said)
        with mock.patch("subprocess.run", return_value=answer):
            return series.sign_off()

    def test_option(self):
        self.assertEqual(self.sign_off("true\n"), ["--signoff"])
        self.assertEqual(self.sign_off("false\n"), ["--no-signoff"])
        self.assertEqual(self.sign_off(""), ["--no-signoff"])


if __name__ == "__main__":
    unittest.main()
