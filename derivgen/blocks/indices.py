"""The block `indices`: what the letters mean, the last layer, the layers below, what is kept and looked up."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.blocks.record import ShownBlock, has_network, once, title
from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, Prose, SideBySide, Text, Together
from derivgen.documents.sheet import Sheet, joined
from derivgen.lines.equality import Equality
from derivgen.lines.index_letters import by
from derivgen.lines.indices import IndexFormulas, index_formulas, index_lines
from derivgen.maths.tree import Compare, Expr, Labelled, Layer, Neg, Sum, Sym, UnitCount, number, rebuild
from derivgen.spec.model import Show

MOST_TOGETHER = 6
"""More lines than this may be parted by the end of a page."""


def index_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return the general formulas of a layered network: definitions, the last layer, the layers below."""
    made = index_formulas(sheet.evaluation)
    heading = title(sheet, "In index notation")
    if made is None:
        said = sheet.say("This network has no common formula for all units: its loss is no sum over the outputs of one form.")
        return heading, Paragraph(said, "quiet")
    found = made.formulas()
    first = Together((heading, Paragraph(_meaning(sheet, made)), *_definitions(sheet, found.definitions, found.functions)))
    blocks: list[Block] = [first]
    last = sheet.say("Last layer, {layer}", layer=Compare("==", Sym(made.letters.layer), number(made.depth)))
    blocks += [Heading(last, 2), _equations(sheet, found.last)]
    if found.below:
        heading = Heading(_below(sheet, made), 2)
        below = (heading, Paragraph(_passed_down(sheet, made)), _equations(sheet, found.below), Paragraph(_kept(sheet, made)))
        blocks += [Together(below)] if len(found.below) <= MOST_TOGETHER else below
    if made.made.layered.shared:
        said = sheet.say(
            "A name that stands at several places has the sum of their derivatives as its own; "
            "the formulas give the share of one place."
        )
        blocks.append(Paragraph(said, "quiet"))
    return tuple(blocks)


def _meaning(sheet: Sheet, made: IndexFormulas) -> Prose:
    """Say how the indices count: w_mn leads from unit n of the layer below to unit m; and how many units there are."""
    write = made.letters
    layer = Layer(write.running)
    weight = write.at("weight", layer, write.to, write.source)
    sizes = [UnitCount(write.units, Layer("", at)) for at in range(made.depth + 1)]
    counts = joined((Math(Compare("==", size, number(made.size(at)))) for at, size in enumerate(sizes)), ",  ")
    said = sheet.say(
        "The weight {weight} leads from unit {source} of layer {below} to unit {to} of layer {layer}; layer 0 is the input. ",
        weight=weight,
        source=Sym(write.source),
        below=_named(layer.below()),
        to=Sym(write.to),
        layer=Sym(write.running),
    )
    return (*said, *sheet.say("Numbers of units: "), *counts, Text("."))


def _named(layer: Layer) -> Expr:
    """A layer's number as a formula: l - 1."""
    return Sum((Sym(layer.letter), Neg(number(-layer.offset)))) if layer.offset else Sym(layer.letter)


def _definitions(sheet: Sheet, definitions: tuple[Equality, ...], functions: tuple[Equality, ...]) -> tuple[Block, ...]:
    """Return the definitions, the activations and their derivatives beside them."""
    left = _equations(sheet, definitions)
    return (SideBySide((left,), (_equations(sheet, functions),)),) if functions else (left,)


def _below(sheet: Sheet, made: IndexFormulas) -> Prose:
    """Layer L - 1, with L = 3, 2"""
    layer = _named(Layer(made.letters.layer, -1))
    return sheet.say(
        "Layer {layer}, for {letter} = {numbers}", layer=layer, letter=Sym(made.letters.layer), numbers=_numbers(made)
    )


def _numbers(made: IndexFormulas) -> str:
    numbers = [str(number) for number in range(made.depth, 1, -1)]
    return ", ".join(numbers) if len(numbers) < 5 else f"{numbers[0]}, {numbers[1]}, …, 2"


def _passed_down(sheet: Sheet, made: IndexFormulas) -> Prose:
    write = made.letters
    return sheet.say(
        "A unit of layer {below} acts on the loss through every unit of layer {layer}: its derivative is the sum over them.",
        below=_named(Layer(write.layer, -1)),
        layer=Sym(write.layer),
    )


def _kept(sheet: Sheet, made: IndexFormulas) -> Prose:
    write = made.letters
    layer = Layer(write.running, 0, (made.depth,))
    error, top = made.error(layer), made.top(layer)
    return sheet.say(
        "The factor in the box is the error {error} = {slope}. It is worked out once for each unit, kept, and looked up wherever "
        "it comes again: in the weights, in the bias, and in the layer below.",
        error=error,
        slope=by(made.loss, top),
    )


def _equations(sheet: Sheet, lines: Iterable[Equality]) -> Equations:
    return Equations(tuple(_line(sheet, line) for line in lines), together=False)


def _line(sheet: Sheet, equality: Equality) -> Line:
    made = sheet.line(equality)
    return Line(made.left, tuple((relation, _worded(sheet, side)) for relation, side in made.steps), made.reason)


def _worded(sheet: Sheet, expr: Expr) -> Expr:
    """Return the words below a box in the document's language."""
    if isinstance(expr, Labelled):
        return Labelled(expr.content, expr.label, sheet.words.say(_KINDS[expr.words]))
    return rebuild(expr, lambda part: _worded(sheet, part))


_KINDS = {"error": "error", "looked up: error": "looked up: error"}


INDICES = ShownBlock(
    "indices",
    index_blocks,
    lambda evaluation, show: index_lines(evaluation),
    means="the formulas for all layers, in index notation",
    of=once(lambda sheet: has_network(sheet) and index_formulas(sheet.evaluation) is not None),
    lacking="it needs a `network`, one with a formula for all units",
)
