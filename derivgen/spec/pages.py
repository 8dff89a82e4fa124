"""The blocks that say how the pages look and read: words, symbols, notation, numbers, worksheet → their frozen form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from derivgen.errors import Problems, SpecError
from derivgen.language import Wording
from derivgen.maths.functions import FUNCTIONS, TIES, Function, Ties, find
from derivgen.maths.grammar import Vocabulary, function_hint
from derivgen.spec.layers import is_layered
from derivgen.spec.macros import MAX_LENGTH, macro_problem
from derivgen.spec.model import Numbers, Symbol, Value, Worksheet
from derivgen.spec.notation import read_notation
from derivgen.spec.prose import check_prose
from derivgen.spec.shape import NETWORK_TASKS, NotationShape, NumbersShape, SpecShape, SymbolShape, WorksheetShape
from derivgen.spec.shown import read_show
from derivgen.spec.update import read_update
from derivgen.spec.yaml_text import Scalar

MAX_FORMULAS = 2_000

_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")


def read_pages(shape: SpecShape, words: Vocabulary, problems: Problems) -> dict[str, Any]:
    """The fields of a `Spec` that its pages are made by, each with its default."""
    _check_formulas(shape, problems)
    _check_tasks(shape, problems)
    return {
        "title": one_line(shape.title, problems),
        "language": _language(shape.language, problems),
        "text": _prose(shape.text, words, problems),
        "notes": _proses(shape.notes, words, problems),
        "symbols": MappingProxyType(
            {name.text: _symbol(symbol, words, problems) for name, symbol in (shape.symbols or {}).items()}
        ),
        "kinks": _kinks(shape.kinks or {}, problems),
        "notation": read_notation(
            shape.notation or NotationShape(), shape.network is not None and is_layered(shape.network), words, problems
        ),
        "numbers": _numbers(shape.numbers or NumbersShape()),
        "update": read_update(shape.update, problems),
        "worksheet": _worksheet(shape.worksheet or WorksheetShape(), shape.update is not None, words, problems),
        "show": read_show(shape.show or (), problems),
    }


def _check_formulas(shape: SpecShape, problems: Problems) -> None:
    """All texts together hold only so many formulas. Raises SpecError for more."""
    hints = shape.worksheet.hints if shape.worksheet is not None else None
    means = [symbol.means for symbol in (shape.symbols or {}).values() if symbol.means is not None]
    texts = [*(shape.notes or {}).values(), *(hints or {}).values(), *means, *([shape.text] if shape.text is not None else [])]
    if sum(text.text.count("$") for text in texts) > 2 * MAX_FORMULAS:
        problems.error(f"texts with more than {MAX_FORMULAS:,} formulas are not taken", texts[0].place)
        problems.stop_if_any()


def _check_tasks(shape: SpecShape, problems: Problems) -> None:
    """Tasks about a network need one."""
    for task in (shape.worksheet.tasks if shape.worksheet is not None else None) or ():
        if task.text in NETWORK_TASKS and shape.network is None:
            problems.error(f"the task {task.text} needs a network", task.place, "write the computation under `network`")


def one_line(scalar: Scalar | None, problems: Problems) -> str:
    """A text that stands on one line of the page."""
    if scalar is None:
        return ""
    if "\n" in scalar.text.strip():
        problems.error("this text stands on one line", scalar.place)
    return scalar.text.strip()


def _language(scalar: Scalar | None, problems: Problems) -> str:
    if scalar is None:
        return "en"
    if not _LANGUAGE.fullmatch(scalar.text):
        problems.error(f"{scalar.text[:40]!r} is not the code of a language", scalar.place, "write en, pt, …")
    else:
        try:
            Wording(scalar.text, scalar.place)
        except SpecError as error:
            problems.found += error.problems
    return scalar.text


def _prose(scalar: Scalar | None, words: Vocabulary, problems: Problems) -> str:
    if scalar is None:
        return ""
    check_prose(scalar, words, problems)
    return scalar.text.strip()


def _proses(written: Mapping[Scalar, Scalar] | None, words: Vocabulary, problems: Problems) -> Mapping[str, str]:
    return MappingProxyType({name.text: _prose(text, words, problems) for name, text in (written or {}).items()})


def _symbol(shape: SymbolShape, words: Vocabulary, problems: Problems) -> Symbol:
    if shape.latex is not None:
        _check_latex(shape.latex, problems)
    means = _prose(shape.means, words, problems)
    return Symbol(shape.latex.text.strip() if shape.latex is not None else None, means or None)


def _check_latex(scalar: Scalar, problems: Problems) -> None:
    found = macro_problem(scalar.text)
    if found is not None:
        offset, message, hint = found
        place = scalar.at(offset) if len(scalar.text) <= MAX_LENGTH else scalar.place
        macro = re.match(r"\\[A-Za-z]+", scalar.text[offset:])
        problems.error(message, replace(place, length=macro.end()) if macro else place, hint)


def _kinks(
    written: Mapping[Scalar, Value | Scalar | tuple[Value, ...]], problems: Problems
) -> Mapping[str, tuple[Value, ...] | Ties]:
    """The slopes at a function's kinks, or how ties are settled, by the function's key."""
    with_kink = tuple(function.names[0] for function in FUNCTIONS.values() if function.kinks or function.ties)
    kinks: dict[str, tuple[Value, ...] | Ties] = {}
    for name, value in written.items():
        key = find(name.text)
        if key is None:
            hint = function_hint(name.text, with_kink) or "`derivgen functions` lists them"
            problems.error(f"there is no function {name.text[:40]!r}", name.place, hint)
        elif key not in [find(known) for known in with_kink]:
            problems.error(f"{name.text} has no kink", name.place, f"functions with one are: {', '.join(with_kink)}")
        elif key in kinks:
            problems.error(f"the kink of {name.text} stands here a second time", name.place)
        else:
            taken = _taken(FUNCTIONS[key], name, value, problems)
            kinks |= {} if taken is None else {key: taken}
    return MappingProxyType(kinks)


def _taken(
    function: Function, name: Scalar, value: Value | Scalar | tuple[Value, ...], problems: Problems
) -> tuple[Value, ...] | Ties | None:
    """What is taken at the kinks or ties of one function; None, and a problem, where that does not fit."""
    if function.ties is not None:
        ties = next((ties for ties in TIES if isinstance(value, Scalar) and value.text == ties), None)
        if ties is None:
            hint = f"{name.text}: share (equal parts), or {name.text}: first (the first of them takes all)"
            problems.error(f"arguments of {name.text} tie at no one point, so no number is taken there", name.place, hint)
        return ties
    if isinstance(value, Scalar):
        problems.error(f"{value.text} is for ties of max and min", value.place, f"write {name.text}: and the slope at its kink")
        return None
    slopes = (value,) if isinstance(value, Value) else value
    if len(slopes) not in (1, len(function.kinks)):
        points = " and ".join(str(kink.point) for kink in function.kinks)
        hint = f"one number for each, from left to right, or one for all: they are at {points}"
        problems.error(f"{name.text} has {_count(len(function.kinks))}, not {len(slopes)}", name.place, hint)
        return None
    return slopes


def _count(kinks: int) -> str:
    return "one kink" if kinks == 1 else f"{kinks} kinks"


def _numbers(shape: NumbersShape) -> Numbers:
    digits = max(1, shape.digits) if shape.rounding == "significant" else shape.digits
    return Numbers(digits=digits, rounding=shape.rounding, carry=shape.carry)


def _worksheet(shape: WorksheetShape, updates: bool, words: Vocabulary, problems: Problems) -> Worksheet:
    default = Worksheet()
    usual = (*default.tasks, "update") if updates else default.tasks
    for value in (shape.points or {}).values():
        if value.value < 0:
            problems.error("points are not negative", value.place)
    return Worksheet(
        tasks=tuple(dict.fromkeys(task.text for task in shape.tasks)) if shape.tasks is not None else usual,
        ask=tuple(glob.text for glob in shape.ask) if shape.ask is not None else default.ask,
        given=tuple(glob.text for glob in shape.given or ()),
        scaffolding=shape.scaffolding,
        points=MappingProxyType({name.text: value for name, value in (shape.points or {}).items()}),
        hints=_proses(shape.hints, words, problems),
        fields=tuple(one_line(field, problems) for field in shape.fields) if shape.fields is not None else default.fields,
        course=one_line(shape.course, problems),
        paper=shape.paper,
    )
