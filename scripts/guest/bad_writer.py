#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes uncached to a disk with bad blocks: bad_writer.py DISK SECONDS [CHUNK...|any]

The CHUNKs cannot be written.  Each fdatasync() has to fail if and only if one of them
was written since the one before, and what was written without an error has to be there.
With "any" nobody knows when a write fails, but some have to, and some must not.
Ends with status 3 when the disk goes away, with 1 when it finds something wrong.
"""

import errno
import os
import random
import sys
import time

CHUNK = 64 << 10
CHUNKS = 256
AT_ONCE = 8
ANY = "any"
RWF_DONTCACHE = 0x80
END_GONE, GOING_S = 3, 3


class Wrong(Exception):
    """Not what a disk with these bad blocks does."""


def write(disk, chunks, rand):
    """{chunk: data}, on its way."""
    written = {}
    for chunk in chunks:
        written[chunk] = rand.randbytes(512) * (CHUNK // 512)
        os.pwritev(disk, [written[chunk]], chunk * CHUNK, RWF_DONTCACHE)
    return written


def synced(disk):
    """Does all that was written arrive?"""
    try:
        os.fdatasync(disk)
        return True
    except OSError as err:
        if err.errno != errno.EIO:
            raise
        return False


def one_round(disk, bad, rand):
    """True if it came to an error, as it had to; bad=None if it may or may not."""
    chunks = rand.sample(range(CHUNKS), AT_ONCE)
    written, failed = write(disk, chunks, rand), not synced(disk)
    if bad is not None and failed != bool(bad & set(chunks)):
        raise Wrong(f"{'an' if failed else 'no'} error for chunks {sorted(chunks)}")
    for chunk, data in written.items():
        if not failed and os.pread(disk, CHUNK, chunk * CHUNK) != data:
            raise Wrong(f"chunk {chunk} has other data")
    return failed


def write_all(disk, seed, seconds, bad):
    """Until the time is over; prints that it writes, then the rounds there were, and errors."""
    rand, end, rounds, errors = random.Random(seed), time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        errors += one_round(disk, bad, rand)
        rounds += 1
        if rounds == 1:
            print("writing", flush=True)
    print(f"{rounds} rounds, {errors} errors", flush=True)
    if bad is None and not 0 < errors < rounds:
        raise Wrong(f"{errors} errors in {rounds} rounds")


def gone(path):
    """Has the disk been taken away, or is it on its way?"""
    end = time.monotonic() + GOING_S
    while os.path.exists(path) and time.monotonic() < end:
        time.sleep(0.1)
    return not os.path.exists(path)


def main():
    path, seconds, *chunks = sys.argv[1:]
    bad = None if chunks == [ANY] else {int(chunk) for chunk in chunks}
    disk = os.open(path, os.O_RDWR)
    try:
        write_all(disk, path, float(seconds), bad)
    except (Wrong, OSError) as err:
        print(f"{path}: {err}", flush=True)
        return END_GONE if gone(path) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
