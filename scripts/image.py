#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The guest's user land: a real Debian tree in an lz4 erofs image.

It is the root file system of every guest, so that booting is already
decompression through the code under test.  Made once and kept in the cache;
a list of the sha256 of every file in it, made by the host, is what the guest's
reads are compared with.
"""

import hashlib
import os
import shutil

import setup
from common import (CACHE, EXIT_SETUP, EXIT_USAGE, LOG, Path, TOP, die, fresh, key_of, lock, main, mark,
                    need_space, output, run, staged, step)

SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What the tests call, then programs that are merely big enough to be real data.
PACKAGES = ("base-files bash busybox-static coreutils dash erofs-utils findutils fio grep gzip "
            "f2fs-tools ibverbs-providers iproute2 mawk mount perftest procps rdmacm-utils sed "
            "tar util-linux xfsprogs "
            "git perl psmisc python3").split()
# Large physical clusters: a decompression is long enough to matter.
MKFS = ["mkfs.erofs", "-zlz4", "-C65536", "--all-root", "-T0", "--quiet"]
# Not wanted: device nodes, and what the host's own configuration leaks in.
EXCLUDE = ["./dev/*", "./etc/hostname", "./etc/resolv.conf"]
STUB = TOP / "scripts/guest/stub"
DIR = Path(os.environ.get("IMAGE") or CACHE / "image")


class Image:
    """Where the finished parts are."""
    erofs = DIR / "root.erofs"
    sums = DIR / "root.sha256"
    busybox = DIR / "busybox"
    stamp = DIR / "stamp"


def proxies():
    """mmdebstrap starts from an empty apt configuration; the way out is the machine's."""
    config = output(["apt-config", "dump", "--format", "%F \"%v\";%n"], code=EXIT_SETUP)
    return [f"--aptopt={line}" for line in config.splitlines()
            if line.startswith(("Acquire::http::Proxy", "Acquire::https::Proxy"))]


def bootstrap(tar, log):
    """The packages with all that they depend on, unpacked but not configured."""
    sources = tar.with_suffix(".list")
    sources.write_text(f"deb [signed-by={KEYRING}] {setup.mirrors()[0]} {SUITE} main\n")
    run(["mmdebstrap", "--variant=extract", f"--include={','.join(PACKAGES)}", *proxies(),
         SUITE, tar, sources], log, code=EXIT_SETUP, what="making the guest's user land")


def unpack(tar, root, log):
    """As plain files of whoever runs this: mkfs gives them all to root."""
    root.mkdir()
    run(["tar", "-xf", tar, "-C", root, "--no-same-owner", "--delay-directory-restore",
         *[f"--exclude={glob}" for glob in EXCLUDE]], log, code=EXIT_SETUP, append=True)


def add_ours(root):
    """The first program, and what postinst scripts would have left behind."""
    init = root / "usr/sbin/guest-init"
    shutil.copyfile(STUB, init)
    init.chmod(0o755)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "usr/bin/awk").symlink_to("mawk")
    (root / "mnt").mkdir(exist_ok=True)


def checksums(root):
    """sha256sum's own format, so that the guest can check with it."""
    lines = []
    for top, _, names in os.walk(root):
        for name in names:
            path = Path(top) / name
            if path.is_file() and not path.is_symlink():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                lines.append(f"{digest}  {path.relative_to(root)}")
    return "\n".join(sorted(lines, key=lambda line: line[66:])) + "\n"


def make():
    """Build everything beside the place it goes to, then rename."""
    log = LOG / "image.log"
    need_space(DIR.parent, 2, "the guest image")
    step(f"making the guest image: Debian {SUITE}, {len(PACKAGES)} packages and what they need")
    with staged(DIR) as tmp:
        root = tmp / "root"
        bootstrap(tmp / "root.tar", log)
        unpack(tmp / "root.tar", root, log)
        add_ours(root)
        (tmp / Image.sums.name).write_text(checksums(root))
        shutil.copy(root / "usr/bin/busybox", tmp / Image.busybox.name)
        run([*MKFS, tmp / Image.erofs.name, root], log, code=EXIT_SETUP, append=True,
            what="packing the guest image")
        for name in ("root.tar", "root.list"):
            (tmp / name).unlink()
        shutil.rmtree(root)


def ensure():
    """The image, made if it is missing or its recipe changed."""
    if os.environ.get("IMAGE"):
        for path in (Image.erofs, Image.sums, Image.busybox):
            if not path.is_file():
                die(EXIT_USAGE, f"IMAGE={DIR} has no {path.name}")
        return Image
    key = key_of(Path(__file__), STUB)
    with lock(CACHE / "image.lock"):
        if not fresh(Image.stamp, key):
            make()
            mark(Image.stamp, key)
            step(f"guest image ready: {Image.erofs.stat().st_size >> 20} MiB, "
                 f"{sum(1 for _ in Image.sums.open())} files")
    return Image


def cli():
    print(ensure().erofs)


if __name__ == "__main__":
    main(cli)
