#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The compiler cache gives out no object of what a source read before it changed."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
import build

HEADER = '#include "part.h"\nconst char text[] = PART;\n'
SYSTEM = "#include <system.h>\nconst char text[] = PART;\n"
INCBIN = 'asm(".incbin \\"part.bin\\"");\n'


class CachedCC(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(tmp.cleanup)
        self.dir = Path(tmp.name) / "O"
        (self.dir / "system").mkdir(parents=True)

    def environment(self):
        """A cache of its own.  What was written just now counts as old enough."""
        return {**os.environ, **build.environment(), "CCACHE_DIR": str(self.dir / "ccache"),
                "CCACHE_SLOPPINESS": "include_file_mtime,include_file_ctime"}

    def compile(self, source, part):
        """The object of a source that reads the part, as kbuild would have it compiled."""
        for header in ("part.h", "system/system.h"):
            (self.dir / header).write_text(f'#define PART "{part}"\n')
        (self.dir / "part.bin").write_text(part)
        subprocess.run([build.CACHED, "gcc", "-Wp,-MMD,.x.d", "-I.", "-isystem", "system",
                        "-c", "-o", "x.o", source], cwd=self.dir, env=self.environment(), check=True)
        return (self.dir / "x.o").read_bytes()

    def changed(self, source, text):
        """The object after what it reads has changed."""
        path = self.dir / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.assertIn(b"before", self.compile(source, "before"))
        return self.compile(source, "after")

    def test_a_header(self):
        self.assertIn(b"after", self.changed("../fs/x.c", HEADER))

    def test_what_was_before_is_a_hit(self):
        self.changed("../fs/x.c", HEADER)
        self.assertIn(b"before", self.compile("../fs/x.c", "before"))
        stats = subprocess.run(["ccache", "--print-stats"], capture_output=True, text=True,
                               env=self.environment(), check=True).stdout
        self.assertIn("direct_cache_hit\t1\n", stats)

    def test_binary_in_assembler(self):
        self.assertIn(b"after", self.changed("../arch/x86/x.S", '.incbin "part.bin"\n'))

    def test_binary_in_c(self):
        for source in ("../kernel/configs.c", "../kernel/kheaders.c"):
            self.assertIn(b"after", self.changed(source, INCBIN))

    def test_header_of_the_system(self):
        self.assertIn(b"after", self.changed("../arch/um/x.c", SYSTEM))

    def test_control_others_have_neither(self):
        for text in (INCBIN, SYSTEM):
            self.assertIn(b"before", self.changed("../fs/x.c", text))


if __name__ == "__main__":
    unittest.main()
