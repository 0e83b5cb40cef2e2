#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""results.py on made-up raw figures: what is known beforehand has to come out."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import document
import results
import rows_dispatch
import rows_policy
import rows_users
import stats
import synthetic
import tables
from stats import Invalid
from synthetic import Load


class Raw(unittest.TestCase):
    """A directory of raw figures."""

    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.raw = Path(tmp.name) / "raw"

    def full(self, factors=None, **kw):
        synthetic.write_dispatch(self.raw, factors, **kw)
        synthetic.write_bio(self.raw)
        synthetic.write_erofs(self.raw)
        synthetic.write_policy(self.raw)
        return self.collect()

    def collect(self):
        synthetic.write_meta(self.raw)
        return results.collect(self.raw)

    def row(self, rows, **wanted):
        found = [row for row in rows if wanted.items() <= row.items()]
        self.assertEqual(len(found), 1, wanted)
        return found[0]

    def assertInvalid(self, words, call, *args):
        with self.assertRaisesRegex(Invalid, words) as caught:
            call(*args)
        self.assertNotIn("\n", str(caught.exception))


class Statistics(unittest.TestCase):
    def test_percentile_is_a_sample(self):
        values = list(range(1, 101))
        self.assertEqual(stats.percentile(values, 50), 50)
        self.assertEqual(stats.percentile(values, 99), 99)
        self.assertEqual(stats.percentile(values, 99.9), 100)
        self.assertEqual(stats.percentile(values, 0), 1)

    def test_percentile_of_one(self):
        self.assertEqual(stats.percentile([7], 50), 7)
        self.assertEqual(stats.percentile([7], 99.9), 7)

    def test_quantile_is_not_rounded_up(self):
        values = list(range(1, 10001))
        self.assertEqual(stats.quantiles(values), [round(q * 10000) for q in stats.QUANTILES])

    def test_spread(self):
        self.assertEqual(stats.spread("x", [3.0, 1.0, 2.0]),
                         {"x": 2.0, "x_min": 1.0, "x_max": 3.0})

    def test_apart(self):
        self.assertTrue(stats.apart([1, 2], [4, 5]))
        self.assertFalse(stats.apart([1, 2], [3, 4]), "no further apart than each is wide")
        self.assertFalse(stats.apart([1, 3], [2, 4]))

    def test_one_round_shows_no_difference(self):
        self.assertFalse(stats.apart([1], [2]))

    def test_ratio_of_nothing(self):
        self.assertEqual(stats.ratio(3, 2), 1.5)
        with self.assertRaises(Invalid):
            stats.ratio(3, 0)


class Only(Raw):
    def test_users_without_dispatch(self):
        synthetic.write_meta(self.raw)
        synthetic.write_erofs(self.raw)
        self.assertEqual({row["load"] for row in results.collect(self.raw)["erofs"]},
                         {"idle", "one_irq"})

    def test_nothing_at_all(self):
        synthetic.write_meta(self.raw)
        with self.assertRaisesRegex(Invalid, "no figures"):
            results.collect(self.raw)


class Dispatch(Raw):
    def write(self, **kw):
        return synthetic.write_dispatch(self.raw, **kw)

    def rows(self):
        return rows_dispatch.rows(rows_dispatch.parts(self.raw))

    def test_ratio_is_within_a_round(self):
        self.write()
        row = self.row(self.rows(), load="idle", mechanism="workqueue")
        self.assertAlmostEqual(row["dispatch_p50_to_limit"], 1.5, places=2)
        self.assertEqual((row["rounds"], row["items"]), (3, 1200))

    def test_boots_are_rounds(self):
        for boot in (1, 2, 3):
            self.write(mode="tcg", boot=boot, rounds=1)
        self.write(rounds=1)
        rows = self.rows()
        self.assertEqual([(row["mode"], row["rounds"], row["items"])
                          for row in rows if row["load"] == "idle"
                          and row["mechanism"] == "workqueue"],
                         [("icount", 1, 400), ("tcg", 3, 1200)])
        self.assertAlmostEqual(self.row(rows, mode="tcg", load="idle", mechanism="workqueue")
                               ["dispatch_p50_to_limit"], 1.5, places=2)

    def test_boots_have_the_same_loads(self):
        self.write(mode="tcg", boot=1)
        self.write(mode="tcg", boot=2, loads=(Load("idle"),))
        with self.assertRaisesRegex(Invalid, "tcg-2 had other loads than dispatch-tcg-1"):
            self.rows()

    def test_slower_peer_shows_as_slower(self):
        fast = self.full()["dispatch"]
        self.raw = self.raw.with_name("slower")
        slow = self.full({**synthetic.DISPATCH, "percpu_completer": 1.4})
        for load in ("idle", "hogs"):
            before = self.row(fast, load=load, mechanism="percpu_completer")
            after = self.row(slow["dispatch"], load=load, mechanism="percpu_completer")
            self.assertGreater(after["dispatch_p50_ns"], before["dispatch_p50_ns"])
            self.assertGreater(after["dispatch_p99_to_limit"], before["dispatch_p99_to_limit"])
        self.assertFalse(self.row(slow["goals"], id="P1")["pass"])
        self.assertFalse(self.row(slow["goals"], id="P2")["pass"])
        self.assertIn("missed", tables.all_tables(slow))

    def test_order_is_the_kernels_and_that_of_the_loads(self):
        self.write(loads=(Load("hogs", 3), Load("idle")))
        rows = self.rows()
        self.assertEqual([row["mechanism"] for row in rows], 2 * list(synthetic.DISPATCH))
        self.assertEqual(list(dict.fromkeys(row["load"] for row in rows)), ["hogs", "idle"])

    def test_load_is_described(self):
        self.write(loads=(Load("hogs", 3, counters={"work_ns": 20000, "poisson": 1}),))
        row = self.rows()[0]
        self.assertEqual((row["hogs"], row["work_ns"], row["poisson"], row["cpus"]),
                         (3, 20000, True, 1))

    def test_samples_of_all_cpus(self):
        self.write(loads=(Load("two", counters={"cpus": 2}),), items=100)
        self.assertEqual(self.rows()[0]["items"], 3 * 2 * 100)

    def test_scaling_is_a_boot_of_its_own(self):
        self.write(loads=(Load("idle"),))
        self.write(loads=(Load("cpus2", counters={"cpus": 2}),), part="scaling")
        rows = self.rows()
        self.assertEqual([(row["mode"], row["load"], row["cpus"]) for row in rows
                          if row["mechanism"] == "workqueue"],
                         [("icount", "idle", 1), ("icount", "cpus2", 2)])

    def test_urgent_items_of_a_mixed_load(self):
        directory = self.write(loads=(Load("mixed", counters={"urgent_percent": 50}),))
        for number in (1, 2, 3):
            synthetic.write_run(directory, number, "mixed", "workqueue", [10, 20, 30, 4000],
                                [True, True, True, False], urgent_percent=50)
        row = self.row(self.rows(), mechanism="workqueue")
        self.assertEqual((row["dispatch_urgent_p50_ns"], row["dispatch_urgent_p99_ns"]), (20, 30))
        self.assertEqual(row["dispatch_max_ns"], 4000)
        self.assertLess(row["queue_p99_ns"], 1000)

    def test_other_loads_have_no_urgent_items_of_their_own(self):
        self.write()
        self.assertTrue(all(row["dispatch_urgent_p50_ns"] is None for row in self.rows()))

    def test_share_of_a_normal_task(self):
        flood = Load("flood", counters={"normal": 1, "normal_ns": 8000000})
        directory = self.write(loads=(flood, Load("idle")))
        for number in (1, 2, 3):
            synthetic.write_run(directory, number, "flood", "workqueue", [10] * 400, normal=1)
        rows = self.rows()
        share = {name: self.row(rows, load=load, mechanism=name)["normal_share"] for load, name in
                 (("flood", "bare_wake"), ("flood", "workqueue"), ("idle", "rfc_thread"))}
        self.assertEqual(share, {"bare_wake": 0.1, "workqueue": 0.0, "rfc_thread": None})

    def test_gap_of_a_normal_task(self):
        flood = Load("flood", counters={"normal": 1, "normal_gap_ns": 6543210})
        directory = self.write(loads=(flood, Load("idle")))
        synthetic.write_run(directory, 2, "flood", "workqueue", [10] * 400, normal=1,
                            normal_gap_ns=7000000)
        rows = self.rows()
        row = self.row(rows, load="flood", mechanism="workqueue")
        self.assertEqual([row[f"normal_gap_us{end}"] for end in ("", "_min", "_max")],
                         [6543.2, 6543.2, 7000.0])
        self.assertIsNone(self.row(rows, load="idle", mechanism="workqueue")["normal_gap_us"])

    def test_more_than_there_is(self):
        self.write(loads=(Load("flood", counters={"normal": 1, "normal_ns": 10**9}),))
        self.assertInvalid("a normal task got 12.50 of one CPU", self.rows)

    def test_what_was_not_timed_has_no_latency(self):
        self.write(loads=(Load("idle"), Load("capacity", counters={"stamps": 0, "burst": 8})))
        row = self.row(self.rows(), load="capacity", mechanism="workqueue")
        null = {name for name, value in row.items() if value is None}
        self.assertEqual(null, {name for name in row if name.startswith(("dispatch_", "queue_"))}
                         | {name for name in row if name.startswith("normal_")}
                         | {"items_per_wakeup", "hotplug_cycles"})
        self.assertEqual((row["items"], row["items_per_s"]), (1200, 5000.0))

    def test_what_was_not_timed_is_shown_without_latency(self):
        self.write(loads=(Load("capacity", counters={"stamps": 0}),))
        text = str(tables.dispatch_tables(self.rows())[0])
        self.assertIn("no item timed", text)
        self.assertIn("5000", text)
        self.assertNotIn("p50", text)

    def test_cost_of_queueing_is_net_of_the_clock(self):
        directory = self.write(loads=(Load("bursts", counters={"burst": 4}), Load("idle")))
        for number in (1, 2, 3):
            # Of four CPUs, whose last bursts are short.
            synthetic.write_run(directory, number, "bursts", "workqueue", [9] * 12, burst=4,
                                costs=[630, 130, 130] * 4, cpus=4, items=3)
        rows = self.rows()
        row = self.row(rows, load="bursts", mechanism="workqueue")
        self.assertEqual((row["queue_first_p50_ns"], row["queue_behind_p50_ns"]), (600, 100))
        single = self.row(rows, load="idle", mechanism="workqueue")
        self.assertEqual(single["queue_first_p50_ns"], single["queue_p50_ns"] - 30)
        self.assertIsNone(single["queue_behind_p50_ns"])

    def test_cost_below_the_clock(self):
        directory = self.write(loads=(Load("idle"),))
        for number in (1, 2, 3):
            synthetic.write_run(directory, number, "idle", "workqueue", [9], costs=[20])
        self.assertEqual(self.row(self.rows(), mechanism="workqueue")["queue_first_p50_ns"], 1)

    def write_hotplug(self, cycles=7, mechanisms=("percpu_completer", "workqueue")):
        load = Load("hotplug", counters={"hotplug": 1, "cycles": cycles})
        factors = {name: synthetic.DISPATCH[name] for name in mechanisms}
        return self.write(loads=(load,), factors=factors, part="hotplug")

    def test_hotplug_has_no_limit(self):
        self.write_hotplug()
        rows = self.rows()
        self.assertEqual([row["mechanism"] for row in rows], ["percpu_completer", "workqueue"])
        for row in rows:
            self.assertEqual((row["dispatch_p50_to_limit"], row["hotplug_cycles"]), (None, 21))
        self.assertIn("the CPU goes off and on", str(tables.dispatch_tables(rows)[0]))

    def test_hotplug_without_a_peer(self):
        (self.write_hotplug() / "2.hotplug.workqueue.summary").unlink()
        self.assertInvalid("round 2: no run of workqueue under hotplug", self.rows)

    def test_hotplug_that_did_not_happen(self):
        self.write_hotplug(cycles=0)
        self.assertInvalid("the CPU never went off and on", self.rows)

    def test_order(self):
        counters = {"urgent_percent": 50, "order": 0}
        self.write(loads=(Load("mixed", counters=counters), Load("idle")))
        rows = self.rows()
        self.assertEqual([(row["load"], row["order"]) for row in rows
                          if row["mechanism"] == "workqueue"], [("mixed", 0), ("idle", 1)])
        texts = list(map(str, tables.dispatch_tables(rows)))
        self.assertEqual(["in order" in text for text in texts], [True, False])

    def test_lost_item(self):
        directory = self.write()
        synthetic.write_run(directory, 2, "idle", "workqueue", [1, 2, 3], lost=1, status=1)
        self.assertInvalid("workqueue .*lost 1 items", self.rows)

    def test_duplicated_item(self):
        directory = self.write()
        synthetic.write_run(directory, 2, "idle", "workqueue", [1, 2, 3], duplicated=2)
        self.assertInvalid("completed 2 twice", self.rows)

    def test_missing_samples(self):
        directory = self.write()
        synthetic.write_run(directory, 2, "idle", "workqueue", [1, 2, 3], items=4)
        self.assertInvalid("3 samples of 4", self.rows)

    def test_missing_file(self):
        directory = self.write()
        (directory / "2.idle.workqueue.samples").unlink()
        self.assertInvalid("2.idle.workqueue.samples is missing", self.rows)

    def test_missing_counter(self):
        path = self.write() / "2.idle.workqueue.summary"
        path.write_text(path.read_text().replace("wakeups=", "naps="))
        self.assertInvalid("2.idle.workqueue.summary lacks wakeups", self.rows)

    def test_loss_that_was_not_noticed(self):
        directory = self.write()
        synthetic.write_run(directory, 0, "self", "busted", [1])
        self.assertInvalid("did not notice", self.rows)

    def test_slower_peer_that_was_not_seen(self):
        synthetic.write_self_tests(self.write(), slowed=1.0)
        self.assertInvalid("cannot tell a slower peer: p50 of slowed is 2100 ns", self.rows)

    def test_self_test_that_was_not_run(self):
        (self.write() / "0.self.slowed.summary").unlink()
        self.assertInvalid("0.self.slowed.summary is missing", self.rows)

    def test_self_tests_make_no_rows(self):
        self.write()
        self.assertFalse({"slowed", "busted"} & {row["mechanism"] for row in self.rows()})

    def test_round_without_limit(self):
        (self.write() / "2.idle.bare_wake.summary").unlink()
        self.assertInvalid("round 2: no run of bare_wake under idle", self.rows)

    def test_round_without_mechanism(self):
        (self.write() / "2.hogs.rfc_thread.summary").unlink()
        self.assertInvalid("no run of rfc_thread under hogs", self.rows)

    def test_round_without_load(self):
        for path in self.write().glob("2.hogs.*"):
            path.unlink()
        self.assertInvalid("round 2: no run under load hogs", self.rows)

    def test_load_without_a_name(self):
        (self.write() / "loads").write_text("idle:0:\n")
        self.assertInvalid("loads does not name load hogs", self.rows)

    def test_loads_in_another_form(self):
        (self.write() / "loads").write_text("idle 0\n")
        self.assertInvalid("a line that is not NAME:HOGS", self.rows)


class Bio(Raw):
    def rows(self):
        return rows_users.bio_rows(rows_users.bio_runs(self.raw))

    def test_ratio_is_within_a_round(self):
        for number, slow in ((1, 1.0), (2, 0.1)):
            synthetic.write_bio(self.raw, number, speed={
                name: slow * (0.5 if name == "rfc_thread" else 1) for name in synthetic.BIO})
        row = self.row(self.rows(), mechanism="rfc_thread")
        self.assertEqual((row["iops_to_workqueue_min"], row["iops_to_workqueue_max"]), (0.5, 0.5))
        self.assertFalse(row["iops_differs"])

    def test_difference_needs_runs_apart(self):
        synthetic.write_bio(self.raw, rounds=2, speed={"rfc_thread": 2.0})
        rows = self.rows()
        self.assertTrue(self.row(rows, mechanism="rfc_thread")["iops_differs"])
        self.assertFalse(self.row(rows, mechanism="kthread_worker")["iops_differs"])

    def test_figures(self):
        synthetic.write_bio(self.raw)
        row = self.row(self.rows(), mechanism="workqueue")
        self.assertEqual((row["ios"], row["iops"], row["context_switches_per_io"]),
                         (1000, 1000.0, 0.25))
        self.assertEqual(row["bios_per_run"], round(200 / 150, 2))
        self.assertIsNone(row["probe_p99_us"])

    def test_probes(self):
        synthetic.write_bio(self.raw, cases=(("fsync", "raw"), ("read", "raw")))
        for workload in ("fsync", "read"):
            row = self.row(self.rows(), workload=workload, mechanism="workqueue")
            self.assertAlmostEqual(row["probe_p99_us"], 9 * row["probe_p50_us"], delta=1)
            self.assertAlmostEqual(row["probe_max_us"], 20 * row["probe_p50_us"], delta=1)

    def test_stock_is_compared_but_not_recorded(self):
        synthetic.write_bio(self.raw)
        synthetic.write_bio(self.raw, kernel="stock", speed={"stock": 2.0})
        row = self.row(self.rows(), kernel="stock")
        self.assertEqual(row["iops_to_workqueue"], 2.0)
        self.assertIsNone(row["completion_p99_us"])
        self.assertIsNone(row["completion_quantiles_us"])

    def test_no_urgent_bios(self):
        boot = synthetic.write_bio(self.raw)
        for mechanism in synthetic.BIO:
            synthetic.write_pairs(boot / f"1.C.raw.{mechanism}.samples", [(1000, 0)] * 200)
        row = self.row(self.rows(), mechanism="workqueue")
        self.assertEqual((row["completion_p99_us"], row["completion_urgent_p99_us"]), (1.0, None))

    def test_nothing_went_through_it(self):
        boot = synthetic.write_bio(self.raw)
        synthetic.write_recording(boot / "1.C.raw.rfc_thread", "rfc_thread", [], [])
        self.assertInvalid("1.C.raw.rfc_thread: nothing went through", self.rows)

    def test_went_through_another_mechanism(self):
        boot = synthetic.write_bio(self.raw)
        synthetic.write_recording(boot / "1.C.raw.rfc_thread", "workqueue", [1], [1])
        self.assertInvalid("rfc_thread went through workqueue", self.rows)

    def test_fio_that_failed(self):
        path = synthetic.write_bio(self.raw) / "1.C.raw.workqueue.json"
        path.write_text(path.read_text().replace('"error": 0', '"error": 5'))
        self.assertInvalid("fio failed", self.rows)

    def test_fio_that_wrote_no_json(self):
        (synthetic.write_bio(self.raw) / "1.C.raw.workqueue.json").write_text("fio: killed\n")
        self.assertInvalid("is not fio's JSON", self.rows)

    def test_mechanism_missing_in_one_boot(self):
        synthetic.write_bio(self.raw, 1)
        (synthetic.write_bio(self.raw, 2) / "1.C.raw.rfc_thread.json").unlink()
        self.assertInvalid("boot 2.*: no run of rfc_thread under C raw", self.rows)

    def test_workload_missing_in_one_boot(self):
        synthetic.write_bio(self.raw, 1, cases=(("C", "raw"), ("E", "raw")))
        synthetic.write_bio(self.raw, 2)
        self.assertInvalid("boot 2: no run of .* under E raw", self.rows)

    def test_stock_without_its_pair(self):
        synthetic.write_bio(self.raw, 1)
        synthetic.write_bio(self.raw, 2, kernel="stock")
        self.assertInvalid(r"no run of workqueue under C raw to compare with \(boot 2", self.rows)


class Erofs(Raw):
    def rows(self):
        return rows_users.erofs_rows(rows_users.erofs_runs(self.raw))

    def test_starts(self):
        synthetic.write_erofs(self.raw, rounds=3)
        row = self.row(self.rows(), what="start", mechanism="kthread_worker")
        self.assertEqual((row["starts"], row["start_mean_ms"], row["mb_per_s"]), (6, 100.0, None))

    def test_reads(self):
        synthetic.write_erofs(self.raw, speed={"workqueue": 0.5})
        row = self.row(self.rows(), what="read", mechanism="workqueue")
        self.assertEqual((row["mb_per_s"], row["mb_per_s_to_kthread_worker"]), (50.0, 0.5))
        self.assertIsNone(row["starts"])

    def test_waits_of_a_round(self):
        boot = synthetic.write_erofs(self.raw, cases=(("start", "cpuio"),))
        synthetic.write_recording(boot / "1.start.cpuio.workqueue", "workqueue", [5000],
                                  [1000] * 98 + [3000] * 2)
        run = next(run for run in rows_users.erofs_runs(self.raw) if run.mechanism == "workqueue")
        self.assertEqual((run.figures["wait_mean_us"], run.figures["wait_p99_us"]), (1.04, 3.0))

    def test_waits(self):
        boot = synthetic.write_erofs(self.raw)
        synthetic.write_recording(boot / "1.read.one_irq.workqueue", "workqueue", [5000],
                                  [1000, 3000])
        row = self.row(self.rows(), what="read", mechanism="workqueue")
        self.assertEqual([row[f"wait_{name}_us"] for name in ("min", "mean", "max", "stddev")],
                         [1.0, 2.0, 3.0, 1.0])

    def test_stock(self):
        synthetic.write_erofs(self.raw)
        synthetic.write_erofs(self.raw, kernel="stock", speed={"stock": 0.5})
        row = self.row(self.rows(), what="read", kernel="stock")
        self.assertEqual(row["mb_per_s_to_kthread_worker"], 0.5)
        self.assertIsNone(row["wait_mean_us"])

    def test_busy_cpus_have_a_boot_of_their_own(self):
        synthetic.write_erofs(self.raw)
        for kernel in ("bench", "stock"):
            synthetic.write_erofs(self.raw, kernel=kernel, cases=(("start", "cpuio"),),
                                  part="erofs-load")
        loads = {(row["kernel"], row["load"]) for row in self.rows()}
        self.assertEqual(loads, {("bench", "idle"), ("bench", "one_irq"), ("bench", "cpuio"),
                                 ("stock", "cpuio")})

    def test_empty_times(self):
        (synthetic.write_erofs(self.raw) / "1.read.one_irq.workqueue.times").write_text("")
        self.assertInvalid("1.read.one_irq.workqueue.times is empty", self.rows)


class Policy(Raw):
    def rows(self):
        self.directory = synthetic.write_policy(self.raw)
        return rows_policy.rows(self.raw)

    def test_latency(self):
        row = self.row(self.rows(), load="idle", name="slice100_nice-5")
        self.assertEqual([row[f"{name}_ns"] for name in ("p50", "p99", "p999", "max")],
                         [2000, 9000, 9000, 9000])
        self.assertEqual((row["items"], row["normal_share"]), (10, None))

    def test_how_threads_are_scheduled(self):
        rows = self.rows()
        found = {name: tuple(self.row(rows, load="idle", name=name)[key] for key in
                             ("mechanism", "policy", "nice", "slice_us"))
                 for name in synthetic.POLICIES}
        self.assertEqual(found, {
            "fifo": ("percpu_completer", "fifo", None, None),
            "slice100_nice-5": ("percpu_completer", "short_slice", -5, 100),
            "workqueue": ("workqueue", None, None, None)})

    def test_what_competes(self):
        rows = self.rows()
        found = {load: tuple(self.row(rows, load=load, name="fifo")[key] for key in
                             ("hogs", "weight", "spinner"))
                 for load in ("idle", "weight2500", "spinner")}
        self.assertEqual(found, {"idle": (0, None, False), "weight2500": (8, 2500, False),
                                 "spinner": (0, None, True)})

    def test_urgent_items_alone(self):
        row = self.row(self.rows(), load="mixed", name="fifo")
        self.assertEqual((row["items"], row["p50_ns"], row["max_ns"]), (5, 1000, 9000))

    def test_normal_task(self):
        row = self.row(self.rows(), load="flood", name="fifo")
        self.assertEqual((row["normal_share"], row["normal_gap_us"]), (0.5, 6543.21))

    def test_missing_policy(self):
        self.rows()
        (self.directory / "1.idle.workqueue.summary").unlink()
        self.assertInvalid("no run of workqueue under idle", rows_policy.rows, self.raw)

    def test_tables(self):
        self.rows()
        result = self.collect()
        document.validate(result)
        text = tables.all_tables(result)
        self.assertIn("Policies, weight2500, icount: 1 item every 200 us, 8 CPU hogs, "
                      "in a cgroup of weight 2500; 10 items", text)
        self.assertIn("its longest gap us", text)
        overview = tables.policy_tables(result["policy"])[-1]
        self.assertEqual(overview.header, ["policy", *synthetic.POLICY_LOADS])
        self.assertEqual(overview.cells[0][:2], ["fifo", "9.0"])

    def test_none(self):
        self.assertEqual((rows_policy.rows(self.raw), tables.policy_tables([])), ([], []))


class Document(Raw):
    def bio_rows(self):
        return rows_users.bio_rows(rows_users.bio_runs(self.raw))

    def test_schema_is_kept_and_strict(self):
        result = self.full()
        document.validate(result)
        result["dispatch"][0]["surprise"] = 1
        self.assertInvalid("breaks its schema", document.validate, result)

    def test_every_field_has_to_be_there(self):
        result = self.full()
        for part, field in (("dispatch", "queue_p50_ns"), ("bio", "mb_per_s"),
                            ("erofs", "wait_stddev_us"), ("policy", "slice_us"),
                            ("goals", "bound")):
            kept = result[part][0].pop(field)
            self.assertInvalid(field, document.validate, result)
            result[part][0][field] = kept
        document.validate(result)

    def test_quantiles_are_those_of_the_schema(self):
        schema = json.loads(document.SCHEMA.read_text())
        self.assertEqual(schema["definitions"]["quantiles"]["const"], list(stats.QUANTILES))

    def test_bio_and_erofs_may_be_absent(self):
        synthetic.write_dispatch(self.raw)
        result = self.collect()
        self.assertEqual((result["bio"], result["erofs"]), ([], []))
        self.assertIn("Goals", tables.all_tables(result))

    def test_tables_are_a_dozen_columns_wide(self):
        loads = (Load("idle"), Load("mixed", counters={"urgent_percent": 10}),
                 Load("flood", counters={"normal": 1, "normal_ns": 10**6}),
                 Load("capacity", counters={"stamps": 0}))
        result = self.full(loads=loads)
        found = [*tables.dispatch_tables(result["dispatch"]), *tables.bio_tables(result["bio"]),
                 *tables.erofs_tables(result["erofs"])]
        self.assertLessEqual(max(len(table.header) for table in found), 12)

    def test_noise_is_called_noise(self):
        synthetic.write_bio(self.raw, rounds=4, noise=0.1)
        self.assertIn("(noise)", str(tables.bio_tables(self.bio_rows())[0]))

    def test_one_round_is_called_one_round(self):
        synthetic.write_bio(self.raw)
        text = str(tables.bio_tables(self.bio_rows())[0])
        self.assertIn("1.00 (one round)", text)
        self.assertNotIn("of rounds", text)

    def test_publish(self):
        self.full()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            results.publish(self.raw)
        self.assertIn("p99.9 us", out.getvalue())
        result = json.loads((self.raw.parent / "results.json").read_text())
        self.assertEqual(result["meta"], synthetic.META)
        self.assertIn("</html>", (self.raw.parent / "report.html").read_text())


if __name__ == "__main__":
    unittest.main()
