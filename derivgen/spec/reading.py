"""The one reader of specs: a block of keys is declared as a dataclass, and its YAML node is read as the declaration says.

Every key and value that does not fit is a problem at its own place; the rest is read on. The JSON Schema (`derivgen.spec.schema`)
is made from the same declarations (`derivgen.spec.shape`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from derivgen.errors import Place, Problems, SpecError, closest
from derivgen.frozen import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from derivgen.maths.functions import TIES
from derivgen.maths.grammar import MAX_NAME
from derivgen.maths.numerals import read_number
from derivgen.memo import READ_ONCE
from derivgen.spec.model import Value
from derivgen.spec.yaml_nodes import MappingNode, Node, Scalar, SequenceNode

MAX_WORDS = 500
MAX_PROSE = 5_000

NAME = r"[^\W\d_]\w*"
_ASCII_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WRITTEN_NAME = re.compile(NAME)
_GLOB = re.compile(r"[\w*?\[\]!\-]+")


# What a single value may be


@dataclass(frozen=True, eq=False)
class SingleValue:
    """One kind of single value: how it is read from a scalar, its name in messages, its JSON Schema, and a hint for a list."""

    label: str
    read: Callable[[Scalar, Problems], Any] = field(repr=False)
    json: dict[str, Any] = field(repr=False)
    no_list: str | None = field(default=None, repr=False)


def words(limit: int = MAX_WORDS) -> SingleValue:
    """Take text for a reader, up to `limit` characters."""

    def read(scalar: Scalar, problems: Problems) -> Scalar:
        if len(scalar.text) > limit:
            problems.error(
                f"this text has {len(scalar.text):,} characters; the limit is {limit:,}", replace(scalar.place, text="")
            )
        return scalar

    return SingleValue("a text", read, {"type": ["string", "number"]})


def choice(*options: str) -> SingleValue:
    """Take one of a few words."""

    def read(scalar: Scalar, problems: Problems) -> str:
        if scalar.text not in options:
            hint = closest(scalar.text, options) or f"the choices are: {', '.join(options)}"
            problems.error(f"{scalar.text!r} is none of the choices", scalar.place, hint)
            return options[0]
        return scalar.text

    return SingleValue(f"one of the words {', '.join(options)}", read, {"enum": list(options)})


def number_of(*options: int) -> SingleValue:
    """Take one of a few whole numbers."""
    one = choice(*map(str, options))

    def read(scalar: Scalar, problems: Problems) -> int:
        return int(one.read(scalar, problems))

    return SingleValue(f"one of the numbers {', '.join(map(str, options))}", read, {"enum": list(options)})


def word_of(*options: str) -> SingleValue:
    """Take one of a few words, and keep its place."""
    one = choice(*options)

    def read(scalar: Scalar, problems: Problems) -> Scalar:
        return replace(scalar, text=one.read(scalar, problems))

    return SingleValue(one.label, read, one.json)


def integer(least: int, most: int) -> SingleValue:
    """Take a whole number from `least` to `most`."""

    def read(scalar: Scalar, problems: Problems) -> int:
        if not re.fullmatch(r"\d{1,9}", scalar.text, re.ASCII) or not least <= int(scalar.text) <= most:
            problems.error(f"{scalar.text[:40]!r} is not a whole number from {least:,} to {most:,}", scalar.place)
            return least
        return int(scalar.text)

    return SingleValue("a whole number", read, {"type": "integer", "minimum": least, "maximum": most})


def _flag(scalar: Scalar, problems: Problems) -> bool:
    if scalar.text not in {"true", "false"}:
        problems.error(f"{scalar.text[:40]!r} is neither true nor false", scalar.place, "write true or false")
    return scalar.text == "true"


def _matching(pattern: str, complaint: str, hint: str | None = None) -> Callable[[Scalar, Problems], Scalar | None]:
    """Take a text that matches the pattern as it is."""

    def read(scalar: Scalar, problems: Problems) -> Scalar | None:
        if re.fullmatch(pattern, scalar.text, re.ASCII):
            return scalar
        problems.error(f"{scalar.text[:40]!r} is {complaint}", scalar.place, hint)
        return None

    return read


def _number(scalar: Scalar, problems: Problems) -> Value:
    try:
        return read_value(scalar.text, scalar.place)
    except SpecError as error:
        problems.add(error)
        return Value(Fraction(0), "0", scalar.place)


_FORMULA = re.compile(r"[*^()/]|[^\W\d_]|(?<=[\w)])\s*[+-]")


def _constant(scalar: Scalar, problems: Problems) -> Value | Scalar:
    """Take a number; or an expression of numbers, which is read later."""
    try:
        return read_value(scalar.text, scalar.place)
    except SpecError:
        return scalar if _FORMULA.search(scalar.text) else _number(scalar, problems)


def read_value(text: str, place: Place) -> Value:
    """Return an exact number with its text, which has no blanks in it. Raises SpecError for what is not a number."""
    return Value(read_number(text, place), "".join(text.split()), place)


def _slope(scalar: Scalar, problems: Problems) -> Value | Scalar | None:
    """Take the number at a kink, or the word for how ties of max and min are settled."""
    return scalar if scalar.text in TIES else _number(scalar, problems)


def _name(scalar: Scalar, problems: Problems) -> Scalar | None:
    text = unicodedata.normalize("NFC", scalar.text)
    problem = name_problem(text)
    if problem is None:
        return scalar if text == scalar.text else replace(scalar, text=text)
    problems.error(f"{scalar.text[:40]!r} is not a name{problem}", scalar.place, "a name is a letter, then letters, digits and _")
    return None


def _column(scalar: Scalar, problems: Problems) -> Scalar:
    """Take a name; one that is wrong still counts as a column, so that rows are compared with the right number of them."""
    return _name(scalar, problems) or scalar


def name_problem(text: str) -> str | None:
    """Say what keeps a text from being a name, e.g. a Cyrillic letter in it; None for a name."""
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


def is_pattern(text: str) -> bool:
    """Say whether the text stands for every name that fits it."""
    return re.search(r"[*?\[]", text) is not None


def _glob(scalar: Scalar, problems: Problems) -> Scalar | None:
    if not is_pattern(scalar.text):
        return _name(scalar, problems)
    if len(scalar.text) <= MAX_NAME and _GLOB.fullmatch(scalar.text):
        return replace(scalar, text=unicodedata.normalize("NFC", scalar.text))
    hint = "in a pattern of names, * stands for anything and ? for one character"
    problems.error(f"{scalar.text[:40]!r} is not a pattern of names", scalar.place, hint)
    return None


def _wanted(scalar: Scalar, problems: Problems) -> Scalar | None:
    """Take a name or a pattern, or two of them with a slash between: one quantity by another."""
    of, slash, by = scalar.text.partition("/")
    if not slash:
        return _glob(scalar, problems)
    parts = [_glob(replace(scalar, text=part.strip()), problems) for part in (of, by)]
    return replace(scalar, text="/".join(part.text for part in parts if part)) if all(parts) else None


def _entry(scalar: Scalar, problems: Problems) -> Scalar | Value | None:
    starts = scalar.text.lstrip()[:1]
    return _number(scalar, problems) if starts.isdigit() or starts in {"-", "+", "."} else _name(scalar, problems)


def _as_written(scalar: Scalar, problems: Problems) -> Scalar:
    return scalar


_UP_TO_9999 = r"[1-9]\d{0,3}"
_numeral = _matching(_UP_TO_9999, "not a number from 1 to 9999", "neurons are numbered, as in neurons: [3, 4]")
_whole = _matching(_UP_TO_9999, "not a whole number from 1 to 9999")
_no_bias = _matching("none|false|no", "no list of biases", "a list with an entry per unit, e.g. bias: [3, b_2]; or bias: none")
_FROM_1_TO_9999 = {"type": "integer", "minimum": 1, "maximum": 9999}
_NUMBERS = {"type": ["number", "string"]}
_NAMES = {"type": "string", "pattern": "^[A-Za-z\u00c0-\u024f\u0370-\u03ff][0-9A-Za-z_\u00c0-\u024f\u0370-\u03ff]*$"}

Words = Annotated[Scalar, words()]
Prose = Annotated[Scalar, words(MAX_PROSE)]
Formula = Annotated[Scalar, SingleValue("an expression", _as_written, {"type": ["string", "number"]})]
EquationLines = Annotated[Scalar, SingleValue("text, one equation a line", _as_written, {"type": "string"})]
Key = Annotated[Scalar, SingleValue("a word", _as_written, {"type": "string"})]
Name = Annotated[Scalar, SingleValue("a name", _name, _NAMES)]
Column = Annotated[Scalar, SingleValue("a name", _column, _NAMES)]
Glob = Annotated[Scalar, SingleValue("a name or a pattern", _glob, {"type": "string"})]
Wanted = Annotated[Scalar, SingleValue("a name or a pattern", _wanted, {"type": "string"})]
Numeral = Annotated[Scalar, SingleValue("a whole number", _numeral, _FROM_1_TO_9999)]
Whole = Annotated[Scalar, SingleValue("a whole number", _whole, _FROM_1_TO_9999)]
NoBias = Annotated[Scalar, SingleValue("none", _no_bias, {"enum": ["none", "no", False]})]
Flag = Annotated[bool, SingleValue("true or false", _flag, {"type": "boolean"})]
Number = Annotated[Value, SingleValue("a number", _number, _NUMBERS)]
NO_MATRIX = "an array has up to four axes: a list of numbers is a vector, a list of rows a matrix"
NamedNumber = Annotated[Value, SingleValue("a number", _number, _NUMBERS, NO_MATRIX)]
ConstantNumber = Annotated[Value | Scalar, SingleValue("a number or an expression of numbers", _constant, _NUMBERS, NO_MATRIX)]
Numbers1 = tuple[NamedNumber, ...]
Numbers2 = tuple[NamedNumber | Numbers1, ...]
Numbers3 = tuple[NamedNumber | Numbers2, ...]
NamedNumbers = tuple[NamedNumber | Numbers3, ...]
Slope = Annotated[Value | Scalar, SingleValue(f"a number, or one of the words {', '.join(TIES)}", _slope, _NUMBERS)]
NameOrNumber = Annotated[Scalar | Value, SingleValue("a name or a number", _entry, _NUMBERS)]


# How a block of keys is declared


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpecBlock:
    """A block of keys: a dataclass whose fields are declared by `key` and `needed`."""


def key(description: str, example: str = "", default: object = None, advice: str = "") -> Any:
    """Declare a key that may be left out. The example stands in the schema and, unless there is better advice, in hints."""
    return field(default=default, metadata={**_metadata(description, example), "advice": advice})


def needed(description: str, example: str = "") -> Any:
    """Declare a key that has to be there."""
    return field(metadata=_metadata(description, example))


def _metadata(description: str, example: str) -> dict[str, Any]:
    return {"description": f"{description} For example: {example}" if example else description, "example": example, "advice": ""}


def type_hints(block: type[SpecBlock]) -> dict[str, Any]:
    """Return what may stand behind each key, as annotated."""
    return _type_hints(cast(Any, block))


@READ_ONCE
def _type_hints(block: Any) -> dict[str, Any]:
    return get_type_hints(block, include_extras=True)


def forms(hint: Any) -> tuple[Any, ...]:
    """Return the forms an annotation allows, one for each kind of node: a single value, a list, a block, a table of names."""
    members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return tuple(member for member in members if member is not NoneType)


def node_kind(form: Any) -> type[Node]:
    """Return the kind of node that a form is read from."""
    if get_origin(form) is Annotated:
        return Scalar
    return SequenceNode if get_origin(form) is tuple else MappingNode


def single_value(form: Any) -> SingleValue:
    """Return the single value that a form read from a scalar stands for."""
    return get_args(form)[1]


# How it is read

B = TypeVar("B", bound=SpecBlock)
_KINDS = {Scalar: "a single value", SequenceNode: "a list", MappingNode: "a block of keys and values"}


def read_block(block: type[B], node: MappingNode, problems: Problems, where: str = "") -> B | None:
    """Read a node as `block`; None when a key that it needs is missing. `where` is the way to it, for messages."""
    known = {field.name: field for field in fields(block)}
    found: dict[str, Any] = {}
    hints = type_hints(block)
    for key, value_node in node.entries:
        if key.text not in known:
            _report_unknown(key, tuple(known), where, problems)
        elif not (isinstance(value_node, Scalar) and value_node.is_empty):
            value = _read(hints[key.text], value_node, problems, _path(where, key.text), known[key.text])
            if value is not None:
                found[key.text] = value
    needed_keys = [name for name, field in known.items() if field.default is MISSING]
    _report_missing(needed_keys, node, where, problems)
    return block(**found) if all(name in found for name in needed_keys) else None


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _report_unknown(key: Scalar, known: tuple[str, ...], where: str, problems: Problems) -> None:
    inside = f" in {where}" if where else ""
    hint = _glued(key.text, known) or closest(key.text, known) or f"the keys{inside or ' of a spec'} are: {', '.join(known)}"
    problems.error(f"there is no key {key.text[:40]!r}{inside}", key.place, hint)


def _glued(text: str, known: tuple[str, ...]) -> str | None:
    word, colon, rest = text.partition(":")
    return f"a blank is missing: {word}: {rest}" if colon and word in known else None


def _report_missing(needed_keys: list[str], node: MappingNode, where: str, problems: Problems) -> None:
    written = {key.text: (key, value) for key, value in node.entries}
    for name in needed_keys:
        if name not in written:
            problems.error(f"{where or 'the spec'} needs the key {name!r}", node.place)
            continue
        key, value = written[name]
        if isinstance(value, Scalar) and value.is_empty:
            problems.error(f"{_path(where, name)} is empty", key.place)


def _read(hint: Any, node: Node, problems: Problems, where: str, field: Field[Any] | None = None) -> Any:
    """Read a node as the one form the hint allows for a node of its kind."""
    by_kind = {node_kind(form): form for form in forms(hint)}
    form = by_kind.get(type(node))
    if form is None:
        hint = _example(where, field) if field else _no_list(by_kind, node)
        problems.error(_mismatch(by_kind, node, where), node.place, hint)
        return None
    if isinstance(node, Scalar):
        return single_value(form).read(node, problems)
    if isinstance(node, SequenceNode):
        return _list(get_args(form)[0], node, problems, where, field)
    if not isinstance(node, MappingNode):
        raise TypeError(node)
    if is_dataclass(form):
        return read_block(cast(type[SpecBlock], form), node, problems, where)
    key_hint, value_hint = get_args(form)
    return _table(key_hint, value_hint, node, problems, where)


def _list(hint: Any, node: SequenceNode, problems: Problems, where: str, field: Field[Any] | None) -> tuple:
    inside = where if where.startswith("an item") else f"an item of {where}"
    values = (_read(hint, item, problems, inside, field) for item in node.items)
    return tuple(value for value in values if value is not None)


def _table(key_hint: Any, value_hint: Any, node: MappingNode, problems: Problems, where: str) -> dict:
    found = {}
    before = ""
    for key, item in node.entries:
        if isinstance(item, Scalar) and item.is_empty:
            problems.error(f"{key.text[:40]!r} in {where} has no value", key.place, _separator(key.text, before))
            continue
        before = item.text if isinstance(item, Scalar) else ""
        name = single_value(key_hint).read(key, problems)
        value = _read(value_hint, item, problems, _path(where, key.text))
        if name is not None and value is not None:
            found[name] = value
    return found


def _separator(text: str, before: str) -> str:
    """Say what to write in place of a key without a value; in {w: 1,5} it is the end of the number `before` it."""
    if text.isdecimal() and before.lstrip("+-").isdecimal():
        return f"decimals take a point: {before}.{text}"
    for sign in ("=", ":"):
        name, found, after = text.partition(sign)
        if found:
            return f"write {name.strip()}: {after.strip()}"
    return f"write {text[:40]}: and a value"


def _mismatch(by_kind: dict[type[Node], Any], node: Node, where: str) -> str:
    wanted = " or ".join(_label(form) for form in by_kind.values())
    return f"{where} is {wanted}, not {_KINDS[type(node)]}"


def _label(form: Any) -> str:
    kind = node_kind(form)
    if kind is Scalar:
        return single_value(form).label
    return _KINDS[kind] if is_dataclass(form) or kind is SequenceNode else "a block of names and their values"


def _no_list(by_kind: dict[type[Node], Any], node: Node) -> str | None:
    """Say where a list may stand instead."""
    return single_value(by_kind[Scalar]).no_list if Scalar in by_kind and isinstance(node, SequenceNode) else None


def _example(where: str, field: Field[Any]) -> str | None:
    example = field.metadata["example"]
    if field.metadata["advice"]:
        return field.metadata["advice"]
    return f"for example  {where.rpartition('.')[2]}: {example}" if example else None
