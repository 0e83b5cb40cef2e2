#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""exact.py without a guest: what it reads, what it lets pass and what not."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import common
import exact
import synthetic

FOUND = {"kernel": "7.3.0", "compiler": "gcc (Debian 12.2.0-14) 12.2.0"}
LOG = ("[    0.000000] Linux version 7.3.0 (pcc@pcc) (gcc (Debian 12.2.0-14) 12.2.0, "
       "GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_LAZY 2026-01-01\n")
CASE = "percpu_completer, lazy, behind others"
KNOWN = {"percpu_completer, urgent, wakes its thread": 700, CASE: 100,
         "workqueue, behind others": 90}
ENTRIES = [{**FOUND, "instructions": KNOWN}]
CLOCK = 30
BURST = 4


class Baseline(unittest.TestCase):
    def judge(self, changes=None, differ=(), found=None):
        """(exit code, lines of TAP)"""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = exact.report(exact.judge(list(differ), {**FOUND, **(found or {})},
                                            {**KNOWN, **(changes or {})}, ENTRIES))
        return code, out.getvalue().splitlines()

    def test_same(self):
        code, lines = self.judge()
        self.assertEqual(code, 0)
        self.assertEqual(len(lines), 3)
        self.assertTrue(all(line.startswith("ok ") for line in lines))

    def test_2_percent_more_pass(self):
        self.assertEqual(self.judge({CASE: 102})[0], 0)

    def test_4_percent_more_fail(self):
        code, lines = self.judge({CASE: 104})
        self.assertEqual(code, common.EXIT_TEST)
        bad = [line for line in lines if line.startswith("not ok")]
        self.assertEqual(len(bad), 1)
        for word in (CASE, "104 instructions", "100 in the baseline", "4.0%", "--update"):
            self.assertIn(word, bad[0])

    def test_less_passes(self):
        self.assertEqual(self.judge({CASE: 50})[0], 0)

    def test_peers_may_grow(self):
        self.assertEqual(self.judge({"workqueue, behind others": 900})[0], 0)

    def test_case_without_a_figure_fails(self):
        code, lines = self.judge({"percpu_completer, new": 5})
        self.assertEqual(code, common.EXIT_TEST)
        self.assertIn("the baseline lacks it", lines[-1])

    def test_other_compiler_is_skipped(self):
        code, lines = self.judge({CASE: 200}, found={"compiler": "gcc (Debian 14.2.0-19) 14.2.0"})
        self.assertEqual(code, 0)
        self.assertIn("# SKIP no baseline for 7.3.0 by gcc (Debian 14.2.0-19) 14.2.0", lines[-1])
        self.assertIn("exact.py --update", lines[-1])

    def test_boots_that_differ_fail(self):
        for found in ({}, {"kernel": "7.4.0"}):
            code, lines = self.judge(differ=["dispatch/1.idle.workqueue.samples"], found=found)
            self.assertEqual(code, common.EXIT_TEST)
            self.assertIn("not ok 1 - two boots", lines[0])
            self.assertIn("1.idle.workqueue.samples", lines[0])

    def test_the_tree_has_one(self):
        for entry in exact.load():
            self.assertIn(CASE, entry["instructions"])


class Files(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.dir = Path(tmp.name)

    def two(self, one, other):
        """What differs between two guests that left {name: content}."""
        for name, kept in (("one", one), ("other", other)):
            for path, data in kept.items():
                path = self.dir / name / "dispatch" / path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        return exact.differences(self.dir / "one", self.dir / "other")

    def test_alike(self):
        self.assertEqual(self.two({"a": b"1", "b": b"2"}, {"a": b"1", "b": b"2"}), [])

    def test_one_byte(self):
        self.assertEqual(self.two({"a": b"1", "b": b"2"}, {"a": b"1", "b": b"3"}), ["dispatch/b"])

    def test_one_file_more(self):
        self.assertEqual(self.two({"a": b"1"}, {"a": b"1", "b": b""}), ["dispatch/b"])

    def samples(self, costs, urgent=True, burst=BURST):
        """A run whose items cost that much to queue."""
        synthetic.write_run(self.dir, 1, "burst", "x", [5000] * len(costs),
                            [urgent] * len(costs), [cost + CLOCK for cost in costs], burst=burst)

    def test_first_of_a_burst(self):
        for urgent in (False, True):
            self.samples(([600] + [30] * (BURST - 1)) * 3, urgent)
            self.assertEqual(exact.cost(self.dir, "burst", "x"), 600)
            self.assertEqual(exact.cost(self.dir, "burst", "x", True), 30)

    def test_single_items_are_all_first(self):
        self.samples([20, 10, 30], burst=1)
        self.assertEqual(exact.cost(self.dir, "burst", "x"), 20)

    def test_no_samples(self):
        self.samples([])
        with self.assertRaises(exact.Invalid):
            exact.cost(self.dir, "burst", "x")

    def test_update_keeps_others(self):
        path = self.dir / "queue-path.json"
        older = {"kernel": "7.2.0", "compiler": FOUND["compiler"], "instructions": {CASE: 9}}
        with mock.patch.object(exact, "BASELINE", path), \
                contextlib.redirect_stdout(io.StringIO()):
            exact.update([older, *ENTRIES], FOUND, {CASE: 111})
            self.assertEqual(exact.load(), [older, {**FOUND, "instructions": {CASE: 111}}])
        self.assertEqual(json.loads(path.read_text())[0]["kernel"], "7.2.0")

    def test_versions(self):
        self.assertEqual(exact.versions(LOG), FOUND)


if __name__ == "__main__":
    unittest.main()
