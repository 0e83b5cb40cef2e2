#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The boot runner with a shell script in QEMU's place."""

import contextlib
import io
import os
import subprocess
import tarfile
import tempfile
import unittest
from unittest import mock

import common
import guest
import test

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
        busybox = self.dir / "busybox"
        busybox.write_text("#!/bin/sh\necho sh\necho tar\n")
        busybox.chmod(0o755)
        for target, name, value in ((guest, "QEMU", str(self.qemu)), (guest, "WORK", self.dir),
                                    (guest, "ANSWER_S", 0.1), (guest, "POLL_S", 0.05),
                                    (guest.image.Image, "sums", sums),
                                    (guest.image.Image, "busybox", busybox)):
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

    def test_not_switched_off(self):
        self.assertIn("hangs: not off after 2 s, it reached the end",
                      self.error(f"printf '{UP}'\nVERDICT=PASS\n{PASS}exec sleep 100\n",
                                 timeout=2))

    def test_never_booted(self):
        self.assertIn("never booted", self.error("exec sleep 100\n", timeout=1))

    def test_qemu_dies(self):
        self.assertIn("never booted", self.error("echo bad option; exit 1\n"))

    def test_qemu_is_killed(self):
        self.assertIn("guest x: QEMU was killed by SIGKILL",
                      self.error(f"printf '{UP}'\nkill -KILL $$\n"))

    def test_qemu_fails_once(self):
        """An assertion of the emulator is none of the guest, if it does not fail again."""
        abort = "[ -e failed ] || { touch failed; kill -ABRT $$; }\n"
        self.assertTrue(self.boot(f"{abort}printf '{UP}'\nVERDICT=PASS\n{PASS}").passed)
        self.assertIn("killed by SIGABRT", self.error("kill -ABRT $$\n"))

    def test_qemu_fails_when_the_guest_is_up(self):
        abort = "[ -e failed ] || { touch failed; kill -ABRT $$; }\n"
        self.assertIn("killed by SIGABRT",
                      self.error(f"printf '{UP}'\n{abort}VERDICT=PASS\n{PASS}"))

    def test_qemu_is_terminated(self):
        said = "qemu-system-x86_64: terminating on signal 15 from pid 1 (init)"
        self.assertIn("QEMU was killed by SIGTERM", self.error(f"printf '{UP}'\necho '{said}'\n"))

    def exact(self, body):
        """boot_exact(); the results are in the guest's memory."""
        out = self.dir / "x/ram"
        seek = guest.HOLE // guest.VERDICT
        body = body.replace("seek=1", f"seek={seek + 1}")
        body = body.replace("conv=sync", f"seek={seek} conv=sync")
        self.qemu.write_text(f"#!/bin/sh\ncd {self.dir}\nOUT={out}\n{body}")
        self.qemu.chmod(0o755)
        return guest.boot_exact("kernel", ["x"], "x")

    def test_exact(self):
        result = self.exact(f"printf '{UP}'\nVERDICT=PASS\n{PASS}")
        self.assertTrue(result.passed)
        self.assertEqual(result.tap(), ["ok 1 - fine"])
        self.assertFalse((self.dir / "x/ram").exists())

    def test_results_that_are_too_long(self):
        """What is cut off is damaged, though memory goes on behind it."""
        dd = "dd if=/dev/zero of=r/x bs=1M count=3 2> dd\n"
        body = f"printf '{UP}'\nVERDICT=PASS\n{PASS}".replace("tar -cf", dd + "tar -cf")
        with mock.patch.object(guest, "RESULTS_MAX", 2 << 20):
            self.assertIn("damaged", self.exact(body).status)

    def test_exact_without_a_verdict(self):
        self.assertIn("FAIL", self.exact(f"printf '{UP}'\necho guest: done\n").status)

    def test_exact_has_no_disks(self):
        self.exact(f"printf '{UP}'\nVERDICT=PASS\n{PASS}")
        command = (self.dir / "x/command").read_text()
        self.assertNotIn("virtio", command)
        self.assertIn("memmap=0x4000000$0x10000000", command)

    def test_qemu_missing(self):
        with mock.patch.object(guest, "QEMU", str(self.dir / "none")), \
                self.assertRaises(SystemExit) as caught:
            guest.boot("kernel", ["x"], "x", accel="tcg")
        self.assertEqual(caught.exception.code, common.EXIT_SETUP)


class Tar(unittest.TestCase):
    def members(self, umask):
        """What a checkout by somebody else is to the guest."""
        old = os.umask(umask)
        try:
            with tempfile.TemporaryDirectory() as name:
                source = common.Path(name) / "scripts"
                source.mkdir()
                (source / "x").write_text("#!/bin/sh\n")
                (source / "x").chmod(0o777 & ~umask)
                (source / "y").write_text("data\n")
                with mock.patch.object(guest, "SCRIPTS", source):
                    guest.make_tar(source.parent / "tar", {"KEY": "1"}, ["x"])
                with tarfile.open(source.parent / "tar") as tar:
                    self.assertEqual(tar.getnames(), ["x", "y", "params"])
                return (source.parent / "tar").read_bytes()
        finally:
            os.umask(old)

    def test_is_the_same_everywhere(self):
        self.assertEqual(self.members(0o022), self.members(0o002))


class Initramfs(unittest.TestCase):
    def test_cpio_reads_it(self):
        head = guest.cpio_entry(1, "init", 0o100755, b"#!/bin/sh\n")
        tail = guest.cpio_entry(2, "TRAILER!!!", 0)
        self.assertEqual(len(head) % 4, 0)
        listed = subprocess.run(["cpio", "-t"], input=head + tail, capture_output=True, check=True)
        self.assertEqual(listed.stdout, b"init\n")


if __name__ == "__main__":
    unittest.main()
