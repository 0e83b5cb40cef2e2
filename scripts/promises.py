# SPDX-License-Identifier: GPL-2.0
"""The table of promises in Documentation/testing.rst, held against what there is.

A row has a promise (G1), the names of tests that attack it, and the command that runs
these.  Names may have wildcards; those of one command are looked for where that command
has its tests.
"""

import fnmatch
import re
from dataclasses import dataclass

import exact
import goals
import litmus
import promela
import torture
from common import TOP

TABLE = TOP / "Documentation/testing.rst"
CONTRACT = TOP / "Documentation/core-api/percpu_completer.rst"
KUNIT = sorted((TOP / "kernel/tests").glob("*_kunit.c"))
GUEST = TOP / "scripts/guest"

# Steps that run a suite of KUnit each.
SUITES = ("kunit", "sched", "misuse", "faults")

RULE = re.compile(r"^(=+)  (=+)  (=+)$")
HEAD = ("promise", "tests", "command")
NAME = re.compile(r"``([^`]+)``")
COMMAND = re.compile(r"``(?:TESTS=([\w-]+) make test|make (\w+))``")
PROMISE = re.compile(r"^(G\d+) ", re.M)
SUITE = re.compile(r"struct kunit_suite \w+ = \{(.*?)\n\};", re.S)
MEMBER = r"\.{} = \"?(\w+)"
CASES = re.compile(r"struct kunit_case (\w+)\[\] = \{(.*?)\{\}", re.S)
CASE = re.compile(r"KUNIT_CASE(?:_SLOW)?\((\w+)\)")


@dataclass
class Row:
    """One promise, and tests that one command runs."""
    promise: str
    tests: list
    step: str
    target: str


# --- the table -------------------------------------------------------------------

def _cells(line, columns):
    return [line[begin:end].strip() for begin, end in columns]


def _lines(text):
    """The cells of each line of the one table that has this head."""
    columns, inside = None, False
    for line in text.splitlines():
        rule = RULE.match(line)
        if rule:
            columns = [(rule.start(n), rule.end(n)) for n in (1, 2)] + [(rule.start(3), None)]
            continue
        if not columns or not line.strip():
            columns, inside = None, False
            continue
        cells = _cells(line, columns)
        inside = inside or tuple(cells) == HEAD
        if inside and tuple(cells) != HEAD:
            yield cells


def rows(text):
    """A line without a promise goes on with the row above."""
    merged = []
    for cells in _lines(text):
        if cells[0]:
            merged.append(cells)
        else:
            merged[-1] = [f"{old} {new}" for old, new in zip(merged[-1], cells)]
    found = []
    for promise, tests, command in merged:
        runs = COMMAND.match(command)
        step, target = runs.groups() if runs else (None, None)
        found.append(Row(promise.strip(), NAME.findall(tests), step, target))
    return found


# --- what there is ---------------------------------------------------------------

def promises():
    """What the contract promises: G1, G2, ..."""
    return PROMISE.findall(CONTRACT.read_text())


def kunit_cases(text):
    """{suite: cases} of a source file"""
    arrays = {name: CASE.findall(body) for name, body in CASES.findall(text)}
    member = {name: re.compile(MEMBER.format(name)) for name in ("name", "test_cases")}
    return {member["name"].search(suite)[1]: arrays[member["test_cases"].search(suite)[1]]
            for suite in SUITE.findall(text)}


def all_tests():
    """{what runs them: names of tests}; other steps have scripts of the guest."""
    suites = {}
    for path in KUNIT:
        suites |= kunit_cases(path.read_text())
    known = {name.removeprefix("percpu_completer_"): cases for name, cases in suites.items()}
    known["kunit"] = known.pop("percpu_completer")
    known["torture"] = torture.CLASSES
    known["models"] = [*litmus.all_tests(), *promela.scenarios(promela.MODEL.read_text())]
    known["bench"] = {part.goal for part in goals.PARTS}
    known["exact"] = {case for entry in exact.load() for case in entry["instructions"]}
    return known


# --- one against the other --------------------------------------------------------

def _problems_of(row, known, steps, scripts):
    where = f"{row.promise}, {row.step or row.target}"
    if row.step not in steps and row.target not in known:
        yield f"{where}: the command runs no tests that are known"
        return
    there = known.get(row.step or row.target, scripts)
    if not row.tests:
        yield f"{where}: no test"
    for name in row.tests:
        if not fnmatch.filter(there, name):
            yield f"{where}: there is no test {name}"


def _unnamed(table, known):
    """Cases of KUnit suites that no row has."""
    for step in SUITES:
        names = [name for row in table if row.step == step for name in row.tests]
        for case in known[step]:
            if not any(fnmatch.fnmatch(case, name) for name in names):
                yield f"{step}: no promise has the case {case}"


def problems(text, steps):
    """What the table says and is not so; steps: what TESTS= may name."""
    table, promised, known = rows(text), promises(), all_tests()
    scripts = [path.name for path in GUEST.iterdir()]
    found = [why for row in table for why in _problems_of(row, known, steps, scripts)]
    found += _unnamed(table, known)
    told = {row.promise for row in table}
    found += [f"{name} has no test" for name in promised if name not in told]
    return found + [f"{name} is not promised" for name in sorted(told - set(promised))]
