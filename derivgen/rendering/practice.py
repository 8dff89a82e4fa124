"""A worksheet as a page that one fills in: inputs in its gaps, hints, progress. It holds no answer, only hashes of what is right.

The scripts of `templates/html/practice/` work the words of `documents/accepted.py` out of what is typed. Short answers can be
found by trying all of them: it is for practice, not for exams.

What a practice page knows of its answers: hashes of the words that are accepted, and made-up places to try formulas at.

A hash is slow (PBKDF2) and salted by the sheet, the gap and the entry, so that equal answers look different and a table of
likely answers has to be worked out anew for each gap. Short answers can still be found by trying.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from hashlib import pbkdf2_hmac, sha256
from itertools import islice
from types import MappingProxyType
from typing import Any

from derivgen.documents.accepted import (
    Accepted,
    FormulaAnswer,
    MatrixAnswer,
    NumberAnswer,
    PartialAnswer,
    TrialPoints,
    UncheckedAnswer,
    accepted,
    trial_points,
)
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Block, Document, Space, map_blocks
from derivgen.documents.hints import hints
from derivgen.documents.sheet import Sheet
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.language import Wording
from derivgen.maths.functions import FUNCTIONS, Library
from derivgen.maths.numbers import NumberFormat
from derivgen.maths.plain import plain
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Filled
from derivgen.present.mathml import escaped
from derivgen.present.unicode import name_text
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


MOST_ROUNDS, LEAST_ROUNDS = 40_000, 4_000
ALL_ROUNDS = 20_000_000
"""Up to 500 hashes, which few sheets have, each takes its full number of rounds; so many are shared by those of a larger one."""
NOBODYS = "-"
"""A word that nothing typed comes to: every number has two hashes, whether its rounded figures are accepted or not."""
LENGTH = 16
MANY = 1000
_LETTERS = str.maketrans("0123456789", "ghijklmnop")

Job = tuple[str, int, int]
"""A word, the number of its gap, and the number of its entry in a matrix (from 1; 0 for what is none)."""


def letters(data: bytes) -> str:
    """Return bytes without a digit, so that no number can stand in them by chance: a to f are themselves, g to p are 0 to 9.

    >>> letters(b"42")
    'jkji'
    """
    return data.hex().translate(_LETTERS)


def secret(data: Mapping[str, Any]) -> str:
    """Return data for the page's script, in letters."""
    return letters(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def hashed(job: Job, salt: bytes, rounds: int = MOST_ROUNDS) -> str:
    """Return the slow hash of a word, in letters."""
    word, number, part = job
    own = salt + number.to_bytes(2, "big") + part.to_bytes(2, "big")
    return letters(pbkdf2_hmac("sha256", word.encode(), own, rounds, LENGTH))


def gaps(found: Sequence[tuple[Accepted, int]], styles: Sequence[NumberFormat], salt: bytes) -> dict[str, Any]:
    """Return the gaps for the page's script, from (what is accepted, which computation it belongs to); hash them in threads."""
    jobs = [job for number, (accepted, _) in enumerate(found, 1) for job in _jobs(accepted, number)]
    rounds = max(LEAST_ROUNDS, min(MOST_ROUNDS, ALL_ROUNDS // max(1, len(jobs))))
    with ThreadPoolExecutor() as pool:
        made = dict(zip(jobs, pool.map(lambda job: hashed(job, salt, rounds), jobs), strict=True))
    listed = [{**_gap(accepted, number, made, styles[of]), "of": of} for number, (accepted, of) in enumerate(found, 1)]
    return {"salt": letters(salt), "rounds": rounds, "gaps": listed}


def _words(accepted: Accepted) -> tuple[str, ...]:
    """Return two words of a number; one of anything else that is checked."""
    if isinstance(accepted, NumberAnswer):
        return (*accepted.words, NOBODYS)[:2]
    return (accepted.word,) if isinstance(accepted, (FormulaAnswer, PartialAnswer)) else ()


def _jobs(accepted: Accepted, number: int) -> Iterator[Job]:
    if isinstance(accepted, MatrixAnswer):
        cells = [cell for row in accepted.rows for cell in row]
        yield from ((word, number, part) for part, cell in enumerate(cells, 1) for word in _words(cell))
    yield from ((word, number, 0) for word in _words(accepted))


def _gap(accepted: Accepted, number: int, made: Mapping[Job, str], style: NumberFormat) -> dict[str, Any]:
    figures = {"digits": style.digits, "rounding": style.rounding}
    if isinstance(accepted, MatrixAnswer):
        columns = len(accepted.rows[0])
        rows = [
            [sorted(made[word, number, 1 + i * columns + j] for word in _words(cell)) for j, cell in enumerate(row)]
            for i, row in enumerate(accepted.rows)
        ]
        return {"kind": "matrix", "rows": rows, **figures}
    hashes = {"hashes": sorted(made[word, number, 0] for word in _words(accepted))}
    if isinstance(accepted, NumberAnswer):
        return {"kind": "number", "worked": accepted.worked, "rounded": accepted.rounded, **figures, **hashes}
    if isinstance(accepted, FormulaAnswer):
        open_ = {"unit": accepted.unit, "shifts": accepted.shifts, "partials": accepted.partials}
        return {"kind": "formula", **open_, **hashes}
    return {"kind": "partial", **hashes} if isinstance(accepted, PartialAnswer) else {"kind": "unchecked"}


def computation(evaluation: Evaluation, places: TrialPoints) -> dict[str, Any]:
    """Return a computation's names, functions and made-up places."""
    graph = evaluation.graph
    notation = graph.spec.notation
    shorts = {short.name: (short.of, short.by) for short in notation.shorthands if not short.is_function}
    known = dict.fromkeys((*graph.quantities, *graph.aliases, *shorts, *(places.listed[0].values if places.listed else ())))
    return {
        "names": {name: _written(name, graph.index if graph.count != 1 else None) for name in known},
        "first": dict(graph.aliases),
        "shorts": shorts,
        "slopes": {short.name.partition("(")[0]: short.of for short in notation.shorthands if short.is_function},
        "vectors": {name: list(entries) for name, entries in notation.vectors.items()},
        "functions": _functions(graph.library),
        "samples": places.samples,
        "places": [_unpacked(asdict(place)) for place in places.listed],
    }


def _unpacked(place: dict[str, dict[str, tuple[float, ...]]]) -> dict[str, dict[str, Any]]:
    """Return the places, a number that is alone without its list."""
    return {
        kind: {name: values[0] if len(values) == 1 else list(values) for name, values in named.items()}
        for kind, named in place.items()
    }


def _written(name: str, index: str | None) -> list[str]:
    """Return how a name may be typed: as its author did, with its letters, with the samples' index."""
    return list(dict.fromkeys((name, name_text(name), *([] if index is None else [f"{name}_{index}", name_text(name, index)]))))


def _functions(library: Library) -> dict[str, Any]:
    """Return the functions that may be typed, by key: names and formulas; no derivatives, which are what is asked for."""
    made = {}
    for key in (*FUNCTIONS, *library.own):
        function = library[key]
        least, most = function.arity
        if not function.vector:
            value = plain(function.body) if function.body is not None else function.value
            made[key] = {"names": [*function.names], "arity": [least, most or MANY], "value": value}
            made[key] |= {"args": [*function.arguments], "optional": [list(pair) for pair in function.optional]}
    return made
