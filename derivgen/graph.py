"""Spec → Graph: ordered named quantities, each with a role, a definition in quantities before it, and what it runs over."""

from __future__ import annotations

from collections.abc import Mapping, Set
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import cached_property

from derivgen.decomposition import decomposed
from derivgen.errors import Place, SpecError
from derivgen.frozen import dataclass, field, replace
from derivgen.maths.functions import LOGARITHMS, Library
from derivgen.maths.symbolic import to_sympy
from derivgen.maths.tree import (
    STOP,
    Call,
    Expr,
    Quotient,
    Reduce,
    Sum,
    Sym,
    children,
    holds_any,
    rebuild,
    substitute,
    symbols,
    varying,
    walk,
)
from derivgen.spec.model import EMPTY, Equation, Spec
from derivgen.spec.roles import count_names

GENERIC_SAMPLES = 3
"""How many samples stand in for a symbolic number of them when a formula is tried out."""
OTHER_COUNTS = (2, 5)
"""Further numbers of samples: what is true, or known, with a symbolic number of them does not depend on which it is."""


_TABLE = Library()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named value, or one value per sample. A leaf has no definition.

    `role` is input, target, parameter, constant, intermediate or loss; `outputs` are all outputs of a vector function,
    `sampled` those that run over the samples, here and elsewhere.
    """

    name: str
    role: str
    definition: Expr | None = None
    per_sample: bool = False
    outputs: tuple[str, ...] = ()
    place: Place | None = None
    library: Library = field(default=_TABLE, compare=False, repr=False)
    sampled: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def sympy(self):
        """Return the definition as a SymPy expression in the names it uses; of a leaf, its symbol."""
        return to_sympy(self.definition if self.definition is not None else Sym(self.name), self.library, None, self.sampled)


@dataclass(frozen=True)
class Graph:
    """The quantities in an order in which each is defined by ones before it.

    `given` holds exact numbers, one entry or one per sample; `samples` is how many there are, `count` how that is printed.
    """

    spec: Spec
    quantities: Mapping[str, Quantity]
    loss: str
    samples: int
    count: int | str
    index: str
    library: Library
    given: Mapping[str, tuple[Fraction, ...]]
    wrt: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Second names, each with the quantity it stands for; `written` are definitions as they are stated with them."""
    written: Mapping[str, Expr] = field(default_factory=lambda: EMPTY)
    bare: frozenset[str] = frozenset()
    """Names without an index on the page though they count as having a value per sample (`derivgen.derivation.ratios`)."""

    @property
    def symbolic_samples(self) -> bool:
        """Return whether the samples are only named, not listed."""
        return isinstance(self.count, str) or (self.spec.data is not None and self.spec.data.rows is None)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Return the names of all quantities that have one value per sample."""
        return frozenset(name for name, quantity in self.quantities.items() if quantity.per_sample)

    @property
    def sampled(self) -> tuple[str, ...]:
        """Return the names of what has one value per sample."""
        return self.quantities[self.loss].sampled

    def per_sample(self, name: str) -> bool:
        """Tell whether the quantity has one value per sample."""
        return self.quantities[name].per_sample

    def indexed(self, name: str) -> bool:
        """Tell whether the name carries the samples' index on the page."""
        return name not in self.bare and self.per_sample(self.aliases.get(name, name))

    def backward_order(self) -> tuple[str, ...]:
        """Return every quantity after all that use it.

        Definitions come from the last to the first, each followed by the leaves that nothing else uses any more.
        """
        first_user: dict[str, str] = {}
        for name in self.quantities:
            for operand in self.operands(name):
                if self.quantities[operand].definition is None:
                    first_user.setdefault(operand, name)
        users = dict.fromkeys(first_user.values())
        leaves = {user: [leaf for leaf in self.operands(user) if first_user.get(leaf) == user] for user in users}
        order = [
            each
            for name in reversed(tuple(self.quantities))
            if self.quantities[name].definition is not None
            for each in (name, *leaves.get(name, ()))
        ]
        listed = dict.fromkeys(order)
        return tuple(listed) + tuple(name for name in self.quantities if name not in listed)

    def operands(self, name: str) -> tuple[str, ...]:
        """Return the names in a quantity's definition, in the order in which they are written."""
        return self._operands[name]

    def varying(self, name: str) -> tuple[str, ...]:
        """Return the operands of a quantity but for those that are written inside of `stop(…)` only."""
        if name not in self.stopping:
            return self.operands(name)
        definition = self.quantities[name].definition
        assert definition is not None
        return tuple(dict.fromkeys(node.name for node in varying(definition) if isinstance(node, Sym)))

    @cached_property
    def logged(self) -> tuple[Expr, ...]:
        """Return what logarithms are taken of somewhere, of a quotient its two parts: what 0·ln 0 leaves below a bar."""
        found: dict[Expr, None] = {}
        for quantity in self.quantities.values():
            for node in walk(quantity.definition) if quantity.definition is not None else ():
                if isinstance(node, Call) and node.function in LOGARITHMS:
                    inside = node.args[0]
                    found |= dict.fromkeys((inside, *((inside.over, inside.under) if isinstance(inside, Quotient) else ())))
        return tuple(found)

    @cached_property
    def stopping(self) -> tuple[str, ...]:
        """Return the quantities with a `stop(…)` in their definition."""
        found = ((name, quantity.definition) for name, quantity in self.quantities.items())
        return tuple(name for name, expr in found if expr is not None and _stops(expr))

    @cached_property
    def _operands(self) -> dict[str, tuple[str, ...]]:
        definitions = {name: quantity.definition for name, quantity in self.quantities.items()}
        return {name: () if definition is None else symbols(definition) for name, definition in definitions.items()}


def build(spec: Spec) -> Graph:
    """Build the graph of a spec. Raises SpecError where names made by the machine meet names of the author's."""
    equations = _hoisted(spec)
    if spec.decompose is not None:
        equations, constants = decomposed(equations, spec)
    else:
        constants = {}
    given = _given(spec, equations) | {name: (value,) for name, value in constants.items()}
    library = library_of(spec)
    quantities = _quantities(spec, equations, tuple(constants), library)
    sampled = tuple(name for name, quantity in quantities.items() if quantity.per_sample)
    if sampled:
        quantities = {name: replace(quantity, sampled=sampled) for name, quantity in quantities.items()}
    graph = Graph(
        spec, quantities, spec.loss, _samples(spec), _count(spec), spec.data.index if spec.data else "i", library, given, ()
    )
    return replace(graph, wrt=_wanted(graph), aliases=spec.aliases, written=_stated(spec, quantities))


def _stated(spec: Spec, quantities: Mapping[str, Quantity]) -> Mapping[str, Expr]:
    """The loss as it is stated: with the outputs' second names."""
    seconds = {first: second for second, first in spec.aliases.items()}
    loss = quantities[spec.loss].definition
    if not seconds or loss is None:
        return EMPTY
    return {spec.loss: substitute(loss, lambda sym: Sym(seconds.get(sym.name, sym.name), sym.index, at=sym.at))}


def library_of(spec: Spec) -> Library:
    """Return the table of functions with the spec's own functions and conventions."""
    own = {name: (function.arguments, function.body) for name, function in spec.functions.items()}
    conventions = {key: taken if isinstance(taken, str) else tuple(v.value for v in taken) for key, taken in spec.kinks.items()}
    named = {name.removesuffix("'") for name in spec.notation.names if name.endswith("'")}
    return Library(own, conventions, tuple(sorted(named | {short.of for short in spec.notation.shorthands if short.is_function})))


def _samples(spec: Spec) -> int:
    if spec.data is None:
        return 1
    if spec.data.rows is not None:
        return len(spec.data.rows)
    return spec.data.count if isinstance(spec.data.count, int) else GENERIC_SAMPLES


def _count(spec: Spec) -> int | str:
    return spec.data.count if spec.data is not None and spec.data.rows is None else _samples(spec)


def _given(spec: Spec, equations: tuple[Equation, ...]) -> dict[str, tuple[Fraction, ...]]:
    given: dict[str, tuple[Fraction, ...]] = {
        name: (value.value,) for name, value in (*spec.constants.items(), *spec.values.items())
    }
    if spec.data is not None and spec.data.rows is not None:
        for place, column in enumerate(spec.data.columns):
            given[column] = tuple(row[place].value for row in spec.data.rows)
        given |= dict.fromkeys(_counts(spec, equations), (Fraction(len(spec.data.rows)),))
    return given


def _counts(spec: Spec, equations: tuple[Equation, ...]) -> tuple[str, ...]:
    """The name of the number of samples, where an equation uses it."""
    used = {name for equation in equations for name in symbols(equation.body)}
    return tuple(name for name in count_names(spec.data) if name in used)


def _quantities(spec: Spec, equations: tuple[Equation, ...], constants: tuple[str, ...], library: Library) -> dict[str, Quantity]:
    """Leaves first (inputs, targets, parameters, constants), then what is defined, in the order of the definitions."""
    columns = spec.data.columns if spec.data is not None else ()
    quantities: dict[str, Quantity] = {}
    defined = {name for equation in equations for name in equation.names}
    roles = (
        ("input", spec.inputs),
        ("target", spec.targets),
        ("parameter", spec.parameters),
        ("constant", (*spec.constants, *spec.open_constants, *constants, *_counts(spec, equations))),
    )
    for role, names in roles:
        for name in names:
            if name not in quantities and name not in defined:
                quantities[name] = Quantity(name, role, None, name in columns, library=library)
    running = dict.fromkeys(columns)
    for equation in equations:
        _define(quantities, equation, spec, running, library)
    return quantities


def _define(quantities: dict[str, Quantity], equation: Equation, spec: Spec, running: dict[str, None], library: Library) -> None:
    """Note an equation's quantities; `running` are the names so far that have one value per sample."""
    for name in symbols(equation.body):
        if name not in quantities:
            quantities[name] = Quantity(name, "parameter", None, name in running, library=library)
    per_sample = runs_over_samples(equation.body, running.keys())
    if per_sample:
        running.update(dict.fromkeys(equation.names))
    several = len(equation.names) > 1 or _is_vector(equation.body)
    for component, (name, place) in enumerate(zip(equation.names, equation.places, strict=True)):
        body = equation.body
        if several and isinstance(body, Call):
            body = Call(body.function, body.args, body.written, component, at=body.at)
        role = "loss" if name == spec.loss else "constant" if name in spec.open_constants else "intermediate"
        outputs = equation.names if several else (name,)
        quantities[name] = Quantity(name, role, body, per_sample, outputs, place, library)


def _is_vector(body: Expr) -> bool:
    return isinstance(body, Call) and body.function == "softmax"


def runs_over_samples(expr: Expr, columns: Set[str]) -> bool:
    """Tell whether the expression has one value per sample: a per-sample name outside every `mean` and `sum`."""
    stack = [expr] if columns else []
    while stack:
        node = stack.pop()
        if type(node) is Sym and node.name in columns:
            return True
        if type(node) is not Reduce:
            stack.extend(children(node))
    return False


def _hoisted(spec: Spec) -> tuple[Equation, ...]:
    """The equations, with a `mean` or `sum` that stands inside a per-sample definition (or another one) given a line of its own.

    A mean over the samples that each sample then uses is a quantity: `u = x - mean(x)` becomes `mean_1 = mean(x)`,
    `u = x - mean_1`.
    """
    columns = set(spec.data.columns) if spec.data is not None else set()
    taken = {name for equation in spec.equations for name in (*equation.names, *symbols(equation.body))}
    result: list[Equation] = []
    for equation in spec.equations:
        body = equation.body
        nested = runs_over_samples(body, columns)
        body = _lifted(body, nested, result, taken, equation)
        if runs_over_samples(body, columns):
            columns.update(equation.names)
        result.append(Equation(equation.names, equation.places, body))
    return tuple(result)


def _lifted(expr: Expr, inside: bool, result: list[Equation], taken: set[str], equation: Equation) -> Expr:
    if isinstance(expr, Reduce):
        body = _lifted(expr.body, True, result, taken, equation)
        lone = Reduce(expr.kind, body, at=expr.at)
        if not inside:
            return lone
        name = next(f"{expr.kind}_{k}" for k in range(1, 10_000) if f"{expr.kind}_{k}" not in taken)
        taken.add(name)
        result.append(Equation((name,), (expr.at or equation.places[0],), lone))
        return Sym(name, at=expr.at)
    if not holds_any(expr, (Reduce,)):
        return expr
    return rebuild(expr, lambda part: _lifted(part, inside, result, taken, equation))


def _wanted(graph: Graph) -> tuple[str, ...]:
    """The names to differentiate by: `wrt` as names or globs, each once, in the patterns' order; a glob's in backward order."""
    asked, quantities = graph.spec.wrt or graph.spec.parameters, graph.quantities
    patterns = tuple(pattern for pattern in asked if "/" not in pattern)
    order = graph.backward_order() if "*" in patterns else tuple(quantities)
    order = tuple(name for name in order if name not in count_names(graph.spec.data))
    known = dict.fromkeys(order)
    found = {pattern: (pattern,) if pattern in known else matching(pattern, order) for pattern in patterns}
    names = [name for pattern in patterns for name in found[pattern]]
    unknown = [pattern for pattern in patterns if not found[pattern]]
    if unknown:
        from derivgen.errors import Problem, closest

        raise SpecError([Problem(f"wrt: no name matches {pattern}", None, closest(pattern, quantities)) for pattern in unknown])
    return tuple(dict.fromkeys(names))


def matching(pattern: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that a name or glob means.

    >>> matching("W_*", ("W_1", "b", "W_2")), matching("b", ("W_1", "b"))
    (('W_1', 'W_2'), ('b',))
    """
    return (pattern,) if pattern in names else tuple(name for name in names if fnmatchcase(name, pattern))


def _stops(expr: Expr) -> bool:
    return holds_any(expr, (Call,)) and any(type(node) is Call and node.function == STOP for node in walk(expr))


def term_index(expr: Sum) -> dict[str, tuple[int, ...]]:
    """Return for each name in a sum, the numbers of the terms in which it is written."""
    found: dict[str, list[int]] = {}
    for place, term in enumerate(expr.terms):
        for name in symbols(term):
            found.setdefault(name, []).append(place)
    return {name: tuple(places) for name, places in found.items()}
