#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Damages an erofs image and reads it: erofs_damage.py IMAGE FILES DISK ROUNDS SEED [DECODED]

FILES is the directory that the image was made of.  Each round some bytes of a copy on
DISK are overwritten, and all is read from there twice, cold.  There are no checksums, so
damaged data may be read as other data.  But what user space's own decoder still reads
right, from DISK or from DECODED, must not be wrong: an error at most.  Prints what came
of it; ends with status 1 if something was wrong.
"""

import filecmp
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

MOUNT = Path("/mnt/damaged")
EXTRACT = Path("/tmp/extracted")
ASYNC = Path("/sys/fs/erofs")
CACHES = Path("/proc/sys/vm/drop_caches")
SUPERBLOCK_END = 1024 + 128
# So little that it is often data that are damaged, not what says how to decode them.
PLACES, BYTES = 16, 4


def damage(image, disk, rand):
    """Not the superblock, which has a checksum."""
    data = bytearray(image.read_bytes())
    for _ in range(PLACES):
        where = rand.randrange(SUPERBLOCK_END, len(data) - BYTES)
        data[where:where + BYTES] = rand.randbytes(BYTES)
    with open(disk, "r+b") as copy:
        copy.write(data)
        copy.flush()
        os.fsync(copy.fileno())


def quiet(*cmd):
    """Did it work?"""
    return not subprocess.run(cmd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode


def same(one, other):
    """True or False, or None for an error."""
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return None


def read_all(files):
    """{file: same()} as the kernel reads it, twice, cold"""
    found = dict.fromkeys(files)
    for _ in range(2):
        CACHES.write_text("3")
        filecmp.clear_cache()
        for file in files:
            now = same(MOUNT / file.name, file)
            found[file] = now if found[file] is not False else False
    return found


def decoded_right(files, decoded):
    """What user space's decoder makes of it."""
    shutil.rmtree(EXTRACT, ignore_errors=True)
    quiet("fsck.erofs", f"--extract={EXTRACT}", "--overwrite", str(decoded))
    return {file for file in files if same(EXTRACT / file.name, file)}


def wrong(found, right):
    """The files that a sound decoder reads and the kernel got wrong: no error, other data."""
    return [file.name for file, same in found.items() if same is False and file in right]


def one_round(image, files, disk, decoded, rand):
    """How many files could be read right, not at all, or were wrong for no reason."""
    damage(image, disk, rand)
    if not quiet("mount", "-t", "erofs", "-o", "ro", str(disk), str(MOUNT)):
        return 0, len(files), []
    # Nobody decompresses for himself.
    (ASYNC / disk.name / "sync_decompress").write_text("2")
    found = read_all(files)
    right = decoded_right(files, decoded)
    subprocess.run(["umount", str(MOUNT)], check=True)
    return (sum(same is True for same in found.values()),
            sum(same is None for same in found.values()), wrong(found, right))


def main():
    image, top, disk, rounds, seed, *decoded = sys.argv[1:]
    files, rand = sorted(Path(top).iterdir()), random.Random(seed)
    good, errors, bad = 0, 0, []
    MOUNT.mkdir(exist_ok=True)
    for _ in range(int(rounds)):
        counts = one_round(Path(image), files, Path(disk), *(decoded or [disk]), rand)
        good, errors, bad = good + counts[0], errors + counts[1], bad + counts[2]
    print(f"seed {seed}, {rounds} images: {good} files right, {errors} with errors, "
          f"{len(bad)} wrong", *bad[:3])
    return 1 if bad or not good or not errors else 0


if __name__ == "__main__":
    sys.exit(main())
