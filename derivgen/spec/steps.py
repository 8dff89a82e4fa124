"""What is to be differentiated step by step: an expression, a function by its name, or a quantity; and by which name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from derivgen.errors import Place, Problem, SpecError, closest
from derivgen.frozen import dataclass
from derivgen.maths.functions import FUNCTIONS, vocabulary
from derivgen.maths.grammar import Vocabulary, parse_expression
from derivgen.maths.tree import Call, Expr, Prime, Reduce, SumOver, Sym, symbols, walk
from derivgen.spec.equations import with_pi
from derivgen.spec.model import FunctionDefinition, Show

MOST_OPERATIONS = 250
_NO_USES: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Asked:
    """d expr / d by. Of a quantity, `expr` is its name."""

    expr: Expr
    by: str


def words_of(own: Mapping[str, FunctionDefinition]) -> Vocabulary:
    """Return the functions that may be used: the table's and the spec's own."""
    return vocabulary({name: (len(function.arguments), len(function.arguments)) for name, function in own.items()})


def asked(
    text: str,
    place: Place,
    wrt: tuple[str, Place] | None,
    own: Mapping[str, FunctionDefinition] = MappingProxyType({}),
    uses: Mapping[str, tuple[str, ...]] = _NO_USES,
    choice: str = "choose it: --wrt {name}",
) -> Asked:
    """Return the expression and the name to differentiate it by: `wrt`, or the one free name there is.

    `uses` holds the names in each quantity's definition, `choice` says how a name is chosen. Raises SpecError for what cannot be
    read, is too long, or leaves it open by which name.
    """
    expr = _expression(text.strip(), place, own, uses, () if wrt is None else (wrt[0],))
    names = _names(expr, uses)
    if wrt is not None:
        if wrt[0] not in names:
            known = (name for name in names if name != wrt[0])
            hint = closest(wrt[0], known) or (f"its names are: {', '.join(names)}" if names else None)
            raise SpecError(Problem(f"{wrt[0][:40]} does not stand in {_shown(text)}", wrt[1], hint))
        return Asked(expr, wrt[0])
    if not names:
        raise SpecError(Problem("there is no name to differentiate by", place, "for example  x^2*exp(-x)"))
    free = [name for name in names if name not in uses and not (isinstance(expr, Sym) and name == expr.name)]
    if not free:
        raise SpecError(Problem(f"{_shown(text)} is no function or quantity of this spec", place, "for example  x^2*exp(-x)"))
    if len(free) > 1:
        raise SpecError(
            Problem(f"by which name? {_shown(text)} has {', '.join(free)}", place, choice.format(name=free[0], text=_shown(text)))
        )
    return Asked(expr, free[0])


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _expression(
    text: str, place: Place, own: Mapping[str, FunctionDefinition], uses: Mapping[str, tuple[str, ...]], free: tuple[str, ...]
) -> Expr:
    """Return what is written; `pi` is the number, but where it is one of the spec's names or of those that are `free`."""
    words = words_of(own)
    if re.fullmatch(r"\w+", text):
        if text in uses:
            return Sym(text, at=place)
        key = words.find(text)
        if key is not None:
            return _call(key, text, own)
    expr = with_pi(parse_expression(text, place, words), (*uses, *free))
    if sum(1 for _ in walk(expr)) > MOST_OPERATIONS:
        raise SpecError(Problem("this expression is too long to be differentiated step by step", place, "take it apart first"))
    for node in walk(expr):
        if isinstance(node, Call | Prime) and node.function in FUNCTIONS and FUNCTIONS[node.function].vector:
            hint = f"ask for the first one by name: {node.written}"
            raise SpecError(Problem(f"{node.written} has several outputs", node.at or place, hint))
    return expr


def _call(key: str, written: str, own: Mapping[str, FunctionDefinition]) -> Expr:
    """Return a function of its own arguments: sig(x), max(x_1, x_2), the first output of softmax(x_1, x_2)."""
    if key in own:
        names = own[key].arguments
    elif FUNCTIONS[key].many:
        names = ("x_1", "x_2")
    else:
        names = FUNCTIONS[key].arguments[: FUNCTIONS[key].arity[0]]
    component = 0 if key not in own and FUNCTIONS[key].vector else None
    return Call(key, tuple(Sym(name) for name in names), written, component)


def _names(expr: Expr, uses: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names in the expression and in the definitions of those."""
    found: dict[str, None] = {}
    stack = list(symbols(expr))[::-1]
    while stack:
        name = stack.pop()
        if name not in found:
            found[name] = None
            stack += uses.get(name, ())[::-1]
    return tuple(found)


def is_of_the_spec(expr: Expr, uses: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether it is about the spec's quantities: one of them, or a mean or sum; anything else is a formula by itself."""
    return any(isinstance(node, (Reduce, SumOver)) or (isinstance(node, Sym) and node.name in uses) for node in walk(expr))


def asked_of(show: Show, own: Mapping[str, FunctionDefinition], uses: Mapping[str, tuple[str, ...]]) -> Asked:
    """Return what a block `steps` asks for. Raises SpecError."""
    wrt = (show.arguments[1].strip(), show.places[1]) if len(show.arguments) > 1 else None
    return asked(show.arguments[0], show.places[0], wrt, own, uses, 'write  steps: ["{text}", "{name}"]')
