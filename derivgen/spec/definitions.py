"""What defines what: names defined twice, names used before they are defined, circles, and what runs over the samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from derivgen.errors import Place, Problems
from derivgen.maths.tree import Expr, Reduce, Sym, children, walk
from derivgen.spec.equations import circles
from derivgen.spec.model import Equation

MAX_NAMES = 50_000


@dataclass(frozen=True, slots=True)
class Definitions:
    """Where each name is defined, what its definition uses, and the free names in the order of their first use."""

    equations: tuple[Equation, ...]
    defined: Mapping[str, Place]
    uses: Mapping[str, tuple[str, ...]]
    free: Mapping[str, Place]


def definitions(equations: tuple[Equation, ...], unread: tuple[str, ...], problems: Problems) -> Definitions:
    """The names of the equations. `unread` are the left names of lines that could not be read: they are defined, too."""
    defined = _defined(equations, problems)
    known = dict.fromkeys((*defined, *unread))
    uses: dict[str, tuple[str, ...]] = {}
    free: dict[str, Place] = {}
    used_by = [_used(equation) for equation in equations]
    for equation, used in zip(equations, used_by, strict=True):
        for name in equation.names:
            uses.setdefault(name, tuple(used))
        for name, place in used.items():
            if name not in known:
                free.setdefault(name, place)
    _check_order(equations, used_by, defined, uses, problems)
    if len(defined) + len(free) > MAX_NAMES:
        problems.error(f"a spec of more than {MAX_NAMES:,} names is not taken")
    return Definitions(equations, defined, uses, free)


def _used(equation: Equation) -> dict[str, Place]:
    used: dict[str, Place] = {}
    for node in walk(equation.body):
        if isinstance(node, Sym):
            used.setdefault(node.name, node.at or equation.places[0])
    return used


def _defined(equations: tuple[Equation, ...], problems: Problems) -> dict[str, Place]:
    defined: dict[str, Place] = {}
    for equation in equations:
        for name, place in zip(equation.names, equation.places, strict=True):
            if name in defined:
                problems.error(f"{name} is defined a second time", place, f"the first definition is on line {defined[name].line}")
            else:
                defined[name] = place
    return defined


def _check_order(
    equations: tuple[Equation, ...],
    used_by: list[dict[str, Place]],
    defined: Mapping[str, Place],
    uses: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> None:
    within = {name: [used for used in names if used in uses] for name, names in uses.items()}
    rounds = circles(within)
    for name, circle in rounds:
        hint = "a name can use only names defined above it"
        problems.error(f"these definitions go round in a circle: {' → '.join(circle)}", defined[name], hint)
    circling = dict.fromkeys(name for _, circle in rounds for name in circle)
    ready: dict[str, None] = {}
    for equation, names in zip(equations, used_by, strict=True):
        for used, place in names.items():
            if used in defined and used not in ready and not (used in circling and equation.names[0] in circling):
                hint = f"it is defined only on line {defined[used].line}; move that line up"
                problems.error(f"{used} is used before it is defined", place, hint)
        ready.update(dict.fromkeys(equation.names))


def running(found: Definitions, columns: Iterable[str]) -> dict[str, bool]:
    """For each defined name whether it has one value per sample."""
    runs = dict.fromkeys(columns, True)
    for equation in found.equations:
        for name in equation.names:
            runs[name] = any(runs.get(used, False) for used in _outside_reductions(equation.body))
    return {name: runs[name] for name in found.defined}


def _outside_reductions(body: Expr) -> Iterator[str]:
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, Sym):
            yield node.name
        elif not isinstance(node, Reduce):
            stack.extend(children(node))


def idle_reductions(found: Definitions, runs: Mapping[str, bool]) -> Iterator[Reduce]:
    """Every `mean` or `sum` of one argument that does not run over the samples."""
    for equation in found.equations:
        for node in walk(equation.body):
            if isinstance(node, Reduce) and not any(runs.get(name, False) for name in _outside_reductions(node.body)):
                yield node


def reached(found: Definitions, loss: str) -> dict[str, None]:
    """The names the loss depends on, itself among them."""
    seen: dict[str, None] = {}
    stack = [loss]
    while stack:
        name = stack.pop()
        if name not in seen:
            seen[name] = None
            stack.extend(found.uses.get(name, ()))
    return seen
