#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Install missing tools and fetch the kernel source; both only when needed.

A kernel source becomes a bare git repository below the cache that holds one
tree and is never written again: a pristine copy that neither an in-place
patch tool nor a build can touch, and that checks out at disk speed.

Packages come from the mirror that this machine's apt uses, through an apt
configuration of our own, verified by Debian's archive keyring.
"""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass

import common
from common import CACHE, EXIT_SETUP, EXIT_USAGE, LOG, Path, die, output, run, step

KERNELS = {"7.3": "trixie-backports", "6.12": "trixie"}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGES = """
    bc bison busybox-static ccache clang-19 coccinelle cpio curl debian-archive-keyring
    dpkg-dev erofs-utils flex gcc gcc-aarch64-linux-gnu git gnuplot-nox kmod
    libc6-dev libcap-dev libelf-dev libssl-dev lz4 make mmdebstrap patch perl
    python3 python3-git python3-jsonschema python3-ply python3-sphinx
    qemu-system-x86 qemu-utils rsync shellcheck spin xz-utils zstd
""".split()
CACHE_GIB, BUILD_GIB = 4, 8
BUILT = ("*.o", "*.a", "*.ko", "*.cmd", "*.order", "/.config*", "/vmlinux*", "/include/config/",
         "/include/generated/", "/arch/*/include/generated/")
TOOLS_SUITE = "sid"
HERD7_PACKAGES = ("herdtools7", "libc6", "libgmp10")


@dataclass(frozen=True)
class Source:
    """A pristine kernel: `tree` is a git tree in the bare repository `store`."""
    label: str
    store: Path
    tree: str


# --- tools -----------------------------------------------------------------

def missing_packages(wanted):
    """Which of these Debian packages are not installed."""
    if not shutil.which("dpkg-query"):
        die(EXIT_SETUP, "this needs Debian's dpkg and apt; on another system install by hand: "
            + " ".join(wanted))
    res = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted],
                         capture_output=True, text=True, check=False)
    have = {line.split()[0] for line in res.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in have]


def install_tools():
    """Install what is missing, or name the one command that does."""
    missing = missing_packages(PACKAGES)
    if not missing:
        return
    if os.geteuid():
        die(EXIT_SETUP, "missing packages; run as root: apt-get update && "
            "apt-get install -y --no-install-recommends " + " ".join(missing))
    step(f"installing {' '.join(missing)}")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    log = LOG / "setup-tools.log"
    run(["apt-get", "update"], log, env=env, code=EXIT_SETUP, what="apt-get update")
    run(["apt-get", "install", "-y", "--no-install-recommends", *missing], log, env=env,
        code=EXIT_SETUP, what="apt-get install", append=True)


# --- Debian packages of another suite ----------------------------------------

def mirrors():
    """The Debian mirrors in this machine's apt configuration, likely ones first."""
    text = output(["apt-get", "indextargets", "--format",
                   "$(ORIGIN)|$(COMPONENT)|$(RELEASE)|$(REPO_URI)"], code=EXIT_SETUP)
    found = []
    for line in text.splitlines():
        origin, component, release, uri = line.split("|", 3)
        if component == "main" and not re.search(r"[-/]", release) and uri not in found:
            found.insert(0 if origin == "Debian" else len(found), uri)
    if not found:
        die(EXIT_SETUP, "apt knows no Debian mirror here; pass KSRC=/path/to/kernel/tree")
    return found


def apt(suite, source=False):
    """apt-get, with options for a private state that knows only this suite.

    Returns the command's beginning after a successful update; the mirror is
    the first one that has the suite, signed with Debian's key.
    """
    base = CACHE / "apt" / suite
    for sub in ("lists/partial", "archives/partial", "etc"):
        (base / sub).mkdir(parents=True, exist_ok=True)
    cmd = ["apt-get", "-q", "-y"]
    for opt in (f"Dir::State={base}", f"Dir::State::Lists={base}/lists", f"Dir::Cache={base}",
                "Dir::State::status=/dev/null", f"Dir::Etc::sourcelist={base}/etc/sources.list",
                "Dir::Etc::sourceparts=/dev/null", "Dir::Etc::preferencesparts=/dev/null",
                "Dir::Etc::preferences=/dev/null", "APT::Update::Error-Mode=any",
                "Acquire::Languages=none", "Acquire::Retries=3"):
        cmd += ["-o", opt]
    log = LOG / f"setup-apt-{suite}.log"
    LOG.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        for uri in mirrors():
            kind = "deb-src" if source else "deb"
            common.write_atomic(base / "etc/sources.list",
                                f"{kind} [signed-by={KEYRING}] {uri} {suite} main\n")
            if not subprocess.run([*cmd, "update"], stdout=out, stderr=out, check=False).returncode:
                return cmd
    die(EXIT_SETUP, f"cannot read Debian {suite} from this machine's mirror (no network?)", log)


def fetch_deb(package, suite, into):
    """Download a package and let apt check it against the signed index."""
    cmd = apt(suite)
    log = LOG / f"setup-{package}.log"
    run([*cmd, "download", package], log, cwd=into, code=EXIT_SETUP,
        what=f"download of {package} from {suite}")
    return next(into.glob("*.deb"))


# --- the kernel source -------------------------------------------------------

@contextlib.contextmanager
def _kernel_tar(deb, package):
    """The kernel's tar inside the package, as a stream: nothing is unpacked."""
    dpkg = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=dpkg.stdout, mode="r|") as outer:
        for member in outer:
            if member.name.endswith(f"/{package}.tar.xz"):
                with tarfile.open(fileobj=outer.extractfile(member), mode="r|xz") as inner:
                    yield inner
                break
        else:
            die(EXIT_SETUP, f"{deb.name} holds no {package}.tar.xz")
    dpkg.terminate()
    dpkg.wait()


def _write_entry(out, tar, member):
    """One file of the tar as a line of git's fast-import language."""
    path = member.name.split("/", 1)[1]
    if member.isreg():
        mode, data = "100755" if member.mode & 0o100 else "100644", tar.extractfile(member).read()
    else:
        mode, data = "120000", member.linkname.encode()
    out.write(f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n")


def import_tar(tar, store):
    """Turn a tar into the one tree of a new bare repository."""
    output(["git", "init", "-q", "--bare", "-b", "pristine", store], code=EXIT_SETUP)
    git = subprocess.Popen(["git", "-c", "core.compression=1", "-c", "fastimport.unpackLimit=1",
                            "fast-import", "--quiet", "--depth=0"], cwd=store,
                           stdin=subprocess.PIPE)
    progress, files = common.Progress("importing the kernel source"), 0
    with git.stdin as out:
        out.write(b"commit refs/heads/pristine\ncommitter pristine <> 0 +0000\ndata 0\n")
        for member in tar:
            if member.isreg() or member.issym():
                _write_entry(out, tar, member)
                files += 1
                progress.update(f"{files} files")
    progress.done()
    if git.wait():
        die(EXIT_SETUP, "git fast-import could not store the kernel source")


def _tree(store):
    return output(["git", "rev-parse", "pristine^{tree}"], cwd=store, code=EXIT_SETUP).strip()


def refuse_unknown():
    """A version that no package has: the user has to bring the tree."""
    if common.KSRC is None and common.VERSION not in KERNELS:
        die(EXIT_USAGE, f"unknown KERNEL={common.VERSION}; known are {', '.join(KERNELS)}, "
            "or pass KSRC=/path/to/kernel/tree")


def debian_source(version):
    """The packaged source of a kernel version, fetched on first use."""
    package, srcdir = f"linux-source-{version}", CACHE / "src"
    with common.lock(CACHE / "lock"):
        stores = sorted(srcdir.glob(f"{package}_*.git"), key=os.path.getmtime)
        store = stores[-1] if stores else _fetch_source(package, KERNELS[version], srcdir)
    label = store.name.split("_")[1].removesuffix(".git")
    return Source(f"Debian {package} {label}", store, _tree(store))


def _fetch_source(package, suite, srcdir):
    common.need_space(CACHE, CACHE_GIB, "the kernel source")
    step(f"fetching {package} from Debian {suite}")
    with common.staged(CACHE / "tmp-source") as tmp:
        deb = fetch_deb(package, suite, tmp)
        debversion = output(["dpkg-deb", "-f", deb, "Version"], code=EXIT_SETUP).strip()
        step(f"storing {package} {debversion}")
        with _kernel_tar(deb, package) as tar:
            import_tar(tar, tmp / "store")
        store = srcdir / f"{package}_{debversion}.git"
        srcdir.mkdir(parents=True, exist_ok=True)
        os.replace(tmp / "store", store)
    common.remove_tree(CACHE / "tmp-source")
    return store


def _not_source(ksrc):
    """What a build left in the tree. Only a git tree's .gitignore is believed:
    the one in a Debian source package ignores the whole kernel.
    """
    if (ksrc / ".git").exists():
        return ["--exclude-standard"]
    return [arg for pattern in BUILT for arg in ("-x", pattern)]


def user_source(ksrc):
    """A snapshot of the user's tree, which itself is only read."""
    ksrc = Path(ksrc).resolve()
    store = CACHE / "src" / f"ksrc-{common.key_of(str(ksrc))[:12]}.git"
    git = ["git", "-c", "core.excludesFile=/dev/null", "-c", "core.autocrlf=false",
           "-c", "core.compression=1", f"--git-dir={store}", f"--work-tree={ksrc}"]
    with common.lock(CACHE / "lock"):
        if not (store / "HEAD").exists():
            common.need_space(CACHE, CACHE_GIB, "the copy of the kernel source")
        output(["git", "init", "-q", "--bare", store], code=EXIT_SETUP)
        step(f"taking a snapshot of {ksrc}")
        names = output([*git, "ls-files", "-z", "-c", "-o", *_not_source(ksrc)], cwd=ksrc,
                       code=EXIT_SETUP)
        subprocess.run([*git, "update-index", "-z", "--add", "--remove", "--stdin"], cwd=ksrc,
                       input=names.encode("utf-8", "surrogateescape"), check=True)
        tree = output([*git, "write-tree"], code=EXIT_SETUP).strip()
        # A ref keeps the objects from being collected while trees borrow them.
        output([*git, "update-ref", f"refs/trees/{tree}", tree], code=EXIT_SETUP)
    return Source(f"Linux {common.VERSION} from KSRC", store, tree)


# --- sparse ------------------------------------------------------------------

def sparse():
    """A sparse new enough for current kernels, built from Debian's source.

    Debian 12's is too old, and kbuild then turns the check off in silence.
    """
    final = CACHE / "tools" / "sparse"
    with common.lock(CACHE / "lock"):
        if (final / "sparse").exists():
            return final / "sparse"
        step("building sparse")
        with common.staged(final) as tmp:
            _build_sparse(tmp)
    return final / "sparse"


def _build_sparse(tmp):
    log = LOG / "setup-sparse.log"
    cmd = apt(TOOLS_SUITE, source=True)
    run([*cmd, "source", "--download-only", "sparse"], log, cwd=tmp, code=EXIT_SETUP,
        what="download of sparse")
    # apt has checked the hashes against the signed index; the uploader's own
    # key on the .dsc may be newer than this machine's keyring.
    dsc = next(tmp.glob("*.dsc"))
    run(["dpkg-source", "--no-check", "-x", dsc, tmp / "src"], log, code=EXIT_SETUP,
        what="unpacking sparse", append=True)
    run(["make", "-j2", "-C", tmp / "src", "sparse", "CC=gcc", "HAVE_LLVM=no", "HAVE_SQLITE=no",
         "HAVE_GTK=no"], log, code=EXIT_SETUP, what="building sparse", append=True)
    os.replace(tmp / "src" / "sparse", tmp / "sparse")
    common.remove_tree(tmp / "src")


# --- herd7 -------------------------------------------------------------------

def herd7():
    """A command that runs herd7, which Debian 12 lacks, from a newer Debian's package.

    It needs nothing but two libraries. Those and their loader lie beside it, so that
    neither a compiler nor a chroot is needed and the machine stays as it is.
    """
    final = CACHE / "tools" / "herd7"
    with common.lock(CACHE / "lock"):
        if not (final / "usr/bin/herd7").exists():
            step("fetching herd7")
            with common.staged(final) as tmp:
                _fetch_herd7(tmp)
    return _herd7_command(final)


def _herd7_command(root):
    return [root / "usr/lib64/ld-linux-x86-64.so.2", "--library-path",
            root / "usr/lib/x86_64-linux-gnu", root / "usr/bin/herd7", "-set-libdir",
            root / "usr/share/herdtools7/herd"]


def _fetch_herd7(tmp):
    log = LOG / "setup-herd7.log"
    run([*apt(TOOLS_SUITE), "download", *HERD7_PACKAGES], log, cwd=tmp, code=EXIT_SETUP,
        what="download of herd7")
    for deb in sorted(tmp.glob("*.deb")):
        run(["dpkg-deb", "-x", deb, tmp], log, code=EXIT_SETUP, what=f"unpacking {deb.name}",
            append=True)
        deb.unlink()
    for other in (tmp / "usr/bin").iterdir():
        if other.name != "herd7":
            other.unlink()
    run([*_herd7_command(tmp), "-version"], log, code=EXIT_SETUP, what="running herd7",
        append=True)


# --- entry points --------------------------------------------------------------

def target():
    """The known kernel that this one is taken for: the newest that is not newer."""
    def number(version):
        return [int(part) for part in version.split(".")]

    refuse_unknown()
    older = [known for known in KERNELS if number(known) <= number(common.VERSION)]
    if not older:
        die(EXIT_USAGE, f"Linux {common.VERSION} is older than all that are known: "
            f"{', '.join(KERNELS)}")
    return max(older, key=number)


@functools.cache
def source():
    """The pristine kernel that KERNEL= or KSRC= asks for."""
    return user_source(common.KSRC) if common.KSRC else debian_source(common.VERSION)


@functools.cache
def ensure():
    """All that a build needs; quick when nothing is missing."""
    refuse_unknown()
    install_tools()
    return source()


def main():
    ensure()
    sparse()
    herd7()
    step(f"ready: {source().label}")


if __name__ == "__main__":
    common.main(main)
