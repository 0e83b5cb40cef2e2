#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""bench.py without a guest: what is booted in which order, and what is refused."""

import contextlib
import io
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bench
import common
import guest
from bench_levels import LEVELS, MECHANISMS


KERNEL, STOCK = Path("bench"), Path("stock")


class Plan(unittest.TestCase):
    def boots(self, accel, level, stock=None):
        return bench.plan(KERNEL, stock, accel, LEVELS[level])

    def names(self, *args, **kwargs):
        return [boot.name for boot in self.boots(*args, **kwargs)]

    def test_mechanisms_share_a_boot(self):
        boot = self.boots("tcg", "quick")[-1]
        self.assertEqual(boot.name, "erofs-load-1")
        self.assertEqual(boot.params["EROFS_MECHANISMS"], MECHANISMS["erofs"])

    def test_each_boot_begins_with_another(self):
        firsts = [boot.params["BIO_MECHANISMS"].split()[0]
                  for boot in self.boots("tcg", "full") if boot.script == "bench-bio"]
        self.assertEqual(firsts, MECHANISMS["bio"].split()[:3])

    def test_emulation_adds_exact_time(self):
        self.assertEqual(self.names("tcg", "default")[:3],
                         ["dispatch-tcg-1", "dispatch-tcg-2", "dispatch-tcg-3"])
        self.assertIn("dispatch-icount", self.names("tcg", "default"))
        self.assertEqual(self.names("kvm", "default")[:3],
                         ["dispatch-kvm", "scaling-kvm", "hotplug-kvm"])

    def test_each_round_of_emulation_is_a_boot(self):
        rounds = {boot.name: boot.params["DISPATCH_ROUNDS"]
                  for boot in self.boots("tcg", "full") if boot.script == "bench-dispatch"}
        self.assertEqual(rounds, {**{f"{part}-tcg-{n}": 1 for part in ("dispatch", "hotplug")
                                     for n in (1, 2, 3)},
                                  "dispatch-icount": 1, "scaling-icount": 1})

    def test_only_some_follow_a_cpu(self):
        told = {boot.name: boot.params.get("DISPATCH_MECHANISMS")
                for boot in self.boots("kvm", "default") if boot.script == "bench-dispatch"}
        self.assertEqual(told, {"dispatch-kvm": None, "scaling-kvm": None,
                                "hotplug-kvm": "percpu_completer workqueue"})

    def test_quick_stays_small(self):
        self.assertEqual(self.names("tcg", "quick"), ["dispatch-icount", "bio-1", "erofs-1", "erofs-load-1"])

    def test_only_what_is_wanted(self):
        with mock.patch.dict(os.environ, {"ONLY": "erofs"}):
            self.assertEqual(self.names("tcg", "full", STOCK),
                             [f"erofs-{load}{stock}{n}" for n in (1, 2, 3)
                              for stock in ("", "stock-") for load in ("", "load-")])
            self.assertIn('ONLY="erofs"', bench.command("full"))
        self.assertNotIn("ONLY", bench.command("full"))

    def test_nothing_is_made_for_what_there_is_not(self):
        with mock.patch.dict(os.environ, {"ONLY": "xfs"}), \
                mock.patch.object(bench, "plan_guests") as plan, \
                contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            bench.bench()
        plan.assert_not_called()

    def test_only_what_there_is(self):
        with mock.patch.dict(os.environ, {"ONLY": "bio xfs"}), \
                contextlib.redirect_stderr(io.StringIO()) as err, self.assertRaises(SystemExit):
            bench.only()
        self.assertIn("ONLY=xfs names nothing", err.getvalue())

    def test_override_is_on_the_command_line(self):
        self.assertEqual({boot.append for boot in self.boots("tcg", "quick")}, {bench.APPEND})
        rules = "bio_completer:policy=fifo,nice=-10;erofs_worker:cpus=0-3"
        with mock.patch.dict(os.environ, {"OVERRIDE": rules}):
            boot = self.boots("tcg", "quick")[0]
            self.assertIn(f"percpu_completer.override={rules}", boot.append)
            self.assertIn(f'OVERRIDE="{rules}"', bench.command("quick"))

    def test_override_is_one_word(self):
        good = "bio_completer:policy=fifo"
        for rules, here in (("bio_completer", "0"), (f"{good} {good}", "0"), (good, "1"),
                            ("bio_compelter:policy=fifo", "0"), ("bio_completer:polcy=fifo", "0"),
                            (";".join([good] * 10), "0")):
            with mock.patch.dict(os.environ, {"OVERRIDE": rules, "HERE": here}), \
                    contextlib.redirect_stderr(io.StringIO()) as err, \
                    self.assertRaises(SystemExit) as end:
                bench.override()
            self.assertEqual(end.exception.code, common.EXIT_USAGE)
            self.assertIn("OVERRIDE=", err.getvalue())

    def test_policies_are_for_who_asks(self):
        for variables, there in (({"ONLY": "policy"}, True), ({"FULL": "1"}, True), ({}, False)):
            with mock.patch.dict(os.environ, variables):
                names = self.names("tcg", "default")
                self.assertEqual("policy-icount" in names, there, variables)
                self.assertEqual(len(names) == 1, "ONLY" in variables)
                self.assertNotIn("policy-icount", self.names("hardware", "default"))
        boot, = [boot for boot in bench.policy_boots(KERNEL, "kvm", LEVELS["full"])]
        self.assertEqual((boot.accel, boot.script), ("icount", "bench-policy"))

    def test_keys_of_loads_and_policies_are_known(self):
        source = (common.TOP / "kernel/percpu_completer_bench/dispatch.c").read_text()
        known = {*re.findall(r'{ "(\w+)=",', source), "hogs", "weight"}
        for level in LEVELS.values():
            for words in level["policy"].values():
                self.assertLessEqual(set(re.findall(r"(\w+)=", words)), known)

    def test_all_policies_is_all_there_is(self):
        with mock.patch.dict(os.environ, {"FULL": "1", "ONLY": " ".join(bench.SUBJECTS)}):
            self.assertNotIn("ONLY", bench.command("full"))
        with mock.patch.dict(os.environ, {"ONLY": "policy"}):
            self.assertIn('ONLY="policy"', bench.command("default"))

    def test_stock_takes_turns(self):
        self.assertEqual(self.names("kvm", "full", STOCK)[3:9],
                         ["bio-1", "bio-stock-1", "erofs-1", "erofs-load-1", "erofs-stock-1",
                          "erofs-load-stock-1"])

    def test_busy_cpus_are_there(self):
        cpus = {boot.name: (boot.cpus, boot.params["EROFS_LOADS"], boot.params["EROFS_READS"])
                for boot in self.boots("tcg", "quick") if boot.script == "bench-erofs"}
        self.assertEqual(cpus, {"erofs-1": (4, "idle", "one_irq"),
                                "erofs-load-1": (min(4, os.cpu_count()), "cpuio", "")})

    def test_stock_has_no_mechanisms(self):
        boot = next(b for b in self.boots("kvm", "full", STOCK) if b.name == "bio-stock-1")
        self.assertEqual((boot.kernel, boot.params["BIO_MECHANISMS"]), (STOCK, "stock"))

    def test_exact_time_is_not_for_disks(self):
        boots = self.boots("icount", "full", STOCK)
        self.assertEqual({b.accel for b in boots if b.name.startswith(("bio", "erofs"))}, {"tcg"})

    def test_scaling_fits_its_guest(self):
        for level in LEVELS.values():
            for rounds, loads in level["scaling"].values():
                most = max(int(n) for n in re.findall(r"cpus=(\d+)", loads))
                self.assertEqual((rounds > 0, most < bench.SCALING_CPUS), (True, True))


class Meta(unittest.TestCase):
    def mode(self, accel, users):
        boots = bench.plan(KERNEL, None, accel, LEVELS["default"], users)
        with mock.patch.object(bench, "output", return_value="QEMU emulator version 7"):
            return bench.meta(boots, "default")["users_mode"]

    def test_mode_of_users(self):
        self.assertEqual([self.mode(accel, ("bio",)) for accel in ("icount", "tcg", "kvm")],
                         ["tcg", "tcg", "kvm"])
        self.assertIsNone(self.mode("kvm", ()))


class Level(unittest.TestCase):
    def level(self, **variables):
        with mock.patch.dict(os.environ, {"QUICK": "0", "FULL": "", **variables}):
            return bench.level()

    def test_levels(self):
        self.assertEqual([self.level(), self.level(QUICK="1"), self.level(FULL="1")],
                         ["default", "quick", "full"])

    def test_both_is_a_mistake(self):
        with contextlib.redirect_stderr(io.StringIO()) as err, self.assertRaises(SystemExit) as end:
            self.level(QUICK="1", FULL="1")
        self.assertEqual(end.exception.code, common.EXIT_USAGE)
        self.assertIn("exclude each other", err.getvalue())


class Again(unittest.TestCase):
    """A fault of the emulator is forgiven, a few times; nothing else is."""

    def boots(self, accel, text, deaths):
        """(how often it was booted, exit code or None) of a guest that dies so many times."""
        with tempfile.TemporaryDirectory() as tmp, \
                contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            log = Path(tmp) / "console.log"
            log.write_text(text)
            boot = mock.Mock(accel=accel)
            boot.name = "bio-1"
            boot.run.side_effect = [guest.BootError("it died", log)] * deaths + ["result"]
            try:
                code = None if bench.run(boot) == "result" else 0
            except SystemExit as end:
                code = end.code
            return boot.run.call_count, code

    def test_emulator_fault(self):
        self.assertEqual(self.boots("tcg", "x\nOops: int3: 0000 [#1] SMP\n", 1), (2, None))

    def test_for_ever(self):
        self.assertEqual(self.boots("tcg", "Oops: int3", 9), (4, common.EXIT_BOOT))

    def test_another_fault(self):
        self.assertEqual(self.boots("tcg", "Oops: 0002 [#1] SMP", 1), (1, common.EXIT_BOOT))

    def test_exact_time_has_none(self):
        self.assertEqual(self.boots("icount", "Oops: int3", 1), (1, common.EXIT_BOOT))


class Blind(unittest.TestCase):
    """A dispatch boot that sees no difference where there is one is not kept."""

    def boots_until(self, accel, verdicts):
        boot = bench.Boot("hotplug-tcg", KERNEL, bench.DISPATCH, {}, accel, 2)
        found = [bench.results.Invalid(why) if why else None for why in verdicts]
        with mock.patch.object(bench, "run", return_value="result") as run, \
             mock.patch.object(bench, "judge"), mock.patch.object(bench, "keep"), \
             mock.patch.object(bench.rows_dispatch, "check_self_tests", side_effect=found), \
             mock.patch.object(bench.common, "fresh", return_value=False), \
             mock.patch.object(bench.common, "mark") as mark, \
             mock.patch.object(bench.Boot, "key", "key"), \
             contextlib.redirect_stdout(io.StringIO()):
            try:
                bench.measure(boot, 1, 1)
            except bench.results.Invalid as err:
                return run.call_count, str(err)
        mark.assert_called_once()
        return run.call_count, None

    def test_sees(self):
        self.assertEqual(self.boots_until("tcg", [None]), (1, None))

    def test_again(self):
        self.assertEqual(self.boots_until("tcg", ["cannot tell", None]), (2, None))

    def test_for_ever(self):
        self.assertEqual(self.boots_until("tcg", ["cannot tell"] * (bench.FAULTS + 1)),
                         (bench.FAULTS + 1, "cannot tell"))

    def test_exact_time_has_no_excuse(self):
        self.assertEqual(self.boots_until("icount", ["cannot tell"]), (1, "cannot tell"))


class Judge(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.log = Path(tmp.name) / "console.log"
        self.boot = bench.plan(KERNEL, None, "kvm", LEVELS["default"])[0]

    def judge(self, text, status="PASS", splats=()):
        """(exit code, what is said) about a guest with this console."""
        self.log.write_text(text)
        result = guest.Result("x", self.log, self.log.parent, status, list(splats), 1.0)
        with contextlib.redirect_stderr(io.StringIO()) as err:
            try:
                bench.judge(self.boot, result)
            except SystemExit as end:
                return end.code, err.getvalue()
        return 0, ""

    def test_good(self):
        self.assertEqual(self.judge("bench: dispatch round 1 of 3: idle\nguest: done\n"), (0, ""))

    def test_lost_item_is_one_line(self):
        code, said = self.judge("bench: error: workqueue lost an item (load idle, round 2)\n",
                                "FAIL bench-dispatch ended with status 1")
        self.assertEqual(code, common.EXIT_TEST)
        self.assertIn("dispatch-kvm: workqueue lost an item (load idle, round 2)", said)
        self.assertEqual(said.count("\n"), 1)

    def test_failure_without_words(self):
        code, said = self.judge("", "FAIL bench-dispatch ended with status 127")
        self.assertEqual(code, common.EXIT_TEST)
        self.assertIn("status 127", said)

    def test_override_that_the_kernel_refuses(self):
        code, said = self.judge('percpu_completer: override "a:nice=99" is not NAME:KEY=VALUE,...')
        self.assertEqual(code, common.EXIT_USAGE)
        self.assertIn("the kernel refuses", said)

    def test_kernel_report(self):
        code, said = self.judge("", splats=["WARNING: kernel/x.c:1"])
        self.assertEqual(code, common.EXIT_TEST)
        self.assertIn("WARNING: kernel/x.c:1", said)


if __name__ == "__main__":
    unittest.main()
