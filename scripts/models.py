#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check the models of kernel/percpu_completer/.  Prints TAP.

Litmus tests of its barriers, by herd7 with the target kernel's memory model; each has
to fail without any one of the barriers that it names.  A Promela model of its protocols,
by spin, which has to find an error with each of the steps done wrong that it declares.
What the models name has to be in the source, and every barrier of the source in a test.
"""

import re

import common
import litmus
import promela
import setup
from common import EXIT_TEST, LOG, TOP
from lint import Tap

SOURCES = sorted((TOP / "kernel/percpu_completer").glob("*.[ch]"))
FUNCTION = re.compile(r"^(?:[A-Za-z_][\w\s*]*[\s*])?(\w+)\(")
SITE = re.compile(r"^\s*[^\s*/].*/\*(.*)\*/\s*$")
BARRIER = re.compile(r"\[([A-Z])\]")
MARKED = re.compile(r"\[(\w+)\] ([\w, ]*\w)")


# --- the models and the source ----------------------------------------------------

def sites(source):
    """{(barrier, function)} of the lines that are marked: code /* [A] */"""
    found, function = set(), None
    for line in source.splitlines():
        function = match[1] if (match := FUNCTION.match(line)) else function
        if match := SITE.match(line):
            found |= {(barrier, function) for barrier in BARRIER.findall(match[1])}
    return found


def named(marks):
    """{(barrier, function)} of "[A] one, another" marks"""
    return {(match[1], function) for match in map(MARKED.fullmatch, marks)
            for function in match[2].split(", ")}


def not_modelled(source, models):
    """Barriers of the source that no model names."""
    inside, known = sites(source), {barrier for barrier, _ in models}
    return ([f"[{barrier}] has no model" for barrier in sorted(set(BARRIER.findall(source)))
             if barrier not in known] +
            [f"[{barrier}] in {function}() has no model"
             for barrier, function in sorted(inside - models)])


def not_in_source(source, models):
    """What models name and the source does not have."""
    known, words = set(BARRIER.findall(source)), set(re.findall(r"\w+", source))
    return ([f"the source has no [{barrier}], which {function}() is to have"
             for barrier, function in sorted(models)
             if BARRIER.fullmatch(f"[{barrier}]") and barrier not in known] +
            [f"the source does not know {function}()"
             for function in sorted({function for _, function in models} - words)])


def check_names(tap):
    source = "".join(path.read_text() for path in SOURCES)
    models = named(mark for text in litmus.all_tests().values() for mark in litmus.marks(text))
    tap.report("every barrier of the source has a litmus test", not_modelled(source, models))
    tap.report("every barrier of a litmus test is in the source", not_in_source(source, models))
    tap.report("all that the protocol's model names is in the source",
               not_in_source(source, promela.barriers(promela.MODEL.read_text())))
    inside = sites(source)
    tap.report(f"control: each of {len(inside)} barriers is missed if it has no test",
               [f"[{barrier}] in {function}() is not" for barrier, function in sorted(inside)
                if not not_modelled(source, models - {(barrier, function)})])


# --- all of it -------------------------------------------------------------------

def run():
    LOG.mkdir(parents=True, exist_ok=True)
    setup.ensure()
    tap = Tap("models:")
    check_names(tap)
    for name, why in (*litmus.check(), *promela.check()):
        tap.report(name, [why] if why else [])
    print(f"1..{tap.count}", flush=True)
    return EXIT_TEST if tap.failed else 0


if __name__ == "__main__":
    common.main(run)
