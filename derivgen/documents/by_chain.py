"""A gradient the long way, by its chain from the loss: the chain, each factor, the product, the numbers, the result."""

from __future__ import annotations

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, SideBySide, Table, Together
from derivgen.documents.pictures import picture
from derivgen.documents.sheet import Sheet
from derivgen.lines.chains import chain_line, factor_line, factor_numbers, value_line
from derivgen.lines.equality import Equality, equality
from derivgen.lines.forward import partly_product
from derivgen.lines.notation import known_by_name, partial, shorthand_of
from derivgen.lines.stages import between_line, is_edge, product_lines, staged_line, stages
from derivgen.lines.tables import chain_tables, result_line
from derivgen.machine import wanted
from derivgen.maths.tree import Boxed, Sym, Words, number

FACTOR_PICTURES = 12
PICTURED_NEURONS = 8


def chain_blocks(sheet: Sheet, gradient: Gradient, place: int) -> tuple[Block, ...]:
    """One gradient the long way: chain, factors, product, numbers, result."""
    graph = sheet.graph
    left = partial(graph, graph.loss, gradient.name)
    heading = Heading((Math(left),), 2, str(place))
    if not gradient.paths or gradient.name == graph.loss:
        return Together((heading, Equations((sheet.line(chain_line(graph, gradient)),)))), *remark(sheet, gradient.name)
    factors = Equations(factor_lines(sheet, gradient), together=False)
    line = sheet.line(staged_line(graph, gradient) or chain_line(graph, gradient))
    if not line.steps:  # the loss names the parameter itself: the chain is its one factor
        return Together((heading, factors)), *remark(sheet, gradient.name), *numbers(sheet, gradient)
    chain = Equations((line,))
    figure = _path_picture(sheet, gradient)
    first = (heading, chain) if figure is None else (SideBySide((heading, chain), (figure,), top=True),)
    blocks: list[Block] = [Together(first), *remark(sheet, gradient.name), factors]
    blocks.append(Equations(tuple(sheet.line(line) for line in products(sheet, gradient))))
    return (*blocks, *numbers(sheet, gradient))


def products(sheet: Sheet, gradient: Gradient) -> tuple[Equality, ...]:
    """The factors multiplied, the first line with what is known put in, where that is not all."""
    first, *others = product_lines(sheet.graph, gradient)
    partly = partly_product(sheet.evaluation, gradient, first.last)
    whole = first if partly is None else equality(first.about, *first.sides, partly.last, reason=first.reason)
    return (whole, *others)


def _path_picture(sheet: Sheet, gradient: Gradient):
    """The network with this chain's path drawn strong."""
    many = len(sheet.evaluation.derivation.gradients) > FACTOR_PICTURES or _neurons(sheet) > PICTURED_NEURONS
    if sheet.spec.network is None or many or gradient.paths is None:
        return None
    names = dict.fromkeys((sheet.graph.loss, *(local.operand for path in gradient.paths for local in path)))
    figure = picture(sheet, strong=tuple(names), compact=True)
    return figure if figure is not None and figure.drawing.width < 8.8 else None


def _neurons(sheet: Sheet) -> int:
    return sum(len(layer) for layer in sheet.spec.network.layers) if sheet.spec.network is not None else 0


def remark(sheet: Sheet, name: str) -> tuple[Block, ...]:
    text = sheet.spec.notes.get(name)
    return (Paragraph(sheet.authors(text)),) if text else ()


def factor_lines(sheet: Sheet, gradient: Gradient) -> tuple[Line, ...]:
    """Each factor of the chain worked out on its own line, a factor that several paths share once; in two stages per stage."""
    if staged_line(sheet.graph, gradient) is not None:
        told = [pair for pair in stages(sheet.graph, gradient) if not _is_said(sheet, pair)]
        return tuple(factor(sheet, pair) if is_edge(gradient, pair) else _ratio(sheet, pair) for pair in told)
    locals_ = dict.fromkeys((local.consumer, local.operand) for path in gradient.paths or () for local in path)
    return tuple(factor(sheet, key) for key in locals_)


def _is_said(sheet: Sheet, pair: tuple[str, str]) -> bool:
    """Whether the definition of a shorthand says all there is to say of a factor; its numbers are said each time."""
    return shorthand_of(sheet.graph, *pair) is not None and pair not in sheet.evaluation.partials


def _ratio(sheet: Sheet, pair: tuple[str, str]) -> Line:
    """∂ŷ/∂a = the chains between the two = what they come to; that alone where it has a section of its own."""
    whole = between_line(sheet.evaluation, pair)
    known = "/".join(pair) in wanted(sheet.evaluation)
    return sheet.line(equality(whole.about, whole.sides[0], whole.last) if known else whole)


def factor(sheet: Sheet, key: tuple[str, str]) -> Line:
    local = sheet.evaluation.derivation.locals[key]
    symbolic = factor_line(sheet.evaluation, local)
    numbers = factor_numbers(sheet.evaluation, local)
    sides = known_by_name(local, symbolic.sides)
    whole = equality(symbolic.about, *sides, *numbers, reason=symbolic.reason if sides == symbolic.sides else None)
    return sheet.line(whole)


def numbers(sheet: Sheet, gradient: Gradient) -> tuple[Block, ...]:
    evaluation, graph = sheet.evaluation, sheet.graph
    value = value_line(evaluation, gradient)
    if value is not None:
        return (Equations((_boxed(sheet, value),)),)
    tables = chain_tables(evaluation, gradient)
    blocks: list[Block] = []
    for table in tables:
        header = (Sym(graph.index), *table.header, Words(sheet.words.say("product")))
        rows = tuple((number(k), *row) for k, row in enumerate(table.rows, 1))
        footer = (None,) * (len(table.header) + 1) + (table.total,)
        blocks.append(Table(header, rows, 1, footer, sheet.words.say("The factors and their product, sample by sample")))
    result = result_line(evaluation, gradient)
    if result is not None:
        blocks.append(Equations((_boxed(sheet, result),)))
    return tuple(blocks)


def _boxed(sheet: Sheet, value: Equality) -> Line:
    line = sheet.line(value)
    relation, last = line.steps[-1]
    return Line(line.left, (*line.steps[:-1], (relation, Boxed(last))), line.reason)
