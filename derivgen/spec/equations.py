"""Text → equations and the author's own functions, and what defines what.

A line that cannot be read is a problem; the others are read on. So are names defined twice, names used before they are defined,
and circles.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping

from derivgen.errors import Place, Problems, SpecError
from derivgen.frozen import dataclass, replace
from derivgen.maths.functions import FUNCTIONS, find, vocabulary
from derivgen.maths.grammar import Vocabulary, parse_equation, parse_expression, parse_signature
from derivgen.maths.plain import plain
from derivgen.maths.tree import (
    ArrayCall,
    Call,
    Expr,
    MatMul,
    Pi,
    Power,
    Prime,
    Reduce,
    Sym,
    Transpose,
    children,
    holds_any,
    substitute,
    walk,
)
from derivgen.spec.loops import unrolled
from derivgen.spec.model import Equation, FunctionDefinition
from derivgen.spec.reading import name_problem
from derivgen.spec.source import TextPlace
from derivgen.spec.yaml_nodes import Scalar

MAX_LINES = 5_000
MAX_FUNCTION_LEVELS = 8
MAX_FUNCTION_NESTING = 60
MAX_FUNCTION_CALLS = 100
PI = ("pi", "π")


@dataclass(frozen=True, slots=True)
class ParsedEquations:
    """The equations that could be read, and the left names of those that could not."""

    read: tuple[Equation, ...]
    unread: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Return whether every line could be read."""
        return not self.unread


def read_equations(written: Scalar | tuple[Scalar, ...], words: Vocabulary, problems: Problems) -> ParsedEquations:
    """Read one equation a line, of one text or of a list of texts; `#` starts a remark."""
    lines = _lines(written if isinstance(written, tuple) else (written,), problems)
    read: list[Equation] = []
    unread: list[str] = []
    for text, place in lines[:MAX_LINES]:
        try:
            names, body = parse_equation(text, place, words)
            read.append(Equation(tuple(n.name for n in names), tuple(n.at or place for n in names), body))
        except SpecError as error:
            problems.add(error)
            unread.extend(_left_names(text))
    return ParsedEquations(tuple(read), tuple(unread) if read or unread else ("?",))


_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")


def _lines(written: tuple[Scalar, ...], problems: Problems) -> list[tuple[str, Place]]:
    found = []
    for scalar in written:
        for text, place in scalar.lines():
            if isinstance(place, TextPlace) and place.is_folded and ("#" in text or len(_EQUALS.findall(text)) > 1):
                hint = "write `equations: |`, then one equation a line"
                problems.error("several equations need a bar behind the colon", scalar.place, hint)
                return []
            bare = text.partition("#")[0].rstrip()
            if bare:
                start = scalar.start if place == scalar.place else place
                found.append((bare, replace(start, length=len(bare))))
    if not found and written:
        problems.error("there is no equation here", written[0].place, "an equation reads: name = expression")
    found = unrolled(found, problems)
    if len(found) > MAX_LINES:
        problems.error(f"a spec of more than {MAX_LINES:,} equations is not taken", found[MAX_LINES][1])
    return found


def _left_names(text: str) -> list[str]:
    """Return the names a line defines, as far as they can be made out, so that their uses are not reported as well."""
    names = [name.strip() for name in text.partition("=")[0].split(",")]
    return [name for name in names if name_problem(name) is None] or ["?"]


def check_calls(equations: Iterable[Equation], arrays: bool, problems: Problems) -> None:
    """Check that a vector function stands alone on the right, with one name on the left for each of its outputs.

    In a spec with `arrays`, one of one argument takes an array and stands anywhere.
    """
    for equation in equations:
        _check_call(equation, arrays, problems)


def _check_call(equation: Equation, arrays: bool, problems: Problems) -> None:
    names, places, body = equation.names, equation.places, equation.body
    top = body if isinstance(body, Call) and is_vector(body.function) else None
    for node in walk(body) if holds_any(body, (Call, Prime)) else ():
        if arrays and isinstance(node, Call) and len(node.args) == 1:
            continue
        if isinstance(node, Call | Prime) and node is not top and is_vector(node.function):
            hint = f"give its outputs names on a line of their own: p_1, p_2 = {node.written}(…)"
            problems.error(f"{node.written} has several outputs, so it stands alone behind the =", node.at, hint)
    if top is not None and len(top.args) != len(names):
        hint = f"{top.written} has one output for each argument"
        problems.error(
            f"{_count(len(names), 'name')} on the left, {_count(len(top.args), 'output')} on the right",
            places[0],
            hint,
        )
    if top is None and len(names) > 1:
        vectors = ", ".join(function.names[0] for function in FUNCTIONS.values() if function.vector)
        problems.error(
            "several names on the left take a function with several outputs",
            places[1],
            f"such a function is: {vectors}",
        )


def is_vector(key: str) -> bool:
    """Return whether the function has one output per argument, as softmax has."""
    return key in FUNCTIONS and FUNCTIONS[key].vector


def _count(number: int, what: str) -> str:
    return f"one {what}" if number == 1 else f"{number} {what}s"


def read_functions(written: Mapping[Scalar, Scalar], problems: Problems) -> tuple[dict[str, FunctionDefinition], Vocabulary]:
    """Return the author's own functions by name, and the words an expression of this spec may use."""
    signatures = {key: names for key in written if (names := _signature(key, problems))}
    words = vocabulary({names[0].name: (len(names) - 1, len(names) - 1) for names in signatures.values()})
    found: dict[str, FunctionDefinition] = {}
    for key, names in signatures.items():
        name, arguments = names[0].name, tuple(sym.name for sym in names[1:])
        if name in found:
            problems.error(f"the function {name} is defined twice", names[0].at)
            continue
        body = read_expression(written[key], words, problems)
        if body is not None:
            body = with_pi(body, arguments)
            found[name] = FunctionDefinition(name, arguments, body, names[0].at)
            _check_body(found[name], problems)
    _check_recursion(found, problems)
    return found, words


def _signature(key: Scalar, problems: Problems) -> tuple[Sym, ...] | None:
    try:
        names = parse_signature(key.text, key.start)
    except SpecError:
        problems.error(f"{key.text[:40]!r} does not name a function and its arguments", key.place, 'write "swish(x)": x*sig(x)')
        return None
    name, arguments = names[0], [sym.name for sym in names[1:]]
    known = find(name.name)
    if name.name in {"mean", "sum", "cases"} or (known is not None and not FUNCTIONS[known].yields):
        problems.error(f"{name.name} is a function already", name.at, "`derivgen functions` lists them; choose another name")
        return None
    if len(set(arguments)) < len(arguments):
        problems.error(f"{name.name} names an argument twice", name.at)
        return None
    return names


def read_expression(scalar: Scalar, words: Vocabulary, problems: Problems) -> Expr | None:
    """Return one expression on one line; None when it cannot be read."""
    if scalar.folds or len(scalar.lines()) > 1:
        problems.error("an expression stands on one line", scalar.place)
        return None
    text, place = scalar.lines()[0] if scalar.lines() else ("", scalar.place)
    try:
        return parse_expression(text, scalar.start if place == scalar.place else place, words)
    except SpecError as error:
        problems.add(error)
        return None


def with_pi(expr: Expr, taken: Container[str]) -> Expr:
    """Return an expression in which `pi` and `π` are the number, but for names that are `taken`."""
    return substitute(expr, lambda sym: Pi(sym.name, at=sym.at) if sym.name in PI and sym.name not in taken else sym)


def _check_body(function: FunctionDefinition, problems: Problems) -> None:
    """Check that a function of one's own depends on its arguments only, and has one output."""
    for node in walk(function.body):
        if isinstance(node, Sym) and node.name not in function.arguments:
            hint = f"make it an argument: {function.name}({', '.join((*function.arguments, node.name))})"
            problems.error(f"{node.name} is no argument of {function.name}", node.at, hint)
        elif isinstance(node, Reduce):
            problems.error(f"{node.kind} of one argument runs over the samples and has no place in a function", node.at)
        elif isinstance(node, MatMul | Transpose | ArrayCall):
            sign = {MatMul: "@", Transpose: ".T"}.get(type(node)) or node.function  # type: ignore[union-attr]
            problems.error(f"{sign} has no place in a function of one's own: it works entry by entry", node.at)
        elif isinstance(node, Call) and is_vector(node.function):
            problems.error(f"{node.written} has several outputs and has no place in a function of one output", node.at)


def _check_recursion(functions: Mapping[str, FunctionDefinition], problems: Problems) -> None:
    uses = {
        name: [n.function for n in walk(f.body) if isinstance(n, Call | Prime) and n.function in functions]
        for name, f in functions.items()
    }
    rounds = circles(uses)
    for name, circle in rounds:
        problems.error(f"the function {name} calls itself: {' → '.join(circle)}", functions[name].place)
    if not rounds:
        _check_use(uses, functions, problems)


def _check_use(uses: Mapping[str, list[str]], functions: Mapping[str, FunctionDefinition], problems: Problems) -> None:
    """See that the author's functions use each other only so deep and so often: each use is worked out as if written out."""
    levels: dict[str, int] = {}
    calls: dict[str, int] = {}
    nesting: dict[str, int] = {}
    stack = list(uses)
    while stack:
        name = stack[-1]
        waiting = [used for used in uses[name] if used not in levels]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        levels[name] = 1 + max((levels[used] for used in uses[name]), default=0)
        calls[name] = sum(1 + calls[used] for used in uses[name])
        nesting[name] = _nesting(functions[name].body, nesting)
    for found, most, what in (
        (levels, MAX_FUNCTION_LEVELS, "functions that use each other"),
        (nesting, MAX_FUNCTION_NESTING, "brackets and functions within each other"),
        (calls, MAX_FUNCTION_CALLS, "uses of other functions"),
    ):
        first = next((name for name in uses if found[name] > most), None)
        if first is not None:
            message = f"written out, {first} comes to {found[first]:,} {what}; up to {most} are taken"
            hint = "give what it works out on the way a name, in an equation of its own"
            problems.error(message, functions[first].place, hint)
            return


def _nesting(body: Expr, known: Mapping[str, int]) -> int:
    """Return how deep an expression is nested, with the author's functions, whose depth is `known`, written out."""
    deepest = 0
    stack = [(body, 1)]
    while stack:
        node, depth = stack.pop()
        inside = known.get(node.function, 0) if isinstance(node, Call | Prime) else 0
        deepest = max(deepest, depth + inside)
        stack += [(child, depth + 1 + inside) for child in children(node)]
    return deepest


def circles(uses: Mapping[str, list[str]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return every circle of uses, once, from the name where it was met: `(a, (a, b, a))`. Works without recursion."""
    done: dict[str, bool] = {}
    found = []
    for root in uses:
        path: list[str] = []
        stack = [(root, iter(uses[root]))] if root not in done else []
        if stack:
            path.append(root)
            done[root] = False
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                done[name] = True
                stack.pop()
                path.pop()
            elif step in done and not done[step]:
                found.append((step, (*path[path.index(step) :], step)))
            elif step in uses and step not in done:
                done[step] = False
                path.append(step)
                stack.append((step, iter(uses[step])))
    return found


MAX_NAMES = 50_000


@dataclass(frozen=True, slots=True)
class Definitions:
    """Where each name is defined, what its definition uses, and the free names in the order of their first use."""

    equations: tuple[Equation, ...]
    defined: Mapping[str, Place]
    uses: Mapping[str, tuple[str, ...]]
    free: Mapping[str, Place]


def definitions(equations: tuple[Equation, ...], unread: tuple[str, ...], problems: Problems) -> Definitions:
    """Return the names of the equations. `unread` are the left names of lines that could not be read: they are defined, too."""
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


def check_euler(found: Definitions, declared: Container[str], problems: Problems) -> bool:
    """Report a free `e` raised to a power, almost surely meant as Euler's number; say if there is one."""
    before = len(problems.found)
    if "e" not in found.free or "e" in declared:
        return False
    for equation in found.equations:
        for node in walk(equation.body):
            if isinstance(node, Power) and isinstance(node.base, Sym) and node.base.name == "e":
                message = "e is a name like any other here, not Euler's number"
                hint = f"write exp({plain(node.exponent)}); a quantity of your own called e is declared: parameters: [e]"
                problems.error(message, node.base.at or equation.places[0], hint)
    return len(problems.found) > before


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
    """Return for each defined name whether it has one value per sample."""
    runs = dict.fromkeys(columns, True)
    for equation in found.equations if runs else ():
        for name in equation.names:
            runs[name] = any(runs.get(used, False) for used in _outside_reductions(equation.body))
    return {name: runs.get(name, False) for name in found.defined}


def _outside_reductions(body: Expr) -> Iterator[str]:
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, Sym):
            yield node.name
        elif not isinstance(node, Reduce):
            stack.extend(children(node))


def idle_reductions(found: Definitions, runs: Mapping[str, bool]) -> Iterator[Reduce]:
    """Yield every `mean` or `sum` of one argument that does not run over the samples."""
    for equation in found.equations:
        for node in walk(equation.body):
            if isinstance(node, Reduce) and not any(runs.get(name, False) for name in _outside_reductions(node.body)):
                yield node


def reached(found: Definitions, loss: str) -> dict[str, None]:
    """Return the names the loss depends on, itself among them."""
    seen: dict[str, None] = {}
    stack = [loss]
    while stack:
        name = stack.pop()
        if name not in seen:
            seen[name] = None
            stack.extend(found.uses.get(name, ()))
    return seen
