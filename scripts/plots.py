# SPDX-License-Identifier: GPL-2.0
"""The report's plots: of each a NAME.dat and a NAME.gp, from which gnuplot makes NAME.svg."""

import dataclasses
import math
import re

import common
import tables
from rows_users import BIO_BASE, DEVICES, EROFS_BASE
from stats import MECHANISMS, MODES, QUANTILES, group, place

# Colours that the colour-blind can tell apart; dashes and points help in print.  Ours
# come first and are wide, so that they are seen below others of the same course.
# Mechanism: colour, dash type, width, point type
STYLES = {
    "bare_wake": ("#000000", 2, 2, 3), "percpu_completer": ("#d55e00", 1, 5, 7),
    "percpu_completer_lazy": ("#e69f00", 4, 4, 6), "kthread_worker": ("#0072b2", 1, 2, 5),
    "rfc_thread": ("#56b4e9", 1, 2, 9), "workqueue": ("#009e73", 1, 2, 11),
    "workqueue_highpri": ("#cc79a7", 1, 2, 13), "workqueue_unbound": ("#882255", 5, 2, 4),
    "workqueue_bh": ("#888888", 3, 2, 2), "delayed_work": ("#332288", 5, 2, 8),
    "stock": ("#8c6d1f", 2, 2, 12)}
OTHER = ("#444444", 3, 1, 1)
SIZE = "700,440"
# The least distance of two labels, as a share of the plot's height.
LABEL_STEP = 0.062
# Loads that show what latency costs in switches begin with one of these.
SCATTERED = ("idle", "hogs", "burst", "mixed")
NINES = (0, 0.5, 0.9, 0.99, 0.999, 0.9999)
KEY_RIGHT = ('set key at screen 0.735, screen 0.86 left top Left reverse samplen 2.5 spacing 1.2 '
             'font ",12" textcolor rgb "#111111"')


@dataclasses.dataclass
class Plot:
    """One plot: how to read it, what gnuplot is told, and blocks of numbers."""
    name: str
    title: str
    subtitle: str
    caption: str
    lines: list
    blocks: list
    left: float = 0.15

    def script(self):
        return "\n".join([
            f"# gnuplot {self.name}.gp makes {self.name}.svg from {self.name}.dat beside it.",
            "base = ARG0[1:strlen(ARG0)-3]",
            'data = base.".dat"',
            "set encoding utf8",
            f"set terminal svg size {SIZE} noenhanced "
            'font "sans-serif,13" background "white"',
            'set output base.".svg"',
            'set grid lc rgb "#dddddd" lt 1',
            'set border lc rgb "#333333"',
            'set tics textcolor rgb "#111111" nomirror',
            *heading(self.title, self.subtitle),
            f"set lmargin at screen {self.left}", "set rmargin at screen 0.72",
            "set tmargin at screen 0.86", "set bmargin at screen 0.14",
            *self.lines, ""])

    def data(self):
        """Blocks are what gnuplot calls an index: two empty lines between them."""
        return "\n\n\n".join(
            "\n".join([f"# {name}", *(" ".join(number(value) for value in line)
                                      for line in lines)])
            for name, lines in self.blocks) + "\n"

    def write(self, directory):
        """All three files; the SVG's text is returned."""
        common.write_atomic(directory / f"{self.name}.dat", self.data())
        common.write_atomic(directory / f"{self.name}.gp", self.script())
        common.output(["gnuplot", directory / f"{self.name}.gp"], code=common.EXIT_SETUP)
        return (directory / f"{self.name}.svg").read_text()


# --- words of gnuplot ------------------------------------------------------------

def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(value):
    return f"{value:.6g}"


def file_name(*parts):
    """Words of a load or a workload as a part of a file's name."""
    return "-".join(re.sub(r"[^A-Za-z0-9_]+", "_", str(part)) for part in parts)


def heading(title, subtitle):
    """Two lines from the left edge: a title of gnuplot's is cut off when it is long."""
    yield f'set label {quoted(title)} at screen 0.02, screen 0.955 left font ",15"'
    yield (f'set label {quoted(subtitle)} at screen 0.02, screen 0.905 left font ",12" '
           'textcolor rgb "#444444"')


def curve_style(mechanism):
    colour, dash, width, _ = STYLES.get(mechanism, OTHER)
    return f'lc rgb "{colour}" dt {dash} lw {width}'


def point_style(mechanism, size=0.9):
    colour, _, _, point = STYLES.get(mechanism, OTHER)
    return f'lc rgb "{colour}" dt 1 lw 2 pt {point} ps {size}'


def joined_style(mechanism):
    """A curve through points."""
    return f"{curve_style(mechanism)} pt {STYLES.get(mechanism, OTHER)[3]} ps 0.9"


def series(blocks, how, style=curve_style):
    """The plot command: one curve for each block, in its mechanism's style."""
    curves = [f"data index {i} {how} {style(name)} title {quoted(name)}"
              for i, (name, _) in enumerate(blocks)]
    return "plot " + ", \\\n     ".join(curves)


def log_axis(axis, values, room=1.5):
    """A log axis with some room beyond its values; below two decades with more tics."""
    low, high = min(values) / room, max(values) * room
    yield f"set logscale {axis}"
    yield f'set format {axis} "%.10g"'
    yield f"set {axis}range [{number(low)}:{number(high)}]"
    if high / low < 100:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
        tics = [digit * 10.0 ** decade for decade in decades for digit in (1, 2, 3, 5)]
        yield f"set {axis}tics ({', '.join(number(tic) for tic in tics if low <= tic <= high)})"


# --- distributions -----------------------------------------------------------------

def nines(share):
    """A scale on which the tail is as long as the rest."""
    return -math.log10(1 - share)


def curve(values):
    """Quantiles as points of a curve; a log axis has no zero."""
    return [(max(value, 1e-3), nines(share)) for value, share in zip(values, QUANTILES)]


def distribution(name, titles, caption, curves, what, xlabel):
    """curves: (mechanism, quantiles in us)."""
    blocks = [(mechanism, curve(values)) for mechanism, values in curves]
    tics = ", ".join(f'"{share * 100:g} %%" {number(nines(share))}' for share in NINES)
    lines = [*log_axis("x", [x for _, points in blocks for x, _ in points], 1.2),
             f"set xlabel {quoted(xlabel)}", f"set ylabel {quoted(what)}",
             f"set ytics ({tics})", "set yrange [0:4]", KEY_RIGHT,
             series(blocks, "using 1:2 with lines")]
    return Plot(name, *titles, caption, lines, blocks)


def dispatch_distribution(rows):
    """Of a mixed load only the urgent items: for the lazy ones latency is no aim."""
    first = rows[0]
    mixed = first["dispatch_urgent_p50_ns"] is not None
    field = "dispatch_urgent_quantiles_ns" if mixed else "dispatch_quantiles_ns"
    curves = [(row["mechanism"], [ns / 1e3 for ns in row[field]]) for row in rows if row[field]]
    items = "urgent items" if mixed else "items"
    return distribution(
        file_name("dispatch", first["mode"], first["load"]),
        (f"Dispatch latency, {first['load']} ({first['mode']})", tables.load_text(first)),
        f"How many of the {items} were completed within a latency, the tail stretched: further "
        "left is better, and steeper is steadier.", curves, f"share of {items}",
        "from queueing to completion (us)")


def preferred(rows):
    """Loads of one producer, each in the mode that is believed most."""
    for found in group(rows, lambda row: row["load"]).values():
        mode = min((row["mode"] for row in found), key=lambda mode: place(MODES, mode))
        yield [row for row in found if row["mode"] == mode]


# --- latency against switches --------------------------------------------------------

def spread_out(wanted, step=LABEL_STEP):
    """Places for labels near the wanted ones, in 0..1, at least a step apart."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places, low = {}, 0.02
    for i in order:
        low = max(low, wanted[i])
        places[i] = low
        low += step
    high = 0.98
    for i in reversed(order):
        high = min(high, places[i])
        places[i] = high
        high -= step
    return [places[i] for i in range(len(wanted))]


def scatter_labels(points, low, high):
    """Names in the right margin, each with its sign and a line to its point."""
    heights = [(math.log(y) - math.log(low)) / (math.log(high) - math.log(low))
               for _, _, y in points]
    for (name, x, y), at in zip(points, spread_out(heights)):
        yield (f"set label {quoted(name)} at graph 1.07, graph {number(at)} left "
               f'offset 1,-0.1 font ",12" point {point_style(name)}')
        yield (f"set arrow from first {number(x)}, first {number(y)} to graph 1.06, graph "
               f'{number(at)} nohead lc rgb "{STYLES.get(name, OTHER)[0]}" lw 0.7 back')


def dispatch_scatter(rows):
    """What urgency costs: the tail, of urgent items if there are others, against switches."""
    first = rows[0]
    mixed = first["dispatch_urgent_p50_ns"] is not None
    field = "dispatch_urgent_p99_ns" if mixed else "dispatch_p99_ns"
    points = [(row["mechanism"], row["context_switches_per_item"], max(row[field], 1) / 1e3)
              for row in rows]
    heights = [y for *_, y in points]
    # Drawn last, ours and the limit are on top.
    blocks = [(name, [(x, y)]) for name, x, y in reversed(points)]
    most = max(x for _, x, _ in points) or 1
    of = "p99 latency of urgent items (us)" if mixed else "p99 latency (us)"
    lines = [*log_axis("y", heights, 2), "unset key",
             f"set xrange [{number(most * -0.03)}:{number(most * 1.08)}]",
             'set xlabel "context switches per item"', f"set ylabel {quoted(of)}",
             *scatter_labels(points, min(heights) / 2, max(heights) * 2),
             series(blocks, "using 1:2 with points", lambda name: point_style(name, 1.3))]
    return Plot(file_name("switches", first["mode"], first["load"]),
                f"Latency against switches, {first['load']} ({first['mode']})",
                tables.load_text(first),
                "Each mechanism is a point: the nearer to the lower left, the less latency for "
                "the fewer context switches.", lines, blocks)


# --- scaling ---------------------------------------------------------------------------

def scaling_families(rows):
    """Rows that differ in nothing but the mechanism and the number of producers."""
    same = ("mode", "period_ns", "burst_items", "hogs", "work_ns", "urgent_percent", "order",
            "poisson")
    families = group(rows, lambda row: (*(row[name] for name in same),
                                        row["normal_share"] is None)).values()
    return [found for found in families if len({row["cpus"] for row in found}) > 1]


def scaling_plot(rows, figure, label, how, caption):
    first, keys = rows[0], (figure, f"{figure}_min", f"{figure}_max")
    groups = group(sorted(rows, key=lambda row: row["cpus"]), lambda row: row["mechanism"])
    blocks = [(name, [(row["cpus"], *(row[key] for key in keys if key in row))
                      for row in groups[name]])
              for name in sorted(groups, key=lambda name: place(MECHANISMS, name))]
    most = max(row["cpus"] for row in rows)
    lines = [KEY_RIGHT, 'set xlabel "CPUs that queue at the same time"',
             f"set ylabel {quoted(label)}", f"set xrange [0.8:{most + 0.2}]", "set xtics 1",
             "set yrange [0:*]", "set offsets 0, 0, graph 0.08, 0",
             series(blocks, how, joined_style)]
    return Plot(file_name("scaling", first["mode"], figure),
                f"Scaling: {label} ({first['mode']})", f"{first['burst_items']} every "
                f"{first['period_ns'] / 1000:g} us on each CPU", caption, lines, blocks)


def scaling_plots(rows):
    """Of the family with the most different numbers of CPUs."""
    families = scaling_families(rows)
    if not families:
        return []
    best = max(families, key=lambda found: len({row["cpus"] for row in found}))
    return [scaling_plot(best, "queue_p50_ns", "queueing p50 (ns)",
                         "using 1:2 with linespoints",
                         "What queueing costs the interrupt: flat is good, rising means that "
                         "CPUs get in each other's way."),
            scaling_plot(best, "items_per_s", "items per second, all CPUs",
                         "using 1:2:3:4 with yerrorlines",
                         "Whether more CPUs complete more: whiskers span the rounds.")]


# --- relative to 7.3 ---------------------------------------------------------------------

def dodge(i, count):
    """Beside each other within a category."""
    return (i - (count - 1) / 2) * 0.7 / max(count, 2)


def dot_blocks(rows, category, figure, base):
    """(category's place, ratio, least, most) of each mechanism but 7.3's own."""
    places = {name: i for i, name in enumerate(dict.fromkeys(row[category] for row in rows))}
    rows = [row for row in rows if (row["kernel"], row["mechanism"]) != ("bench", base)
            and row[f"{figure}_to_{base}"] is not None]
    names = sorted({row["mechanism"] for row in rows}, key=lambda name: place(MECHANISMS, name))
    blocks = [(name, [(places[row[category]] + dodge(i, len(names)),
                       *(max(row[f"{figure}_to_{base}{end}"], 1e-3)
                         for end in ("", "_min", "_max")))
                      for row in rows if row["mechanism"] == name])
              for i, name in enumerate(names)]
    return places, blocks


def dots(name, title, caption, rows, category, figure, base, better):
    """Ratios to 7.3's mechanism, with whiskers from the least to the most round."""
    places, blocks = dot_blocks(rows, category, figure, base)
    if not blocks:
        return []
    values = [value for _, lines in blocks for line in lines for value in line[1:]]
    low, high = min(*values, 1), max(*values, 1)
    scale = (log_axis("y", [low, high], 1.3) if high / low > 4
             else [f"set yrange [{number(max(low - 0.1, 0))}:{number(high + 0.1)}]"])
    tics = ", ".join(f"{quoted(word)} {i}" for word, i in places.items())
    lines = [*scale, f"set xtics ({tics}) scale 0", KEY_RIGHT,
             f"set xrange [-0.5:{len(places) - 0.5}]",
             *(f'set arrow from {i - 0.5}, graph 0 to {i - 0.5}, graph 1 nohead '
               'lc rgb "#bbbbbb" lw 1 back' for i in range(1, len(places))),
             f"set xlabel {quoted(category)}", f"set ylabel {quoted(f'ratio to {base}')}",
             series(blocks, "using 1:2:3:4 with yerrorbars", point_style)
             + f', \\\n     1 with lines lc rgb "#000000" dt 2 lw 1 title {quoted(base)}']
    return [Plot(name, title, f"relative to {base}, {better} is better",
                 f"{caption} The dashed line is {base}, 7.3's own. Whiskers span the rounds; the "
                 "tables say what is noise.", lines, blocks)]


# --- bio -----------------------------------------------------------------------------------

def bio_dots(rows):
    for device, found in group(rows, lambda row: row["device"]).items():
        for figure, what, better in (
                ("iops", "IO/s", "higher"),
                ("context_switches_per_io", "context switches per I/O", "lower")):
            yield from dots(file_name("bio", device, figure), f"bio, {device}: {what}",
                            f"{what[0].upper()}{what[1:]} of each workload, as a ratio.", found,
                            "workload", figure, BIO_BASE, better)


def bio_distributions(rows):
    """Each workload on one device; the tables have the others."""
    for found in group(rows, lambda row: row["workload"]).values():
        device = min((row["device"] for row in found), key=lambda name: place(DEVICES, name))
        curves = [(row["mechanism"], row["completion_quantiles_us"]) for row in found
                  if row["device"] == device and row["completion_quantiles_us"]]
        workload = found[0]["workload"]
        if curves:
            yield distribution(
                file_name("bio", "completion", workload, device),
                (f"bio completion latency, {workload}, {device}",
                 tables.WORKLOADS.get(workload, "fio")),
                "From the bio's end in the interrupt to its completion function: further left is "
                "faster; background writeback is late on purpose where it is lazy.",
                curves, "share of bios", "from queueing to completion (us)")


def probe_plot(rows):
    """What somebody waits for beside the flood."""
    first = rows[0]
    names = [row["mechanism"] for row in rows]
    blocks = [(what, [(max(row[f"probe_{what}_us"], 1) / 1e3, len(names) - 1 - i)
                      for i, row in enumerate(rows)]) for what in ("p50", "p99", "max")]
    tics = ", ".join(f"{quoted(name)} {len(names) - 1 - i}" for i, name in enumerate(names))
    marks = ((6, "#0072b2"), (7, "#d55e00"), (2, "#000000"))
    curves = [f'data index {i} using 1:2 with points pt {point} ps 1.2 lw 2 lc rgb "{colour}" '
              f"title {quoted(what)}"
              for i, ((what, _), (point, colour)) in enumerate(zip(blocks, marks))]
    lines = [*log_axis("x", [x for _, points in blocks for x, _ in points]),
             f"set ytics ({tics})", KEY_RIGHT, f"set yrange [-0.5:{len(names) - 0.5}]",
             f'set xlabel {quoted("latency of one " + first["workload"] + " (ms)")}',
             "plot " + ", \\\n     ".join(curves)]
    return Plot(file_name("probe", first["workload"], first["device"]),
                f"Latency of {first['workload']}, {first['device']}",
                tables.WORKLOADS.get(first["workload"], "fio"),
                f"What a task that waits for its {first['workload']} sees: the median, the "
                "slowest hundredth and the slowest of all; further left is better.",
                lines, blocks, left=0.27)


def bio_plots(rows):
    probed = [found for found in tables.bio_groups(rows) if found[0]["probe_p50_us"] is not None]
    return [*bio_dots(rows), *map(probe_plot, probed), *bio_distributions(rows)]


# --- erofs -----------------------------------------------------------------------------------

def erofs_dots(rows):
    for what, figure, words, better in (
            ("start", "start_mean_ms", "time of a program start", "lower"),
            ("read", "mb_per_s", "speed of a cold read", "higher"),
            ("start", "wait_mean_us", "mean wait of the worker", "lower")):
        found = [row for row in rows if row["what"] == what]
        yield from dots(file_name("erofs", what, figure), f"erofs: {words}",
                        f"{words.capitalize()} under each load, as a ratio.", found, "load",
                        figure, EROFS_BASE, better)


def erofs_distributions(rows):
    for found in tables.erofs_groups(rows):
        first = found[0]
        curves = [(row["mechanism"], row["wait_quantiles_us"]) for row in found
                  if row["wait_quantiles_us"]]
        if curves:
            load = tables.EROFS_LOADS.get(first["load"], first["load"])
            yield distribution(
                file_name("erofs", "wait", first["what"], first["load"]),
                (f"erofs: wait of the worker, {first['what']}, {first['load']}", load),
                "How long the decompression worker waits for a CPU once it is runnable: further "
                "left is better.", curves, "share of wake-ups", "from runnable to running (us)")


def erofs_plots(rows):
    return [*erofs_dots(rows), *erofs_distributions(rows)]


# --- all ---------------------------------------------------------------------------------------

def dispatch_plots(rows):
    """Of all that was timed."""
    rows = [row for row in rows if row["dispatch_p50_ns"] is not None]
    loads = [found for found in preferred(rows) if found[0]["cpus"] == 1]
    scatters = [dispatch_scatter(found) for found in loads
                if found[0]["load"].startswith(SCATTERED)]
    return [*map(dispatch_distribution, loads), *scatters, *scaling_plots(rows)]
