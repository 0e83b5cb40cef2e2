#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turn the raw figures of `make bench` into results.json, goals, tables and a report.

    results.py [DIRECTORY]      again from build/bench/raw, without a boot

All statistics are made here, from raw samples, never in the guest.  Below the
directory each boot has one of its own:

    dispatch-MODE/, scaling-MODE/, hotplug-MODE/    rows_dispatch.py; in emulation
    dispatch-tcg-N/, hotplug-tcg-N/                 the same
    bio-N/, bio-stock-N/                            rows_users.py
    erofs-N/, erofs-load-N/, erofs-load-stock-N/    the same, and so on
    policy-MODE/                                    rows_policy.py

and meta.json says where and how they were measured.  Ratios are taken within a
round, and the median of the rounds is shown: much of what a busy machine does to
both sides of a ratio cancels out.
"""

import argparse
import json

import common
import goals
import report
import rows_dispatch
import rows_policy
import rows_users
import tables
from common import BUILD, EXIT_TEST, Path, die
from document import validate
from stats import Invalid, read

BENCH = BUILD / "bench"
RAW = BENCH / "raw"


def collect(raw):
    """results.json's content from the raw figures."""
    meta, parts = json.loads(read(raw / "meta.json")), rows_dispatch.parts(raw)
    users = {"bio": rows_users.bio_runs(raw), "erofs": rows_users.erofs_runs(raw)}
    result = {"meta": meta, "dispatch": rows_dispatch.rows(parts),
              "bio": rows_users.bio_rows(users["bio"]),
              "erofs": rows_users.erofs_rows(users["erofs"]),
              "policy": rows_policy.rows(raw),
              "goals": goals.rows(parts, users, meta["users_mode"])}
    validate(result)
    if not any(result[user] for user in ("dispatch", "policy", *users)):
        raise Invalid(f"there are no figures in {common.show(raw)}")
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
