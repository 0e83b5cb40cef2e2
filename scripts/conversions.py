#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the conversions do to each user: lines, threads, faults removed.

Lines are counted from the pristine tree to the converted one, in all files that
the steps of a user touch: fixes that a conversion makes superfluous do not count.
"""

import sys
from dataclasses import dataclass, field

import common
import overlay
from common import die, output


@dataclass
class User:
    """What series.toml says of one user, and what git says of its files."""
    name: str
    files: set = field(default_factory=set)
    threads: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    removed: int = 0
    added: int = 0


def users():
    """All users in the order of the series."""
    found = {}
    for one in overlay.load_series():
        if one.user:
            user = found.setdefault(one.user, User(one.user))
            user.files |= {*one.new, *overlay.targets(one, overlay.TREE)}
            user.threads = one.threads or user.threads
            user.faults += one.faults
    for user in found.values():
        count_lines(user)
    return list(found.values())


def count_lines(user):
    stat = output(["git", "diff", "--numstat", "refs/pcc/pristine", "refs/pcc/converted", "--",
                   *sorted(user.files)], cwd=overlay.TREE)
    for line in stat.splitlines():
        added, removed, _ = line.split("\t")
        user.added += int(added)
        user.removed += int(removed)


def table(rows):
    """Lines of a table; columns of numbers are justified to the right."""
    columns = list(zip(*rows))
    widths = [max(len(str(cell)) for cell in column) for column in columns]
    right = [any(isinstance(cell, int) for cell in column) for column in columns]
    for row in rows:
        cells = [str(cell).rjust(width) if number else str(cell).ljust(width)
                 for cell, width, number in zip(row, widths, right)]
        yield "  ".join(cells).rstrip()


def report(found):
    """The table, a sum, and the faults by name."""
    rows = [("user", "removed", "added", "net", "faults", "threads before", "threads after")]
    rows += [(u.name, u.removed, u.added, u.added - u.removed, len(u.faults), *u.threads)
             for u in found]
    removed, added = sum(u.removed for u in found), sum(u.added for u in found)
    rows.append(("all", removed, added, added - removed, sum(len(u.faults) for u in found), "", ""))
    yield from table(rows)
    yield from ("", "Faults removed:")
    yield from table([(u.name, fault) for u in found for fault in u.faults])


def main():
    if len(sys.argv) > 1:
        die(common.EXIT_USAGE, "usage: conversions.py")
    overlay.tree()
    for line in report(users()):
        print(line)


if __name__ == "__main__":
    common.main(main)
