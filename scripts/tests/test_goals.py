#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""goals.py: what is met, what is missed, what may be noise, and what was not measured."""

import dataclasses
import itertools
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bench
import goals
import report
import results
import rows_dispatch
import rows_users
import synthetic
import tables
from bench_levels import LEVELS
from goals import AT_LEAST, AT_MOST, OTHERS, Part
from synthetic import Load

LESS = Part("G1", "less is better", "bio", "C .*", goals.field("x"), OTHERS, AT_MOST, 1.0)
MORE = dataclasses.replace(LESS, goal="G2", what="more is better", sense=AT_LEAST)
LOADS = (
    Load("idle"), Load("hogs", 3, 300.0), Load("steady_20k"), Load("steady_200k"),
    Load("mixed_hogs", 3, counters={"urgent_percent": 20}), Load("hogs_213", 3),
    Load("burst8", counters={"burst": 8}),
    Load("capacity", counters={"stamps": 0}),
    Load("flood_50us", counters={"normal": 1, "normal_ns": 8000000, "normal_gap_ns": 6500000}))
SCALING = tuple(Load(f"cpus{cpus}", counters={"cpus": cpus, "burst": 4}) for cpus in (1, 8, 16))
HOTPLUG = (Load("hotplug", counters={"hotplug": 1, "cycles": 5}),)
BIO = (("A", "raw"), ("F", "xfs"), ("fsync", "xfs"), ("read", "raw"))
EROFS = (("start", "cpuio"), ("read", "one_irq"))
# Emulation without KVM measures in both.
EMULATED = ("tcg", "icount")
ALL = [f"P{number}" for number in (*range(1, 11), 12)]


def runs(mechanism, *values, case=("C", "raw"), kernel="bench"):
    """A run in each of several boots."""
    return [rows_users.Run(kernel, boot, 1, case, mechanism, {"x": value}, [], None)
            for boot, value in enumerate(values, 1)]


def judged(part, *lists, mode="kvm"):
    """The part's row of these runs, None if there is none."""
    found = goals.part_rows(part, {("bio", mode): [run for item in lists for run in item]})
    return found[0] if found else None


class Judged(unittest.TestCase):
    def verdict(self, part, own, other, mode="kvm"):
        row = judged(part, runs("percpu_completer", *own), runs("workqueue", *other), mode=mode)
        return row["pass"], row["noise"]

    def test_ratio_is_within_a_round(self):
        row = judged(LESS, runs("percpu_completer", 8, 80, 36), runs("workqueue", 10, 100, 40))
        self.assertEqual([row[name] for name in ("value", "low", "high")], [0.8, 0.8, 0.9])

    def test_bound_itself_is_met(self):
        for part in (LESS, MORE):
            self.assertEqual(self.verdict(part, [5, 5], [5, 5]), (True, False))

    def test_met(self):
        self.assertEqual(self.verdict(LESS, [9, 9, 11], [10] * 3), (True, False))
        self.assertEqual(self.verdict(MORE, [11, 11, 9], [10] * 3), (True, False))

    def test_missed(self):
        self.assertEqual(self.verdict(LESS, [11, 12, 13], [10] * 3), (False, False))
        self.assertEqual(self.verdict(MORE, [9, 8, 7], [10] * 3), (False, False))

    def test_noise_where_a_round_meets_it(self):
        self.assertEqual(self.verdict(LESS, [10, 12, 13], [10] * 3), (False, True))
        self.assertEqual(self.verdict(MORE, [10, 8, 7], [10] * 3), (False, True))

    def test_one_round_is_no_proof_in_emulation(self):
        found = {mode: self.verdict(LESS, [11], [10], mode)[1]
                 for mode in ("tcg", "icount", "kvm", "hardware")}
        self.assertEqual(found, {"tcg": True, "icount": False, "kvm": False, "hardware": False})

    def test_more_rounds_are_in_emulation(self):
        self.assertEqual(self.verdict(LESS, [11, 11], [10, 10], "tcg"), (False, False))

    def test_rounding_does_not_help(self):
        self.assertEqual(self.verdict(LESS, [1000001], [1000000]), (False, False))


class Chosen(unittest.TestCase):
    def test_best_rival_by_its_median(self):
        lists = (runs("percpu_completer", 10, 10, 10), runs("rfc_thread", 8, 8, 90),
                 runs("workqueue", 20, 20, 1))
        less, more = judged(LESS, *lists), judged(MORE, *lists)
        self.assertEqual((less["value"], less["low"]), (1.25, 0.1111))
        self.assertIn("percpu_completer / rfc_thread", less["what"])
        self.assertEqual((more["value"], more["high"]), (0.5, 10.0))
        self.assertIn("percpu_completer / workqueue", more["what"])

    def test_others_of_a_similar_name_are_rivals(self):
        row = judged(LESS, runs("percpu_completer", 10), runs("percpu_completer_lazy", 5))
        self.assertEqual(row["value"], 2.0)

    def test_only_the_named_are_rivals(self):
        part = dataclasses.replace(LESS, rivals="workqueue|kthread_worker")
        row = judged(part, runs("percpu_completer", 10), runs("workqueue", 10),
                     runs("workqueue_bh", 1))
        self.assertEqual(row["value"], 1.0)

    def test_worst_case_counts(self):
        part = dataclasses.replace(LESS, cases="[A-F] .*")
        cases = (("C", "raw", 5), ("C", "xfs", 20), ("F", "raw", 10), ("read", "raw", 99))
        lists = [item for *case, value in cases
                 for item in (runs("percpu_completer", value, case=case),
                              runs("workqueue", 10, case=case))]
        row = judged(part, *lists)
        self.assertEqual(row["value"], 2.0)
        self.assertIn("C xfs", row["what"])
        row = judged(dataclasses.replace(part, sense=AT_LEAST), *lists)
        self.assertEqual(row["value"], 0.5)
        self.assertIn("C raw", row["what"])

    def test_base_is_another_case(self):
        part = dataclasses.replace(LESS, cases="(D|E) .*", rivals="percpu_completer",
                                   base="C raw")
        row = judged(part, runs("percpu_completer", 10), runs("workqueue", 1),
                     runs("percpu_completer", 12, case=("D", "raw")))
        self.assertEqual(row["value"], 1.2)
        self.assertIn("D raw, percpu_completer / percpu_completer under C raw", row["what"])

    def test_figure_by_itself(self):
        row = judged(dataclasses.replace(MORE, rivals="", bound=0.4),
                     runs("percpu_completer", 0.5, 0.3, 0.6), runs("workqueue", 9, 9, 9))
        self.assertEqual([row[name] for name in ("value", "low", "high", "pass")],
                         [0.5, 0.3, 0.6, True])

    def test_mode_that_counts_first(self):
        measured = {("bio", mode): runs("percpu_completer", value) + runs("workqueue", 10)
                    for mode, value in (("tcg", 90), ("icount", 20), ("kvm", 5))}
        found = []
        for mode in ("kvm", "icount", "tcg"):
            row, = goals.part_rows(LESS, measured)
            found.append((row["mode"], row["value"]))
            del measured["bio", mode]
        self.assertEqual(found, [("kvm", 0.5), ("icount", 2.0), ("tcg", 9.0)])


class Missing(unittest.TestCase):
    def test_case(self):
        self.assertIsNone(judged(LESS, runs("percpu_completer", 1, case=("D", "raw")),
                                 runs("workqueue", 1, case=("D", "raw"))))

    def test_ours(self):
        self.assertIsNone(judged(LESS, runs("workqueue", 1)))

    def test_rival(self):
        self.assertIsNone(judged(LESS, runs("percpu_completer", 1)))

    def test_base(self):
        self.assertIsNone(judged(dataclasses.replace(LESS, base="cpus1"),
                                 runs("percpu_completer", 1), runs("workqueue", 1)))

    def test_figure(self):
        self.assertIsNone(judged(LESS, runs("percpu_completer", None), runs("workqueue", 1)))
        row = judged(LESS, runs("percpu_completer", 4), runs("workqueue", None),
                     runs("rfc_thread", 2))
        self.assertEqual(row["value"], 2.0)

    def test_stock_is_no_rival(self):
        users = {"bio": runs("percpu_completer", 4, case=("A", "raw"))
                 + runs("stock", 1, case=("A", "raw"), kernel="stock"), "erofs": []}
        for run in users["bio"]:
            run.figures.update(iops=1, context_switches_per_io=1)
        self.assertEqual(goals.rows([], users, "kvm"), [])

    def test_users_without_a_mode(self):
        self.assertEqual(goals.rows([], {"bio": [], "erofs": []}, None), [])


class Measured(unittest.TestCase):
    """From raw files, all parts of all goals."""

    @classmethod
    def setUpClass(cls):
        tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(tmp.cleanup)
        cls.raw = Path(tmp.name) / "raw"
        write = synthetic.write_dispatch
        cls.directory = write(cls.raw, loads=LOADS, rounds=2, items=80)
        write(cls.raw, loads=SCALING, rounds=2, items=8, part="scaling")
        write(cls.raw, {"percpu_completer": 1.0, "workqueue": 40.0}, loads=HOTPLUG, rounds=2,
              items=80, part="hotplug")
        cls.change()
        speed = {"percpu_completer": 0.9, "rfc_thread": 2.0}
        for number in (1, 2):
            synthetic.write_bio(cls.raw, number, cases=BIO, speed=speed)
            synthetic.write_erofs(cls.raw, number, cases=EROFS, speed=speed)
        synthetic.write_meta(cls.raw, users_mode="tcg")
        cls.result = results.collect(cls.raw)

    @classmethod
    def change(cls):
        """In one boot of dispatch: cheap to queue, fast, few switches, but not everywhere."""
        for number in (1, 2):
            for name, costs, lasts in (("percpu_completer", 90, 4), ("workqueue", 130, 5),
                                       ("rfc_thread", 330, 4.5)):
                burst = [costs + 1000] + [costs] * 7
                synthetic.write_run(cls.directory, number, "burst8", name, [9] * 80, burst=8,
                                    costs=burst * 10)
                synthetic.write_run(cls.directory, number, "capacity", name, [0] * 80, stamps=0,
                                    duration_ns=int(lasts * 10**6))
            synthetic.write_run(cls.directory, number, "steady_200k", "percpu_completer_lazy",
                                [9] * 80, context_switches=100)

    def values(self, goal, figure="value"):
        return [row[figure] for row in self.result["goals"] if row["id"] == goal]

    def test_all_of_them(self):
        rows = self.result["goals"]
        self.assertEqual(len(rows), len(goals.PARTS))
        self.assertEqual(list(dict.fromkeys(row["id"] for row in rows)), ALL)
        for row, part in zip(rows, goals.PARTS):
            self.assertEqual((row["id"], row["bound"], row["sense"]),
                             (part.goal, part.bound, part.sense))

    def test_dispatch(self):
        self.assertAlmostEqual(*self.values("P1"), 1.02, places=2)
        self.assertAlmostEqual(*self.values("P2"), 1.02, places=2)
        self.assertEqual(self.values("P1", "pass"), [True])

    def test_switches_of_the_worst_load(self):
        self.assertEqual(self.values("P3")[0], 12.5)
        self.assertIn("steady_200k, percpu_completer_lazy / delayed_work",
                      self.values("P3", "what")[0])

    def test_urgent_items_against_as_many_wake_ups(self):
        self.assertAlmostEqual(self.values("P3")[1], 0.99, places=2)
        self.assertIn("mixed_hogs, percpu_completer / bare_wake under hogs_213",
                      self.values("P3", "what")[1])

    def test_cost_of_queueing(self):
        self.assertEqual(self.values("P4")[1], 0.6)
        self.assertEqual(self.values("P4", "pass"), [False, True])

    def test_items_per_second(self):
        self.assertEqual(self.values("P5"), [round(4.5 / 4, 4)])
        self.assertIn("percpu_completer / rfc_thread", self.values("P5", "what")[0])
        self.assertEqual(self.values("P5", "pass"), [True])

    def test_erofs(self):
        self.assertEqual((len(self.values("P6")), self.values("P6", "mode")), (3, ["tcg"] * 3))
        self.assertAlmostEqual(self.values("P6")[2], 0.45, places=2)

    def test_bio(self):
        iops, switches, fsync, reads = self.values("P7")
        self.assertAlmostEqual(iops, 0.45, places=2)
        self.assertAlmostEqual(switches, 277 / 125, places=2)
        self.assertNotEqual(fsync, reads)
        self.assertIn("read raw, percpu_completer / rfc_thread", self.values("P7", "what")[3])

    def test_scaling_is_about_our_own(self):
        for value, what in zip(self.values("P8"), self.values("P8", "what")):
            self.assertAlmostEqual(value, 1.0, places=1)
            self.assertIn("percpu_completer / percpu_completer under cpus1", what)

    def test_normal_task(self):
        self.assertEqual((self.values("P9"), self.values("P9", "pass")), ([0.5], [True]))
        self.assertEqual((self.values("P12"), self.values("P12", "pass")), ([6500], [True]))

    def test_hotplug(self):
        self.assertAlmostEqual(*self.values("P10"), 1 / 40, places=3)

    def test_table_and_report(self):
        rows = [{**self.result["goals"][0], "pass": met, "noise": noise}
                for met, noise in ((True, False), (False, True), (False, False))]
        self.assertEqual([tables.verdict(row) for row in rows], ["met", "missed, noise", "missed"])
        text = report.goals({"goals": rows})
        self.assertEqual(re.findall(r'<tr class="(\w+)"', text), ["doubt", "missed"])
        for word in ("&lt;= 1.05", "missed, noise", "(icount)"):
            self.assertIn(word, text)
        self.assertIn(">= 1.00", str(tables.goals_table(self.result["goals"])))


class Ordered(unittest.TestCase):
    """A goal that is never measured is none."""

    def names(self, level, modes):
        """All cases of a level, as they are called in the rows."""
        for user, mode in itertools.product(("dispatch", "scaling", "hotplug"), modes):
            for word in LEVELS[level][user].get(mode, (0, ""))[1].split():
                yield "dispatch", word.split(":")[0]
        for word in LEVELS[level]["bio"]["BIO_WORKLOADS"].split():
            yield "bio", word.replace(".", " ")
        for _, more in bench.USER_PARTS["erofs"].values():
            params = {**LEVELS[level]["erofs"], **more}
            for what, words in (("start", "LOADS"), ("read", "READS")):
                for word in params[f"EROFS_{words}"].split():
                    yield "erofs", f"{what} {word}"

    def ids(self, level, modes):
        names = list(self.names(level, modes))
        return {part.goal for part in goals.PARTS if any(
            user == part.user and re.fullmatch(part.cases, case) for user, case in names)}

    def test_full_has_every_part(self):
        for modes in EMULATED, ("kvm",):
            names = list(self.names("full", modes))
            for part in goals.PARTS:
                for wanted in filter(None, (part.cases, part.base)):
                    self.assertTrue(any(user == part.user and re.fullmatch(wanted, case)
                                        for user, case in names), (part.what, wanted))

    def test_default_has_all_but_scaling_in_exact_time(self):
        self.assertEqual(set(ALL) - self.ids("default", EMULATED), {"P8"})
        self.assertEqual(set(ALL) - self.ids("default", ("kvm",)), set())

    def test_quick_has_some(self):
        self.assertEqual(self.ids("quick", EMULATED), {"P1", "P2", "P3", "P4", "P6", "P7"})

    def test_mechanisms_are_known(self):
        for part in goals.PARTS:
            self.assertIn(part.own, synthetic.DISPATCH)
            self.assertTrue(not part.rivals or any(
                re.fullmatch(part.rivals, name) for name in synthetic.DISPATCH), part.what)


if __name__ == "__main__":
    unittest.main()
