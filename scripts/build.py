#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Build a kernel: build.py CONFIG [--stock | --mutant PATCH]

CONFIG names scripts/config/CONFIG.config, laid over base.config and what that has
for this kernel, base-KERNEL.config; A-B is laid over A, those of DEBUG over
debug.config.  --stock builds the pristine tree, --mutant one that is broken on
purpose; CONFIG-stock and CONFIG-mutant then name the results below
build/kernel/VERSION.

Each build directory is a child of its source tree.  Only then does kbuild call
the compiler with relative paths, and only then do the stock, the converted and
the broken kernel share objects through ccache.
"""

import argparse
import functools
import os
import re
import shutil

import common
import overlay
import setup
from common import BUILD, CACHE, EXIT_BUILD, EXIT_USAGE, LOG, TOP, VERSION, die, run, step

CONFIGS = TOP / "scripts" / "config"
KERNELS = BUILD / "kernel" / VERSION
# Kernels that look for errors.
DEBUG = ("test", "kasan", "kcsan", "rt")
# What is only laid under others.
PARTS = ("base", "debug")
IMAGE = "arch/x86/boot/bzImage"
# Compilers: the architecture, what their names begin with, and the rest of that.
TOOLCHAINS = {"gcc": ("x86", "", "gcc"), "gcc-arm64": ("arm64", "aarch64-linux-gnu-", "gcc"),
              "clang": ("x86", "", "clang-19")}
# What is not for the guest and has no base.
ALONE = {"drivers"}
CACHED = TOP / "scripts" / "cached-cc"


def environment():
    """What makes two builds of one source byte by byte the same, and cached."""
    return {"CCACHE_DIR": str(CACHE / "ccache"), "CCACHE_MAXSIZE": "4G", "CCACHE_NOHASHDIR": "1",
            "CCACHE_COMPILERCHECK": "content",
            "KBUILD_BUILD_TIMESTAMP": "2026-01-01", "KBUILD_BUILD_USER": "pcc",
            "KBUILD_BUILD_HOST": "pcc"}


def make(tree, out, *targets, tools="gcc"):
    """The make command line for a build directory, which is a child of tree."""
    jobs, (arch, cross, compiler) = os.cpu_count() or 2, TOOLCHAINS[tools]
    return ["make", "-C", tree, f"O={out}", f"-j{jobs}", f"ARCH={arch}",
            f"CROSS_COMPILE={cross}", f"CC={CACHED} {cross}{compiler}", "LOCALVERSION=", *targets]


def fragments(config):
    """base, base-KERNEL, debug if it is one, then each part of the name: test, test-nokthread."""
    parts = config.split("-")
    names = ["-".join(parts[:n]) for n in range(1, len(parts) + 1)]
    if parts[0] in DEBUG:
        names = ["debug", *names]
    if config not in ALONE:
        names = ["base", f"base-{setup.target()}", *names]
    files = [CONFIGS / f"{name}.config" for name in names]
    if parts[0] in PARTS or not all(path.is_file() for path in files):
        known = sorted(p.stem for p in CONFIGS.glob("*.config") if p.stem.split("-")[0] not in PARTS)
        die(EXIT_USAGE, f"unknown CONFIG={config}; known are {', '.join(known)}")
    return files


def wanted_lines(config):
    """The lines that are asked for, a later file overriding an earlier one."""
    wanted = {}
    for line in "".join(path.read_text() for path in fragments(config)).splitlines():
        if found := re.match(r"(?:# )?(CONFIG_\w+)[= ]", line):
            wanted[found[1]] = line
    return wanted


def require_debug(config):
    """The configuration, if it is one that looks for errors."""
    if config not in DEBUG:
        die(EXIT_USAGE, f"CONFIG={config}: tests run with {', '.join(DEBUG)}")
    return config


def verify(wanted, dotconfig, log):
    """Kconfig drops in silence what it cannot give; that is an error here."""
    have = set(dotconfig.read_text().splitlines())
    names = {line.split("=")[0] for line in have if line.startswith("CONFIG_")}
    for name, line in wanted.items():
        given = name not in names if line.startswith("#") else line in have
        if not given:
            die(EXIT_BUILD, f"this kernel's configuration does not accept {line}", log)


def configure(tree, out, wanted, log, tools="gcc"):
    """allnoconfig plus our lines, redone only when they or Kconfig change."""
    text = "\n".join(wanted.values()) + "\n"
    stamp, allconfig = out / ".pcc-config", out / "allconfig"
    key = common.key_of(text, *sorted(tree.glob("*/Kconfig*")), *sorted(tree.glob("fs/*/Kconfig")))
    if common.fresh(stamp, key) and (out / ".config").exists():
        return
    common.write_atomic(allconfig, text)
    run(make(tree, out, "allnoconfig", tools=tools), log,
        env={**environment(), "KCONFIG_ALLCONFIG": allconfig}, what="configuring the kernel")
    verify(wanted, out / ".config", log)
    common.mark(stamp, key)


def _count(log):
    return f"{len(re.findall(rb'^  [A-Z]', log.read_bytes(), re.M))} objects"


def source_tree(stock, mutant):
    """The tree to build from, and what its kernels are called."""
    if stock:
        return overlay.stock(), "-stock"
    return (overlay.mutant(mutant), "-mutant") if mutant else (overlay.tree(), "")


def locked(name):
    """Nobody else builds this kernel meanwhile."""
    return common.lock(BUILD / f"lock-{VERSION}-{name}")


def kernel(config, stock=False, mutant=None):
    """Build and return the kernel's image.

    Who asks for it again gets what was built before, but for a mutant: the next one is
    built in the same place.
    """
    return _kernel(config, mutant=mutant) if mutant else _kernel_once(config, stock)


def _kernel(config, stock=False, mutant=None):
    stock, config = stock or config.endswith("-stock"), config.removesuffix("-stock")
    wanted = wanted_lines(f"{config}-stock" if stock else config)
    src, suffix = source_tree(stock, mutant)
    name = config + suffix
    out = src / f"O-{config}"
    with locked(name):
        out.mkdir(exist_ok=True)
        log = LOG / f"build-{VERSION}-{name}.log"
        configure(src, out, wanted, LOG / f"config-{VERSION}-{name}.log")
        image = out / IMAGE
        began = common.elapsed()
        run(make(src, out, "bzImage"), log, env=environment(), what=f"kernel {name}",
            count=_count)
        _publish(KERNELS / name, out)
        step(f"kernel {name} built in {common.elapsed() - began:.0f} s: "
             f"{common.show(KERNELS / name / IMAGE)}")
    return KERNELS / name / IMAGE if image.exists() else die(EXIT_BUILD, "no bzImage", log)


_kernel_once = functools.cache(_kernel)


def objects(config, *targets):
    """Some of a kernel alone."""
    out = overlay.tree() / f"O-{config}"
    with locked(config):
        out.mkdir(exist_ok=True)
        configure(out.parent, out, wanted_lines(config), LOG / f"config-{VERSION}-{config}.log")
        run(make(out.parent, out, *targets), LOG / f"build-{VERSION}-{config}-objects.log",
            env=environment(), what=f"{' '.join(targets)} of {config}", count=_count)


def modules(config, directory):
    """All external modules of a directory."""
    out = kernel(config).parents[3].resolve()
    tree, log = out.parent, LOG / f"build-{VERSION}-{config}-{directory.name}.log"
    with locked(config):
        run(make(tree, out, "modules"), log, env=environment(), what="what modules may call")
        run(make(tree, out, f"M={directory}", "modules"), log, env=environment(), append=True,
            what=f"modules of {common.show(directory)}", count=_count)


def module(config, source, name, headers=None):
    """A source as an external module of that name.  One that is built in already cannot be
    taken out, and cannot be loaded twice.

    headers: where it finds those that it includes, if not beside it.
    """
    directory = BUILD / "module" / VERSION / config / name
    objects = f"{name}-y := {source.stem}.o\n" if source.stem != name else ""
    kbuild = (f"obj-m := {name}.o\n{objects}"
              f"ccflags-y := -I$(srctree)/{headers or source.parent.relative_to(TOP)}\n")
    common.write_atomic(directory / "Kbuild", kbuild)
    shutil.copyfile(source, directory / source.name)
    modules(config, directory)
    return directory / f"{name}.ko"


def _publish(link, out):
    """build/kernel/VERSION/NAME leads to the build directory in the tree."""
    target = os.path.relpath(out, link.parent)
    if link.is_symlink() and os.readlink(link) == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        common.remove_tree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--stock", action="store_true")
    group.add_argument("--mutant", metavar="PATCH",
                       help="a .cocci for one of " + ", ".join(overlay.MUTANT_TARGETS))
    args = parser.parse_args()
    print(kernel(args.config, stock=args.stock, mutant=args.mutant))


if __name__ == "__main__":
    common.main(main)
