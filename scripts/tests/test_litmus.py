#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""litmus.py and models.py without herd7: what is weakened, what is read, what is passed."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import litmus
import models

NEVER = """Test PCQ-A-queue Allowed
States 3
0:r1=1; 1:r0=0;
0:r1=1; 1:r0=1;
0:r1=2; 1:r0=1;
No
Witnesses
Positive: 0 Negative: 3
Condition exists (0:r1=2 /\\ 1:r0=0)
Observation PCQ-A-queue Never 0 3
Time PCQ-A-queue 0.01
Hash=0a0a0a0a
"""
SOMETIMES = """Test PCQ-D-end Allowed
States 3
1:r0=1; 1:r1=0;
1:r0=2; 1:r1=0;
1:r0=2; 1:r1=1;
Ok
Witnesses
Positive: 1 Negative: 2
Flag data-race
Condition exists (1:r0=2 /\\ 1:r1=0)
Observation PCQ-D-end Sometimes 1 2
Time PCQ-D-end 0.00
"""
BAD = """Warning: File "x.litmus", line 30, characters 50-54: unexpected 'lock' (in prog) (User error)
"""
TEST = """C PCQ-x

(*
 * Together: [B] one + [C] other, another
 *)

{}

P0(int *x, int *y)
{
	int r0;

	smp_store_release(x, 1);	// [A] store
	smp_mb();			// [B] one
	r0 = xchg(y, 0);		// [C] other, another
}

exists (0:r0=1)
"""
SOURCE = """
static struct thing *
one(int x)
{
	smp_mb();			/* [B] */
}

/*
 * [C] is of xchg(); see two()
 */
static bool two(void)
{
	/* After a store that others look at, see [A]. */
	return xchg(&y, 0) && smp_load_acquire(&x);	/* [C], [A] */
}
"""


def outcome(verdict, complaint=""):
    return litmus.Outcome(verdict, int(verdict != "Never"), 3, complaint)


class Parse(unittest.TestCase):
    def test_never(self):
        self.assertEqual(litmus.parse(NEVER), litmus.Outcome("Never", 0, 3))

    def test_sometimes_and_flagged(self):
        found = litmus.parse(SOMETIMES)
        self.assertEqual(str(found), "Sometimes 1 2")
        self.assertEqual(found.complaint, "Flag data-race")

    def test_what_herd7_does_not_understand_is_no_outcome(self):
        for text, words in ((BAD, "unexpected 'lock'"), ("", "silence"),
                            (NEVER.split("Observation")[0], "Condition")):
            with self.assertRaisesRegex(litmus.Bad, words):
                litmus.parse(text)


class Weaken(unittest.TestCase):
    def test_marks(self):
        self.assertEqual(litmus.marks(TEST), ["[A] store", "[B] one", "[C] other, another"])

    def test_only_what_is_named(self):
        weak = litmus.weaken(TEST, ["[A] store", "[C] other, another"])
        self.assertIn("\tWRITE_ONCE(*x, 1);", weak)
        self.assertIn("\tsmp_mb();", weak)
        self.assertIn("\tr0 = xchg_relaxed(y, 0);", weak)

    def test_fences_order_nothing_then(self):
        self.assertNotIn("smp_mb", litmus.weaken(TEST, ["[B] one"]))

    def test_a_mark_beside_no_barrier_is_an_error(self):
        with self.assertRaisesRegex(litmus.Bad, "no barrier in"):
            litmus.weaken("r0 = READ_ONCE(*x);  // [A] f", ["[A] f"])

    def test_controls(self):
        one, other = "[B] one", "[C] other, another"
        self.assertEqual(litmus.controls(TEST), [(["[A] store"], True), ([one, other], True),
                                                 ([one], False), ([other], False)])

    def test_together_with_what_is_not_there(self):
        with self.assertRaisesRegex(litmus.Bad, r"\[D\] gone"):
            litmus.controls(TEST.replace("[B] one + ", "[D] gone + "))

    def test_every_test_of_the_tree_has_controls(self):
        for name, text in litmus.all_tests().items():
            for barriers, _ in litmus.controls(text):
                self.assertNotEqual(litmus.weaken(text, barriers), text, name)


class Judge(unittest.TestCase):
    def judge(self, sound="Never", alone="Never", weak="Sometimes", complaint="", text=TEST):
        """Names of checks that fail."""
        def run(test):
            gone = sum(word not in test for word in ("release", "smp_mb", "xchg("))
            if test == text:
                return outcome(sound, complaint)
            return outcome(weak if gone == 2 or "release" not in test else alone)
        return [f"{name}: {why}" for name, why in litmus.judge("PCQ-x", text, run) if why]

    def test_as_it_should_be(self):
        self.assertEqual(self.judge(), [])

    def test_forbidden_happens(self):
        self.assertEqual(len(self.judge(sound="Sometimes")), 1)

    def test_data_race(self):
        self.assertIn("Flag data-race", self.judge(complaint="Flag data-race")[0])

    def test_controls_that_do_not_fail(self):
        self.assertEqual(len(self.judge(weak="Never")), 2)

    def test_together_though_each_is_needed(self):
        self.assertEqual(len(self.judge(alone="Sometimes")), 2)

    def test_no_control_no_test(self):
        text = TEST.replace("//", "").replace("Together:", "")
        self.assertIn("names no barrier", self.judge(text=text)[0])

    def test_other_name(self):
        self.assertIn("not called so", self.judge(text=TEST.replace("C PCQ-x", "C PCQ-y"))[0])


class Names(unittest.TestCase):
    MODELS = {("B", "one"), ("C", "two"), ("A", "two")}

    def test_sites(self):
        self.assertEqual(models.sites(SOURCE), self.MODELS)

    def test_named(self):
        self.assertEqual(models.named(["[A] two", "[lock] one, two"]),
                         {("A", "two"), ("lock", "one"), ("lock", "two")})

    def test_all_are_modelled(self):
        self.assertEqual(models.not_modelled(SOURCE, self.MODELS), [])
        self.assertEqual(models.not_in_source(SOURCE, self.MODELS | {("lock", "one")}), [])

    def test_a_barrier_without_a_model(self):
        self.assertEqual(models.not_modelled(SOURCE, self.MODELS - {("A", "two")}),
                         ["[A] has no model", "[A] in two() has no model"])
        self.assertEqual(models.not_modelled(SOURCE + "/* [F] */\n", self.MODELS),
                         ["[F] has no model"])

    def test_a_model_without_a_barrier(self):
        self.assertIn("no [Z]", models.not_in_source(SOURCE, {("Z", "two")})[0])
        self.assertIn("not know three()", models.not_in_source(SOURCE, {("lock", "three")})[0])


if __name__ == "__main__":
    unittest.main()
