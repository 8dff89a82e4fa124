"""Nodes → the shape of a spec. Every key and value that does not fit is a problem at its own place; the rest is read on."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from derivgen.errors import Problems, closest
from derivgen.spec.leaves import Leaf
from derivgen.spec.shape import Shape
from derivgen.spec.yaml_text import Block, Listing, Node, Scalar

S = TypeVar("S", bound=Shape)
_KINDS = {Scalar: "a single value", Listing: "a list", Block: "a block of keys and values"}


def read_shape(shape: type[S], block: Block, problems: Problems, where: str = "") -> S | None:
    """A block read as `shape`; None when a key that it needs is missing. `where` is the way to it, for messages."""
    known = {field.name: field for field in fields(shape)}
    found: dict[str, Any] = {}
    hints = _hints(cast(type, shape))
    for key, node in block.entries:
        if key.text not in known:
            _unknown(key, shape, tuple(known), where, problems)
        elif not (isinstance(node, Scalar) and node.is_empty):
            value = _read(hints[key.text], node, problems, _path(where, key.text), known[key.text])
            if value is not None:
                found[key.text] = value
    written = [key.text for key, _ in block.entries]
    needed = [name for name, field in known.items() if field.default is MISSING]
    _missing(shape, needed, written, block, where, problems)
    return shape(**found) if all(name in found for name in needed) else None


@cache
def _hints(shape: type) -> dict[str, Any]:
    return get_type_hints(shape, include_extras=True)


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _unknown(key: Scalar, shape: type[Shape], known: tuple[str, ...], where: str, problems: Problems) -> None:
    inside = f" in {where}" if where else ""
    if key.text in shape.LATER:
        problems.error(f"{key.text!r}{inside} is not supported in this version", key.place, "leave it out")
        return
    hint = _glued(key.text, known) or closest(key.text, known) or f"the keys{inside or ' of a spec'} are: {', '.join(known)}"
    problems.error(f"there is no key {key.text[:40]!r}{inside}", key.place, hint)


def _glued(text: str, known: tuple[str, ...]) -> str | None:
    word, colon, rest = text.partition(":")
    return f"a blank is missing: {word}: {rest}" if colon and word in known else None


def _missing(shape: type[Shape], needed: list[str], written: list[str], block: Block, where: str, problems: Problems) -> None:
    if any(name in shape.LATER for name in written):
        return
    empty = {key.text: key.place for key, node in block.entries if isinstance(node, Scalar) and node.is_empty}
    for name in needed:
        if name in empty:
            problems.error(f"{_path(where, name)} is empty", empty[name])
        elif name not in written:
            problems.error(f"{where or 'the spec'} needs the key {name!r}", block.place)


def _read(hint: Any, node: Node, problems: Problems, where: str, field: Field | None = None) -> Any:
    """The value of a node, for the one form the hint allows for a node of its kind."""
    forms = {_kind(form): form for form in _forms(hint)}
    form = forms.get(type(node))
    if form is None:
        problems.error(_mismatch(forms, node, where), node.place, _example(where, field))
        return None
    if isinstance(node, Scalar):
        return _leaf(form).read(node, problems)
    if isinstance(node, Listing):
        return _list(get_args(form)[0], node, problems, where, field)
    if not isinstance(node, Block):
        raise TypeError(node)
    if is_dataclass(form):
        return read_shape(cast(type[Shape], form), node, problems, where)
    key_hint, hint = get_args(form)
    return _entries(key_hint, hint, node, problems, where)


def _list(hint: Any, node: Listing, problems: Problems, where: str, field: Field | None) -> tuple:
    inside = where if where.startswith("an item") else f"an item of {where}"
    values = (_read(hint, item, problems, inside, field) for item in node.items)
    return tuple(value for value in values if value is not None)


def _entries(key_hint: Any, hint: Any, node: Block, problems: Problems, where: str) -> dict:
    found = {}
    before = ""
    for key, item in node.entries:
        if isinstance(item, Scalar) and item.is_empty:
            problems.error(f"{key.text[:40]!r} in {where} has no value", key.place, _separator(key.text, before))
            continue
        before = item.text if isinstance(item, Scalar) else ""
        name = _leaf(key_hint).read(key, problems)
        value = _read(hint, item, problems, _path(where, key.text))
        if name is not None and value is not None:
            found[name] = value
    return found


def _separator(text: str, before: str) -> str:
    """What to write in place of a key without a value; in {w: 1,5} it is the end of the number `before` it."""
    if text.isdecimal() and before.lstrip("+-").isdecimal():
        return f"decimals take a point: {before}.{text}"
    for sign in ("=", ":"):
        before, found, after = text.partition(sign)
        if found:
            return f"write {before.strip()}: {after.strip()}"
    return f"write {text[:40]}: and a value"


def _forms(hint: Any) -> tuple[Any, ...]:
    members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return tuple(member for member in members if member is not NoneType)


def _kind(form: Any) -> type[Node]:
    if get_origin(form) is Annotated:
        return Scalar
    return Listing if get_origin(form) is tuple else Block


def _leaf(form: Any) -> Leaf:
    return get_args(form)[1]


def _mismatch(forms: dict[type[Node], Any], node: Node, where: str) -> str:
    wanted = " or ".join(_wanted(form) for form in forms.values())
    return f"{where} is {wanted}, not {_KINDS[type(node)]}"


def _wanted(form: Any) -> str:
    if _kind(form) is Scalar:
        return _leaf(form).called
    return _KINDS[_kind(form)] if is_dataclass(form) or _kind(form) is Listing else "a block of names and their values"


def _example(where: str, field: Field | None) -> str | None:
    example = field.metadata["example"] if field else ""
    if field and field.metadata["advice"]:
        return field.metadata["advice"]
    return f"for example  {where.rpartition('.')[2]}: {example}" if example else None
