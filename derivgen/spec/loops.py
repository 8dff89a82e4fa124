"""Recurrence over a sequence: `for t in 1..3:` and the equations indented below it, written out step by step."""

from __future__ import annotations

import re

from derivgen.errors import Place, Problems

MOST_STEPS = 100
_HEAD = re.compile(r"for\s+([^\W\d_]\w*)\s+in\s+(\d+)\s*\.\.\s*(\d+)\s*:")
_LOOKS_LIKE_ONE = re.compile(r"for\s+[^\W\d_]\w*\s+[^=\s]")
HINT = "a loop reads `for t in 1..3:`, the equations of a step indented below it: h_t = tanh(W @ x_t + U @ h_(t-1))"

Lines = list[tuple[str, Place]]


def unrolled(lines: Lines, problems: Problems) -> Lines:
    """Return lines with every loop written out: `h_t` becomes h_1, h_2, …, and `h_(t-1)` h_0, h_1, …

    What belongs to a loop stands further to the right. A name that gets shorter has blanks behind it, so that what follows keeps
    its place.
    """
    found: Lines = []
    at = 0
    while at < len(lines):
        text, place = lines[at]
        at += 1
        if not _LOOKS_LIKE_ONE.match(text):
            found.append((text, place))
            continue
        body: Lines = []
        while at < len(lines) and lines[at][1].column > place.column:
            body.append(lines[at])
            at += 1
        head = _HEAD.fullmatch(text)
        if head is None:
            problems.error("this is no loop", place, HINT)
        else:
            found += _steps(head, body, place, problems)
    return found


def _steps(head: re.Match[str], body: Lines, place: Place, problems: Problems) -> Lines:
    letter, first, last = head[1], int(head[2]), int(head[3])
    if not body:
        problems.error("nothing stands in this loop", place, HINT)
    elif last < first or last - first >= MOST_STEPS:
        problems.error(f"a loop runs over 1 to {MOST_STEPS} steps, from a smaller number to a larger one", place)
    elif any(re.match(r"for\s", text) for text, _ in body):
        problems.error("a loop in a loop is not taken", place, "write the inner steps out")
    else:
        index = re.compile(rf"(?<=\w)_(?:{letter}(?!\w)|\(\s*{letter}\s*(?:([+-])\s*(\d+)\s*)?\))")
        places = [Place(at.file, at.line, at.column, at.length, at.text) for _, at in body]
        steps = range(first, last + 1)
        return [(_at_step(text, index, step), at) for step in steps for (text, _), at in zip(body, places, strict=True)]
    return []


def _at_step(text: str, index: re.Pattern[str], step: int) -> str:
    def written(match: re.Match[str]) -> str:
        away = int(f"{match[1]}{match[2]}") if match[1] else 0
        return f"_{step + away}".ljust(len(match[0]))

    return index.sub(written, text)
