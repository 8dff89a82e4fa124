"""A rule's name and what it made: the records of a derivation step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from derivgen.maths.functions import Library
from derivgen.maths.tree import Expr, Letter

Words = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's name, an English message (the key of its translations), and what is put into it: words or expressions."""

    message: str
    names: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a rule made of a derivative; `letter` is the one it put for an inner expression."""

    rule: Rule
    expr: Expr
    letter: Letter | None = None


NewLetter = Callable[[Expr], Letter]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules may ask: the table of functions, and a letter for an inner expression."""

    library: Library
    letter: NewLetter
