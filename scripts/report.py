#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make build/bench/report.html and its plots from results.json alone.

    report.py [RESULTS.JSON]

The page needs no other file, no script and no network.  Each plot stays beside
it as numbers and as a gnuplot script that makes it again.
"""

import argparse
import dataclasses
import html
import json
import re

import common
import plots
import standing
import tables
from common import BUILD, EXIT_USAGE, Path, TOP, die, step
from document import validate
from rows_dispatch import LIMIT
from rows_users import BIO_BASE, EROFS_BASE
from stats import Invalid

RESULTS = BUILD / "bench" / "results.json"
STYLE = """
body { font: 15px/1.5 sans-serif; color: #111; background: #fff; max-width: 1400px;
       margin: 2em auto; padding: 0 1em; }
h1, h2 { line-height: 1.2; } h2 { border-bottom: 2px solid #333; margin-top: 2em; }
p, ul { max-width: 52em; }
table { border-collapse: collapse; margin: .3em 0 .5em; font-size: 13px; }
caption { text-align: left; font-weight: bold; padding: 1em 0 .2em; }
th, td { padding: .15em .7em; border-bottom: 1px solid #ddd; text-align: right;
         white-space: nowrap; }
th { border-bottom: 2px solid #333; vertical-align: bottom; white-space: normal; }
th.text, td.text { text-align: left; } td.long { white-space: normal; }
tr.ours td { background: #fff1e3; } tr.missed td { color: #a40000; }
tr.doubt td { color: #8a5a00; }
tbody th { border-bottom: 1px solid #ddd; }
p.note { margin: 0 0 1em; font-size: 13px; max-width: 80em; } p.note b { color: #a40000; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(600px, 1fr)); gap: 1em; }
figure { margin: 0; break-inside: avoid; } figure svg { max-width: 100%; height: auto; }
figcaption { font-size: 13px; padding: 0 1em; } code { font-size: 12px; }
.wide { overflow-x: auto; }
@media print { body { margin: 0; font-size: 11px; } .plots { display: block; }
               table { font-size: 9px; break-inside: avoid; } }
"""
INTRO = f"""
<p>An interrupt has finished something that a task has to complete: each mechanism below
brings it there, in the same boots of the same kernel, taking turns. <b>{LIMIT}</b> is the
limit, a bare FIFO thread and a wake-up that serve one user on one CPU. Linux 7.3 completes bio
by <b>{BIO_BASE}</b> and erofs by <b>{EROFS_BASE}</b>. <b>workqueue_bh</b> is not task context and
only a reference. <b>slowed</b> and <b>busted</b> are not shown: the benchmark had to notice that
the one is slow and that the other loses items.</p>
<p>Figures are from raw samples: percentiles of all rounds, medians of rounds with their range.
Two are said to differ when their ranges over the rounds are further apart than either is wide; the
rest is called noise, and of single rounds nothing is said but in exact virtual time. Chance alone
sets one pair of equals in a hundred so far apart in three rounds, one in ten in two. Emulation
(tcg) gives each boot a bias of its own: below factors of 1.5 between medians and 4 between tails
of dispatch all is called noise. Figures from emulated CPUs say how mechanisms compare, not what
hardware does; those of icount are in exact virtual time.</p>
"""


# --- pieces --------------------------------------------------------------------

def escape(text):
    return html.escape(str(text))


def html_table(table, classes=()):
    """A table as it is printed; classes are those of its rows."""
    def line(tag, cells):
        return "".join(f'<{tag}{kind(tag, i)}>{escape(cell)}</{tag}>'
                       for i, cell in enumerate(cells))

    def kind(tag, i):
        return ' class="text"' if table.left[i] else ""
    body = [f'<tr{row_class(name)}>{line("td", cells)}</tr>'
            for cells, name in zip(table.cells, classes or [""] * len(table.cells))]
    notes = [f'<p class="note">{escape(note)}</p>' for note in table.notes]
    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    return "\n".join(['<div class="wide"><table>', caption,
                      f'<thead><tr>{line("th", table.header)}</tr></thead><tbody>', *body,
                      "</tbody></table></div>", *notes])


def row_class(name):
    return f' class="{name}"' if name else ""


def compared(table, defeats):
    """A table of mechanisms: ours stands out, and so does where it is not the best."""
    classes = ["ours" if cells[0] in (standing.OURS, standing.LAZY) else ""
               for cells in table.cells]
    return html_table(table, classes) + defeat_note(defeats)


def defeat_note(defeats):
    if not defeats:
        return ""
    words = "; ".join(f"{item.ours}: {item.words} {item.own}, {item.rival} {item.better} "
                      f"({item.verdict})" for item in defeats)
    return f'\n<p class="note"><b>Not the best:</b> {escape(words)}</p>'


def inline(name, svg):
    """An SVG as a part of the page: without its head, its names its own."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", svg)
    svg = re.sub(r"""\bid=(['"])""", rf"id=\1{name}-", svg)
    svg = re.sub(r"""(href=['"]|url\(['"]?)#""", rf"\1#{name}-", svg)
    return svg.strip()


def figure(plot, directory):
    """A plot, how to read it, and how to make it again."""
    svg = inline(plot.name, plot.write(directory))
    again = f"gnuplot {shown(directory)}/{plot.name}.gp"
    return (f"<figure>\n{svg}\n<figcaption>{escape(plot.caption)}<br>"
            f"<code>{escape(again)}</code></figcaption></figure>")


def shown(directory):
    """As it is typed at the top of the repository."""
    return directory.relative_to(TOP) if directory.is_relative_to(TOP) else directory


def figures(all_plots, directory):
    if not all_plots:
        return ""
    return "\n".join(['<div class="plots">', *(figure(plot, directory) for plot in all_plots),
                      "</div>"])


# --- sections ------------------------------------------------------------------

def head(meta):
    rows = (("machine", "machine"), ("guests", "mode"), ("kernel", "kernel"),
            ("commit", "commit"), ("date", "date"), ("command", "command"), ("level", "level"))
    lines = "".join(f'<tr><th class="text">{words}</th><td class="text">{escape(meta[key])}</td>'
                    "</tr>" for words, key in rows)
    return f"<table><tbody>{lines}</tbody></table>"


def goals(result):
    if not result["goals"]:
        return "<p>None of the goals was measured.</p>"
    table = dataclasses.replace(tables.goals_table(result["goals"]), title="")
    return html_table(table, [goal_class(goal) for goal in result["goals"]])


def goal_class(goal):
    return "" if goal["pass"] else "doubt" if goal["noise"] else "missed"


def defeats_section(defeats):
    """The honest part: a table of every figure in which another mechanism is better."""
    sure = [item for item in defeats if not item.doubt]
    text = (f"<p>In {len(sure)} figures another mechanism is better; in {len(defeats) - len(sure)} "
            "it looks so but may be noise, which is noted below each table. "
            f"{' and '.join(standing.NO_RIVALS)} are no rivals, and less than "
            f"{(standing.WORTH - 1) * 100:.0f} % is left out. What is lazy completes late on "
            "purpose: of mixed loads only the latency of urgent items is compared, of bio that of "
            "all and of urgent ones.</p>")
    return text + (html_table(defeat_table(sure)) if sure else "")


def defeat_table(defeats):
    columns = (("where", lambda item: item.where), ("figure", lambda item: item.words),
               ("of", lambda item: item.ours), ("value", lambda item: item.own),
               ("best is", lambda item: item.rival), ("best", lambda item: item.better),
               ("", lambda item: item.verdict))
    return tables.table("", columns, defeats)


def dispatch_section(rows):
    return "\n".join(compared(tables.dispatch_table(found), standing.of_dispatch(found))
                     for found in tables.dispatch_groups(rows))


def bio_section(rows):
    return "\n".join(compared(tables.bio_table(found), standing.of_bio(found))
                     for found in tables.bio_groups(rows))


def erofs_section(rows):
    return "\n".join(compared(tables.erofs_table(found), standing.of_erofs(found))
                     for found in tables.erofs_groups(rows))


def policy_section(rows):
    return "\n".join(map(html_table, tables.policy_tables(rows)))


def workloads(rows):
    """What the letters of bio's workloads stand for."""
    names = dict.fromkeys(row["workload"] for row in rows if "workload" in row)
    words = "; ".join(f"{name}: {tables.WORKLOADS.get(name, 'fio')}" for name in names)
    return f"<p>Uncached writes by fio. {escape(words)}.</p>\n" if names else ""


def sections(result, directory):
    """(title, HTML) of all that was measured."""
    yield "Goals", goals(result)
    yield "Where percpu_completer is not the best", defeats_section(standing.defeats(result))
    for name, title, plots_of, section in (
            ("dispatch", "Dispatch: from interrupt to task", plots.dispatch_plots,
             dispatch_section),
            ("bio", "bio: uncached buffered I/O", plots.bio_plots, bio_section),
            ("erofs", "erofs: decompression", plots.erofs_plots, erofs_section),
            ("policy", "Scheduling policies", lambda rows: (), policy_section)):
        if result[name]:
            yield title, (workloads(result[name]) + figures(plots_of(result[name]), directory)
                          + f"\n<p>{escape(tables.LEGEND)}</p>\n" + section(result[name]))


def page(result, directory):
    """The whole document; plots are made below the directory on the way."""
    meta = result["meta"]
    parts = [f"<h2>{escape(title)}</h2>\n{text}" for title, text in sections(result, directory)]
    return "\n".join([
        "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        "<title>percpu_completer: how the mechanisms compare</title>",
        f"<style>{STYLE}</style></head><body>",
        "<h1>percpu_completer: how the mechanisms compare</h1>", head(meta), INTRO, *parts,
        "</body></html>", ""])


# --- output ----------------------------------------------------------------------

def write(result, directory):
    """report.html and plots/ in the directory; plots of an earlier run go."""
    directory = Path(directory).resolve()
    common.remove_tree(directory / "plots")
    common.write_atomic(directory / "report.html", page(result, directory / "plots"))
    return directory / "report.html"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="?", type=Path, default=RESULTS)
    path = parser.parse_args().results
    try:
        result = json.loads(path.read_text())
        validate(result)
    except (ValueError, Invalid) as err:
        die(EXIT_USAGE, f"{common.show(path)}: {err}")
    step(f"report in {common.show(write(result, path.parent))}")


if __name__ == "__main__":
    common.main(main)
