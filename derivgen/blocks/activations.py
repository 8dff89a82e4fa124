"""The block `activations`: each function's formula and derivative, tried out at points, and both drawn; a figure for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from derivgen.blocks.record import ShownBlock, once, title
from derivgen.documents.document import Block, Figure, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import Drawing, Label, Parts, Wire, content_size, framed
from derivgen.drawings.plot import Axes, Trace, plot, ticks_between
from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.maths.arithmetic import DomainError, Number, precision
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.functions import FUNCTIONS, OUTPUT, Library, bound, find, written
from derivgen.maths.grammar import function_hint
from derivgen.maths.plain import plain
from derivgen.maths.style import Style
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import Call, Compare, Expr, Neg, Num, Prime, Quotient, Sum, Sym, number, walk
from derivgen.spec.model import Show

POINTS = (Fraction(-7, 3), Fraction(-1, 2), Fraction(1, 3), Fraction(2))
STEP = Fraction(1, 10**30)
X = Sym("x")


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of x: f(x), further arguments being numbers, with its formula (None: it has none) and its derivative's."""

    call: Call
    formula: Expr | None
    prime: Prime
    slope: Expr


def activations(evaluation: Evaluation, show: Show) -> tuple[Activation, ...]:
    """Return the functions asked for by name, else those used. Raises SpecError for one that is no function of x."""
    library = evaluation.graph.library
    calls = [_asked(library, show, place) for place in range(len(show.arguments))] or _used(evaluation.graph)
    return tuple(_activation(library, call) for call in calls)


def _asked(library: Library, show: Show, place: int) -> Call:
    name = show.arguments[place]
    key = name if name in library.own else find(name)
    if key is None:
        names = (*library.own, *(name for entry in FUNCTIONS.values() for name in entry.names))
        hint = function_hint(name, names) or "`derivgen functions` lists them"
        raise SpecError(Problem(f"there is no function {name[:40]!r}", show.places[place], hint))
    if library[key].arity[0] != 1 or library[key].vector or library[key].many:
        raise SpecError(Problem(f"{name} is no function of one argument", show.places[place], "take it out of `activations`"))
    return Call(key, (X,), name)


def _used(graph: Graph) -> list[Call]:
    """Return the activations among the functions that the definitions call, each with its further numbers once."""
    found: dict[tuple, Call] = {}
    for quantity in graph.quantities.values():
        for node in walk(quantity.definition) if quantity.definition is not None else ():
            if not isinstance(node, Call) or node.component is not None:
                continue
            function, numbers = graph.library[node.function], node.args[1:]
            if function.activation and function.arity[0] == 1 and all(isinstance(number, Num) for number in numbers):
                found.setdefault((node.function, numbers), Call(node.function, (X, *numbers), node.written))
    return list(found.values())


def _activation(library: Library, call: Call) -> Activation:
    names = library.arguments(call.function, call.args)
    spelled = library[call.function].spelled
    value = written(spelled) if spelled else library.value(call.function)
    slope = _filled(derivative_formula(library, call.function, 0), {**names, OUTPUT: call})
    prime = Prime(call.function, call.args, call.written)
    return Activation(call, None if value is None else _filled(value, names), prime, slope)


def _filled(formula: Expr, names: Mapping[str, Expr]) -> Expr:
    """A formula in x: as it is written where x alone is put in, tidied where a number is."""
    put = bound(formula, names)
    return tidy(put) if any(isinstance(value, Num) for value in names.values()) else put


def activation_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """Yield f and f' at a few points: by their formulas, and f' by a difference of f as well."""
    env = Environment({}, evaluation.graph.library)
    for each in activations(evaluation, show):
        for point in POINTS:
            try:
                yield from _at(each, point, env)
            except DomainError:
                continue


def _at(each: Activation, point: Fraction, env: Environment) -> Iterator[Equality]:
    about = (each.call.written or each.call.function, str(point))
    value = equality(
        (LineKind.ACTIVATION, *about), *(_put(side, point) for side in (each.call, each.formula) if side is not None)
    )
    ahead, behind = (_put(each.call, point + step) for step in (STEP, -STEP))
    difference = Quotient(Sum((ahead, Neg(behind))), Num(2 * STEP))
    slope = equality((LineKind.ACTIVATION_SLOPE, *about), _put(each.prime, point), _put(each.slope, point), difference)
    for line in (value, slope):
        _ = [evaluate(side, env) for side in line.sides]
        yield line


def _put(expr: Expr, point: Fraction) -> Expr:
    return bound(expr, {X.name: Num(point)})


def value_at(expr: Expr, point: float, library: Library) -> Number | None:
    """Return the number of a formula in x; None where it has none."""
    try:
        return evaluate(expr, Environment({X.name: (Fraction(point),)}, library))
    except DomainError:
        return None


REACH = 4.0  # x from -4 to 4, and no value beyond
SAMPLES = 96
SIZE = (3.3, 1.9)
WIDEST = 16.0
_TICKS, _GAP, _ROOM = 0.75, 0.35, 0.3
_HALVINGS = 24

Points = tuple[tuple[float, float], ...]


def activation_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return a figure for each function, all equally wide."""
    rows = activations(sheet.evaluation, show)
    if not rows:
        return ()
    column = _Column.of(rows, sheet.style)
    first, *rest = (Figure(_row(sheet, each, column), _said(sheet, each)) for each in rows)
    return (Together((title(sheet, "Activations"), first)), *rest)


@dataclass(frozen=True, slots=True)
class _Column:
    """The formulas' column: how wide, and how large the formulas are printed."""

    width: float
    size: str

    @classmethod
    def of(cls, rows: tuple[Activation, ...], style: Style) -> _Column:
        formulas = [formula for each in rows for formula in _formulas(each)]
        for size in ("display", "normal", "small"):
            width = max((content_size(formula, size, style)[0] for formula in formulas), default=0.0)
            if width + 2 * (_TICKS + SIZE[0] + _GAP) <= WIDEST:
                break
        return cls(width, size)


def _formulas(each: Activation) -> tuple[Expr, ...]:
    """f(x) = …, f'(x) = …"""
    slope = Compare("==", each.prime, each.slope)
    return (slope,) if each.formula is None else (Compare("==", each.call, each.formula), slope)


def _said(sheet: Sheet, each: Activation) -> str:
    formulas = ", ".join(plain(formula).replace("==", "=") for formula in _formulas(each))
    return sheet.words.say("{formulas}; both drawn for x from -4 to 4, the derivative dashed.", formulas=formulas)


def _row(sheet: Sheet, each: Activation, column: _Column) -> Drawing:
    """Return the formulas, one below the other, then the plot of f and that of f'; a line above the row."""
    library, style = sheet.graph.library, sheet.style
    x = column.width + _TICKS
    with precision(20):
        value = _plotted(each.call, each.call, library, (x, 0.0), False, style)
        slope = _plotted(each.slope, each.prime, library, (x + SIZE[0] + _GAP + _TICKS, 0.0), True, style)
    right = x + 2 * SIZE[0] + _GAP + _TICKS + 0.1
    top = SIZE[1] + 0.95
    rule = Wire(((0.0, top), (right, top)), arrow=False, quiet=True)
    return framed(Parts(wires=(rule,), labels=_stacked(_formulas(each), column, style)) + value + slope, style)


def _stacked(formulas: tuple[Expr, ...], column: _Column, style: Style) -> list[Label]:
    """Formulas at the left edge, centred on the plots' height."""
    sizes = [content_size(formula, column.size, style) for formula in formulas]
    high = sum(height for _, height in sizes) + _ROOM * (len(sizes) - 1)
    y, found = SIZE[1] / 2 + high / 2, []
    for formula, (width, height) in zip(formulas, sizes, strict=True):
        found.append(Label(width / 2, y - height / 2, formula, size=column.size, ground=False))
        y -= height + _ROOM
    return found


def _plotted(formula: Expr, name: Expr, library: Library, corner: tuple[float, float], dashed: bool, style: Style) -> Parts:
    """One function of x drawn in its own frame."""
    pieces, marks = _traced(formula, library)
    ys = [y for piece in pieces for _, y in piece]
    low, high = min(0.0, *ys), max(0.0, *ys)
    low, high = (low - 1, high + 1) if high - low < 1e-9 else (low, high)
    margin = 0.08 * (high - low)
    axes = Axes(
        (-REACH, REACH),
        (low - margin, high + margin),
        tuple(number(k) for k in (-4, -2, 0, 2, 4)),
        ticks_between(low - margin, high + margin, 3),
        y_name=name,
    )
    traces = [Trace(piece, dashed) for piece in pieces]
    traces += [Trace((point,), dots=True, ring=hollow) for point, hollow in marks]
    return plot(axes, traces, corner, SIZE, style)


def _traced(formula: Expr, library: Library) -> tuple[list[Points], list[tuple[tuple[float, float], bool]]]:
    """Return the curve in pieces, cut where it has no value, leaves the window, or jumps; and the ends at jumps, hollow first."""
    xs = [-REACH + 2 * REACH * k / SAMPLES for k in range(SAMPLES + 1)]
    points = [(x, _number(formula, x, library)) for x in xs]
    pieces: list[list[tuple[float, float]]] = [[]]
    marks: list[tuple[tuple[float, float], bool]] = []
    before: tuple[float, float] | None = None
    for x, y in points:
        if y is None or abs(y) > REACH:
            pieces.append([])
            before = None
            continue
        if before is not None and (jump := _jump(formula, library, before, (x, y))) is not None:
            left, right, middle = jump
            pieces[-1].append(left)
            pieces.append([right])
            marks += [(end, abs(end[1] - middle) > 0.01) for end in (left, right)]
        pieces[-1].append((x, y))
        before = (x, y)
    return [tuple(piece) for piece in pieces if len(piece) > 1], sorted(marks, key=lambda mark: not mark[1])


def _jump(
    formula: Expr, library: Library, left: tuple[float, float], right: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float], float] | None:
    """Both ends of a jump between two points, and the value in it; None where the curve only climbs."""
    wanted = abs(right[1] - left[1]) / 2
    if wanted < 0.1:
        return None
    for _ in range(_HALVINGS):
        middle = (left[0] + right[0]) / 2
        y = _number(formula, middle, library)
        if y is None:
            return None
        first, second = abs(y - left[1]), abs(right[1] - y)
        left, right = (left, (middle, y)) if first > second else ((middle, y), right)
        if abs(right[1] - left[1]) < wanted:
            return None
    at = round((left[0] + right[0]) / 2, 4)
    inside = _number(formula, at, library)
    return (at, left[1]), (at, right[1]), left[1] if inside is None else inside


def _number(formula: Expr, x: float, library: Library) -> float | None:
    value = value_at(formula, x, library)
    return None if value is None else float(value)


ACTIVATIONS = ShownBlock(
    "activations",
    activation_blocks,
    activation_lines,
    means="the activations, with their plots",
    of=once(lambda sheet: bool(activations(sheet.evaluation, Show("activations")))),
    lacking="the computation uses none",
)
