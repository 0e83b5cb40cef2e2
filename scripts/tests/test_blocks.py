#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The guest's blocks.py notices a block with other content, and one that is missing."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "guest"))
# What lies beside the scripts goes into guests.
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import blocks


class Blocks(unittest.TestCase):
    """write and read, on a file."""

    def setUp(self):
        self.where = tempfile.TemporaryDirectory()
        self.addCleanup(self.where.cleanup)
        self.path = Path(self.where.name, "file")
        self.assertEqual(blocks.write(self.path, "4", "one"), 0)

    def read(self, count, seed):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            return blocks.read(self.path, count, seed), printed.getvalue().strip()

    def test_intact(self):
        self.assertEqual(self.read("4", "one"), (0, ""))

    def test_one_byte(self):
        data = bytearray(self.path.read_bytes())
        data[2 * blocks.SIZE + 7] ^= 1
        self.path.write_bytes(data)
        self.assertEqual(self.read("4", "one"), (blocks.WRONG, "block 2 has other content"))

    def test_other_seed(self):
        self.assertEqual(self.read("4", "two")[0], blocks.WRONG)

    def test_too_short(self):
        self.assertEqual(self.read("5", "one")[0], blocks.WRONG)


if __name__ == "__main__":
    unittest.main()
