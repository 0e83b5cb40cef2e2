#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turn the raw figures of `make bench` into results.json, goals, tables and a report.

    results.py [DIRECTORY]      again from build/bench/raw, without a boot

All statistics are made here, from raw samples, never in the guest.  Below the
directory each boot has one of its own:

    dispatch-MODE/, scaling-MODE/   rows_dispatch.py
    bio-N/, bio-stock-N/            rows_users.py
    erofs-N/, erofs-stock-N/        the same

and meta.json says where and how they were measured.  Ratios are taken within a
round, and the median of the rounds is shown: much of what a busy machine does to
both sides of a ratio cancels out.
"""

import argparse
import json

import common
import report
import rows_dispatch
import rows_users
import tables
from common import BUILD, EXIT_TEST, Path, die
from document import validate
from stats import MODES, Invalid, ratio, read

BENCH = BUILD / "bench"
RAW = BENCH / "raw"
# id, load, mechanism, the figure, the mechanism that it is taken against (None: the
# figure is a ratio), bound, words
GOALS = (
    ("P1", "idle", "percpu_completer", "dispatch_p50_to_limit", None, 1.05,
     f"dispatch p50, idle, percpu_completer / {rows_dispatch.LIMIT}"),
    ("P2", "hogs", "percpu_completer", "dispatch_p99_to_limit", None, 1.10,
     f"dispatch p99, CPU hogs, percpu_completer / {rows_dispatch.LIMIT}"),
    ("P3", "steady_20k", "percpu_completer_lazy", "context_switches_per_item", "delayed_work", 1.10,
     "context switches per item, steady_20k, percpu_completer_lazy / delayed_work"),
)


# --- goals -------------------------------------------------------------------

def goal(rows, order):
    """One goal, from the mode that decides; None where it was not measured."""
    name, load, mechanism, figure, base, bound, what = order
    for mode in MODES:
        row, other = rows.get((mode, load, mechanism)), rows.get((mode, load, base or mechanism))
        if row and other:
            value = ratio(row[figure], other[figure]) if base else row[figure]
            return {"id": name, "what": f"{what} ({mode})", "value": round(value, 3),
                    "bound": bound, "pass": value <= bound}
    return None


def goals(dispatch):
    """What was promised, computed from the rows; a miss is shown like a hit."""
    rows = {(row["mode"], row["load"], row["mechanism"]): row for row in dispatch}
    return [found for found in (goal(rows, order) for order in GOALS) if found]


# --- output ------------------------------------------------------------------

def collect(raw):
    """results.json's content from the raw figures."""
    dispatch = rows_dispatch.rows(raw)
    result = {"meta": json.loads(read(raw / "meta.json")), "dispatch": dispatch,
              "bio": rows_users.bio_rows(raw), "erofs": rows_users.erofs_rows(raw),
              "goals": goals(dispatch)}
    validate(result)
    return result


def publish(raw):
    """Write results, tables and the report beside the raw figures, print the tables."""
    result = collect(raw)
    out = raw.parent
    text = tables.all_tables(result)
    common.write_atomic(out / "results.json", json.dumps(result, indent=1) + "\n")
    common.write_atomic(out / "tables.txt", text)
    print(f"\n{text}")
    report.write(result, out)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", nargs="?", type=Path, default=RAW)
    try:
        publish(parser.parse_args().raw)
    except Invalid as err:
        die(EXIT_TEST, str(err))


if __name__ == "__main__":
    common.main(main)
