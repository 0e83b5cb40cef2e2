#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""results.py on made-up raw figures: what is known beforehand has to come out."""

import contextlib
import io
import json
import random
import struct
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import results

MECHANISMS = {"bare_wake": 1.0, "percpu_completer": 1.02, "percpu_completer_lazy": 1000.0,
              "delayed_work": 1000.0, "workqueue": 1.5}
META = {name: "x" for name in ("machine", "mode", "kernel", "commit", "command", "date")}


def write_run(directory, number, load, mechanism, dispatch, **counters):
    """One run as the guest leaves it."""
    items = len(dispatch)
    values = {"mechanism": mechanism, "cpu": 1, "period_ns": 200000, "burst": 1, "items": items,
              "lost": 0, "duplicated": 0, "strays": 0, "wakeups": items,
              "context_switches": 2 * items, "overruns": 0, "duration_ns": items * 200000,
              "clock_ns": 30, "status": 0, **counters}
    stem = directory / f"{number}.{load}.{mechanism}"
    stem.with_name(stem.name + ".summary").write_text(
        "".join(f"{key}={value}\n" for key, value in values.items()))
    stem.with_name(stem.name + ".samples").write_bytes(
        b"".join(struct.pack("<II", value, 100) for value in dispatch))


def write_dispatch(raw, factors, mode="icount"):
    """Three rounds; the machine of each round is slower than that of the last."""
    directory = raw / f"dispatch-{mode}"
    directory.mkdir(parents=True)
    rng = random.Random(1)
    for number in (1, 2, 3):
        base = [rng.randint(2000, 3000) * number for _ in range(400)]
        for load in ("idle", "hogs"):
            for mechanism, factor in factors.items():
                write_run(directory, number, load, mechanism, [int(v * factor) for v in base])
    write_run(directory, 0, "self", "busted", [1], lost=1, status=1)
    (directory / "mechanisms").write_text("\n".join(factors) + "\n")
    return directory


def write_io(raw, kernel, speed, counters="cpu live completed\n0 1 7\n", number=1):
    """One boot of the erofs and bio benchmarks."""
    boot = raw / f"io-{kernel}-{number}"
    (boot / "bio").mkdir(parents=True)
    (boot / "erofs").mkdir()
    (boot / "erofs/times").write_text(f"idle 1 10000000 {int(100 / speed)}\n")
    fio = {"error": 0, "write": {"total_ios": 1000, "iops": 500.0 * speed, "bw_bytes": 2000000,
                                 "clat_ns": {"percentile": {"50.000000": 1000,
                                                            "99.000000": 9000}}}}
    (boot / "bio/C.raw.1.json").write_text(json.dumps({"jobs": [fio]}))
    (boot / "bio/C.raw.1.ctxt").write_text("250\n")
    for subsystem in ("bio", "erofs"):
        (boot / f"{subsystem}.{subsystem}_completer.counters").write_text(counters)


class Raw(unittest.TestCase):
    """A directory of raw figures."""

    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.raw = Path(tmp.name) / "raw"

    def full(self, factors=None, speed=1.0, **kw):
        write_dispatch(self.raw, factors or MECHANISMS)
        write_io(self.raw, "stock", 1.0)
        write_io(self.raw, "converted", speed, **kw)
        (self.raw / "meta.json").write_text(json.dumps(META))
        return results.collect(self.raw)

    def row(self, rows, **wanted):
        found = [row for row in rows if wanted.items() <= row.items()]
        self.assertEqual(len(found), 1, wanted)
        return found[0]


class Statistics(unittest.TestCase):
    def test_percentile_is_a_sample(self):
        values = list(range(1, 101))
        self.assertEqual(results.percentile(values, 50), 50)
        self.assertEqual(results.percentile(values, 99), 99)
        self.assertEqual(results.percentile(values, 99.9), 100)
        self.assertEqual(results.percentile(values, 0), 1)

    def test_percentile_of_one(self):
        self.assertEqual(results.percentile([7], 50), 7)
        self.assertEqual(results.percentile([7], 99.9), 7)

    def test_spread(self):
        self.assertEqual(results.spread("x", [3.0, 1.0, 2.0]),
                         {"x": 2.0, "x_min": 1.0, "x_max": 3.0})

    def test_ratio_of_nothing(self):
        self.assertEqual(results.ratio(3, 2), 1.5)
        with self.assertRaises(results.Invalid):
            results.ratio(3, 0)


class Dispatch(Raw):
    def test_ratio_is_within_a_round(self):
        rows = self.full()["dispatch"]
        row = self.row(rows, load="idle", mechanism="workqueue")
        self.assertAlmostEqual(row["dispatch_p50_to_limit"], 1.5, places=2)
        self.assertEqual((row["rounds"], row["items"]), (3, 1200))

    def test_slower_peer_shows_as_slower(self):
        fast = self.full()["dispatch"]
        self.raw = self.raw.with_name("slower")
        slow = self.full({**MECHANISMS, "percpu_completer": 1.4})
        for load in ("idle", "hogs"):
            before = self.row(fast, load=load, mechanism="percpu_completer")
            after = self.row(slow["dispatch"], load=load, mechanism="percpu_completer")
            self.assertGreater(after["dispatch_p50_ns"], before["dispatch_p50_ns"])
            self.assertGreater(after["dispatch_p99_to_limit"], before["dispatch_p99_to_limit"])
        self.assertFalse(self.row(slow["goals"], id="P1")["pass"])
        self.assertFalse(self.row(slow["goals"], id="P2")["pass"])
        self.assertIn("MISSED", results.tables(slow))

    def test_order_is_the_kernels(self):
        rows = [row["mechanism"] for row in self.full()["dispatch"]]
        self.assertEqual(rows, 2 * list(MECHANISMS))

    def test_lost_item(self):
        directory = write_dispatch(self.raw, MECHANISMS)
        write_run(directory, 2, "idle", "workqueue", [1, 2, 3], lost=1, status=1)
        with self.assertRaisesRegex(results.Invalid, "workqueue .*lost 1 items"):
            results.read_dispatch(directory)

    def test_duplicated_item(self):
        directory = write_dispatch(self.raw, MECHANISMS)
        write_run(directory, 2, "idle", "workqueue", [1, 2, 3], duplicated=2)
        with self.assertRaisesRegex(results.Invalid, "completed 2 twice"):
            results.read_dispatch(directory)

    def test_missing_samples(self):
        directory = write_dispatch(self.raw, MECHANISMS)
        write_run(directory, 2, "idle", "workqueue", [1, 2, 3], items=4)
        with self.assertRaisesRegex(results.Invalid, "3 samples of 4"):
            results.read_dispatch(directory)

    def test_loss_that_was_not_noticed(self):
        directory = write_dispatch(self.raw, MECHANISMS)
        write_run(directory, 0, "self", "busted", [1])
        with self.assertRaisesRegex(results.Invalid, "did not notice"):
            results.read_dispatch(directory)

    def test_round_without_limit(self):
        directory = write_dispatch(self.raw, MECHANISMS)
        (directory / "2.idle.bare_wake.summary").unlink()
        with self.assertRaisesRegex(results.Invalid, "no run of bare_wake"):
            results.dispatch_rows("icount", results.read_dispatch(directory))


class StockAgainstConverted(Raw):
    def test_rows(self):
        result = self.full(speed=0.5)
        self.assertEqual(self.row(result["bio"], kernel="converted")["iops_to_stock"], 0.5)
        self.assertEqual(self.row(result["erofs"], kernel="converted")["mb_per_s_to_stock"], 0.5)
        self.assertEqual(self.row(result["bio"], kernel="stock")["context_switches_per_io"], 0.25)

    def test_ratio_is_within_a_pair_of_boots(self):
        write_io(self.raw, "stock", 0.1, number=2)
        write_io(self.raw, "converted", 0.05, number=2)
        row = self.row(self.full(speed=0.5)["bio"], kernel="converted")
        self.assertEqual((row["iops_to_stock_min"], row["iops_to_stock_max"]), (0.5, 0.5))
        self.assertFalse(row["iops_differs"])

    def test_difference_needs_runs_apart(self):
        self.assertTrue(self.row(self.full(speed=0.5)["erofs"], kernel="converted")
                        ["mb_per_s_differs"])

    def test_runs_that_overlap_are_called_noise(self):
        write_io(self.raw, "stock", 1.0, number=2)
        write_io(self.raw, "converted", 2.0, number=2)
        self.assertIn("1.25 (noise)", results.tables(self.full(speed=0.5)))

    def test_completer_that_never_ran(self):
        with self.assertRaisesRegex(results.Invalid, "no completion went through"):
            self.full(counters="cpu live completed\n0 1 0\n")

    def test_fio_that_failed(self):
        self.full()
        path = self.raw / "io-stock-1/bio/C.raw.1.json"
        path.write_text(path.read_text().replace('"error": 0', '"error": 5'))
        with self.assertRaisesRegex(results.Invalid, "fio failed"):
            results.collect(self.raw)


class Document(Raw):
    def test_schema_is_kept_and_strict(self):
        result = self.full()
        results.validate(result)
        result["dispatch"][0]["surprise"] = 1
        with self.assertRaises(results.Invalid):
            results.validate(result)

    def test_deciding_mode(self):
        write_dispatch(self.raw, {**MECHANISMS, "percpu_completer": 9.0}, mode="tcg")
        goals = self.full()["goals"]
        self.assertEqual([goal["pass"] for goal in goals], [True, True, True])
        self.assertIn("(icount)", goals[0]["what"])

    def test_publish(self):
        self.full()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            results.publish(self.raw)
        self.assertIn("p99.9 us", out.getvalue())
        self.assertEqual(json.loads((self.raw.parent / "results.json").read_text())["meta"], META)


if __name__ == "__main__":
    unittest.main()
