"""Pieces that a spec can also list under `show`, and the update: each by itself, whether or not the spec shows it."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.documents.document import Block, Equations
from derivgen.documents.pieces.kind import Kind, equations, sole, without_title
from derivgen.documents.sheet import Sheet
from derivgen.documents.shorthands import shorthands
from derivgen.documents.shown import BLOCKS
from derivgen.documents.updates import steps_table, update_blocks, update_of
from derivgen.errors import Place
from derivgen.lines import matrices as matrix_lines
from derivgen.lines.activations import activations
from derivgen.lines.indices import index_formulas
from derivgen.lines.matrix_lines import MatrixLine, matrix_lines_of
from derivgen.lines.updates import MOST_UPDATES
from derivgen.maths.tree import Call, Expr, MatrixPartial, MatrixSym, Sized, walk
from derivgen.spec.model import Show, Spec
from derivgen.updates import descent, updated

MOST_OPERANDS = 16  # that a box of automatic differentiation has room for
_NO_NETWORK = "it needs a `network`, one that can be said in matrices"
_NO_UPDATE = "the spec has no `update`"


def show_of(spec: Spec, kind: str, of: str = "") -> Show:
    """The block as the spec lists it, else with what it is about alone."""
    for show in spec.show:
        if show.kind == kind and " ".join(" ".join(show.arguments[:1]).split()) == of:
            return show
    place = Place("the piece", 1, 1, len(of), of)
    return Show(kind, (of,) if of else (), (place,) if of else ())


def _made(sheet: Sheet, kind: str, of: str = "") -> tuple[Block, ...]:
    return without_title(BLOCKS[kind].make(sheet, show_of(sheet.spec, kind, of)))


def _shown(kind: str, means: str, there: str, lacking: str, drawn: bool = False) -> Kind:
    """A block without a further word, where the derivation has what it needs."""

    def of(sheet: Sheet) -> tuple[str, ...]:
        return ("",) if _THERE[there](sheet) else ()

    return Kind(means, of, lambda sheet, _: _made(sheet, kind), lacking, drawn, kind)


_THERE = {
    "network": lambda sheet: sheet.spec.network is not None,
    "matrices": lambda sheet: sheet.spec.network is not None and matrix_lines_of(sheet.evaluation) is not None,
    "indices": lambda sheet: sheet.spec.network is not None and index_formulas(sheet.evaluation) is not None,
    "activations": lambda sheet: bool(activations(sheet.evaluation, Show("activations"))),
    "columns": lambda sheet: bool(_made(sheet, "gradient")),
    "descent": lambda sheet: sheet.spec.update is not None and bool(_made(sheet, "loss_over_steps")),
}


def _claims(sheet: Sheet) -> dict[str, MatrixLine]:
    """The lines in matrices by what stands at their left: W__1, z__2, C/W__1."""
    made = matrix_lines_of(sheet.evaluation) if sheet.spec.network is not None else None
    if made is None:
        return {}
    layers = made.layered.layers
    found: list[MatrixLine] = list(matrix_lines.definitions(made))
    found += [claim for layer in layers for claim in matrix_lines.forward(made, layer)]
    found += [claim for layer in reversed(layers) for claim in matrix_lines.backward(made, layer)]
    return {name: claim for claim in found if len(claim.with_numbers.sides) > 1 for name in _names(claim.with_numbers.sides[0])}


def _names(left: Expr) -> Iterator[str]:
    """`W__1` of W¹, `C/W__1` of ∂C/∂W¹."""
    inner = left.content if isinstance(left, Sized) else left
    if isinstance(inner, MatrixSym):
        yield inner.symbol.name
    elif isinstance(inner, MatrixPartial) and isinstance(inner.by, MatrixSym):
        yield f"{inner.of.name}/{inner.by.symbol.name}"


def _matrix(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return equations(sheet.line(_claims(sheet)[of].with_numbers))


def _autograds(sheet: Sheet) -> tuple[str, ...]:
    """Every quantity that is worked out on the way to the loss from a few others, by each of which it is differentiated."""
    graph, derivation = sheet.graph, sheet.evaluation.derivation
    reached = {graph.loss, *derivation.consumers}
    named = ((name, graph.operands(name)) for name, each in graph.quantities.items() if each.definition is not None)
    return tuple(
        name
        for name, operands in named
        if name in reached
        and len(operands) <= MOST_OPERANDS
        and all((name, operand) in derivation.locals for operand in operands)
    )


def _steps(sheet: Sheet) -> tuple[str, ...]:
    """What the spec shows step by step, then each function of one argument that the computation uses."""
    shown = [" ".join(show.arguments[0].split()) for show in sheet.spec.show if show.kind == "steps"]
    return tuple(dict.fromkeys((*shown, *_used(sheet))))


def _used(sheet: Sheet) -> Iterator[str]:
    library = sheet.graph.library
    for quantity in sheet.graph.quantities.values():
        for node in walk(quantity.definition) if quantity.definition is not None else ():
            if isinstance(node, Call) and len(node.args) == 1 and node.component is None and node.function != "linear":
                yield from (node.written or node.function,) if library.value(node.function) is not None else ()


def _descent(sheet: Sheet) -> tuple[Block, ...]:
    return steps_table(sheet) if sheet.spec.update is not None and descent(sheet.evaluation).steps else ()


def _updates(sheet: Sheet) -> tuple[str, ...]:
    names = updated(sheet.graph)[:MOST_UPDATES] if sheet.spec.update is not None else ()
    return ("", *names) if names else ()


def _update(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return (Equations((update_of(sheet, of),)),) if of else update_blocks(sheet)[1:]


KINDS = {
    "update": Kind("the step of gradient descent; of a name: its line", _updates, _update, _NO_UPDATE),
    "descent": sole("several steps of gradient descent in a table", _descent, lacking="the spec's `update` has no steps"),
    "loss_over_steps": _shown("loss_over_steps", "the loss over the steps, as a plot", "descent", _NO_UPDATE, True),
    "column": _shown("gradient", "the gradient as a column", "columns", "its names do not fit in a column"),
    "shorthands": sole(
        "the shorthands of derivatives and what they stand for",
        lambda sheet: shorthands(sheet, worked=True),
        "the spec's `notation` has no `shorthands`",
    ),
    "steps": Kind(
        "a function differentiated step by step, by rules", _steps, lambda sheet, of: _made(sheet, "steps", of), show="steps"
    ),
    "activations": _shown("activations", "the activations, with their plots", "activations", "the computation uses none"),
    "autograd": Kind(
        "one quantity as a node of automatic differentiation",
        _autograds,
        lambda sheet, of: _made(sheet, "autograd", of),
        "it is not worked out on the way to the loss",
        True,
        "autograd",
    ),
    "neurons": _shown("neurons", "the network, every neuron with its equations", "network", "it needs a `network`", True),
    "weights": _shown("weights", "which weight joins which units, layer by layer", "network", "it needs a `network`"),
    "matrices": _shown("matrices", "forward and backward pass in matrices", "matrices", _NO_NETWORK),
    "matrix": Kind("one line in matrices", lambda sheet: tuple(_claims(sheet)), _matrix, _NO_NETWORK),
    "nested": _shown("nested", "the forward pass in matrices, as one line", "matrices", _NO_NETWORK),
    "augmented": _shown("augmented", "weights and bias in one matrix", "matrices", _NO_NETWORK),
    "indices": _shown(
        "indices",
        "the formulas for all layers, in index notation",
        "indices",
        "it needs a `network`, one with a formula for all units",
    ),
}
