"""The block `autograd`: one quantity as a node of automatic differentiation, drawn as a box.

It has forward() above, what it saves in the middle and backward() below, data and gradients at its sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.blocks.record import ShownBlock
from derivgen.derivation.derive import LocalDerivative
from derivgen.documents.document import Block, Figure, Heading, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import Drawing, Label, Parts, Shape, Wire, content_size, framed
from derivgen.errors import Problem, SpecError, closest
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.adjoints import contribution_of, slope_of
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.forward import definition_line
from derivgen.lines.notation import has_samples, local_partial, number_format, partial, symbol
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import shown
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Expr, Num, Shown, SumOver, Sym, children, number, symbols
from derivgen.spec.model import Show


@dataclass(frozen=True, slots=True)
class AutogradNode:
    """A quantity as a node. Each line is `symbol = number` where there is one number, else the symbol alone.

    `backward` has a line for each operand that gets a gradient: its share of ∂L/∂operand, worked out; `results` what that is.
    """

    name: str
    inputs: tuple[Equality, ...]
    definition: Equality
    output: Equality
    saved: tuple[Equality, ...]
    gradient: Equality
    backward: tuple[Equality, ...]
    results: tuple[Equality, ...]

    def lines(self) -> Iterator[Equality]:
        """Yield all that the node claims."""
        lines = (*self.inputs, self.definition, self.output, *self.saved, self.gradient, *self.backward, *self.results)
        return (line for line in lines if len(line.sides) > 1)


def operation_of(evaluation: Evaluation, show: Show) -> str:
    """Return the name asked for. Raises SpecError where it is not worked out from others, or the loss does not depend on it."""
    name, quantities = show.arguments[0], evaluation.graph.quantities
    defined = tuple(key for key, quantity in quantities.items() if quantity.definition is not None)
    if name not in defined:
        why = "is not worked out by the computation" if name in quantities else "is no name of this spec"
        raise SpecError(Problem(f"{name} {why}", show.places[0], closest(name, defined) or "name a quantity with an equation"))
    if name != evaluation.graph.loss and name not in evaluation.derivation.consumers:
        raise SpecError(Problem(f"the loss does not depend on {name}", show.places[0], "name one that it depends on"))
    return name


def autograd_node(evaluation: Evaluation, show: Show) -> AutogradNode:
    """Return the node of the quantity that the block names."""
    name, graph = operation_of(evaluation, show), evaluation.graph
    locals_ = [evaluation.derivation.locals[name, operand] for operand in graph.varying(name)]
    kept = dict.fromkeys(used for local in locals_ for used in symbols(local.derivative) if used in graph.quantities)
    into = partial(graph, graph.loss, name)
    return AutogradNode(
        name,
        tuple(_valued(evaluation, operand) for operand in graph.varying(name)),
        definition_line(graph, name),
        _valued(evaluation, name),
        tuple(_valued(evaluation, used) for used in kept),
        equality(
            (LineKind.AUTOGRAD, name, "in"), into, number(1) if name == graph.loss else _number(evaluation, into), numeric=True
        ),
        tuple(_backward(evaluation, local) for local in locals_),
        tuple(_result(evaluation, local) for local in locals_),
    )


def autograd_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """Yield all equalities of the node."""
    return autograd_node(evaluation, show).lines()


def _valued(evaluation: Evaluation, name: str) -> Equality:
    own = symbol(evaluation.graph, name)
    return equality((LineKind.AUTOGRAD, name), own, _number(evaluation, own), numeric=True)


def _backward(evaluation: Evaluation, local: LocalDerivative) -> Equality:
    """Return the operand's share: ∂L/∂u · ∂u/∂x = ∂L/∂u · (worked out)."""
    graph = evaluation.graph
    whole = contribution_of(graph, local, local_partial(local))
    return equality(
        (LineKind.AUTOGRAD, local.consumer, local.operand), whole, contribution_of(graph, local, slope_of(graph, local))
    )


def _result(evaluation: Evaluation, local: LocalDerivative) -> Equality:
    """∂L/∂x, or, where others use x as well, this node's share of it; with its number."""
    graph = evaluation.graph
    alone = len(evaluation.derivation.consumers[local.operand]) == 1
    share = partial(graph, graph.loss, local.operand) if alone else contribution_of(graph, local, local_partial(local))
    about = (LineKind.AUTOGRAD, local.consumer, local.operand, "out")
    return equality(about, share, _number(evaluation, share), numeric=True)


def _number(evaluation: Evaluation, expr: Expr) -> Num | Shown | None:
    """An expression's number; None where it has one for each sample, or none at all."""
    graph = evaluation.graph
    if graph.loss not in evaluation.values or (has_samples(graph) and _varies(expr, graph.index)):
        return None
    return shown(evaluate(expr, evaluation.environment(0)), number_format(evaluation))


def _varies(expr: Expr, index: str) -> bool:
    """Return whether the expression speaks of one sample."""
    if isinstance(expr, Sym):
        return expr.index == index
    return not isinstance(expr, SumOver) and any(_varies(part, index) for part in children(expr))


_ROW, _PAD, _ARROW, _BETWEEN, _EDGE = 0.14, 0.16, 0.95, 0.5, 0.3
_BESIDE = 0.1
MOST_OPERANDS = 16  # that a box has room for


def autograd_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return the box of one quantity."""
    node = autograd_node(sheet.evaluation, show)
    title = Heading(sheet.say("{name} as a node of automatic differentiation", name=Sym(node.name)))
    return (Together((title, Figure(_Box(node, sheet).drawn(), _said(sheet, node)))),)


def _said(sheet: Sheet, node: AutogradNode) -> str:
    names = [line.names[0] for line in node.inputs]
    saved = ", ".join(line.names[0] for line in node.saved) or sheet.words.say("nothing")
    return sheet.words.say(
        "A box for {name}: {inputs} go in, forward() gives {name}; saved: {saved}; "
        "the derivative of {loss} by {name} comes in, backward() gives those by {inputs}.",
        name=node.name,
        inputs=", ".join(names),
        saved=saved,
        loss=sheet.graph.loss,
    )


def formula(line: Equality) -> Expr:
    """Return a line as one formula: its first and its last side."""
    return line.sides[0] if len(line.sides) == 1 else Compare(_RELATIONS[line.relations[-1]], line.sides[0], line.last)


_RELATIONS = {"=": "==", "≈": "~="}


@dataclass(frozen=True, slots=True)
class _Stack:
    """Rows one below the other with a heading above them: what it takes in width and height."""

    heading: str
    rows: tuple[Expr | str, ...]
    style: Style

    @property
    def sizes(self) -> tuple[tuple[float, float], ...]:
        """Return width and height (cm) of the heading and of each row."""
        return tuple(content_size(row, size, self.style) for row, size in self._listed())

    def _listed(self) -> tuple[tuple[Expr | str, str], ...]:
        """Return the heading and the rows, each with its size."""
        return ((self.heading, "small"), *((row, "display" if isinstance(row, Expr) else "small") for row in self.rows))

    @property
    def width(self) -> float:
        """Return the width of the widest row, in cm."""
        return max(width for width, _ in self.sizes)

    @property
    def height(self) -> float:
        """Return the height of all rows together, in cm."""
        return sum(height for _, height in self.sizes) + _ROW * len(self.rows)

    def labels(self, x: float, y: float, side: int = 0) -> list[Label]:
        """Place the rows around the middle y: centred at x, to its left (side -1) or right (side 1)."""
        top, found = y + self.height / 2, []
        for place, ((row, size), (width, height)) in enumerate(zip(self._listed(), self.sizes, strict=True)):
            tone = "plain" if place else "quiet"
            found.append(Label(x + side * width / 2, top - height / 2, row, tone=tone, size=size, ground=False))
            top -= height + _ROW
        return found

    def heights(self, y: float) -> list[float]:
        """Return the height (y, in cm) at which each row below the heading stands."""
        return [label.y for label in self.labels(0.0, y)[1:]]


def _around(x: float, y: float) -> Wire:
    """A frame from (-x, -y) to (x, y), which hides nothing behind it."""
    return Wire(((-x, -y), (x, -y), (x, y), (-x, y), (-x, -y)), arrow=False, strong=True)


class _Box:
    """The node laid out."""

    def __init__(self, node: AutogradNode, sheet: Sheet):
        self.node, self.style = node, sheet.style
        say = sheet.words.say
        nothing = (say("nothing"),)
        self.inputs = self._stack(say("data in"), node.inputs)
        self.output = self._stack(say("data out"), (node.output,))
        self.forward = self._stack("forward()", (node.definition,), whole=True)
        self.saved = _Stack(say("saved for backward()"), tuple(map(formula, node.saved)) or nothing, self.style)
        self.backward = self._stack("backward()", node.backward)
        self.gradient = self._stack(say("gradient in"), (node.gradient,))
        self.results = self._stack(say("gradient out"), node.results)

    def _stack(self, heading: str, lines: tuple[Equality, ...], whole: bool = False) -> _Stack:
        rows = tuple(Compare("==", *line.sides[:2]) if whole and len(line.sides) > 1 else formula(line) for line in lines)
        return _Stack(heading, rows, self.style)

    def drawn(self) -> Drawing:
        """Draw three boxes in a frame, with labelled arrows in and out."""
        inner = max(stack.width for stack in (self.forward, self.saved, self.backward)) + 2 * _PAD
        heights = [max([own.height + 2 * _PAD, *(side.height for side in sides)]) for own, sides in self._rows()]
        frame = inner + 2 * _EDGE
        high = sum(heights) + 2 * _BETWEEN + 2 * _EDGE
        shapes: list[Shape] = []
        labels: list[Label] = []
        wires = [_around(frame / 2, high / 2)]
        ys: list[float] = []
        top = high / 2 - _EDGE
        for (own, _), height in zip(self._rows(), heights, strict=True):
            ys.append(top - height / 2)
            shapes.append(Shape(0.0, ys[-1], inner, height, None, "box", "plain"))
            labels += own.labels(0.0, ys[-1])
            top -= height + _BETWEEN
        for upper, lower, over, under in zip(ys, ys[1:], heights, heights[1:], strict=False):
            wires.append(Wire(((0.0, upper - over / 2), (0.0, lower + under / 2))))
        labels += self._sides(wires, (inner / 2, frame / 2), (ys[0], ys[2]))
        return framed(Parts(shapes, wires, labels), self.style)

    def _rows(self) -> tuple[tuple[_Stack, tuple[_Stack, ...]], ...]:
        """Each box with what stands at its sides."""
        return (self.forward, (self.inputs, self.output)), (self.saved, ()), (self.backward, (self.results, self.gradient))

    def _sides(self, wires: list[Wire], halves: tuple[float, float], ys: tuple[float, float]) -> list[Label]:
        """Place the data and the gradients beside the frame; adds their arrows to `wires`."""
        box, frame = halves
        out = frame + _ARROW - _EDGE
        labels: list[Label] = []
        for stack, y, side, inward in (
            (self.inputs, ys[0], -1, True),
            (self.output, ys[0], 1, False),
            (self.results, ys[1], -1, False),
            (self.gradient, ys[1], 1, True),
        ):
            labels += stack.labels(side * (out + _BESIDE), y, side)
            for height in stack.heights(y):
                ends = ((side * out, height), (side * box, height))
                wires.append(Wire(ends if inward else ends[::-1]))
        return labels


def _autograds(sheet: Sheet) -> tuple[str, ...]:
    """Every quantity that is worked out on the way to the loss from a few others, by each of which it is differentiated."""
    graph, derivation = sheet.graph, sheet.evaluation.derivation
    reached = {graph.loss, *derivation.consumers}
    named = ((name, graph.varying(name)) for name, each in graph.quantities.items() if each.definition is not None)
    return tuple(
        name
        for name, operands in named
        if name in reached
        and len(operands) <= MOST_OPERANDS
        and all((name, operand) in derivation.locals for operand in operands)
    )


AUTOGRAD = ShownBlock(
    "autograd",
    autograd_blocks,
    autograd_lines,
    means="one quantity as a node of automatic differentiation",
    of=_autograds,
    lacking="it is not worked out on the way to the loss",
    drawn=True,
)
