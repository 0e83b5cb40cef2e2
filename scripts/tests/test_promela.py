#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""promela.py without spin: what the model declares, what is read, what is passed."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import models
import promela

GOOD = """
(Spin Version 6.5.2 -- 6 December 2019)
	+ Partial Order Reduction
	+ Compression

Full statespace search for:
	never claim         	- (none specified)
	assertion violations	+
	invalid end states	+

State-vector 100 byte, depth reached 74, errors: 0
   126418 states, stored
   163311 states, matched
pan: elapsed time 0.42 seconds
"""
ASSERTION = """pan:1: assertion violated ((before& ~(done))==0) (at depth 92)
pan: wrote pcq.pml.trail

(Spin Version 6.5.2 -- 6 December 2019)
Warning: Search not completed

State-vector 100 byte, depth reached 93, errors: 1
     1226 states, stored
"""
HANG = ASSERTION.replace("assertion violated ((before& ~(done))==0)", "invalid end state")
CYCLE = ASSERTION.replace("assertion violated ((before& ~(done))==0)", "non-progress cycle")
SHALLOW = "error: max search depth too small\n" + GOOD
FULL = "pan: out of memory\n" + GOOD
KILLED = "(Spin Version 6.5.2 -- 6 December 2019)\n"
MODEL = """/*
 * scenario one: -DPRODUCERS=3 -DLAZY
 * scenario other: -DFLUSH
 *
 * Controls: these are wrong.
 *
 * control LOOK_FIRST in one: it looks before it adds [A]
 */
#define HERE	1
#if defined(LAZY) || defined(FLUSH)
#define BOTH
#endif
inline pcq_add(c)
{
#ifndef LOOK_FIRST
	add(c);				/* [A] pcq_add, [E] percpu_completer_queue_lazy */
#endif
}
"""


class Declared(unittest.TestCase):
    def test_scenarios_and_controls(self):
        self.assertEqual(promela.scenarios(MODEL), {"one": ["-DPRODUCERS=3", "-DLAZY"],
                                                    "other": ["-DFLUSH"]})
        self.assertEqual(promela.controls(MODEL), [promela.Control(
            "LOOK_FIRST", "one", "it looks before it adds [A]")])

    def test_barriers_and_functions(self):
        self.assertEqual(promela.barriers(MODEL), {("A", "pcq_add"), ("", "pcq_add"),
                                                   ("E", "percpu_completer_queue_lazy")})

    def test_a_function_that_the_source_lacks(self):
        found = models.not_in_source("void pcq_add(); [A]", promela.barriers(MODEL))
        self.assertEqual(found, [
            "the source has no [E], which percpu_completer_queue_lazy() is to have",
            "the source does not know percpu_completer_queue_lazy()"])

    def test_options_that_nothing_declares(self):
        self.assertEqual(promela.undeclared(MODEL), [])
        self.assertEqual(promela.undeclared(MODEL + "#ifdef LOOK_TWICE\n"), ["LOOK_TWICE"])

    def test_controls_that_the_model_does_not_know(self):
        self.assertEqual(promela.unused(MODEL), [])
        self.assertEqual(promela.unused(MODEL.replace("#ifndef LOOK_FIRST", "#if 1")),
                         ["LOOK_FIRST"])

    def test_the_tree_has_them(self):
        text = promela.MODEL.read_text()
        known = promela.scenarios(text)
        self.assertGreater(len(promela.controls(text)), 20)
        for control in promela.controls(text):
            self.assertIn(control.scenario, known)


class Parse(unittest.TestCase):
    def test_no_error(self):
        self.assertEqual(promela.parse(GOOD), (126418, None))

    def test_errors_in_words(self):
        for text, words in ((ASSERTION, "the flush returns before all is completed"),
                            (HANG, "somebody waits for ever"),
                            (CYCLE, "it never comes to rest")):
            self.assertEqual(promela.parse(text), (1226, words))

    def test_unknown_assertion_as_it_is(self):
        self.assertEqual(promela.meaning("assertion violated (x==1)"), "assertion violated (x==1)")

    def test_a_search_that_did_not_end_is_none(self):
        for text, words in ((SHALLOW, "depth too small"), (FULL, "out of memory"),
                            (KILLED, "Spin Version"), ("", "silence")):
            with self.assertRaisesRegex(promela.Bad, words):
                promela.parse(text)


class Judge(unittest.TestCase):
    CONTROL = promela.Control("LOOK_FIRST", "one", "it looks before it adds [A]")

    def test_scenario(self):
        self.assertIsNone(promela.judge_scenario("one", [], lambda *_: (9, None))[1])
        self.assertEqual(promela.judge_scenario("one", [], lambda *_: (9, "a hang"))[1], "a hang")

    def test_control(self):
        def search(options, name):
            self.assertEqual((options, name), (["-DX", "-DLOOK_FIRST"], "one-LOOK_FIRST"))
            return found

        found = (9, "a hang")
        name, why = promela.judge_control(self.CONTROL, ["-DX"], search)
        self.assertIn("it fails: a hang", name)
        self.assertIsNone(why)
        found = (9, None)
        self.assertIsNotNone(promela.judge_control(self.CONTROL, ["-DX"], search)[1])

    def test_what_cannot_be_run_fails(self):
        def search(*_):
            raise promela.Bad("spin: syntax error")

        for _, why in (promela.judge_scenario("one", [], search),
                       promela.judge_control(self.CONTROL, [], search)):
            self.assertEqual(why, "spin: syntax error")


if __name__ == "__main__":
    unittest.main()
