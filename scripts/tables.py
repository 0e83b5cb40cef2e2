# SPDX-License-Identifier: GPL-2.0
"""What is shown of the rows: titled tables of text, for the terminal and the report."""

import dataclasses

from rows_dispatch import LIMIT
from rows_users import BIO_BASE, EROFS_BASE
from stats import group

WORKLOADS = {
    "A": "sequential 128k, depth 1, pvsync2", "B": "sequential 128k, depth 128, io_uring",
    "C": "random 4k, depth 32, io_uring", "D": "random 64k, half reads, depth 32, io_uring",
    "E": "sequential 128k, depth 128, io_uring",
    "F": "sequential 128k, depth 128, four jobs, 64 MB dirty",
    "fsync": "fsync of 4k writes beside a flood of writeback",
    "read": "4k direct reads beside a flood of writeback"}
# Of percpu_completer; else the urgent ones come first.
ORDERS = {0: "completed in order", 2: "completed in any order"}
EROFS = {"start": "cold program starts", "read": "full cold reads"}
EROFS_LOADS = {"idle": "idle", "cpuio": "8 threads that want 90 % of a CPU each",
               "one_irq": "readers and interrupts on one CPU, the others idle",
               "all_irqs": "readers and interrupts on all CPUs"}


@dataclasses.dataclass
class Table:
    """Rows of text below a header; notes say what has no column."""
    title: str
    header: list
    cells: list
    notes: list = dataclasses.field(default_factory=list)

    @property
    def left(self):
        """Which columns are text, and flush left."""
        return [not any(line[i][:1].isdigit() for line in self.cells)
                for i in range(len(self.header))]

    def __str__(self):
        """Right-aligned but for text on the left, two spaces between columns."""
        widths = [max(map(len, column)) for column in zip(self.header, *self.cells)]
        lines = ["  ".join(cell.ljust(width) if flush else cell.rjust(width)
                           for cell, width, flush in zip(line, widths, self.left)).rstrip()
                 for line in (self.header, *self.cells)]
        return "\n".join([self.title, "-" * len(self.title), *lines, *self.notes, ""])


def table(title, columns, rows, notes=()):
    return Table(title, [header for header, _ in columns],
                 [[show(row) for _, show in columns] for row in rows], list(notes))


# --- columns -------------------------------------------------------------------

def or_dash(show):
    """A figure that was not measured here is a dash."""
    def shown(row):
        try:
            return show(row)
        except TypeError:
            return "-"
    return shown


def us(key):
    """A column in microseconds from a field in nanoseconds."""
    return or_dash(lambda row: f"{row[key] / 1000:.1f}")


def num(key, digits=0, scale=1):
    return or_dash(lambda row: f"{row[key] * scale:.{digits}f}")


def factor(key):
    """A ratio: digits that mean something, near 1 as well as in the thousands."""
    return or_dash(lambda row: f"{row[key]:.2f}" if row[key] < 100 else f"{row[key]:.0f}")


def text(key):
    return lambda row: str(row[key])


def between(low, high, scale=1, digits=1):
    return or_dash(lambda row: f"{row[low] / scale:.{digits}f}..{row[high] / scale:.{digits}f}")


def compared(figure, base):
    """Columns for a ratio to 7.3's mechanism; what may be noise is called so."""
    name = f"{figure}_to_{base}"

    def judged(row):
        doubt = " (one round)" if row["rounds"] == 1 else " (noise)"
        return f"{row[name]:.2f}{'' if row[f'{figure}_differs'] else doubt}"

    def unless_base(show):
        own = or_dash(show)
        return lambda row: "-" if (row["kernel"], row["mechanism"]) == ("bench", base) else own(row)
    return (("/7.3's", unless_base(judged)),
            ("of rounds", unless_base(between(f"{name}_min", f"{name}_max", digits=2))))


MECHANISM = ("mechanism", text("mechanism"))
DISPATCH_HEAD = (
    MECHANISM, ("p50 us", us("dispatch_p50_ns")), ("p99 us", us("dispatch_p99_ns")),
    ("p99.9 us", us("dispatch_p999_ns")), ("max us", us("dispatch_max_ns")))
OF_ROUNDS = (("p50 of rounds us",
              between("dispatch_p50_round_min_ns", "dispatch_p50_round_max_ns", 1000)),)
URGENT = (("urgent p50 us", us("dispatch_urgent_p50_ns")),
          ("urgent p99 us", us("dispatch_urgent_p99_ns")))
TO_LIMIT = (("p50/limit", factor("dispatch_p50_to_limit")),
            ("p99/limit", factor("dispatch_p99_to_limit")))
SWITCHES_PER_ITEM = (("switches/item", num("context_switches_per_item", 3)),)
DISPATCH_TAIL = (
    ("queueing p50 ns", num("queue_p50_ns")), *SWITCHES_PER_ITEM,
    ("items/wakeup", num("items_per_wakeup", 1)))
RATE = (("items/s", num("items_per_s")),)
RATE_RANGE = (("of rounds", between("items_per_s_min", "items_per_s_max", digits=0)),)
NORMAL = (("normal task %", num("normal_share", 1, 100)),
          ("its longest gap us", num("normal_gap_us")))

WRITES = (("MB/s", num("mb_per_s", 1)), ("write p99 us", num("write_p99_us")))
PROBE = (("probe p50 us", num("probe_p50_us")), ("probe p99 us", num("probe_p99_us")),
         ("probe max us", num("probe_max_us")), ("p99/7.3's", compared("probe_p99_us",
                                                                       BIO_BASE)[0][1]))
IOPS = (("IO/s", num("iops")), *compared("iops", BIO_BASE))
SWITCHES = (("switches/IO", num("context_switches_per_io", 3)),
            *compared("context_switches_per_io", BIO_BASE)[:1])
BIO_TAIL = (("done p50 us", num("completion_p50_us", 1)),
            ("done p99 us", num("completion_p99_us", 1)))
BIO_URGENT = (("urgent p99 us", num("completion_urgent_p99_us", 1)),)
BIO_LAST = (("wait p99 us", num("wait_p99_us", 1)),
            ("bios/wakeup", num("bios_per_run", 1)))

EROFS_HEAD = {
    "start": (("start ms", num("start_mean_ms", 1)), *compared("start_mean_ms", EROFS_BASE),
              ("p99 ms", num("start_p99_ms", 1))),
    "read": (("MB/s", num("mb_per_s", 1)), *compared("mb_per_s", EROFS_BASE))}
EROFS_TAIL = (("wait us", num("wait_mean_us", 1)), *compared("wait_mean_us", EROFS_BASE)[:1],
              ("min us", num("wait_min_us", 1)), ("p50 us", num("wait_p50_us", 1)),
              ("p99 us", num("wait_p99_us", 1)), ("max us", num("wait_max_us", 1)),
              ("stddev us", num("wait_stddev_us", 1)))

def verdict(goal):
    return "met" if goal["pass"] else "missed, noise" if goal["noise"] else "missed"


GOAL_COLUMNS = (
    ("goal", text("id")), ("value", num("value", 3)), ("range", between("low", "high", digits=3)),
    ("bound", lambda row: f"{row['sense']} {row['bound']:.2f}"),
    ("", verdict), ("what", lambda row: f"{row['what']} ({row['mode']})"))


# --- dispatch --------------------------------------------------------------------

def dispatch_columns(row):
    """At most a dozen: what a load does not have, has no column."""
    if row["dispatch_p50_ns"] is None:
        return (MECHANISM, *SWITCHES_PER_ITEM, *RATE, *RATE_RANGE)
    mixed, normal = row["dispatch_urgent_p50_ns"] is not None, row["normal_share"] is not None
    rounds = row["rounds"] > 1 and not mixed and not normal
    return (DISPATCH_HEAD + (URGENT if mixed else ()) + (OF_ROUNDS if rounds else ())
            + (() if normal else TO_LIMIT) + DISPATCH_TAIL + (NORMAL if normal else ())
            + (() if mixed else RATE))


def load_text(row):
    """A load in words."""
    every = "on average every" if row["poisson"] else "every"
    items = "item" if row["burst_items"] == 1 else "items"
    words = [f"{row['burst_items']} {items} {every} {row['period_ns'] / 1000:g} us"]
    words += [f"on each of {row['cpus']} CPUs"] if row["cpus"] > 1 else []
    words += [f"{row['hogs']} CPU hogs"] if row["hogs"] else []
    words += [f"{row['work_ns'] / 1000:g} us of work each"] if row["work_ns"] else []
    mixed = row["dispatch_urgent_p50_ns"] is not None
    words += [f"{row['urgent_percent']} % urgent"] if mixed else []
    words += [ORDERS[row["order"]]] if row["order"] in ORDERS else []
    words += ["a normal task beside them"] if row["normal_share"] is not None else []
    words += ["the CPU goes off and on"] if row["hotplug_cycles"] else []
    words += ["no item timed"] if row["dispatch_p50_ns"] is None else []
    return ", ".join(words)


def rounds_text(row):
    return "1 round" if row["rounds"] == 1 else f"{row['rounds']} rounds"


def note(words, field, rows):
    """What is seldom other than zero has no column."""
    found = [f"{row['mechanism']} {row[field]}" for row in rows if row[field]]
    return [f"{words}: {', '.join(found)}"] if found else []


def dispatch_table(rows):
    first = rows[0]
    return table(f"Dispatch, {first['load']}, {first['mode']}: {load_text(first)}; "
                 f"{rounds_text(first)}, {first['items']} items", dispatch_columns(first), rows,
                 note("Timer periods in which nothing could be queued", "skipped_periods", rows))


def dispatch_groups(rows):
    return group(rows, lambda row: (row["mode"], row["load"])).values()


def dispatch_tables(rows):
    return [dispatch_table(found) for found in dispatch_groups(rows)]


# --- bio and erofs ---------------------------------------------------------------

def without_range(columns):
    return [column for column in columns if column[0] != "of rounds"]


def bio_table(rows):
    first = rows[0]
    probed = first["probe_p50_us"] is not None
    columns = (MECHANISM, *IOPS, *(PROBE if probed else WRITES), *SWITCHES, *BIO_TAIL,
               *(BIO_URGENT if probed else ()), *BIO_LAST)
    what = WORKLOADS.get(first["workload"], "fio")
    return table(f"bio, {first['workload']}, {first['device']}: {what}; {rounds_text(first)}",
                 without_range(columns) if probed or first["rounds"] == 1 else columns, rows,
                 note("No room to record", "unsampled", rows))


def bio_groups(rows):
    return group(rows, lambda row: (row["workload"], row["device"])).values()


def bio_tables(rows):
    return [bio_table(found) for found in bio_groups(rows)]


def erofs_table(rows):
    first = rows[0]
    count = f", {first['starts']} starts" if first["starts"] else ""
    load = EROFS_LOADS.get(first["load"], first["load"])
    columns = (MECHANISM, *EROFS_HEAD[first["what"]], *EROFS_TAIL)
    return table(f"erofs, {first['what']}, {first['load']}: {EROFS[first['what']]}, {load}; "
                 f"{rounds_text(first)}{count}",
                 without_range(columns) if first["rounds"] == 1 else columns, rows,
                 note("No room to record", "unsampled", rows))


def erofs_groups(rows):
    return group(rows, lambda row: (row["what"], row["load"])).values()


def erofs_tables(rows):
    return [erofs_table(found) for found in erofs_groups(rows)]


# --- scheduling policies ---------------------------------------------------------

POLICY_COLUMNS = (
    ("policy", text("name")), ("p50 us", us("p50_ns")), ("p99 us", us("p99_ns")),
    ("p99.9 us", us("p999_ns")), ("max us", us("max_ns")), *SWITCHES_PER_ITEM, *RATE)


def policy_load_text(row):
    """A load in words."""
    words = [f"1 item every {row['period_ns'] / 1000:g} us"]
    words += [f"{row['hogs']} CPU hogs"] if row["hogs"] else []
    words += [f"in a cgroup of weight {row['weight']}"] if row["weight"] else []
    words += ["a SCHED_FIFO task that never sleeps"] if row["spinner"] else []
    words += [f"{row['work_ns'] / 1000:g} us of work each"] if row["work_ns"] else []
    words += [f"the urgent {row['urgent_percent']} %"] if row["urgent_percent"] < 100 else []
    words += ["a normal task beside them"] if row["normal_share"] is not None else []
    return ", ".join(words)


def policy_table(rows):
    first = rows[0]
    normal = NORMAL if first["normal_share"] is not None else ()
    return table(f"Policies, {first['load']}, {first['mode']}: {policy_load_text(first)}; "
                 f"{first['items']} items", (*POLICY_COLUMNS, *normal), rows)


def policy_groups(rows):
    return group(rows, lambda row: (row["mode"], row["load"])).values()


def policy_overview(rows):
    """A line for each policy, a column for each load."""
    by_name = group(rows, lambda row: row["name"])
    found = {name: {row["load"]: row for row in of_name} for name, of_name in by_name.items()}
    columns = [("policy", lambda name: name)]
    columns += [(load, lambda name, load=load: us("p99_ns")(found[name][load]))
                for load in dict.fromkeys(row["load"] for row in rows)]
    return table(f"Policies, {rows[0]['mode']}: p99 us", columns, list(found))


def policy_tables(rows):
    if not rows:
        return []
    return [*(policy_table(found) for found in policy_groups(rows)), policy_overview(rows)]


# --- all ---------------------------------------------------------------------------

LEGEND = f"""\
limit: {LIMIT}, a bare FIFO thread and a wake-up.  7.3's: what Linux 7.3 does, {BIO_BASE} for
bio and {EROFS_BASE} for erofs, compared round by round; "noise" when the rounds do not set
them apart, which one round cannot.  stock: the pristine kernel, which records nothing.
done: from the interrupt to the completion function, urgent: of bios that somebody waits
for.  wait: from runnable to running, of the worker.
"""


GOALS_NOTE = ("Value and range are of the ratios within each round; a miss is called noise where "
              "some round meets the bound, or emulation has one round only.")


def goals_table(goals):
    return table("Goals", GOAL_COLUMNS, goals, [GOALS_NOTE])


def all_tables(result):
    """Everything as plain text."""
    meta = result["meta"]
    head = (f"{meta['machine']}; {meta['mode']}; Linux {meta['kernel']}; {meta['commit']}; "
            f"{meta['level']}; {meta['date']}\n")
    tables = [*dispatch_tables(result["dispatch"]), *bio_tables(result["bio"]),
              *erofs_tables(result["erofs"]), *policy_tables(result["policy"])]
    tables += [goals_table(result["goals"])] if result["goals"] else []
    return "\n".join([head, LEGEND, *map(str, tables)])
