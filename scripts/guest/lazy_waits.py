#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Waits for background writeback in several ways: lazy_waits.py FILE LIMIT_MS

Writes FILE uncached, which starts background writeback, for which nobody waits.  Its
completion may wait for company as long as the administrator says, but not while a task
waits: begun while the I/O is under way, or when it has ended.  Prints how many milliseconds
each way took, and stops at the first that takes too long.
"""

import ctypes
import mmap
import os
import sys
import time

SIZE = 1 << 20
PAGE = 4096
RWF_DONTCACHE = 0x80
SYNC_FILE_RANGE_WAIT_BEFORE = 1
# By then the I/O has ended.
LATER_S = 1
LIBC = ctypes.CDLL(None, use_errno=True)
DATA = os.urandom(SIZE)


def wait_for_range(fd, begin, length):
    """Wait for writeback, and start none."""
    if LIBC.sync_file_range(fd, ctypes.c_longlong(begin), ctypes.c_longlong(length),
                            SYNC_FILE_RANGE_WAIT_BEFORE):
        raise OSError(ctypes.get_errno(), "sync_file_range")


def read_direct(fd):
    """Reading past the cache waits for what the cache has to write."""
    direct = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_DIRECT)
    with mmap.mmap(-1, SIZE) as buffer:
        os.preadv(direct, [buffer], 0)
    os.close(direct)


def overwrite(fd):
    """After an ordinary write the folio is no longer to be dropped."""
    os.pwrite(fd, DATA, 0)
    os.fdatasync(fd)


WAYS = {
    "fsync()": os.fsync,
    "sync_file_range()": lambda fd: wait_for_range(fd, 0, SIZE),
    "sync_file_range() of the last page": lambda fd: wait_for_range(fd, SIZE - PAGE, PAGE),
    "reading by O_DIRECT": read_direct,
    "overwriting, and fdatasync()": overwrite,
}
# Not on a disk.
FILE_WAYS = {"truncating": lambda fd: os.ftruncate(fd, SIZE // 2 + 1)}


def writes_back():
    """Pages that are under writeback."""
    with open("/proc/vmstat") as stat:
        return int(dict(line.split() for line in stat)["nr_writeback"])


def begin(fd):
    """Background writeback of blocks that are there, and not in the cache."""
    os.pwrite(fd, DATA, 0)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, SIZE, os.POSIX_FADV_DONTNEED)
    os.pwritev(fd, [DATA], 0, RWF_DONTCACHE)


def main():
    path, limit = sys.argv[1], int(sys.argv[2])
    fd = os.open(path, os.O_RDWR)
    ways = WAYS if path.startswith("/dev/") else {**WAYS, **FILE_WAYS}
    for way, wait in ways.items():
        for when, delay in (("at once", 0), ("later", LATER_S)):
            begin(fd)
            time.sleep(delay)
            if delay and not writes_back():
                sys.exit(f"{way} {when}: nothing is under writeback")
            began = time.monotonic()
            wait(fd)
            took = int((time.monotonic() - began) * 1000)
            print(f"{way} {when}: {took} ms")
            if took > limit:
                sys.exit(f"{way} {when}: {took} ms")


if __name__ == "__main__":
    main()
