"""What a single value of a spec may be: a text, a name, a number, one of a few words. Each leaf reads itself from a scalar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Annotated, Any

from derivgen.errors import Problems, SpecError, closest
from derivgen.maths.functions import TIES
from derivgen.maths.grammar import MAX_NAME
from derivgen.maths.numerals import read_number
from derivgen.spec.known import is_pattern
from derivgen.spec.model import Value
from derivgen.spec.yaml_text import Scalar

MAX_WORDS = 500
MAX_PROSE = 5_000

NAME = r"[^\W\d_]\w*"
_ASCII_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WRITTEN_NAME = re.compile(NAME)
_GLOB = re.compile(r"[\w*?\[\]!\-]+")


@dataclass(frozen=True, eq=False)
class Leaf:
    """One kind of value: how it is read from a scalar, what it is called in messages, and its JSON Schema for editors."""

    called: str
    read: Callable[[Scalar, Problems], Any] = field(repr=False)
    json: dict[str, Any] = field(repr=False)

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> Any:
        from pydantic_core import core_schema

        return core_schema.str_schema()

    def __get_pydantic_json_schema__(self, schema: object, handler: object) -> dict[str, Any]:
        return dict(self.json)


def words(limit: int = MAX_WORDS) -> Leaf:
    """Text for a reader, up to `limit` characters."""

    def read(scalar: Scalar, problems: Problems) -> Scalar:
        if len(scalar.text) > limit:
            problems.error(
                f"this text has {len(scalar.text):,} characters; the limit is {limit:,}", replace(scalar.place, text="")
            )
        return scalar

    return Leaf("a text", read, {"type": ["string", "number"]})


def choice(*options: str) -> Leaf:
    """One of a few words."""

    def read(scalar: Scalar, problems: Problems) -> str:
        if scalar.text not in options:
            hint = closest(scalar.text, options) or f"the choices are: {', '.join(options)}"
            problems.error(f"{scalar.text!r} is none of the choices", scalar.place, hint)
            return options[0]
        return scalar.text

    return Leaf(f"one of the words {', '.join(options)}", read, {"enum": list(options)})


def word_of(*options: str) -> Leaf:
    """One of a few words, with its place."""
    one = choice(*options)

    def read(scalar: Scalar, problems: Problems) -> Scalar:
        return replace(scalar, text=one.read(scalar, problems))

    return Leaf(one.called, read, one.json)


def integer(least: int, most: int) -> Leaf:
    """A whole number from `least` to `most`."""

    def read(scalar: Scalar, problems: Problems) -> int:
        if not re.fullmatch(r"\d{1,9}", scalar.text, re.ASCII) or not least <= int(scalar.text) <= most:
            problems.error(f"{scalar.text[:40]!r} is not a whole number from {least:,} to {most:,}", scalar.place)
            return least
        return int(scalar.text)

    return Leaf("a whole number", read, {"type": "integer", "minimum": least, "maximum": most})


def _flag(scalar: Scalar, problems: Problems) -> bool:
    if scalar.text not in {"true", "false"}:
        problems.error(f"{scalar.text[:40]!r} is neither true nor false", scalar.place, "write true or false")
    return scalar.text == "true"


def _numeral(scalar: Scalar, problems: Problems) -> Scalar | None:
    if re.fullmatch(r"[1-9]\d{0,3}", scalar.text, re.ASCII):
        return scalar
    problems.error(
        f"{scalar.text[:40]!r} is not a number from 1 to 9999", scalar.place, "neurons are numbered, as in neurons: [3, 4]"
    )
    return None


def _whole(scalar: Scalar, problems: Problems) -> Scalar | None:
    if re.fullmatch(r"[1-9]\d{0,3}", scalar.text, re.ASCII):
        return scalar
    problems.error(f"{scalar.text[:40]!r} is not a whole number from 1 to 9999", scalar.place)
    return None


def _no_bias(scalar: Scalar, problems: Problems) -> Scalar | None:
    if scalar.text in {"none", "false", "no"}:
        return scalar
    hint = "a list with an entry per unit, e.g. bias: [3, b_2]; or bias: none"
    problems.error(f"{scalar.text[:40]!r} is no list of biases", scalar.place, hint)
    return None


def _number(scalar: Scalar, problems: Problems) -> Value:
    try:
        return Value(read_number(scalar.text, scalar.place), scalar.text.strip(), scalar.place)
    except SpecError as error:
        problems.found.extend(error.problems)
        return Value(Fraction(0), "0", scalar.place)


def _slope(scalar: Scalar, problems: Problems) -> Value | Scalar | None:
    """The number taken at a kink, or the word for how ties of max and min are settled."""
    return scalar if scalar.text in TIES else _number(scalar, problems)


def _name(scalar: Scalar, problems: Problems) -> Scalar | None:
    text = unicodedata.normalize("NFC", scalar.text)
    problem = name_problem(text)
    if problem is None:
        return scalar if text == scalar.text else replace(scalar, text=text)
    problems.error(f"{scalar.text[:40]!r} is not a name{problem}", scalar.place, "a name is a letter, then letters, digits and _")
    return None


def _column(scalar: Scalar, problems: Problems) -> Scalar:
    """A name; one that is wrong still counts as a column, so that rows are held against the right number of them."""
    return _name(scalar, problems) or scalar


def name_problem(text: str) -> str | None:
    """What keeps a text from being a name, e.g. a Cyrillic letter in it; None for a name."""
    if len(text) > MAX_NAME:
        return f": it has {len(text)} characters, the limit is {MAX_NAME}"
    if _ASCII_NAME.fullmatch(text):
        return None
    strange = next((c for c in text if ord(c) > 127 and not _is_letter(c)), None)
    if strange is not None:
        return f": {strange!r} is {unicodedata.name(strange, 'no letter')}"
    return None if _WRITTEN_NAME.fullmatch(text) else ""


def _is_letter(character: str) -> bool:
    name = unicodedata.name(character, "")
    return character.isalpha() and name.startswith(("LATIN ", "GREEK ")) and "FULLWIDTH" not in name


def _glob(scalar: Scalar, problems: Problems) -> Scalar | None:
    if not is_pattern(scalar.text):
        return _name(scalar, problems)
    if len(scalar.text) <= MAX_NAME and _GLOB.fullmatch(scalar.text):
        return replace(scalar, text=unicodedata.normalize("NFC", scalar.text))
    hint = "in a pattern of names, * stands for anything and ? for one character"
    problems.error(f"{scalar.text[:40]!r} is not a pattern of names", scalar.place, hint)
    return None


def _wanted(scalar: Scalar, problems: Problems) -> Scalar | None:
    """A name or a pattern, or two of them with a slash between: one quantity by another."""
    of, slash, by = scalar.text.partition("/")
    if not slash:
        return _glob(scalar, problems)
    parts = [_glob(replace(scalar, text=part.strip()), problems) for part in (of, by)]
    return replace(scalar, text="/".join(part.text for part in parts if part)) if all(parts) else None


def _entry(scalar: Scalar, problems: Problems) -> Scalar | Value | None:
    starts = scalar.text.lstrip()[:1]
    return _number(scalar, problems) if starts.isdigit() or starts in {"-", "+", "."} else _name(scalar, problems)


def _key(scalar: Scalar, problems: Problems) -> Scalar:
    return scalar


_NUMBERS = {"type": ["number", "string"]}
_NAMES = {"type": "string", "pattern": "^[A-Za-z\u00c0-\u024f\u0370-\u03ff][0-9A-Za-z_\u00c0-\u024f\u0370-\u03ff]*$"}

Words = Annotated[Scalar, words()]
Prose = Annotated[Scalar, words(MAX_PROSE)]
Formula = Annotated[Scalar, Leaf("an expression", _key, {"type": ["string", "number"]})]
Equations = Annotated[Scalar, Leaf("text, one equation a line", _key, {"type": "string"})]
Key = Annotated[Scalar, Leaf("a word", _key, {"type": "string"})]
Name = Annotated[Scalar, Leaf("a name", _name, _NAMES)]
Column = Annotated[Scalar, Leaf("a name", _column, _NAMES)]
Glob = Annotated[Scalar, Leaf("a name or a pattern", _glob, {"type": "string"})]
Wanted = Annotated[Scalar, Leaf("a name or a pattern", _wanted, {"type": "string"})]
Numeral = Annotated[Scalar, Leaf("a whole number", _numeral, {"type": "integer", "minimum": 1, "maximum": 9999})]
Whole = Annotated[Scalar, Leaf("a whole number", _whole, {"type": "integer", "minimum": 1, "maximum": 9999})]
NoBias = Annotated[Scalar, Leaf("none", _no_bias, {"enum": ["none", "no", False]})]
Flag = Annotated[bool, Leaf("true or false", _flag, {"type": "boolean"})]
Number = Annotated[Value, Leaf("a number", _number, _NUMBERS)]
Slope = Annotated[Value | Scalar, Leaf(f"a number, or one of the words {', '.join(TIES)}", _slope, _NUMBERS)]
Entry = Annotated[Scalar | Value, Leaf("a name or a number", _entry, _NUMBERS)]
