"""A worksheet as a page that one fills in: inputs in its gaps, hints, progress. It holds no answer, only hashes of what is right.

The scripts of `templates/html/practice/` work the words of `documents/accepted.py` out of what is typed. Short answers can be
found by trying all of them: it is for practice, not for exams.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from types import MappingProxyType

from derivgen.documents.accepted import (
    Accepted,
    FormulaAnswer,
    MatrixAnswer,
    NumberAnswer,
    PartialAnswer,
    UncheckedAnswer,
    accepted,
)
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Block, Document, Space, map_blocks
from derivgen.documents.hints import hints
from derivgen.documents.sheet import Sheet
from derivgen.documents.trial_points import TrialPoints, trial_points
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Filled
from derivgen.present.mathml import escaped
from derivgen.rendering.hashed import computation, gaps, secret
from derivgen.rendering.html import Blank, Extras, blanks, render_html
from derivgen.rendering.templates import Safe, environment, folder

SCRIPTS = ("hashing", "numbers", "reading", "formulas", "checking", "sheet")
MOST_NAMES = 60
MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "right": "right",
        "wrong": "not right yet",
        "noted": "noted; it is not checked here, compare it with the key",
        "coarse": "not right yet; give at least {digits} digits",
        "waiting": "checking",
        "said": "Gap {n}: {said}.",
        "hint": "Hint for gap {n}: {hint}",
        "none": "There is no hint for gap {n}.",
        "where": "Go to a gap first, then ask for its hint.",
        "progress": "{right} of {all} right",
        "done": "All {all} are right.",
        "clear": "Clear everything that is typed on this sheet?",
        "cleared": "Everything is cleared.",
        "empty": "there is nothing to read in it",
        "sign": "{sign} cannot be read",
        "here": "{sign} does not belong where it stands",
        "end": "something is missing at the end",
        "times": "a * is missing before {sign}",
        "name": "there is no {name} on this sheet",
        "function": "there is no function {name}",
        "brackets": "{name} is a function and needs brackets",
        "arguments": "{name} has another number of arguments",
        "partial": "a partial derivative is typed like d{name}/dw",
        "size": "this is too long",
        "power": "this power is too large",
        "zero": "this divides by zero",
        "number": "a number is asked for, without names",
        "plain": "work it out to one number",
        "worked": "the partial derivatives have to be worked out",
        "derivative": "d{above}/d{below} is not on this sheet",
        "nothing": "this has no value everywhere",
        "shape": "it has {rows} × {columns} entries",
    }
)
"""What the page says, by the name its scripts know it by."""
_VALUES = ("digits", "n", "said", "hint", "right", "all", "sign", "name", "above", "below", "rows", "columns")
_CLASSES: Mapping[type, str] = MappingProxyType(
    {
        NumberAnswer: "number",
        FormulaAnswer: "formula",
        PartialAnswer: "partial",
        MatrixAnswer: "matrix",
        UncheckedAnswer: "unchecked",
    }
)


@dataclass(frozen=True, slots=True)
class Question:
    """A gap: what it takes, its hints, and which of the sheet's computations it belongs to."""

    accepted: Accepted
    hints: tuple[str, ...]
    of: int


def render_practice(worksheet: Document, key: Document, evaluations: Sequence[Evaluation], style: Style = DEFAULT) -> str:
    """Return the worksheet's page with inputs that check what is typed into them; `key` is the same sheet with its answers."""
    printed = [as_printed(evaluation) for evaluation in evaluations]
    places = [trial_points(evaluation) for evaluation in printed]
    questions = tuple(_questions(key, printed, places, style))
    words = Wording(worksheet.language)
    if not questions:
        return render_html(worksheet, style, Extras(space=_room(words), styles=(_file("practice.css"),)))
    salt = sha256(repr(worksheet).encode()).digest()[:16]
    styles = [evaluation.number_format for evaluation in printed]
    hidden = {
        **gaps([(question.accepted, question.of) for question in questions], styles, salt),
        "computations": [computation(*each) for each in zip(printed, places, strict=True)],
    }
    return render_html(worksheet, style, _extras(questions, printed, secret(hidden), words))


def _questions(
    key: Document, evaluations: Sequence[Evaluation], places: Sequence[TrialPoints], style: Style
) -> Iterator[Question]:
    """Yield what each gap of the sheet takes, in reading order; the computations come one after another."""
    found = iter(blanks(replace(key, blocks=_asked(key.blocks)), style))
    for number, evaluation in enumerate(evaluations):
        alone = compose(evaluation, "key")
        count = None if len(evaluations) == 1 else len(blanks(replace(alone, blocks=_asked(alone.blocks)), style))
        sheet = Sheet(evaluation, "worksheet", Wording(key.language), style_of(evaluation))
        for blank in islice(found, count):
            assert isinstance(blank.gap, Filled)
            takes = accepted(blank.gap.content, evaluation, places[number])
            yield Question(takes, hints(sheet, blank.of, takes), number)


def _asked(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return a key's blocks without what it writes into empty room: the worksheet has no gaps there."""
    return map_blocks(blocks, lambda block: replace(block, answer=()) if isinstance(block, Space) else block)


def _extras(questions: Sequence[Question], evaluations: Sequence[Evaluation], hidden: str, words: Wording) -> Extras:
    """Return what the page gets beside the worksheet itself."""
    fill = environment(("html",), escaped).get_template
    told = {
        "words": {key: words.say(message, **{name: f"{{{name}}}" for name in _VALUES}) for key, message in MESSAGES.items()},
        "hints": [question.hints for question in questions],
    }
    names = tuple(dict.fromkeys(name for evaluation in evaluations for name in evaluation.graph.quantities))
    shown = {
        "words": words,
        "kinds": dict.fromkeys(_CLASSES[type(question.accepted)] for question in questions),
        "names": ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else ""),
        "loss": evaluations[0].graph.loss,
        "several": any(evaluation.graph.count != 1 for evaluation in evaluations),
        "progress": words.say(MESSAGES["progress"], right=0, all=len(questions)),
        "hidden": Safe(hidden),
        "told": Safe(json.dumps(told, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")),
    }
    source = "\n".join(_file(f"{name}.js").strip("\n") for name in SCRIPTS)
    return Extras(
        gap=lambda blank: _field(blank, questions[blank.number - 1], words),
        space=_room(words),
        styles=(_file("practice.css"),),
        scripts=(f'"use strict";\n(() => {{\n{source}\n}})();\n',),
        before=fill("practice/how.html.j2").render(**shown),
        after=fill("practice/bar.html.j2").render(**shown),
    )


def _file(name: str) -> str:
    """Return a script or style of the page, as it is."""
    return (folder("html") / "practice" / name).read_text(encoding="utf-8")


def _room(words: Wording) -> str:
    """Return what empty room holds: a field to write into."""
    return f'<textarea class="dg-working" aria-label="{escaped(words.say("Your working"))}" spellcheck="false"></textarea>'


def _field(blank: Blank, question: Question, words: Wording) -> str:
    """Return the input in a gap's place."""
    label = escaped(words.say("Gap {n}: {about}", n=blank.number, about=blank.about))
    kind = _CLASSES[type(question.accepted)]
    state = f"dg-state-{blank.number}"
    return (
        f'<span class="dg-field dg-{kind}"><input class="dg-gap" data-gap="{blank.number}" type="text" aria-label="{label}" '
        f'aria-describedby="{state}" autocomplete="off" autocapitalize="none" spellcheck="false" enterkeyhint="next">'
        f'<span class="dg-sign" aria-hidden="true"></span><span class="dg-aloud" id="{state}"></span></span>'
    )
