#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes uncached and tells how many milliseconds that took: write_once.py FILE

The I/O begins on the CPU that this runs on, and ends there if the disk sees to that.
"""

import os
import sys
import time

SIZE = 1 << 20
RWF_DSYNC, RWF_DONTCACHE = 0x2, 0x80


def main():
    target = os.open(sys.argv[1], os.O_RDWR)
    began = time.monotonic()
    os.pwritev(target, [os.urandom(SIZE)], 0, RWF_DSYNC | RWF_DONTCACHE)
    print(f"{(time.monotonic() - began) * 1000:.0f}")


if __name__ == "__main__":
    main()
