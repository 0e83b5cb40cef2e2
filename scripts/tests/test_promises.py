#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The table of promises names tests that exist, and all promises."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import promises
import test

TEXT = promises.TABLE.read_text()
SOURCE = """
static struct kunit_case some_cases[] = {
	KUNIT_CASE(one_works),
	KUNIT_CASE_SLOW(two_works),
	{}
};

static struct kunit_suite some_suite = {
	.name = "some",
	.init = some_init,
	.test_cases = some_cases,
};
"""


class Table(unittest.TestCase):
    """What the document says is so; what is damaged is noticed."""

    def problems(self, old="", new=""):
        text = TEXT.replace(old, new) if old else TEXT
        self.assertTrue(not old or text != TEXT)
        return promises.problems(text, test.STEPS)

    def test_it_is_so(self):
        self.assertEqual(self.problems(), [])

    def test_every_promise_is_there(self):
        self.assertEqual([f"G{n}" for n in range(1, 15)], promises.promises())

    def test_rows_are_read(self):
        table = promises.rows(TEXT)
        self.assertEqual(len(table), len(re.findall(r"^G\d+ ", TEXT, re.M)))
        self.assertIn("hotplug_while_*", table[0].tests)

    def test_a_kunit_case_that_is_gone(self):
        self.assertEqual(self.problems("``free_from_callback``", "``freed_from_callback``"),
                         ["G4, kunit: there is no test freed_from_callback",
                          "kunit: no promise has the case free_from_callback"])

    def test_a_wildcard_without_a_test(self):
        self.assertIn("G6, kunit: there is no test flushes_*",
                      self.problems("``flush_*``", "``flushes_*``"))

    def test_a_script_that_is_gone(self):
        self.assertEqual(self.problems("``erofs-read``    ", "``erofs-road``    "),
                         ["G8, erofs-read: there is no test erofs-road"])

    def test_a_command_that_is_gone(self):
        self.assertIn("G8, cache: the command runs no tests that are known",
                      self.problems("TESTS=dontcache make", "TESTS=cache make"))

    def test_a_promise_without_a_row(self):
        self.assertEqual(self.problems("\nG10 ", "\nG11 "), ["G10 has no test"])

    def test_a_row_without_a_promise(self):
        self.assertEqual(self.problems("\nG12 ", "\nG15 "),
                         ["G12 has no test", "G15 is not promised"])

    def test_a_row_without_a_test(self):
        self.assertEqual(self.problems("``P10``", "  P10  "), ["G8, bench: no test"])

    def test_no_table(self):
        found = promises.problems("nothing", test.STEPS)
        self.assertEqual(sum(why.endswith(" has no test") for why in found), 14)


class Cases(unittest.TestCase):
    def test_cases_by_suite(self):
        self.assertEqual(promises.kunit_cases(SOURCE), {"some": ["one_works", "two_works"]})


if __name__ == "__main__":
    unittest.main()
