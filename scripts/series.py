#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The converted tree as mails: build/series/VERSION/*.patch, ready for git am.

A cover letter says what, why, for whom and how fast, from scripts/series-cover.txt,
scripts/series.toml, the tree and the last benchmark of this kernel.  The sender is
whom git's configuration names; Signed-off-by is his to give, by

    git config format.signOff true

What is written is tried before it is in place: git am on the pristine tree has to
give the converted tree.
"""

import json
import re
import subprocess
import sys
import tempfile
import textwrap

import common
import overlay
import results
import tables
from common import BUILD, EXIT_OVERLAY, EXIT_USAGE, LOG, Path, TOP, VERSION, die, output, step

SERIES = BUILD / "series" / VERSION
COVER = TOP / "scripts" / "series-cover.txt"
COVER_FILE = "0000-cover-letter.patch"
RANGE = "refs/pcc/pristine..refs/pcc/converted"
RESULTS = results.BENCH / "results.json"
WIDTH = 72


class Refused(Exception):
    """git am did not take a series, or made something else of it."""


# --- the cover letter --------------------------------------------------------------

def git(*args):
    """What git says in the converted tree."""
    return output(["git", *args], cwd=overlay.TREE, code=EXIT_OVERLAY)


def changed_lines(rev):
    """'-N, +N' of what a commit does to files that the kernel had."""
    stat = [line.split("\t") for line in git("diff-tree", "--numstat", "--diff-filter=M",
                                             "--no-commit-id", "-r", rev).splitlines()]
    return f"-{sum(int(line[1]) for line in stat)}, +{sum(int(line[0]) for line in stat)}"


def users(steps, revs):
    """What changes for each: the steps that rewrite code, hence are semantic patches."""
    found = [f"{one.subject} ({changed_lines(rev)} lines)\n\n{overlay.paragraphs(one.body)}"
             for one, rev in zip(steps, revs) if any(name.endswith(".cocci") for name in one.apply)]
    return "\n\n".join(found)


def figures(path):
    """The goals as this kernel's last benchmark left them, and how to have them again."""
    result = json.loads(path.read_text()) if path.exists() else None
    if not result or result["meta"]["kernel"] != VERSION or not result["goals"]:
        return (f"None: this kernel was not measured.  `make bench KERNEL={VERSION}` does that, "
                "and the\nnext `make series` has its figures here.")
    meta = result["meta"]
    return (f"`{meta['command']}`, on {meta['machine']};\n{meta['mode']}; {meta['commit']}:\n\n"
            f"{tables.goals_table(result['goals'])}").rstrip()


def numbered(steps):
    return "\n".join(textwrap.fill(f"{number:2} {one.subject}", WIDTH, subsequent_indent="   ")
                     for number, one in enumerate(steps, 1))


def cover(steps, revs, base):
    """(subject, body)"""
    subject, body = COVER.read_text().split("\n\n", 1)
    return subject, body.format(users=users(steps, revs), figures=figures(RESULTS),
                                steps=numbered(steps), base=base).rstrip()


def fill(path, subject, body):
    """git has left marks for both."""
    text = path.read_text()
    for mark, words in (("*** SUBJECT HERE ***", subject), ("*** BLURB HERE ***", body)):
        if text.count(mark) != 1:
            die(EXIT_OVERLAY, f"{path.name}: git left no {mark}")
        text = text.replace(mark, words)
    path.write_text(text)


# --- git am --------------------------------------------------------------------------

def touched():
    return git("diff", "--name-only", *RANGE.split("..")).splitlines()


def scratch_repo(where):
    """The pristine tree as git am wants it, but only the files that are touched are there."""
    def here(*args):
        output(["git", *overlay.identity(), *args], cwd=where, code=EXIT_OVERLAY)

    here("init", "-q")
    info = where / ".git" / "info"
    common.write_atomic(where / ".git/objects/info/alternates",
                        f"{(overlay.TREE / '.git/objects').resolve()}\n")
    common.write_atomic(info / "sparse-checkout", "".join(f"/{name}\n" for name in touched()))
    for key, value in (("core.sparseCheckout", "true"), ("core.hooksPath", "/dev/null"),
                       ("core.autocrlf", "false"), ("commit.gpgSign", "false")):
        here("config", key, value)
    here("reset", "-q", "--hard", git("rev-parse", "refs/pcc/pristine").strip())


def tree_after_am(patches):
    """The tree that git am makes of the pristine one; Refused if it stops."""
    with tempfile.TemporaryDirectory(prefix="pcc-series-") as tmp:
        scratch_repo(Path(tmp))
        res = subprocess.run(["git", *overlay.identity(), "am", "-q", *map(str, patches)], cwd=tmp,
                             capture_output=True, text=True, check=False)
        if res.returncode:
            raise Refused((res.stderr.strip() or res.stdout.strip()).splitlines()[0])
        return output(["git", "rev-parse", "HEAD^{tree}"], cwd=tmp).strip()


def verify(patches):
    """The patches, without the cover letter, are the converted tree; else Refused."""
    want = git("rev-parse", "refs/pcc/converted^{tree}").strip()
    if tree_after_am(patches) != want:
        raise Refused("git am gives another tree than the converted one")


# --- negative controls -----------------------------------------------------------------

def damage(text, pattern, new):
    """A mail with the last line that matches changed."""
    last = list(re.finditer(pattern, text, re.M))[-1]
    return text[:last.start()] + new + text[last.end():]


def damaged(patches, into):
    """{what is wrong: a series that must be refused}"""
    texts = [path.read_text() for path in patches]
    variants = {
        "a lost patch": texts[1:],
        "a context that differs": [*texts[:-1], damage(texts[-1], r"^ \S.*$", " not this")],
        "an added line that differs": [*texts[:-1], damage(texts[-1], r"^\+[^+].*$", "+not this")],
        "a mail that was cut off": [*texts[:-1], texts[-1][:texts[-1].rindex("\n@@ ") + 20]],
    }
    for name, mails in variants.items():
        paths = [into / f"{number:04}.patch" for number in range(1, len(mails) + 1)]
        for path, text in zip(paths, mails):
            path.write_text(text)
        yield name, paths


def refusal(patches):
    """Why a series is refused, or None."""
    try:
        verify(patches)
    except Refused as err:
        return str(err)
    return None


def check():
    """[(test, why it failed or None)], for test.py."""
    patches = make()
    yield "git am of the series gives the converted tree", refusal(patches)
    with tempfile.TemporaryDirectory(prefix="pcc-damaged-") as tmp:
        for name, mails in damaged(patches, Path(tmp)):
            yield f"{name} is noticed", None if refusal(mails) else "it was not"


# --- all of it ---------------------------------------------------------------------------

def sign_off():
    """Only who runs this can say so; git's own option, of this repository or of the user."""
    res = subprocess.run(["git", "config", "--type=bool", "format.signOff"], cwd=TOP,
                         capture_output=True, text=True, check=False)
    return ["--signoff"] if res.stdout.strip() == "true" else ["--no-signoff"]


def make():
    """Write the series; returns its patches, without the cover letter."""
    source = overlay.setup.ensure()
    overlay.tree()
    steps, revs = overlay.load_series(), git("rev-list", "--reverse", RANGE).split()
    with common.staged(SERIES, EXIT_OVERLAY) as tmp:
        common.run(["git", *overlay.identity(), "format-patch", "-q", "--cover-letter",
                    "--no-signature", "--zero-commit", "--suffix=.patch", *sign_off(),
                    "-o", tmp, RANGE],
                   LOG / f"series-{VERSION}.log", cwd=overlay.TREE, code=EXIT_OVERLAY,
                   what="git format-patch")
        fill(tmp / COVER_FILE, *cover(steps, revs, source.label))
    return sorted(path for path in SERIES.glob("*.patch") if path.name != COVER_FILE)


def main():
    if len(sys.argv) > 1:
        die(EXIT_USAGE, "usage: series.py")
    patches = make()
    why = refusal(patches)
    if why:
        die(EXIT_OVERLAY, f"the series does not apply: {why}")
    sender = re.search(r"^From: (.*)$", (SERIES / COVER_FILE).read_text(), re.M)[1]
    step(f"{len(patches)} patches and a cover letter from {sender}: {common.show(SERIES)}")
    return 0


if __name__ == "__main__":
    common.main(main)
