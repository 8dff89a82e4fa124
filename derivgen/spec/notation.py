"""The `notation` block → `Notation`: shorthands of derivatives, names of functions, names of groups of quantities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from derivgen.errors import Problems, closest
from derivgen.maths.grammar import Vocabulary, function_hint
from derivgen.spec.known import Known
from derivgen.spec.leaves import NAME, name_problem
from derivgen.spec.model import Notation, Shorthand
from derivgen.spec.shape import NotationShape
from derivgen.spec.yaml_text import Scalar

_DERIVATIVE = re.compile(rf"\s*d\s*({NAME})\s*(?:\(\s*({NAME})\s*\))?\s*/\s*d\s*({NAME})\s*")
_FUNCTION = re.compile(rf"\s*({NAME})\s*\(\s*({NAME})\s*\)\s*")


def read_notation(shape: NotationShape, layered: bool, words: Vocabulary, problems: Problems) -> Notation:
    """How derivations are written. Whether the names in it are names of the spec is for `check_notation` to say."""
    default = Notation()
    return Notation(
        chain=shape.chain or ("reuse" if layered else default.chain),
        chains=default.chains if shape.chain is None else None,
        product=shape.product,
        derivative=shape.derivative,
        sample=shape.sample,
        paths=shape.paths,
        shorthands=tuple(_shorthands(shape.shorthands or {}, words, problems)),
        names=MappingProxyType(dict(_names(shape.names or {}, words, problems))),
        abbreviations=tuple(name.text for name in shape.abbreviations or ()),
        vectors=MappingProxyType(
            {name.text: tuple(part.text for part in parts) for name, parts in (shape.vectors or {}).items()}
        ),
    )


def _shorthands(written: Mapping[Scalar, Scalar], words: Vocabulary, problems: Problems) -> Iterator[Shorthand]:
    """`L_y: dL/dyhat`, `dRL(z): dReLU(z)/dz`"""
    for key, text in written.items():
        match, call = _DERIVATIVE.fullmatch(text.text), _FUNCTION.fullmatch(key.text)
        if match is None:
            problems.error(f"{text.text[:40]!r} is no derivative", text.place, "write dL/dyhat, or dReLU(z)/dz")
        elif bool(call) != bool(match[2]) or (call and not call[2] == match[2] == match[3]):
            hint = "as in  L_y: dL/dyhat  and  dRL(z): dReLU(z)/dz"
            problems.error(f"{key.text[:40]} and {text.text[:40]} do not belong together", key.place, hint)
        elif call is None and name_problem(key.text) is not None:
            problems.error(f"{key.text[:40]!r} is not a name{name_problem(key.text)}", key.place)
        elif call is None:
            yield Shorthand(key.text, match[1], match[3], "", text.place)
        elif (function := _function(match[1], text, words, problems)) is not None:
            yield Shorthand(call[1], function, match[3], match[1], text.place)


def _names(written: Mapping[Scalar, Scalar], words: Vocabulary, problems: Problems) -> Iterator[tuple[str, str]]:
    """`sig: σ`, `sig': g'`: the function's key, with its prime, and what it is called."""
    for key, name in written.items():
        bare = key.text.rstrip("'")
        function = _function(bare, key, words, problems)
        if len(key.text) - len(bare) > 1:
            problems.error(f"{key.text[:40]!r}: only the first derivative has a name", key.place)
        elif (wrong := name_problem(name.text.rstrip("'"))) is not None:
            problems.error(f"{name.text[:40]!r} is not a name{wrong}", name.place, "a name, and primes behind it: g, g', dRL")
        elif function is not None:
            yield function + key.text[len(bare) :], name.text


def _function(written: str, place: Scalar, words: Vocabulary, problems: Problems) -> str | None:
    """The key of a function of one argument."""
    key = words.find(written)
    if key is None:
        hint = function_hint(written, words.names) or "`derivgen functions` lists them"
        problems.error(f"there is no function {written[:40]!r}", place.place, hint)
    elif words.arity(key)[0] != 1 or words.arity(key)[1] is None:
        problems.error(f"{written} is no function of one argument", place.place)
    else:
        return key
    return None


def check_notation(shape: NotationShape, names: tuple[str, ...], defined: tuple[str, ...], problems: Problems) -> None:
    """Shorthands and groups are of names of the spec, and are themselves called by names that are free."""
    known, new = Known(names), dict.fromkeys(key.text.partition("(")[0].strip() for key in shape.shorthands or {})
    for key in (*(shape.shorthands or {}), *(shape.vectors or {})):
        name = key.text.partition("(")[0].strip()
        if name in known:
            problems.error(f"{name} is a quantity of this spec already", key.place, "take a name that is free")
    for text in (shape.shorthands or {}).values():
        match = _DERIVATIVE.fullmatch(text.text)
        if match is not None and not match[2]:
            _check_derivative(match[1], match[3], text, known, defined, problems)
    for short in shape.abbreviations or ():
        if short.text not in defined:
            hint = closest(short.text, defined) or "as in  g = w_7*a_3"
            problems.error(f"{short.text} under abbreviations is not defined by an equation", short.place, hint)
    for key, parts in (shape.vectors or {}).items():
        if key.text in new:
            problems.error(f"{key.text} is a shorthand already", key.place)
        if len(parts) < 2:
            problems.error(f"the group {key.text} needs two names or more", key.place, "as in  h: [h_1, h_2]")
        for part in parts:
            if part.text not in known:
                problems.error(f"{part.text} under vectors is no name of this spec", part.place, known.near(part.text, problems))


def _check_derivative(of: str, by: str, text: Scalar, known: Known, defined: tuple[str, ...], problems: Problems) -> None:
    for name in (of, by):
        if name not in known:
            problems.error(f"{name} under shorthands is no name of this spec", text.place, known.near(name, problems))
    if of in known and of not in defined:
        problems.error(f"{of} has no definition, so it has no derivative", text.place)
