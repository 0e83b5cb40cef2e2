# SPDX-License-Identifier: GPL-2.0
"""The Promela model of the protocols, checked by spin.

The model says itself with which options it is to be compiled, and which options break
it so that spin has to find an error:

     * scenario NAME: -DOPTION ...
     * control OPTION in NAME: what is done wrong
"""

import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from common import LOG, TOP, Path

MODEL = TOP / "tools/verification/percpu_completer/pcq.pml"
TIMEOUT = 300
# With this option the verifier looks for cycles instead.
ENDLESS = "-DNP"
DEPTH, HASH_BITS = 100000, 22

SCENARIO = re.compile(r"^ \* scenario ([\w-]+): (.+)$", re.M)
CONTROL = re.compile(r"^ \* control (\w+) in ([\w-]+): (.+)$", re.M)
TESTED = re.compile(r"^#\s*(?:ifn?def|if|elif) (.+)$", re.M)
DEFINED = re.compile(r"^#define (\w+)", re.M)
MARK = re.compile(r"\[(\w+)\] (\w+)")
INLINE = re.compile(r"^(?:inline|proctype) ((?:pcq|percpu_completer)_\w+)\(", re.M)
ERRORS = re.compile(r"errors: (\d+)$", re.M)
STATES = re.compile(r"^\s*(\d+) states, stored", re.M)
REASON = re.compile(r"^pan:\d+: (.+?)(?: \(at depth \d+\))?$", re.M)
# What the model's assertions are about.
MEANING = (
    (r"invalid end state", "somebody waits for ever"),
    (r"non-progress cycle", "it never comes to rest"),
    (r"\(done==", "not all is completed when nobody can do any more"),
    (r"done\|running", "a node is completed twice"),
    (r"node>0", "a node is completed that is none"),
    (r"running&", "two nodes of one CPU are completed at a time"),
    (r"older\[", "completed out of order"),
    (r"waits<", "an urgent node waits for more than one lazy node"),
    (r"before&", "the flush returns before all is completed"),
    (r"freed|stopped", "a queue or its worker is used after it was freed"),
    (r"disallowed", "a worker stays where it is not allowed"),
    (r"\.list==0", "a node is left in a queue that is freed"),
    (r"route!=to|route\]", "a route leads to no open queue"),
    (r"\.open", "a queue is open and its CPU is not"),
)
CUT = re.compile(r"max search depth too small|out of memory|Search not completed|aborting")


class Bad(Exception):
    """The model, or what spin makes of it, is not well formed."""


@dataclass(frozen=True)
class Control:
    """One step done wrong."""
    option: str
    scenario: str
    what: str


# --- the model -------------------------------------------------------------------

def scenarios(text):
    """{name: options}"""
    return {name: options.split() for name, options in SCENARIO.findall(text)}


def controls(text):
    return [Control(*found) for found in CONTROL.findall(text)]


def barriers(text):
    """{(barrier, function)} that the model names; its own functions have no barrier."""
    code = text[text.find("*/", text.find("Controls:")):]
    return set(MARK.findall(code)) | {("", name) for name in INLINE.findall(code)}


def looked_at(text):
    """Options that change the model."""
    return {word for line in TESTED.findall(text) for word in re.findall(r"[A-Z]\w+", line)}


def undeclared(text):
    """Options that the model looks at and that neither a scenario nor a control has."""
    options = {option[2:].split("=")[0] for given in scenarios(text).values() for option in given}
    known = options | {control.option for control in controls(text)} | set(DEFINED.findall(text))
    return sorted(looked_at(text) - known)


def unused(text):
    """Controls that change nothing."""
    return sorted({control.option for control in controls(text)} - looked_at(text))


# --- spin ------------------------------------------------------------------------

def parse(text):
    """(states, the error found or None) of what the verifier printed."""
    errors, states, cut = ERRORS.search(text), STATES.search(text), CUT.search(text)
    reason = REASON.search(text)
    if not errors or not states:
        last = text.strip().splitlines()[-1:] or ["silence"]
        raise Bad(f"spin: {last[0]}")
    if errors[1] == "0" and cut:
        raise Bad(f"spin: {cut[0]}")
    if errors[1] == "0":
        return int(states[1]), None
    return int(states[1]), meaning(reason[1]) if reason else "an error"


def meaning(reason):
    """An assertion in words."""
    return next((words for pattern, words in MEANING if re.search(pattern, reason)), reason)


def _command(cmd, work, log):
    """What a command prints; it is to succeed and not to take for ever."""
    try:
        res = subprocess.run(cmd, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as err:
        raise Bad(f"{cmd[0]} takes more than {TIMEOUT} s") from err
    log.write(f"$ {' '.join(cmd)}\n{res.stdout}\n")
    if res.returncode:
        why = re.search(r".*\berror\b.*", res.stdout, re.I)
        raise Bad(f"{cmd[0]}: {why[0] if why else f'status {res.returncode}'}")
    return res.stdout


def run(options, name, level="-O1"):
    """Search all states; (states, the error found or None)."""
    with tempfile.TemporaryDirectory() as work, open(LOG / f"models-spin-{name}.log", "w") as log:
        _command(["spin", "-a", *options, str(MODEL)], work, log)
        kind, search = (ENDLESS, ["-l"]) if ENDLESS in options else ("-DSAFETY", [])
        _command(["gcc", level, "-w", kind, "-DCOLLAPSE", "-DVECTORSZ=2048", "-o", "pan", "pan.c"],
                 work, log)
        pan = [str(Path(work, "pan")), f"-m{DEPTH}", f"-w{HASH_BITS}", *search]
        return parse(_command(pan, work, log))


def find(options, name):
    """The same where an error comes early: that takes less time than gcc."""
    return run(options, name, "-O0")


# --- judging ---------------------------------------------------------------------

def judge_scenario(name, options, search=run):
    """(check, why it failed or None)"""
    try:
        states, error = search(options, name)
    except Bad as err:
        return f"protocol, {name}", str(err)
    return f"protocol, {name}: no error in {states} states", error


def judge_control(control, options, search=find):
    name = f"protocol, {control.scenario}: {control.what}"
    try:
        _, error = search([*options, f"-D{control.option}"],
                          f"{control.scenario}-{control.option}")
    except Bad as err:
        return name, str(err)
    return f"{name}; it fails: {error}", None if error else "nothing is missed"


def check():
    """[(check, why it failed or None)] of the whole model."""
    text = MODEL.read_text()
    known, left = scenarios(text), undeclared(text) + unused(text)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(judge_scenario, *one) for one in known.items()]
        jobs += [pool.submit(judge_control, one, known[one.scenario]) for one in controls(text)]
        found = [job.result() for job in jobs]
    return [("every option of the protocol's model is declared", left[0] if left else None),
            *found]
