"""Vectors and matrices of a spec: their numbers, their shapes, and which names are entries of them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any

from derivgen.errors import Place, Problems, SpecError
from derivgen.frozen import replace
from derivgen.maths.array_calls import ArrayLowering
from derivgen.maths.shape_inference import Inference
from derivgen.maths.shapes import MAX_RANK, Shaped, shape_text
from derivgen.maths.tree import ArrayCall, Entry, Expr, MatMul, Sym, Transpose, holds_any, substitute, walk
from derivgen.spec.data import read_rows
from derivgen.spec.equations import ParsedEquations
from derivgen.spec.model import Arrays, ArrayValue, Data, Draw, Equation, Value
from derivgen.spec.roles import Roles
from derivgen.spec.shape import ArrayShape, SpecShape
from derivgen.spec.yaml_nodes import Scalar

MAX_NUMBERS = 300_000
_ENTRIES = (re.compile(r"(.+)_(\d+)_(\d+)", re.ASCII), re.compile(r"(.+)_(\d+)", re.ASCII))


def has_arrays(shape: SpecShape, equations: Iterable[Equation]) -> bool:
    """Return whether a spec has vectors or matrices anywhere."""
    if shape.shapes or shape.vectors or any(not isinstance(v, Value) for v in (shape.values or {}).values()):
        return True
    if isinstance(shape.constants, Mapping) and any(isinstance(v, tuple) for v in shape.constants.values()):
        return True
    return any(holds_any(each.body, (MatMul, Transpose, ArrayCall)) for each in equations)


def read_arrays(shape: SpecShape, folder: Path | None, problems: Problems) -> Arrays:
    """Return the numbers and the shapes that a spec gives."""
    values: dict[str, ArrayValue] = {}
    constants = shape.constants if isinstance(shape.constants, Mapping) else {}
    given: list[tuple[Scalar, Any]] = [*(shape.values or {}).items(), *constants.items()]
    for name, written in given:
        if isinstance(written, (tuple, ArrayShape)):
            found = _array(name, written, folder, problems)
            if found is not None:
                values[name.text] = found
    sizes = {name.text: _shape(name, written, problems) for name, written in (shape.shapes or {}).items()}
    shapes = {name: size for name, size in sizes.items() if size is not None}
    for name in shape.shapes or {}:
        value = values.get(name.text)
        if value is not None and name.text in shapes and not _fits(value.shape, shapes[name.text]):
            said = "×".join(map(str, value.shape))
            hint = "leave it out under `shapes`: values tell the shape"
            problems.error(
                f"{name.text} has {said} numbers under `values`, not {'×'.join(map(str, shapes[name.text]))}", name.place, hint
            )
    vectors = {name.text: tuple(part.text for part in parts) for name, parts in (shape.vectors or {}).items()}
    return Arrays(MappingProxyType(values), MappingProxyType(shapes), MappingProxyType(vectors))


def _fits(shape: tuple[int, ...], said: tuple[int | str, ...]) -> bool:
    return len(shape) == len(said) and all(isinstance(b, str) or a == b for a, b in zip(shape, said, strict=True))


def without_arrays(shape: SpecShape) -> SpecShape:
    """Return the spec's keys with a number in place of each array, for what asks only which names have values."""

    def held(block: Any) -> Any:
        if not isinstance(block, Mapping):
            return block
        return {
            key: value if isinstance(value, (Value, Scalar)) else Value(Fraction(0), "", key.place)
            for key, value in block.items()
        }

    return replace(shape, values=held(shape.values), constants=held(shape.constants))


def _array(name: Scalar, written: Any, folder: Path | None, problems: Problems) -> ArrayValue | None:
    if isinstance(written, ArrayShape):
        try:
            rows = read_rows(written, folder)
        except SpecError as error:
            problems.add(error)
            return None
        numbers = tuple(number for row in rows for number in row)
        return ArrayValue(numbers, (len(rows[0]),) if len(rows) == 1 else (len(rows), len(rows[0])), name.place)
    shape = _shape_of(name, written, problems)
    if shape is None:
        return None
    numbers = tuple(_flat(written))
    if len(numbers) > MAX_NUMBERS:
        problems.error(f"an array of more than {MAX_NUMBERS:,} numbers is not taken", name.place)
        return None
    return ArrayValue(numbers, shape, name.place)


def _flat(written: Any) -> Iterator[Value]:
    if isinstance(written, Value):
        yield written
        return
    for part in written:
        yield from _flat(part)


def _shape_of(name: Scalar, written: Any, problems: Problems) -> tuple[int, ...] | None:
    """Return the shape of nested lists; a list that is empty or ragged is a mistake."""
    if isinstance(written, Value):
        return ()
    if not written:
        problems.error(f"an empty list under {name.text} is no array", name.place)
        return None
    shapes = [_shape_of(name, part, problems) for part in written]
    if None in shapes:
        return None
    for number, shape in enumerate(shapes, 1):
        if shape != shapes[0]:
            place = next(_flat(written[number - 1]), Value(Fraction(0), "", name.place)).place
            problems.error(f"{name.text} is ragged: {_said(shapes[0])} comes first, item {number} is {_said(shape)}", place)
            return None
    assert shapes[0] is not None
    return (len(written), *shapes[0])


def _said(shape: tuple[int, ...] | None) -> str:
    if not shape:
        return "a number"
    return f"a list of {shape[0]}" + (f" lists of {shape[1]}" if len(shape) > 1 else "")


def _shape(name: Scalar, written: Any, problems: Problems) -> tuple[int | str, ...] | None:
    sizes = written if isinstance(written, tuple) else (written,)
    if len(sizes) > MAX_RANK:
        problems.error(f"{name.text} has {len(sizes)} axes; up to {MAX_RANK} are taken", name.place)
        return None
    found: list[int | str] = []
    for size in sizes:
        if isinstance(size, Scalar):
            found.append(size.text)
        elif size.value.denominator == 1 and 1 <= size.value <= MAX_NUMBERS:
            found.append(int(size.value))
        else:
            problems.error(
                f"a size is a whole number from 1 to {MAX_NUMBERS:,}, or a name",
                size.place,
                "W: [2, 3] has two rows and three columns, x: 3 three entries",
            )
            return None
    return tuple(found)


def with_drawn(
    arrays: Arrays, draws: Iterable[Draw], equations: Iterable[Equation], roles: Roles, data: Data | None, problems: Problems
) -> Arrays:
    """Return the arrays with some numbers for those that are drawn and have none, in the shapes that are told or used."""
    values, known = dict(arrays.values), _shapes(arrays, equations, roles, data)
    for draw in draws:
        places = 0
        for name in draw.names:
            shape = known[name].shape if name in known else ()
            if not all(isinstance(size, int) for size in shape):
                sizes = ", ".join("4" for _ in shape)
                problems.error(f"how large {name} is, is only named", draw.place, f"shapes: {{{name}: [{sizes}]}}")
                continue
            count = prod(int(size) for size in shape)
            places += count * (len(data.rows) if data is not None and data.rows and name in data.columns else 1)
            if shape and name not in values:
                values[name] = ArrayValue((draw.numbers[0],) * count, tuple(int(size) for size in shape), draw.place)
            elif name not in known and (found := entry_of(name, known)) is not None:
                if entry_at(name, {found[0]: known[found[0]].shape}) is None:
                    whole = shape_text(known[found[0]].shape)
                    problems.error(f"{found[0]} is {whole}; it has no entry {name}", draw.place, "they are counted from 1")
                elif found[0] not in values:
                    hint = f"give them, or draw {found[0]}"
                    problems.error(f"{found[0]} has no numbers beside its entry {name}", draw.place, hint)
        if draw.distinct and places > len(draw.numbers):
            message = f"{places} different numbers are wanted, and there are {len(draw.numbers)} to draw from"
            problems.error(message, draw.place, "make the range wider, or leave out `distinct`")
    return replace(arrays, values=MappingProxyType(values))


def _shapes(arrays: Arrays, equations: Iterable[Equation], roles: Roles, data: Data | None) -> dict[str, Shaped]:
    """Return the shapes of all names, as far as they are known."""
    known = {name: Shaped(value.shape) for name, value in arrays.values.items()}
    known |= {name: Shaped(shape) for name, shape in arrays.shapes.items()}
    known |= dict.fromkeys(data.columns if data is not None else (), Shaped((), True))
    low = ArrayLowering(known)
    with suppress(SpecError):  # said where the spec is derived
        inferred = Inference(low, roles.targets)
        inferred.infer((each.names, each.body) for each in equations)
    return dict(low.known)


# Names that are entries


def indices_of(text: str) -> tuple[tuple[int, ...], ...]:
    """Return the indices, from 0, that digits behind a name may mean.

    >>> indices_of("2"), indices_of("23"), indices_of("10_3")
    (((1,),), ((22,), (1, 2)), ((9, 2),))
    """
    first, bar, second = text.partition("_")
    if bar:
        return ((int(first) - 1, int(second) - 1),)
    whole = ((int(first) - 1,),)
    return (*whole, (int(first[0]) - 1, int(first[1]) - 1)) if len(first) == 2 else whole


def entry_of(name: str, known: Container[str]) -> tuple[str, str] | None:
    """Return the array of `known` names that a name is an entry of, and the digits behind it."""
    for pattern in _ENTRIES:
        match = pattern.fullmatch(name)
        if match is not None and match[1] in known:
            return match[1], "_".join(match.groups()[1:])
    return None


def entry_at(name: str, shapes: Mapping[str, tuple[int | str, ...]]) -> tuple[str, tuple[int, ...]] | None:
    """Return the array that a name is an entry of, and its indices from 0; None where there is no such entry.

    >>> entry_at("W_23", {"W": (2, 3)}), entry_at("W_33", {"W": (2, 3)}), entry_at("b_12", {"b": (12,)})
    (('W', (1, 2)), None, ('b', (11,)))
    """
    found = entry_of(name, shapes)
    for indices in indices_of(found[1]) if found is not None else ():
        shape = shapes[found[0]]  # type: ignore[index]
        fits = (i >= 0 and (isinstance(size, str) or i < size) for i, size in zip(indices, shape, strict=False))
        if len(indices) == len(shape) and all(fits):
            return found[0], indices  # type: ignore[index]
    return None


def with_entries(
    equations: ParsedEquations, shape: SpecShape, arrays: Arrays, data: Data | None, problems: Problems
) -> ParsedEquations:
    """Return the equations with entries in place of the names that are such, and an equation for each of `vectors`."""
    read = list(equations.read)
    for name, parts in (shape.vectors or {}).items():
        body = ArrayCall("concat", tuple(Sym(part.text, at=part.place) for part in parts), at=name.place)
        if not parts:
            problems.error(f"the vector {name.text} has no entries", name.place)
            continue
        own = {part.text for part in parts}
        uses = (n for n, each in enumerate(read) if any(_is_part(s, name.text, own) for s in walk(each.body)))
        read.insert(next(uses, len(read)), Equation((name.text,), (name.place,), body))
    taken = _own_names(read, shape, data)
    bases = dict.fromkeys((*taken, *(sym.name for each in read for sym in walk(each.body) if isinstance(sym, Sym))))
    _check_clashes(taken, arrays, problems)

    def resolved(sym: Sym) -> Expr:
        found = entry_of(sym.name, bases) if sym.name not in taken else None
        if found is None or found[0] == sym.name:
            return sym
        base, digits = found
        return _entry(base, digits, sym, arrays)

    return replace(equations, read=tuple(replace(each, body=substitute(each.body, resolved)) for each in read))


def _is_part(node: Expr, vector: str, own: Container[str]) -> bool:
    """Return whether a node names a vector, or an entry of it that is none of its parts."""
    if not isinstance(node, Sym) or node.name in own:
        return False
    return node.name == vector or entry_of(node.name, (vector,)) is not None


def _entry(base: str, digits: str, sym: Sym, arrays: Arrays) -> Expr:
    """Return the entry as (row, column) where two digits are two numbers; which of both they are, the shape says later."""
    first, _, second = digits.partition("_")
    if second:
        return Entry(Sym(base, at=sym.at), int(first), int(second), at=sym.at)
    return Entry(Sym(base, at=sym.at), int(first), at=sym.at)


def _own_names(read: Iterable[Equation], shape: SpecShape, data: Data | None) -> dict[str, Place | None]:
    """Return the names that are an author's own, defined, declared or given, and where."""
    listed = (shape.parameters, shape.inputs, shape.targets, shape.constants, shape.values, shape.shapes)
    found: dict[str, Place | None] = {name.text: name.place for block in listed for name in block or ()}
    found |= {part.text: part.place for entries in (shape.vectors or {}).values() for part in entries}
    if data is not None:
        found |= dict.fromkeys(data.columns, data.place)
    return found | {name: place for each in read for name, place in zip(each.names, each.places, strict=True)}


def _check_clashes(taken: Mapping[str, Place | None], arrays: Arrays, problems: Problems) -> None:
    """Report a name of its own that is the name of an entry of an array with numbers or a shape."""
    shapes = {**arrays.shapes, **{name: value.shape for name, value in arrays.values.items()}}
    for name, place in taken.items():
        found = entry_of(name, shapes)
        if found is None or name in arrays.vectors.get(found[0], ()) or found[0] == name:
            continue
        base, digits = found
        fits = [i for i in indices_of(digits) if len(i) == len(shapes[base])]
        if fits:
            hint = f"call it something else, or let {base} have it for an entry: vectors: {{{base}: […]}}"
            problems.error(f"{name} is the name of an entry of {base}; it cannot be a quantity of its own", place, hint)
