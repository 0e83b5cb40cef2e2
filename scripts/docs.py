#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Our documents as HTML: build/docs/VERSION/index.html.

What the series adds to the kernel's Documentation/, with the kernel-doc comments that
it includes, and what Documentation/ says of the harness.  A warning is an error.
"""

import shutil
import subprocess
import sys
import tempfile

import common
import overlay
from common import BUILD, EXIT_BUILD, EXIT_USAGE, LOG, TOP, VERSION, die, step

DOCS = BUILD / "docs" / VERSION
SPHINX = TOP / "scripts" / "sphinx"
DOCUMENTS = sorted((TOP / "Documentation").rglob("*.rst"))
# Debian's Python: it has Debian's Sphinx.
PYTHON = "/usr/bin/python3"


def gather(into):
    """The documents and an index of them, at the paths that they have here."""
    names = [path.relative_to(TOP / "Documentation") for path in DOCUMENTS]
    for path, name in zip(DOCUMENTS, names):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, into / name)
    lines = "".join(f"   {name.with_suffix('')}\n" for name in names)
    (into / "index.rst").write_text((SPHINX / "index.rst").read_text() + lines)


def sphinx(source, out, log):
    """The first warning or error, or None."""
    env = {**common.os.environ, "srctree": str(overlay.TREE), "LC_ALL": "C.UTF-8"}
    with open(log, "w", encoding="utf-8") as text:
        res = subprocess.run([PYTHON, "-m", "sphinx", "-q", "-W", "--keep-going", "-E",
                              "-c", str(SPHINX), "-d", str(out / ".doctrees"), str(source),
                              str(out)], stdout=text, stderr=subprocess.STDOUT, env=env,
                             check=False)
    lines = log.read_text(encoding="utf-8").splitlines()
    return None if not res.returncode else (lines or ["no message"])[0]


def make(damage=lambda source: None):
    """Build the HTML; returns what was complained about, or None.  damage() is for tests."""
    log = LOG / f"docs-{VERSION}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pcc-docs-") as source, \
         common.staged(DOCS, EXIT_BUILD) as out:
        gather(common.Path(source))
        damage(common.Path(source))
        why = sphinx(source, out, log)
        common.remove_tree(out / ".doctrees")
    return why


def misspell(source):
    """What a test needs to see noticed: a reference to nothing."""
    with open(source / "core-api/percpu_completer.rst", "a", encoding="utf-8") as text:
        text.write("\nSee :c:func:`percpu_completer_nothing`.\n")


def check():
    """[(test, why it failed or None)], for test.py."""
    overlay.tree()
    yield "a reference to nothing is noticed", None if make(misspell) else "it was not"
    yield "no warnings", make()


def main():
    if len(sys.argv) > 1:
        die(EXIT_USAGE, "usage: docs.py")
    overlay.tree()
    why = make()
    if why:
        die(EXIT_BUILD, f"the documents have warnings: {why}", LOG / f"docs-{VERSION}.log")
    step(f"{len(DOCUMENTS)} documents: {common.show(DOCS / 'index.html')}")
    return 0


if __name__ == "__main__":
    common.main(main)
