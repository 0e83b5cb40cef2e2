#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads files over and over, each time from the disk: flood.py FILE...

Anybody may do so.  Nobody waits for what is read ahead, nor copies it, so that the
completions cost more than asking for them.
"""

import os
import sys

# What the kernel reads ahead for one call, or less.
PIECE = 512 << 10


def read_ahead(files):
    """What has come since the last time is dropped, and asked for again."""
    for file in files:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        for start in range(0, os.fstat(file).st_size, PIECE):
            os.posix_fadvise(file, start, PIECE, os.POSIX_FADV_WILLNEED)


def main():
    files = [os.open(path, os.O_RDONLY) for path in sys.argv[1:]]
    print("flooding", flush=True)
    while files:
        read_ahead(files)


if __name__ == "__main__":
    main()
