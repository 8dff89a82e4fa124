"""`derivgen steps`: an expression differentiated step by step, in the terminal, as JSON or as LaTeX."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from shutil import get_terminal_size
from typing import Any

import click

from derivgen import __version__
from derivgen.checks.equalities import Verdict, verify_in_places
from derivgen.cli.output import json_text, say, tell
from derivgen.derivation.steps import Steps
from derivgen.errors import CheckError, Place, Problem
from derivgen.language import Wording
from derivgen.lines.equality import Equality, Reason
from derivgen.lines.steps import step_lines, steps_of
from derivgen.maths.functions import Library
from derivgen.maths.plain import plain
from derivgen.maths.style import Style, in_language, uses_letter_e
from derivgen.maths.tree import Expr, symbols
from derivgen.present.unicode import text
from derivgen.spec.steps import asked

GAP = 3
NARROWEST = 60


def run_steps(expression: str, wrt: str | None, form: str, language: str) -> None:
    """Print the derivation, once each of its lines is found true. Raises UserError."""
    words = Wording(language, Place("--language", 1, 1, len(language), language))
    place = Place("<expression>", 1, 1, max(1, len(expression)), expression)
    by = (wrt.strip(), Place("--wrt", 1, 1, max(1, len(wrt)), wrt)) if wrt is not None else None
    found = asked(expression, place, by)
    steps = steps_of(found.expr, found.by, Library(), place=place)
    lines = step_lines(steps, Library())
    verdict = verify_in_places(lines)
    if verdict.false:
        raise CheckError([_false(falsehood.line, falsehood.reason) for falsehood in verdict.false])
    if verdict.unchecked:
        message = f"{len(verdict.unchecked)} of {len(lines)} lines are not checked: no place was found where they have a value"
        tell([Problem(message, severity="warning")])
    say(_FORMS[form](steps, lines, verdict, words))


def _false(line: Equality, reason: str) -> Problem:
    return Problem(f"a line is false ({' '.join(line.about)}): {' = '.join(plain(side) for side in line.sides)}: {reason}")


def style_of(steps: Steps, words: Wording) -> Style:
    """Return a style that writes numbers and cases as the language does, and no Euler's number beside a name e."""
    return in_language(Style(euler=not uses_letter_e(symbols(steps.start))), words)


def said(reason: Reason | None, words: Wording, style: Style) -> str:
    """Return the rule in words, formulas in Unicode."""
    if reason is None:
        return ""
    names = {name: text(value, style) if isinstance(value, Expr) else value for name, value in reason.names.items()}
    return words.say(reason.message, **names)


def _terminal(steps: Steps, lines: tuple[Equality, ...], verdict: Verdict, words: Wording) -> str:
    style = style_of(steps, words)
    rows = [(f"  = {text(line.last, style)}", said(line.reason, words, style)) for line in lines]
    room = max(NARROWEST, get_terminal_size((100, 24)).columns)
    widest = max((len(reason) for _, reason in rows), default=0)
    column = max((len(row) for row, _ in rows if len(row) + GAP + widest <= room), default=0) + GAP
    return "\n".join((text(steps.start, style), *_beside(rows, column, room)))


def _beside(rows: list[tuple[str, str]], column: int, room: int) -> Iterator[str]:
    """Yield each line with its reason beside it, below it where there is no room."""
    for row, reason in rows:
        if len(row) + GAP <= column or len(row) + GAP + len(reason) <= room:
            yield row.ljust(column if len(row) + GAP <= column else len(row) + GAP) + _quiet(reason)
        else:
            yield row
            yield " " * min(column, room // 2) + _quiet(reason)


def _quiet(words: str) -> str:
    dim = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return click.style(words, dim=True) if dim else words


def _json(steps: Steps, lines: tuple[Equality, ...], verdict: Verdict, words: Wording) -> str:
    from derivgen.present.latex import latex

    style = style_of(steps, words)
    found: dict[str, Any] = {
        "derivgen": __version__,
        "expression": plain(steps.start.body),
        "wrt": steps.start.by.name,
        "steps": [
            {
                "rule": said(line.reason, words, style),
                "kind": "tidying" if step.tidying else "rule",
                "before": plain(step.before),
                "after": plain(step.after),
                "latex": latex(step.after, style),
            }
            for step, line in zip(steps.steps, lines, strict=True)
        ],
        "result": plain(steps.result),
        "latex": latex(steps.result, style),
        "checks": {"equalities": verdict.checked, "failed": len(verdict.false), "unchecked": len(verdict.unchecked)},
    }
    return json_text(found)


def _tex(steps: Steps, lines: tuple[Equality, ...], verdict: Verdict, words: Wording) -> str:
    r"""Return the steps as an `align*` with nothing that amsmath does not know, a row for each with its reason beside it."""
    from derivgen.present.latex import latex

    style = style_of(steps, words)
    lefts = [latex(steps.start, style), *[""] * (len(lines) - 1)]
    rows = [
        f"  {left} &= {latex(line.last, style)} && {_tex_reason(line.reason, words, style)}".rstrip(" &")
        for left, line in zip(lefts, lines, strict=False)
    ]
    return "\n".join((r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"))


def _tex_reason(reason: Reason | None, words: Wording, style: Style) -> str:
    r"""Return a rule in words: `\text{chain rule with } u = -x`."""
    if reason is None:
        return ""
    from derivgen.present.latex import latex
    from derivgen.present.tex import tex_text

    parts = words.parts(reason.message, **reason.names)
    return "".join(latex(part, style) if isinstance(part, Expr) else rf"\text{{{tex_text(str(part))}}}" for part in parts)


_FORMS = {"text": _terminal, "json": _json, "tex": _tex}
