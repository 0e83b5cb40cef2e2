#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The torture test's verdicts, from logs of runs that held, failed or never ended."""

import re
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import build
import common
import guest
import setup
import torture
from common import TOP
from test_overlay import dies

CLASSES = " ".join(f"{name}: 0" for name in torture.CLASSES)
UP = "[    0.500000] smp: Brought up 1 node, {} CPU{}\n"
BEGIN = "[   1.000000] {}-torture:--- Start of test: deadline=250 hang_secs=60\n"
COUNTS = "[  16.000000] {}-torture: completions: {} {}\n"
DID = ("[  16.000001] {}-torture: did: hardirq: 9 softirq: 8 task: 7 lazy: 6 remote: 5 offline: 4 "
       "never: {} impossible: 3 requeued: 2 slept: 1 freed: 1 expedited: 1 overridden: 1 flushed: 1 destroyed: 1 cycles: 12 spun: 1\n")
END = "[  17.000000] {}-torture:--- End of test: {}: deadline=250 hang_secs=60\n"


def log(kind=torture.REAL, counts=CLASSES, never=1, verdict="SUCCESS"):
    """A run's lines, with statistics on the way."""
    return (BEGIN.format(kind) + COUNTS.format(kind, 10, CLASSES) + DID.format(kind, 0)
            + "ok 1 - of user space\n[  16.500000] smpboot: CPU 1 is now offline\n"
            + COUNTS.format(kind, 12345, counts) + DID.format(kind, never)
            + (END.format(kind, verdict) if verdict else ""))


def failed(**counts):
    """The counters of a run in which something went wrong."""
    return " ".join(f"{name}: {counts.get(name, 0)}" for name in torture.CLASSES) + " !!!"


def judge(text, cannot=()):
    (run,) = torture.parse(text)
    return torture.judge(run, cannot)


class Parse(unittest.TestCase):
    def test_last_statistics_count(self):
        (run,) = torture.parse(log(counts=failed(late=3)))
        self.assertEqual((run.type, run.verdict, run.completions, run.failures["late"]),
                         ("percpu_completer", "SUCCESS", 12345, 3))
        self.assertEqual(run.deeds["cycles"], 12)

    def test_runs_are_told_apart(self):
        runs = torture.parse(log() + log("busted_lose", failed(lost=2), verdict="FAILURE"))
        self.assertEqual([run.type for run in runs], ["percpu_completer", "busted_lose"])
        self.assertEqual([run.failures["lost"] for run in runs], [0, 2])

    def test_what_user_space_prints_is_no_verdict(self):
        self.assertEqual(torture.parse("percpu_completer-torture:--- Start of test: x\n"), [])
        (run,) = torture.parse(log(verdict="") + END.format(torture.REAL, "SUCCESS")[14:])
        self.assertEqual(run.verdict, "")


class Real(unittest.TestCase):
    def test_success(self):
        self.assertIsNone(judge(log()))

    def test_failure_names_its_class(self):
        self.assertIn("2 lost", judge(log(counts=failed(lost=2), verdict="FAILURE")))

    def test_success_in_spite_of_a_failure_is_none(self):
        for name in torture.CLASSES:
            with self.subTest(name):
                self.assertIn(name, judge(log(counts=failed(**{name: 1}))))

    def test_no_verdict(self):
        self.assertIn("missing", judge(log(verdict="")))

    def test_hotplug_failure(self):
        self.assertIn("HOTPLUG", judge(log(verdict="HOTPLUG_FAILURE")))

    def test_class_that_is_not_counted(self):
        self.assertIn("late", judge(log(counts=CLASSES.replace("late: 0 ", ""))))

    def test_idle_attack_is_none(self):
        self.assertIn("never", judge(log(never=0)))
        self.assertIsNone(judge(log(never=0), {"never"}))

    def test_nothing_at_all(self):
        self.assertIn("missing", judge(BEGIN.format(torture.REAL)))
        self.assertIn("not all", judge(BEGIN.format(torture.REAL)
                                       + END.format(torture.REAL, "SUCCESS")))


class Busted(unittest.TestCase):
    def test_caught(self):
        self.assertIsNone(judge(log("busted_lose", failed(lost=2), verdict="FAILURE")))

    def test_other_class_does_not_count(self):
        self.assertIn("no failure of class lost",
                      judge(log("busted_lose", failed(late=2), verdict="FAILURE")))

    def test_success_is_not_caught(self):
        self.assertIn("SUCCESS", judge(log("busted_lose")))

    def test_every_class_has_a_variant(self):
        self.assertLessEqual(set(torture.CLASSES),
                             {busted.shows for busted in torture.BUSTED.values()})

    def test_report_of_the_kernel(self):
        said = "[   9.000000] BUG: KASAN: slab-use-after-free in busted_free_complete+0x1/0x2\n"
        text = log("busted_free")
        self.assertIn("did not say", judge(text))
        self.assertIsNone(judge(text + said))
        self.assertIn("did not say", judge(text + said[14:]))

    def test_kernel_has_the_same(self):
        source = (TOP / "kernel/percpu_completer_torture.c").read_text()
        classes = re.search(r"pctt_failure_names\[\] = \{(.*?)\}", source, re.S)[1]
        self.assertEqual(tuple(re.findall(r'"(\w+)"', classes)), torture.CLASSES)
        self.assertEqual(re.findall(r'\.name = "(\w+)"', source), [torture.REAL, *torture.BUSTED])


class Plan(unittest.TestCase):
    def test_what_hangs_is_last(self):
        busted = torture.busted_for("test")
        self.assertEqual(set(torture.BUSTED) - set(busted),
                         {"busted_free", "busted_leak", "busted_race"})
        self.assertTrue(torture.plan(60, busted).startswith("percpu_completer:60 "))
        self.assertTrue(torture.plan(60, busted).endswith(" busted_hang:3"))

    def test_words_are_one_word(self):
        plan = torture.plan(1, ["busted_order", "busted_free"])
        self.assertEqual(plan.split(), [
            "percpu_completer:1", "busted_order:60:busted_order-torture:!!!.order:",
            "busted_free:60:BUG:.KASAN:.slab-use-after-free.in.busted_free"])
        self.assertNotRegex(torture.plan(1, torture.BUSTED), "[*?[]")

    def test_what_needs_lockdep_is_left_out_without(self):
        self.assertNotIn("busted_lock", torture.busted_for("kcsan"))
        self.assertIn("busted_race", torture.busted_for("kcsan"))


class Guests(unittest.TestCase):
    def test_shapes_of_each_kernel(self):
        for kernel in setup.KERNELS:
            with mock.patch.object(setup, "target", return_value=kernel):
                for config in build.DEBUG:
                    self.assertIn("never-online", torture.guests_for(config))
                self.assertTrue([name for name in torture.guests_for("test")
                                 if name.startswith("preempt-")])

    def test_what_a_kernel_has_not(self):
        self.assertNotIn("preempt-full", torture.guests_for("kasan"))
        with dies(self, common.EXIT_USAGE):
            torture.guests_for("kasan", ["preempt-full"])

    def test_named_ones(self):
        self.assertEqual(torture.guests_for("rt", ["1-cpu", "4-cpus"]), ["4-cpus", "1-cpu"])
        with dies(self, common.EXIT_USAGE):
            torture.guests_for("rt", ["4-cpus", "5-cpus"])

    def test_what_does_not_show_is_left_out(self):
        self.assertEqual(set(torture.BUSTED) - set(torture.busted_for("test", "1-cpu")),
                         {"busted_offline", "busted_place", "busted_free", "busted_leak",
                          "busted_race"})
        for shape in torture.guests().values():
            self.assertLessEqual(shape.misses, set(torture.BUSTED))


class Problems(unittest.TestCase):
    def check(self, status, splats, text, expected, cpus=3, shape="never-online"):
        result = guest.Result("torture", Path("log"), Path("results"), status, splats, 1.0)
        text = UP.format(cpus, "s" * (cpus > 1)) + text
        with mock.patch.object(guest.Result, "text", return_value=text):
            found = torture.problems(result, torture.parse(text), [torture.REAL, "busted_lose"],
                                     shape)
        self.assertEqual([why for _, why in found if why], expected)

    def test_none(self):
        self.check("PASS", [], log() + log("busted_lose", failed(lost=1), verdict="FAILURE"), [])

    def test_run_that_is_missing(self):
        self.check("PASS", [], log(), ["it did not run"])

    def test_guest_and_kernel(self):
        self.check("FAIL torture", [],
                   "[    0.900000] BUG: x\n"
                   + log() + log("busted_lose", failed(lost=1), verdict="FAILURE"),
                   ["FAIL torture", "BUG: x"])

    def test_report_counts_for_who_is_to_make_it(self):
        said = "[   9.000000] kmemleak: 3 new suspected memory leaks\n"
        leak = log("busted_leak", failed(lost=1), verdict="FAILURE") + said
        self.assertEqual(torture.splats(torture.parse(log() + leak)), [])
        late = log("busted_hang", failed(hang=1), verdict="FAILURE") + said
        self.assertEqual(torture.splats(torture.parse(log() + leak + late)), [])
        self.assertEqual(torture.splats(torture.parse(log() + said + leak)),
                         ["kmemleak: 3 new suspected memory leaks"])

    def test_guest_of_another_shape(self):
        text = log() + log("busted_lose", failed(lost=1), verdict="FAILURE")
        self.check("PASS", [], text, ["it did not say Brought up 1 node, 3 CPUs"], cpus=4)
        self.check("PASS", [], text, [], cpus=1, shape="1-cpu")
        self.check("PASS", [], text, ["it did not say Brought up 1 node, 1 CPU$"], cpus=16,
                   shape="1-cpu")


class Summary(unittest.TestCase):
    def test_line(self):
        runs = torture.parse(log() + log("busted_lose", failed(lost=1), verdict="FAILURE")
                             + log("busted_late"))
        self.assertEqual(
            torture.summary("test-4-cpus", runs),
            "test-4-cpus: 12345 completions, 12 on/off cycles, 0 lost, 0 twice, 0 order, "
            "0 context, 0 place, 0 late, 0 flush, 0 destroy, 0 setup, 0 hang, 0 splats; "
            "1 of 2 busted variants caught")


if __name__ == "__main__":
    unittest.main()
