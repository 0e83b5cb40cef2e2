#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is expected of drivers without their hardware, and of those that are wrong."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import drivers
import overlay

COUNTS = re.findall(r'= "(\w+)",', (drivers.OURS / "harness.c").read_text())


def counted(**some):
    """All that the harness counts; nothing is wrong unless it is said."""
    return {**dict.fromkeys(COUNTS, 0), "queued": 5000, "completed": 5000, **some}


def failed(variant, counts, name="bnx2i"):
    return [test for test, why in drivers.judge(name, variant, counts) if why]


class Lines(unittest.TestCase):
    def test_lines_of_modules_are_found(self):
        text = ("harness: loading\n[    7.1] harness: bnx2i_stock: queued=12 lost=3\n"
                "harness: qedf_converted: queued=4 lost=0\n")
        self.assertEqual(drivers.parse(text), {("bnx2i", "stock"): {"queued": 12, "lost": 3},
                                               ("qedf", "converted"): {"queued": 4, "lost": 0}})

    def test_what_was_cut_off_is_none(self):
        self.assertEqual(drivers.parse("harness: bnx2i_stock: queued=12 lost=\n"), {})


class Judgement(unittest.TestCase):
    def test_right_drivers_pass(self):
        self.assertEqual(failed("converted", counted()), [])
        self.assertEqual(failed("fixed", counted(offline=7)), [])

    def test_each_fault_fails_a_driver_that_should_have_none(self):
        for count in set(COUNTS) - {"queued", "completed", "offline"}:
            for variant in ("fixed", "converted"):
                self.assertEqual(len(failed(variant, counted(**{count: 1}))), 1, count)

    def test_converted_drivers_complete_nothing_in_interrupts(self):
        self.assertEqual(len(failed("converted", counted(offline=1))), 1)

    def test_each_fault_has_to_be_seen_in_stock(self):
        for name, driver in drivers.DRIVERS.items():
            seen = dict.fromkeys(driver.faults, 1)
            self.assertEqual(failed("stock", counted(**seen), name), [])
            for count in driver.faults:
                self.assertEqual(len(failed("stock", counted(**{**seen, count: 0}), name)), 1)

    def test_each_mutant_has_to_show_its_fault(self):
        for name, driver in drivers.DRIVERS.items():
            for variant, mutant in driver.mutants.items():
                self.assertEqual(failed(variant, counted(**{mutant.fault: 1}), name), [])
                self.assertEqual(len(failed(variant, counted(), name)), 1)

    def test_idle_and_silent_drivers_fail(self):
        self.assertEqual(len(failed("converted", counted(queued=3))), 1)
        self.assertEqual(len(failed("converted", None)), 1)


class Names(unittest.TestCase):
    def test_faults_are_those_of_the_series(self):
        for name, driver in drivers.DRIVERS.items():
            known = [fault for step in overlay.load_series() if step.user == name
                     for fault in step.faults]
            self.assertLessEqual(set(driver.faults.values()), set(known), name)

    def test_faults_are_counted(self):
        for driver in drivers.DRIVERS.values():
            self.assertLessEqual(set(driver.faults), set(COUNTS))

    def test_mutants_have_a_file_and_a_fault(self):
        files = {f"{name}-{variant}" for name, driver in drivers.DRIVERS.items()
                 for variant in driver.mutants}
        self.assertEqual(files, {path.stem for path in drivers.MUTANTS.glob("*.cocci")})
        for driver in drivers.DRIVERS.values():
            for mutant in driver.mutants.values():
                self.assertIn(mutant.variant, drivers.RIGHT)
                self.assertIn(mutant.fault, driver.faults)

    def test_the_conversion_is_the_last_step_of_a_driver(self):
        steps = overlay.load_series()
        for name in drivers.DRIVERS:
            number = drivers.converting(steps, name)
            self.assertNotIn(name, [step.user for step in steps[number + 1:]])


if __name__ == "__main__":
    unittest.main()
