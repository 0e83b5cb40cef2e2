#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Bad input ends in one line and the right exit code; half-done is not done."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

# pylint: disable=wrong-import-position
import build
import common
import overlay


def script(name, *args, **env):
    """Run one of our scripts; returns (exit code, lines on stderr)."""
    res = subprocess.run([sys.executable, SCRIPTS / name, *args], capture_output=True, text=True,
                         env={**os.environ, "KSRC": "", "KERNEL": "", **env}, check=False)
    return res.returncode, res.stderr.splitlines()


@contextlib.contextmanager
def dies(test, code):
    """The body has to end the program with this exit code."""
    with contextlib.redirect_stderr(io.StringIO()), test.assertRaises(SystemExit) as ended:
        yield
    test.assertEqual(ended.exception.code, code)


class CommandLine(unittest.TestCase):
    """What the user may get wrong."""

    def check(self, code, words, *args, **env):
        got, lines = script(*args, **env)
        self.assertEqual((got, len(lines)), (code, 1), lines)
        self.assertIn(words, lines[0])

    def test_unknown_kernel(self):
        self.check(2, "unknown KERNEL=9.9", "overlay.py", KERNEL="9.9")

    def test_ksrc_is_no_kernel(self):
        self.check(2, "is not a kernel tree", "overlay.py", KSRC="/usr")

    def test_ksrc_without_version(self):
        with tempfile.TemporaryDirectory() as tmp:
            for name in ("Makefile", "Kconfig"):
                Path(tmp, name).touch()
            Path(tmp, "kernel").mkdir()
            self.check(2, "its Makefile has no version", "overlay.py", KSRC=tmp)

    def test_unknown_config(self):
        self.check(2, "unknown CONFIG=nonsense", "build.py", "nonsense")


class Sites(unittest.TestCase):
    """Counting and naming what a patch changes."""

    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.top = Path(tmp.name)
        self.enterContext(mock.patch.object(overlay, "TOP", self.top))

    def transform(self, kind, text, before):
        (self.top / f"f.c.{kind}").write_text(text)
        return overlay.transform(f"f.c.{kind}", "f.c", kind, before, self.top / "log")

    def test_semantic_patch_counts_sites(self):
        text = "@@ @@\n- old();\n+ new();\n"
        before = b"void f(void)\n{\n\told();\n\tkeep();\n\told();\n}\n"
        after, sites = self.transform("cocci", text, before)
        self.assertEqual((after, sites), (before.replace(b"old", b"new"), 2))

    def test_semantic_patch_without_site_changes_nothing(self):
        before = b"void f(void)\n{\n\tkeep();\n}\n"
        self.assertEqual(self.transform("cocci", "@@ @@\n- old();\n", before), (before, 0))

    def test_broken_semantic_patch_is_an_error(self):
        with dies(self, common.EXIT_OVERLAY):
            self.transform("cocci", "@@ nonsense\n", b"int a;\n")

    def test_rule_for_several_files_sees_them_together(self):
        (self.top / "r.cocci").write_text(
            "virtual patch\n\n@r@ identifier old; @@\n  int old(void) { ... }\n\n"
            "@@ identifier r.old; @@\n- old();\n")
        before = {"a/a.c": b"void f(void)\n{\n\told();\n\tkeep();\n}\n",
                  "b.c": b"int old(void)\n{\n\treturn 1;\n}\n"}
        found = overlay.transform_all("r.cocci", "cocci", before, self.top / "log")
        self.assertEqual(found, {"a/a.c": (before["a/a.c"].replace(b"\told();\n", b""), 1),
                                 "b.c": (before["b.c"], 0)})

    def test_empty_lines_do_not_add_up(self):
        def tidy(before, after):
            paths = self.top / "before", self.top / "after"
            for path, data in zip(paths, (before, after)):
                path.write_bytes(data)
            overlay.tidy(*paths)
            return paths[1].read_bytes()
        self.assertEqual(tidy(b"a\n\nb\n\nc\n", b"a\n\n\nc\n"), b"a\n\nc\n")
        self.assertEqual(tidy(b"a\n\nc\n", b"a\nb\n\n\nc\n"), b"a\nb\n\nc\n")
        self.assertEqual(tidy(b"a\n\n\nb\nc\n", b"a\n\n\nb\n"), b"a\n\n\nb\n")

    def test_patch_without_its_context_is_an_error(self):
        text = "--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,3 @@\n one\n+new\n two\n"
        with dies(self, common.EXIT_OVERLAY):
            self.transform("patch", text, b"three\nfour\n")

    def test_names(self):
        have = {"kernel/Makefile", "block/bio.c"}.__contains__
        for name, target in (("kernel/Makefile.patch", "kernel/Makefile"),
                             ("kernel/Makefile.bench.patch", "kernel/Makefile"),
                             ("block/bio.c.cocci", "block/bio.c")):
            self.assertEqual(overlay.target_of(name, have)[0], target)
        with dies(self, common.EXIT_OVERLAY):
            overlay.target_of("fs/none.c.cocci", have)


class Configuration(unittest.TestCase):
    """Kconfig may refuse a line, but never in silence."""

    def verify(self, wanted, dotconfig):
        with tempfile.TemporaryDirectory() as tmp:
            path = Path(tmp, ".config")
            path.write_text(dotconfig)
            build.verify(wanted, path, None)

    def test_accepted(self):
        self.verify({"CONFIG_A": "CONFIG_A=y", "CONFIG_B": "# CONFIG_B is not set"},
                    "CONFIG_A=y\n")

    def test_dropped_or_forced(self):
        for wanted in ({"CONFIG_A": "CONFIG_A=y"}, {"CONFIG_B": "# CONFIG_B is not set"}):
            with dies(self, common.EXIT_BUILD):
                self.verify(wanted, "CONFIG_B=y\n")

    def test_inherits(self):
        self.assertEqual(build.wanted_lines("test-nokthread")["CONFIG_EROFS_FS_PCPU_KTHREAD"],
                         "# CONFIG_EROFS_FS_PCPU_KTHREAD is not set")
        self.assertIn("CONFIG_PROVE_LOCKING", build.wanted_lines("test-nokthread"))


class Staging(unittest.TestCase):
    """An interrupted step leaves nothing that looks finished."""

    def test_interrupted(self):
        with tempfile.TemporaryDirectory() as tmp:
            final = Path(tmp, "final")
            with self.assertRaises(KeyboardInterrupt), common.staged(final) as work:
                (work / "half").touch()
                raise KeyboardInterrupt
            self.assertEqual(list(Path(tmp).iterdir()), [])

    def test_finished(self):
        with tempfile.TemporaryDirectory() as tmp:
            final = Path(tmp, "final")
            with common.staged(final) as work:
                (work / "whole").touch()
            self.assertTrue((final / "whole").exists())

    def test_stamp_follows_input(self):
        with tempfile.TemporaryDirectory() as tmp:
            stamp = Path(tmp, "stamp")
            self.assertFalse(common.fresh(stamp, "a"))
            common.mark(stamp, "a")
            self.assertTrue(common.fresh(stamp, "a"))
            self.assertFalse(common.fresh(stamp, "b"))

    def test_full_disk_is_named(self):
        with dies(self, common.EXIT_SETUP):
            common.need_space(Path("/"), 1 << 30, "this")


if __name__ == "__main__":
    unittest.main()
