# SPDX-License-Identifier: GPL-2.0
"""What all rows of results.json are made with: order statistics, spreads, raw files."""

import array
import math
import statistics
import sys

# As the benchmark kernel lists them; tables and plots keep this order.
MECHANISMS = ("bare_wake", "percpu_completer", "percpu_completer_lazy", "kthread_worker",
              "rfc_thread", "workqueue", "workqueue_highpri", "workqueue_unbound",
              "workqueue_bh", "delayed_work", "stock")
# Whose figures count first: real hardware, then exact virtual time.
MODES = ("hardware", "kvm", "icount", "tcg")
# Where a distribution is looked at: enough for its curve, the tail included.
QUANTILES = (0.001, 0.01, 0.02, *(percent / 100 for percent in range(5, 96, 5)),
             0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997, 0.998, 0.999,
             0.9993, 0.9995, 0.9997, 0.9998, 0.9999)


class Invalid(Exception):
    """Raw results that no table may be made of."""


# --- statistics --------------------------------------------------------------

def percentile(ordered, percent):
    """The smallest sample that `percent` of all samples do not exceed; None of nothing."""
    if not ordered:
        return None
    rank = math.ceil(round(len(ordered) * percent / 100, 6))
    return ordered[max(rank, 1) - 1]


def quantiles(ordered):
    return [percentile(ordered, share * 100) for share in QUANTILES] if ordered else None


def pool(arrays):
    """All samples of several runs, in order."""
    return sorted(value for values in arrays for value in values)


def deviation(values):
    mean = statistics.fmean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def spread(prefix, values, digits=1):
    """Median, minimum and maximum over rounds, as fields of a row."""
    return {prefix: round(statistics.median(values), digits),
            f"{prefix}_min": round(min(values), digits),
            f"{prefix}_max": round(max(values), digits)}


def clear(low, high, other_low, other_high):
    """Are two ranges further apart than either is wide?

    That they merely do not overlap happens to one pair of equals in ten with three
    rounds; this to one in a hundred, and with two rounds to one in ten.
    """
    gap = max(low, other_low) - min(high, other_high)
    return gap > max(high - low, other_high - other_low)


def apart(values, others):
    """More than noise; one value has no range, and shows nothing."""
    if min(len(values), len(others)) < 2:
        return False
    return clear(min(values), max(values), min(others), max(others))


def ratio(value, base):
    """Against nothing, everything is infinite: say so instead of dividing."""
    if not base:
        raise Invalid("a ratio against a figure that is zero")
    return value / base


def group(items, key):
    """Lists of items with one key, in the order of first appearance."""
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def place(order, name):
    """A sort key: the known ones in their order, then the others by name."""
    return (order.index(name), "") if name in order else (len(order), name)


# --- raw files -----------------------------------------------------------------

def read(path):
    """The bytes of a raw file, which has to be there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Invalid(f"{path.parent.name}/{path.name} is missing") from None


def read_number(path):
    try:
        return int(read(path))
    except ValueError:
        raise Invalid(f"{path.parent.name}/{path.name} holds no number") from None


class Counters(dict):
    """key=value lines; all values but the mechanism's name are numbers."""

    def __init__(self, path):
        self.name = f"{path.parent.name}/{path.name}"
        try:
            pairs = (line.split("=", 1) for line in read(path).decode().splitlines())
            super().__init__({key: value if key == "mechanism" else int(value)
                              for key, value in pairs})
        except ValueError:
            raise Invalid(f"{self.name} has a line that is not KEY=NUMBER") from None

    def __missing__(self, key):
        raise Invalid(f"{self.name} lacks {key}")


def read_u32(path):
    """An array of u32 from a little-endian guest."""
    data = read(path)
    values = array.array("I", data[:len(data) // 4 * 4])
    if sys.byteorder == "big":
        values.byteswap()
    return values


def read_pairs(path):
    """Two u32 of each sample, as two arrays."""
    values = read_u32(path)
    return values[0:len(values) // 2 * 2:2], values[1::2]


def in_order(values):
    return array.array("I", sorted(values))


# --- completeness ----------------------------------------------------------------

def check_complete(runs, where):
    """Mechanisms can only be compared when every round and boot has run them all.

    A run has .boot, .round, .case and .mechanism; a round may leave out a case,
    a boot may not.
    """
    wanted = {(run.case, run.mechanism) for run in runs}
    for boot, found in group(runs, lambda run: run.boot).items():
        report_missing(wanted - {(run.case, run.mechanism) for run in found},
                       f"{where}, boot {boot}")
    for (boot, number, case), found in group(
            runs, lambda run: (run.boot, run.round, run.case)).items():
        all_of_case = {(case, mechanism) for known, mechanism in wanted if known == case}
        report_missing(all_of_case - {(case, run.mechanism) for run in found},
                       f"{where}, boot {boot}, round {number}")


def report_missing(missing, where):
    if missing:
        case, mechanism = min(missing)
        raise Invalid(f"{where}: no run of {mechanism} under {' '.join(case)}")
