#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The log parser on short logs of guests that fared well or badly."""

import unittest

import guestlog

GOOD = """\
[    0.000000] Linux version 7.3.0 (pcc@pcc) (gcc 12.2.0)
[    0.412000] rcu: Hierarchical RCU implementation.
[    0.500000] rcu: \tRCU restricting CPUs from NR_CPUS=64 to nr_cpu_ids=2.
[    0.600000] kmemleak: Kernel memory leak detector initialized (mem pool available: 30000)
[    1.000000] Run /sbin/guest-init as init process
guest: up
guest: script erofs-read
WARNING: this line is a user's program, not the kernel
ok 1 - all files have the host's sha256
[   20.000000] smpboot: CPU 1 is now offline
guest: done
"""
PANIC = GOOD.split("[    1.0")[0] + """\
[    1.2] not a stamp of the kernel: BUG: nothing
[    2.345678] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
[    2.345679] Call Trace:
"""
WARN = """\
[   10.000000] ------------[ cut here ]------------
[   10.000001] WARNING: kernel/percpu_completer.c:360 at percpu_completer_queue+0x8a/0xa0, CPU#0
[   10.000002] Call Trace:
[   10.000003] ---[ end trace 0000000000000000 ]---
"""
RECURSION = """\
[   11.000000] ============================================
[   11.000001] WARNING: possible recursive locking detected
[   11.000002] 7.3.0 Not tainted
[   11.000009] Call Trace:
"""
LONE_TRACE = "[   12.000000] Call Trace:\n"
RACE = """\
[   13.000000] ==================================================================
[   13.000001] BUG: KCSAN: data-race in {title}
[   13.000002]
[   13.000003] write to 0xffff888000000000 of 8 bytes by task 12 on cpu 1:
[   13.000004]  {}+0x1d/0x30
[   13.000005]  {}+0x1d/0x30
[   13.000006]  {}+0x1d/0x30
[   13.000007]
[   13.000008] read to 0xffff888000000000 of 8 bytes by interrupt on cpu 0:
[   13.000009]  {}+0x1d/0x30
[   13.000010]  sysvec_apic_timer_interrupt+0x1d/0x30
[   13.000011]
[   13.000012] Reported by Kernel Concurrency Sanitizer on:
[   13.000013] ==================================================================
[   13.000014]  pcq_thread+0x1d/0x30
"""


def race(*functions):
    """A report: three functions of the first access, the first one of the second."""
    return RACE.format(*functions, title=f"{functions[0]} / {functions[3]}")


class Splats(unittest.TestCase):
    def test_good_log_has_none(self):
        self.assertEqual(guestlog.splats(GOOD), [])

    def test_each_kind_is_seen(self):
        for line in ("BUG: KASAN: slab-use-after-free in z_erofs_decompress",
                     "BUG: sleeping function called from invalid context at kernel/locking/mutex.c",
                     "INFO: task fio:123 blocked for more than 120 seconds.",
                     "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
                     "watchdog: BUG: soft lockup - CPU#1 stuck for 40s!",
                     "WARNING: suspicious RCU usage",
                     "INFO: possible circular locking dependency detected",
                     "ODEBUG: free active (active state 0) object type: timer_list",
                     "BUG: KCSAN: data-race in pcq_thread / percpu_completer_flush",
                     "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
                     "kmemleak: Kernel memory leak detector disabled",
                     "fio invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE), order=0",
                     "kworker/0:1: page allocation failure: order:0, mode:0x820(GFP_ATOMIC)",
                     "percpu: allocation failed, size=448 align=64 atomic=0, failed to allocate",
                     "fio: vmalloc error: size 16384, page order 0, failed to allocate pages",
                     "list_add corruption. prev->next should be next",
                     "Freezing remaining freezable tasks failed after 20.005 seconds "
                     "(0 tasks refusing to freeze, wq_busy=1):",
                     "Oops: general protection fault, 0000 [#1] SMP",
                     "I/O error, dev vdd, sector 8 op 0x1:(WRITE)"):
            with self.subTest(line):
                self.assertEqual(guestlog.splats(f"[    1.000000] {line}"), [line])

    def test_trace_belongs_to_its_report(self):
        self.assertEqual(len(guestlog.splats(WARN)), 1)

    def test_trace_alone_is_a_report(self):
        self.assertEqual(guestlog.splats(LONE_TRACE), ["Call Trace:"])

    def test_stamp_behind_a_user_line_is_seen(self):
        self.assertEqual(len(guestlog.splats("ok 1 - x[    1.000000] BUG: y")), 1)

    def test_stamp_with_a_caller_is_seen(self):
        self.assertEqual(len(guestlog.splats("[    1.000000][  T12] BUG: y")), 1)

    def test_allowed_is_not_reported_the_rest_is(self):
        left = guestlog.splats(WARN + RECURSION, [r"possible recursive locking"])
        self.assertEqual(len(left), 1)
        self.assertIn("percpu_completer.c:360", left[0])

    def test_race_of_others(self):
        for names in (("try_to_wake_up", "wake_up_process", "pcq_kick", "__schedule"),
                      ("iomap_finish_ioend", "bio_complete_fn", "pcq_thread", "folio_wait_bit"),
                      ("timer_reduce", "pcq_kick_lazy", "pctt_write", "run_timer_softirq"),
                      ("memcpy", "seq_read", "pcq_run", "memset")):
            self.assertEqual(guestlog.splats(race(*names)), [])

    def test_race_of_ours(self):
        for names in (("pcq_run.isra.0", "pcq_thread", "kthread", "tick_sched_timer"),
                      ("tick_sched_timer", "hrtimer_run", "pcq_kick", "percpu_completer_queue"),
                      ("__memset", "memset", "pctt_cleanup", "run_timer_softirq"),
                      ("bio_complete_fn", "pcq_thread", "kthread", "__bio_complete_in_task")):
            with self.subTest(names):
                self.assertEqual(len(guestlog.splats(race(*names))), 1)

    def test_race_without_its_accesses(self):
        self.assertEqual(len(guestlog.splats("\n".join(
            race("a", "b", "c", "d").splitlines()[:3]))), 1)

    def test_another_kind_of_kcsan_report(self):
        report = race("a", "b", "c", "d").replace("data-race in", "assert: race in")
        self.assertEqual(len(guestlog.splats(report)), 1)

    def test_expected_counts(self):
        allow = [r"possible recursive locking", r"WARNING: .*percpu_completer", "never"]
        self.assertEqual(list(guestlog.expected(WARN + WARN + RECURSION, allow).values()),
                         [1, 2, 0])


class Excerpt(unittest.TestCase):
    def test_around_the_first_report(self):
        text = GOOD + WARN
        lines = guestlog.excerpt(text, guestlog.splats(text), before=2, after=2)
        self.assertEqual(lines, [*GOOD.splitlines()[-1:], *WARN.splitlines()[:3]])

    def test_a_failed_check_that_came_first(self):
        text = "zero\nnot ok 1 - slept 1 times # not 2\n" + WARN
        lines = guestlog.excerpt(text, guestlog.splats(text), before=9, after=1)
        self.assertEqual(lines, text.splitlines()[:2])

    def test_of_a_good_log(self):
        self.assertEqual(guestlog.excerpt(GOOD, []), [])


class Failure(unittest.TestCase):
    def test_panic_in_its_own_words(self):
        self.assertEqual(guestlog.failure(PANIC, False, 60), "kernel panic: VFS: Unable to mount "
                         "root fs on unknown-block(0,0)")

    def test_hang_tells_how_far(self):
        text = GOOD.split("ok 1")[0]
        self.assertEqual(guestlog.failure(text, True, 60),
                         "hangs: no verdict after 60 s, it reached script erofs-read")

    def test_hang_before_user_space(self):
        self.assertIn("not user space", guestlog.failure(GOOD.split("[    1.0")[0], True, 60))

    def test_never_booted(self):
        self.assertIn("never booted", guestlog.failure("qemu: bad option\n", False, 60))

    def test_ended_early(self):
        self.assertIn("ended without a verdict, it reached user space",
                      guestlog.failure(GOOD.split("guest: script")[0], False, 60))


if __name__ == "__main__":
    unittest.main()
