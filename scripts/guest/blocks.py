#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Blocks of known content, on a disk or in a file: blocks.py COMMAND PATH ...

    write PATH COUNT SEED	as many blocks, to the disk; status 5 if they do not get there
    read PATH COUNT SEED	prints the blocks that cannot be read; status 1 if one that
				can be has other content
    scribble DISK BLOCK...	other content, behind the back of the block layer, so that
				what protects the blocks does not fit any more
"""

import ctypes
import errno
import fcntl
import os
import random
import struct
import sys

SIZE, SECTOR = 4096, 512
SG_IO, SG_TO_DEVICE, SG_TIMEOUT_MS = 0x2285, -2, 10000
WRITE_10 = 0x2a
WRONG, NOT_WRITTEN = 1, 5


class SgIo(ctypes.Structure):
    """struct sg_io_hdr of <scsi/sg.h>."""
    _fields_ = [("interface_id", ctypes.c_int), ("direction", ctypes.c_int),
                ("cmd_len", ctypes.c_ubyte), ("max_sense", ctypes.c_ubyte),
                ("iovec_count", ctypes.c_ushort), ("length", ctypes.c_uint),
                ("data", ctypes.c_void_p), ("cmd", ctypes.c_void_p), ("sense", ctypes.c_void_p),
                ("timeout", ctypes.c_uint), ("flags", ctypes.c_uint), ("pack_id", ctypes.c_int),
                ("usr_ptr", ctypes.c_void_p), ("status", ctypes.c_ubyte * 4),
                ("host_status", ctypes.c_ushort), ("driver_status", ctypes.c_ushort),
                ("resid", ctypes.c_int), ("duration", ctypes.c_uint), ("info", ctypes.c_uint)]


def content(number, seed):
    """What belongs into a block: no two are alike."""
    return random.Random(f"{seed} {number}").randbytes(SIZE)


def write(path, count, seed):
    """Overwrite, and wait until it has arrived."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    for number in range(int(count)):
        os.pwrite(fd, content(number, seed), number * SIZE)
    try:
        os.fsync(fd)
    except OSError as err:
        if err.errno != errno.EIO:
            raise
        return NOT_WRITTEN
    return 0


def read(path, count, seed):
    """Block by block, so that an error is that of the block that has it."""
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
    failed = []
    for number in range(int(count)):
        try:
            if os.pread(fd, SIZE, number * SIZE) != content(number, seed):
                print(f"block {number} has other content")
                return WRONG
        except OSError:
            failed.append(number)
    print(*failed)
    return 0


def scribble(path, *blocks):
    """A SCSI command of our own: the kernel adds nothing to it."""
    fd = os.open(path, os.O_RDWR)
    for number in blocks:
        data = ctypes.create_string_buffer(content(number, "scribble"), SIZE)
        sectors = SIZE // SECTOR
        cmd = ctypes.create_string_buffer(
            struct.pack(">BBIBHB", WRITE_10, 0, int(number) * sectors, 0, sectors, 0))
        sense = ctypes.create_string_buffer(64)
        io = SgIo(interface_id=ord("S"), direction=SG_TO_DEVICE, cmd_len=10, max_sense=64,
                  length=SIZE, data=ctypes.addressof(data), cmd=ctypes.addressof(cmd),
                  sense=ctypes.addressof(sense), timeout=SG_TIMEOUT_MS)
        fcntl.ioctl(fd, SG_IO, io)
        if io.status[0] or io.host_status or io.driver_status:
            print(f"block {number}: status {io.status[0]}, {io.host_status}, {io.driver_status}")
            return WRONG
    return 0


def main():
    commands = {"write": write, "read": read, "scribble": scribble}
    return commands[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
