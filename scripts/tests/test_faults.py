#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Who looks for errors in the guest notices those that it looks for."""

import contextlib
import errno
import io
import random
import sys
import unittest
from pathlib import Path
from unittest import mock

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "guest")]

# pylint: disable=wrong-import-position
import bad_writer
import dm
import erofs_damage


class Disk:
    """A disk with bad blocks; what it does wrong is told."""

    def __init__(self, bad=(), silent=False, noisy=False, forgets=False):
        self.bad, self.silent, self.noisy, self.forgets = set(bad), silent, noisy, forgets
        self.chunks, self.error = {}, noisy

    def pwritev(self, _disk, buffers, offset, _flags):
        chunk = offset // bad_writer.CHUNK
        self.chunks[chunk] = buffers[0]
        self.error |= chunk in self.bad

    def fdatasync(self, _disk):
        error, self.error = self.error and not self.silent, self.noisy
        if error:
            raise OSError(errno.EIO, "bad")

    def pread(self, _disk, size, offset):
        return bytes(size) if self.forgets else self.chunks[offset // bad_writer.CHUNK]


class BadWriter(unittest.TestCase):
    def errors(self, disk, bad, rounds=50):
        """How many of the rounds came to an error, as they had to."""
        rand = random.Random(1)
        bad = bad if bad is None else set(bad)
        with mock.patch.object(bad_writer, "os", disk):
            return sum(bad_writer.one_round(0, bad, rand) for _ in range(rounds))

    def test_all_errors_and_no_others(self):
        errors = self.errors(Disk(bad=range(16)), range(16))
        self.assertTrue(0 < errors < 50)
        self.assertEqual(self.errors(Disk(), ()), 0)

    def test_an_error_that_does_not_come(self):
        with self.assertRaisesRegex(bad_writer.Wrong, "no error"):
            self.errors(Disk(bad=range(16), silent=True), range(16))

    def test_an_error_that_must_not_be(self):
        with self.assertRaisesRegex(bad_writer.Wrong, "an error"):
            self.errors(Disk(noisy=True), ())

    def test_errors_of_which_nobody_knows(self):
        self.assertTrue(0 < self.errors(Disk(bad=range(16)), None) < 50)
        with self.assertRaisesRegex(bad_writer.Wrong, "other data"):
            self.errors(Disk(forgets=True), None)
        for rounds_fail in (True, False):
            with mock.patch.object(bad_writer, "one_round", lambda *_, fail=rounds_fail: fail), \
                 contextlib.redirect_stdout(io.StringIO()), \
                 self.assertRaisesRegex(bad_writer.Wrong, "errors in"):
                bad_writer.write_all(0, "seed", 0.01, None)

    def test_data_that_are_lost(self):
        with self.assertRaisesRegex(bad_writer.Wrong, "other data"):
            self.errors(Disk(forgets=True), ())


class Mapped(unittest.TestCase):
    def test_each_piece_begins_where_the_last_one_ends(self):
        specs = dm.table(["8 linear /dev/x 0", "16 error"])
        self.assertEqual(len(specs) % 8, 0)
        start, length, _, following, target = dm.SPEC.unpack_from(specs)
        self.assertEqual((start, length, target.strip(b"\0")), (0, 8, b"linear"))
        self.assertEqual(specs[dm.SPEC.size:following].strip(b"\0"), b"/dev/x 0")
        start, length, _, _, target = dm.SPEC.unpack_from(specs, following)
        self.assertEqual((start, length, target.strip(b"\0")), (8, 16, b"error"))

    def test_size_is_told(self):
        self.assertEqual(dm.HEAD.size, 312)
        asked = dm.pack("x", b"12345678", 1)
        self.assertEqual(dm.HEAD.unpack_from(asked)[3], len(asked))


class ErofsDamage(unittest.TestCase):
    A, B = Path("/a"), Path("/b")

    def wrong(self, seen, right):
        return erofs_damage.wrong({self.A: seen, self.B: True}, right)

    def test_right_or_an_error(self):
        self.assertEqual(self.wrong(True, {self.A, self.B}), [])
        self.assertEqual(self.wrong(None, {self.A, self.B}), [])

    def test_damaged_for_everybody(self):
        self.assertEqual(self.wrong(False, {self.B}), [])

    def test_wrong_for_no_reason(self):
        self.assertEqual(self.wrong(False, {self.A, self.B}), ["a"])

    def test_one_of_two_reads_is_wrong(self):
        reads = iter((False, True))
        with mock.patch.object(erofs_damage, "same", lambda *_: next(reads)), \
             mock.patch.object(Path, "write_text"):
            self.assertEqual(erofs_damage.read_all([self.A]), {self.A: False})


if __name__ == "__main__":
    unittest.main()
