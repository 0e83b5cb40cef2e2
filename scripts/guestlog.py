# SPDX-License-Identifier: GPL-2.0
"""What a guest's console log says: how far it came, and what went wrong.

Kept apart from the code that boots guests so that it can be tested on short
recorded logs.
"""

import re

# Marks of scripts/guest/init.
UP = "guest: up"
SCRIPT = "guest: script "
DONE = "guest: done"

# A line of the kernel, wherever on a console line it starts.
KERNEL = re.compile(r"\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? (.*)")

# First lines of what a healthy kernel never says.
SPLATS = [re.compile(pattern) for pattern in (
    r"WARNING: ",
    r"BUG: ",
    r"\bINFO: (?:possible|trying to register|task|rcu|lockdep)",
    r"rcu: .*(?:detected|stall|starved)",
    r"Kernel panic",
    r"\bOops\b",
    r"general protection fault",
    r"unable to handle",
    r"stack segment:",
    r"invalid opcode",
    r"soft lockup|hard LOCKUP|blocked for more than",
    r"ODEBUG:|UBSAN:|KASAN:|KCSAN:|KFENCE:",
    r"kmemleak: (?:\d+ new suspected|.*(?:disabled|pool empty))",
    r"percpu: allocation failed|vmalloc error: size",
    r"list_(?:add|del) corruption|slab.*corrupt|Bad page",
    r"DEBUG_LOCKS_WARN_ON",
    r"Freezing .* failed after",
    r"scheduling while atomic|sleeping function called",
    r"refcount_t: ",
    r"invoked oom-killer:|page allocation failure:",
    r"I/O error|critical \w+ error",
    r"erofs.*(?:corrupt|failed to decompress|error)",
    r"XFS .*(?:[Cc]orrupt|[Ss]hutdown|error)",
)]
# The longest report that a trace can be a part of, in lines.
REACH = 200


# A data race is two accesses, each with the functions that led to it, the innermost
# first.  By the strict rules the kernel has many that are not ours: none of our functions
# does either access, nor has a helper do it on the memory that it names.
RACE = re.compile(r"BUG: KCSAN: data-race in ")
ACCESS = re.compile(r".* to 0x[0-9a-f]+ of \d+ bytes by ")
FRAME = re.compile(r" ([\w.]+)\+0x[0-9a-f]+/0x[0-9a-f]+")
OURS = re.compile(r"(?:pcq|pc|pct|pctt|busted)_|(?:__)?percpu_completer_"
                  r"|(?:__)?bio_complete_|bio_(?:begin|end)_wait"
                  r"|z_erofs_decompressqueue_(?:run|complete)")
HELPER = re.compile(r"_*(?:mem|str|llist_)")


def _accesses(lines):
    """The functions of each access in a KCSAN report."""
    found = []
    for line in lines:
        if ACCESS.match(line):
            found.append([])
        elif found and (frame := FRAME.match(line)):
            found[-1].append(frame[1])
    return found


def is_others_race(lines):
    """Is this a race of others, from its first line on?"""
    if not RACE.search(lines[0]):
        return False
    end = next((n for n, line in enumerate(lines) if line.startswith("=====")), len(lines))
    accesses = [names for names in _accesses(lines[:end]) if names]
    doers = [next((name for name in names if not HELPER.match(name)), names[0])
             for names in accesses]
    return bool(doers) and not any(OURS.match(name) for name in doers)


def kernel_lines(text):
    """What the kernel said, without time stamps."""
    for line in text.splitlines():
        match = KERNEL.search(line)
        if match:
            yield match.group(1).rstrip()


def splats(text, allow=()):
    """First lines of all reports but those that `allow` (regular expressions) expects."""
    return splats_in(list(kernel_lines(text)), allow)


def splats_in(lines, allow=()):
    """The same in lines of the kernel.

    A trace belongs to the report before or (after "cut here") behind it, and
    shares its fate.
    """
    allowed = [re.compile(pattern) for pattern in allow]
    found, last = [], -REACH - 1
    for number, line in enumerate(lines):
        if any(pattern.search(line) for pattern in SPLATS):
            last = number
            if not (any(pattern.search(line) for pattern in allowed)
                    or is_others_race(lines[number:number + REACH])):
                found.append(line)
        elif "Call Trace:" in line and number - last > REACH:
            found.append(line)
            last = number
    return found


def excerpt(text, found, before=20, after=60):
    """The console around the first of the reports that were found or the first check that
    failed, whichever came first: for whoever sees no more of a run than its terminal."""
    lines = [line.rstrip() for line in text.splitlines()]
    first = next((number for number, line in enumerate(lines)
                  if line.startswith("not ok ") or line.endswith(tuple(found[:1]))), None)
    return [] if first is None else lines[max(0, first - before):first + after]


def expected(text, allow):
    """Which of the expected reports did come: {pattern: count}."""
    lines = [line for line in kernel_lines(text)
             if any(pattern.search(line) for pattern in SPLATS)]
    return {pattern: sum(bool(re.search(pattern, line)) for line in lines) for pattern in allow}


def panic(text):
    """The panic's own words, or None."""
    for line in kernel_lines(text):
        if line.startswith("Kernel panic"):
            return line.split(" - not syncing: ")[-1]
    return None


def reached(text):
    """How far the guest came, in words."""
    if DONE in text:
        return "the end"
    if SCRIPT in text:
        return "script " + text.rsplit(SCRIPT, 1)[1].split()[0]
    if UP in text:
        return "user space"
    if "Linux version" in text:
        return "the kernel's start, not user space"
    return "nothing"


def failure(text, timed_out, timeout):
    """Why a guest that gave no verdict gave none, in one line."""
    words = panic(text)
    if words:
        return f"kernel panic: {words}"
    if "Linux version" not in text:
        return "never booted: the kernel printed nothing"
    if timed_out:
        lacks = "not off" if DONE in text else "no verdict"
        return f"hangs: {lacks} after {timeout} s, it reached {reached(text)}"
    return f"ended without a verdict, it reached {reached(text)}"
