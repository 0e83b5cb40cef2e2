#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The boot runner with a shell script in QEMU's place."""

import io
import contextlib
import subprocess
import tempfile
import unittest
from unittest import mock

import common
import guest

UP = "[    0.000000] Linux version 7.3\nguest: up\nguest: script x\n"
PASS = """
mkdir r; echo 'ok 1 - fine' > r/x.tap
tar -cf - -C r . | dd of="$OUT" bs=4k seek=1 conv=notrunc 2> dd
printf '%s\\n\\0' "$VERDICT" | dd of="$OUT" bs=4k conv=sync,notrunc 2> dd
echo guest: done
"""


class Boot(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.dir = common.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.qemu = self.dir / "qemu"
        sums = self.dir / "sums"
        sums.write_text("")
        for target, name, value in ((guest, "QEMU", str(self.qemu)), (guest, "WORK", self.dir),
                                    (guest, "SYSRQ_S", 0.1), (guest, "POLL_S", 0.05),
                                    (guest.image.Image, "sums", sums)):
            stack.enter_context(mock.patch.object(target, name, value))
        stack.enter_context(mock.patch.object(guest.image, "ensure"))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))

    def boot(self, body, **options):
        """Boot with `body` as QEMU's program."""
        out = self.dir / "x/out.img"
        self.qemu.write_text(f"#!/bin/sh\ncd {self.dir}\nOUT={out}\n{body}")
        self.qemu.chmod(0o755)
        return guest.boot("kernel", ["x"], "x", accel="tcg", **options)

    def error(self, body, **options):
        with self.assertRaises(guest.BootError) as caught:
            self.boot(body, **options)
        return str(caught.exception)

    def test_pass(self):
        result = self.boot(f"printf '{UP}'\nVERDICT=PASS\n{PASS}")
        self.assertTrue(result.passed)
        self.assertEqual(result.tap(), ["ok 1 - fine"])

    def test_failed_script(self):
        result = self.boot(f"printf '{UP}'\nVERDICT='FAIL x ended with status 7'\n{PASS}")
        self.assertFalse(result.passed)
        self.assertEqual(result.status, "FAIL x ended with status 7")

    def test_splat_fails_a_good_verdict(self):
        splat = "echo '[    5.000000] WARNING: suspicious RCU usage'\n"
        self.assertFalse(self.boot(f"printf '{UP}'\n{splat}VERDICT=PASS\n{PASS}").passed)

    def test_no_verdict_is_not_a_pass(self):
        body = f"printf '{UP}'\nmkdir r; tar -cf - -C r . | dd of=$OUT bs=4k seek=1 " \
               "conv=notrunc 2> dd\necho guest: done\n"
        self.assertIn("FAIL", self.boot(body).status)

    def test_hang(self):
        self.assertIn("hangs: no verdict after 1 s, it reached script x",
                      self.error(f"printf '{UP}'\nexec sleep 100\n", timeout=1))

    def test_never_booted(self):
        self.assertIn("never booted", self.error("exec sleep 100\n", timeout=1))

    def test_qemu_dies(self):
        self.assertIn("never booted", self.error("echo bad option; exit 1\n"))

    def test_qemu_missing(self):
        with mock.patch.object(guest, "QEMU", str(self.dir / "none")), \
                self.assertRaises(SystemExit) as caught:
            guest.boot("kernel", ["x"], "x", accel="tcg")
        self.assertEqual(caught.exception.code, common.EXIT_SETUP)


class Initramfs(unittest.TestCase):
    def test_cpio_reads_it(self):
        head = guest.cpio_entry(1, "init", 0o100755, b"#!/bin/sh\n")
        tail = guest.cpio_entry(2, "TRAILER!!!", 0)
        self.assertEqual(len(head) % 4, 0)
        listed = subprocess.run(["cpio", "-t"], input=head + tail, capture_output=True, check=True)
        self.assertEqual(listed.stdout, b"init\n")


if __name__ == "__main__":
    unittest.main()
