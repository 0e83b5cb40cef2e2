#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes a disk of pieces of others: dm.py NAME PIECE...

A PIECE is "SECTORS TARGET WORDS", as in a table of device mapper, and begins where the
one before ends.  Prints the disk's path.
"""

import fcntl
import os
import struct
import sys

CONTROL = "/dev/mapper/control"
# struct dm_ioctl and struct dm_target_spec of <linux/dm-ioctl.h>
HEAD = struct.Struct("=3I2IIiIIIQ128s129s7x")
SPEC = struct.Struct("=QQiI16s")
CREATE, RESUME, LOAD = 3, 6, 9


def request(number):
    """_IOWR() of a command."""
    return 3 << 30 | HEAD.size << 16 | 0xfd << 8 | number


def pack(name, specs, count):
    """What goes to the kernel."""
    return HEAD.pack(4, 0, 0, HEAD.size + len(specs), HEAD.size, count, 0, 0, 0, 0, 0,
                     name.encode(), b"") + specs


def table(pieces):
    """All pieces, each with the distance to the next."""
    specs, start = b"", 0
    for piece in pieces:
        sectors, target, words = (piece + "  ").split(" ", 2)
        text = words.strip().encode() + b"\0"
        text += bytes(-len(text) % 8)
        specs += SPEC.pack(start, int(sectors), 0, SPEC.size + len(text), target.encode()) + text
        start += int(sectors)
    return specs


def main():
    name, *pieces = sys.argv[1:]
    control = os.open(CONTROL, os.O_RDWR)
    made = bytearray(pack(name, b"", 0))
    fcntl.ioctl(control, request(CREATE), made)
    fcntl.ioctl(control, request(LOAD), bytearray(pack(name, table(pieces), len(pieces))))
    fcntl.ioctl(control, request(RESUME), bytearray(pack(name, b"", 0)))
    minor = os.minor(HEAD.unpack_from(made)[10])
    print(f"/dev/dm-{minor}")


if __name__ == "__main__":
    main()
