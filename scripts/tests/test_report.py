#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py on made-up results: complete, self-contained, the same each time, honest."""

import copy
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import plots
import report
import results
import standing
import synthetic
from synthetic import Load

LOADS = (Load("idle"), Load("hogs", 3, 300.0), Load("mixed", counters={"urgent_percent": 20}),
         Load("capacity", counters={"stamps": 0}), Load("two_cpus", counters={"cpus": 2}))
HOTPLUG = (Load("hotplug", counters={"hotplug": 1, "cycles": 3}),)
BIO = (("C", "raw"), ("fsync", "raw"))
EROFS = (("start", "cpuio"), ("read", "one_irq"))


def synthetic_result(raw):
    """All parts, both kernels, two modes."""
    synthetic.write_dispatch(raw, loads=LOADS, mode="tcg", items=100)
    synthetic.write_dispatch(raw, loads=LOADS[:-1], rounds=1, items=100)
    synthetic.write_dispatch(raw, {"percpu_completer": 1.0, "workqueue": 40.0}, loads=HOTPLUG,
                             rounds=1, items=100, part="hotplug")
    for number in (1, 2):
        for kernel in ("bench", "stock"):
            synthetic.write_bio(raw, number, kernel, BIO, noise=0.05)
            synthetic.write_erofs(raw, number, kernel, cases=EROFS, noise=0.05)
    synthetic.write_policy(raw)
    synthetic.write_meta(raw, machine="A <machine> & co", commit="0123456789ab")
    return results.collect(raw)


class Made(unittest.TestCase):
    """One report for all tests of a class; making it takes a second."""

    @classmethod
    def setUpClass(cls):
        tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(tmp.cleanup)
        cls.out = Path(tmp.name)
        cls.result = synthetic_result(cls.out / "raw")
        cls.html = report.write(cls.result, cls.out).read_text()


class Report(Made):
    def test_every_mechanism_and_every_part(self):
        mechanisms = {row["mechanism"] for part in ("dispatch", "bio", "erofs")
                      for row in self.result[part]}
        self.assertEqual(mechanisms, set(synthetic.DISPATCH) | {"stock"})
        for word in (*mechanisms, "0123456789ab", "P1", "P2", "slice100_nice-5"):
            self.assertIn(word, self.html)

    def test_needs_nothing_from_elsewhere(self):
        self.assertNotRegex(self.html, r"(src|href)\s*=\s*['\"](?!#)")
        self.assertNotRegex(self.html, r"url\(\s*['\"]?(?!['\"]?#)[a-z]")
        self.assertNotRegex(self.html, "https?:|<script|<link|<img|@import")

    def test_text_is_escaped(self):
        self.assertIn("A &lt;machine&gt; &amp; co", self.html)
        self.assertNotIn("<machine>", self.html)

    def test_names_inside_of_plots_are_unique(self):
        names = re.findall(r"\bid=['\"]([^'\"]+)", self.html)
        self.assertEqual(len(names), len(set(names)))
        for wanted in re.findall(r"href=['\"]#([^'\"]+)", self.html):
            self.assertIn(wanted, names)

    def test_same_input_same_report(self):
        first = {path.name: path.read_bytes() for path in (self.out / "plots").iterdir()}
        self.assertEqual(report.write(self.result, self.out).read_text(), self.html)
        self.assertEqual(first, {path.name: path.read_bytes()
                                 for path in (self.out / "plots").iterdir()})

    def test_old_plots_go(self):
        (self.out / "plots/old.svg").write_text("")
        report.write(self.result, self.out)
        self.assertFalse((self.out / "plots/old.svg").exists())

    def test_each_plot_is_made_again_from_anywhere(self):
        scripts = sorted((self.out / "plots").glob("*.gp"))
        self.assertGreater(len(scripts), 10)
        for path in scripts:
            self.assertIn(f"plots/{path.name}", self.html)
            svg = path.with_suffix(".svg")
            before = svg.read_bytes()
            svg.unlink()
            done = subprocess.run(["gnuplot", path], check=True, cwd="/", capture_output=True)
            self.assertEqual((done.stdout, done.stderr), (b"", b""))
            self.assertEqual(svg.read_bytes(), before)
            xml.etree.ElementTree.fromstring(before)

    def test_what_was_not_timed_has_no_plot(self):
        names = {path.stem for path in (self.out / "plots").iterdir()}
        self.assertEqual({name for name in names if "capacity" in name}, set())
        self.assertIn("dispatch-icount-hotplug", names)
        self.assertIn("Dispatch, capacity, icount: 1 item every 200 us, no item timed", self.html)

    def test_axes_have_labels(self):
        for path in (self.out / "plots").glob("*.gp"):
            text = path.read_text()
            self.assertIn("set xlabel", text)
            self.assertTrue("set ylabel" in text or "set ytics" in text, path)

    def test_a_part_that_was_not_measured(self):
        result = {**self.result, "bio": [], "erofs": [], "goals": []}
        with tempfile.TemporaryDirectory() as out:
            text = report.write(result, Path(out)).read_text()
        self.assertNotIn("erofs: decompression", text)
        self.assertIn("None of the goals was measured", text)

    def test_results_of_another_kind(self):
        path = self.out / "other.json"
        path.write_text('{"meta": {}}')
        done = subprocess.run([sys.executable, Path(report.__file__), path], check=False,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("breaks its schema", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)


class Plots(unittest.TestCase):
    def test_labels_are_apart_and_inside(self):
        places = plots.spread_out([0.1, 0.1, 0.1, 0.9, 0.99, 0.99], 0.1)
        ordered = sorted(places)
        self.assertGreaterEqual(min(b - a for a, b in zip(ordered, ordered[1:])), 0.0999)
        self.assertTrue(0 <= ordered[0] and ordered[-1] <= 1)

    def test_each_mechanism_has_a_colour_of_its_own(self):
        colours = [colour for colour, *_ in plots.STYLES.values()]
        self.assertEqual(len(colours), len(set(colours)))
        self.assertEqual(set(plots.STYLES), set(synthetic.DISPATCH) | {"stock"})


class Standing(Made):
    """What is better than ours is said, and what is noise is not called better."""

    def changed(self, mode="icount", rounds=3, **fields):
        """Our defeats when the figures of one rival are these."""
        rows = copy.deepcopy([row for row in self.result["dispatch"]
                              if (row["load"], row["mode"]) == ("idle", mode)])
        for row in rows:
            row["rounds"] = rounds
        next(row for row in rows if row["mechanism"] == "rfc_thread").update(fields)
        return {item.words: item for item in standing.of_dispatch(rows)}

    def test_better_rival(self):
        item = self.changed(rounds=1, dispatch_p99_ns=10)["p99 (us)"]
        self.assertEqual((item.rival, item.doubt), ("rfc_thread", ""))
        self.assertTrue(item.verdict.startswith("worse, "))

    def test_rounds_that_overlap_are_noise(self):
        item = self.changed(mode="tcg", dispatch_p99_ns=10, dispatch_p99_round_min_ns=1,
                            dispatch_p99_round_max_ns=10**9)["p99 (us)"]
        self.assertEqual(item.doubt, standing.NOISE)

    def test_emulation_tells_large_factors_only(self):
        def row(mode, value):
            return {"mode": mode, "rounds": 3, "p99": value, "low": value, "high": value}
        figure = standing.Figure("p99", "p99", "low", "high", emulated=4)
        doubts = {(mode, factor): standing.doubt_of_rounds(row(mode, factor), row(mode, 1), figure)
                  for mode in ("tcg", "kvm") for factor in (3, 5)}
        self.assertEqual(doubts, {("tcg", 3): standing.NOISE, ("tcg", 5): "", ("kvm", 3): "",
                                  ("kvm", 5): ""})

    def test_one_round_is_in_doubt_but_in_virtual_time(self):
        doubts = [self.changed(mode, 1, dispatch_p99_ns=10)["p99 (us)"].doubt
                  for mode in ("tcg", "icount")]
        self.assertEqual(doubts, [standing.ONE_ROUND, ""])

    def test_lazy_items_of_a_mixed_load_are_late_on_purpose(self):
        rows = copy.deepcopy([row for row in self.result["dispatch"] if row["load"] == "mixed"
                              and row["mode"] == "icount"])
        for row in rows:
            row["dispatch_p99_ns"] = row["mechanism"] == standing.OURS
        self.assertNotIn("p99 (us)", {item.words for item in standing.of_dispatch(rows)})

    def test_what_was_not_timed_is_compared_by_its_rate(self):
        rows = copy.deepcopy([row for row in self.result["dispatch"]
                              if (row["load"], row["mode"]) == ("capacity", "icount")])
        next(row for row in rows if row["mechanism"] == "rfc_thread")["items_per_s"] = 10**9
        self.assertEqual({item.words for item in standing.of_dispatch(rows)} - {"switches/item"},
                         {"items/s"})

    def test_limit_is_no_rival(self):
        rows = [row for row in self.result["dispatch"]
                if (row["load"], row["mode"]) == ("idle", "icount")]
        self.assertFalse({"bare_wake", "workqueue_bh"}
                         & {item.rival for item in standing.of_dispatch(rows)})

    def test_figure_of_nothing(self):
        self.assertEqual(standing.factor(0, 0, False), 1.0)
        self.assertEqual(standing.factor(5, 0, False), float("inf"))

    def test_report_says_so(self):
        result = copy.deepcopy(self.result)
        for row in result["bio"]:
            if (row["mechanism"], row["workload"]) == ("rfc_thread", "C"):
                row.update(iops=99999, iops_to_workqueue_min=9, iops_to_workqueue_max=10)
        with tempfile.TemporaryDirectory() as out:
            text = report.write(result, Path(out)).read_text()
        self.assertRegex(text, "Not the best:.*rfc_thread 99999 .worse")


if __name__ == "__main__":
    unittest.main()
