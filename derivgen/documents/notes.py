"""The notes: the full worked derivation, every step with its reason and its numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, Prose, SideBySide, Table, Text, Together
from derivgen.documents.extent import not_written, written_definitions, written_gradients
from derivgen.documents.pictures import picture
from derivgen.documents.setting import setting
from derivgen.documents.sheet import Sheet, as_written
from derivgen.documents.shorthands import shorthands
from derivgen.documents.shown import BLOCKS, shown_blocks
from derivgen.documents.updates import update_blocks
from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import behind, by_layers, needed
from derivgen.lines.chains import chain_line, factor_line, factor_numbers, value_line
from derivgen.lines.equality import Equality, equality
from derivgen.lines.every import too_many_chains, uses_chains
from derivgen.lines.forward import definition_line, forward_line, is_abbreviated, is_wide
from derivgen.lines.paper import partial, runs
from derivgen.lines.partly import partly_lines, partly_product
from derivgen.lines.results import result_line
from derivgen.lines.shorthands import known_by_name, shorthand_of
from derivgen.lines.simple_errors import note_line, note_numbers, passed_over
from derivgen.lines.stages import between_line, is_edge, product_lines, staged_line, stages
from derivgen.lines.tables import adjoint_table, chain_tables, forward_table
from derivgen.lines.unit_sums import feeding
from derivgen.lines.values import gradient_value
from derivgen.machine import wanted
from derivgen.maths.tree import Boxed, Expr, Sym, Words, number
from derivgen.spec.model import Show

FACTOR_PICTURES = 12
PICTURED_NEURONS = 8
MOST_TABLES = 4
MOST_COLUMNS = 8


def notes(sheet: Sheet, only: tuple[str, ...] = ()) -> tuple[Block, ...]:
    """All blocks of the notes; with `only`, of the gradients by those names."""
    found = [entry for key, entry in wanted(sheet.evaluation).items() if not only or key in only]
    asked = [one.derivation.gradients[name] for one, name in found if one is sheet.evaluation]
    gradients = list(written_gradients(sheet, asked))
    blocks: list[Block] = [
        *setting(sheet, numbers=True, table=not sheet.evaluation.values.get(sheet.graph.loss)),
        *shown_blocks(sheet, "setting"),
        *_in_general(sheet),
        *not_written(sheet, asked),
        *forward_pass(sheet, written_definitions(sheet, gradients, wide=True)),
        *shown_blocks(sheet, "forward"),
    ]
    chained = [gradient for gradient in gradients if uses_chains(sheet.evaluation, gradient)]
    others = [gradient for gradient in gradients if not uses_chains(sheet.evaluation, gradient)]
    by_chain = dict.fromkeys(gradient.name for gradient in chained)
    sections = [(one, name) for one, name in found if one is not sheet.evaluation or name in by_chain]
    if sections:
        blocks.append(Heading((Text(sheet.words.say("Backward pass")),)))
        blocks += [Paragraph(_introduction(sheet, bool(others))), *shorthands(sheet, worked=True)]
        for place, (one, name) in enumerate(sections, 1):
            blocks += _section(sheet, one, name, place)
    if others:
        blocks += adjoint_blocks(sheet, others, bool(sections))
    return (*blocks, *summary(sheet, gradients), *update_blocks(sheet), *shown_blocks(sheet, "end"))


def _section(sheet: Sheet, one: Evaluation, name: str, place: int) -> tuple[Block, ...]:
    """One gradient, or one derivative of a quantity by another, the long way (of one with too many paths the short way)."""
    own = sheet if one is sheet.evaluation else replace(sheet, evaluation=one)
    gradient = one.derivation.gradients[name]
    if uses_chains(one, gradient):
        return chain_blocks(own, gradient, place)
    heading = Heading((Math(partial(own.graph, own.graph.loss, name)),), 2, str(place))
    behind_it = behind(one.derivation, [gradient])
    return (heading, *adjoint_lines(own, [gradient], [name for name in needed(one.derivation) if name in behind_it]))


def _in_general(sheet: Sheet) -> tuple[Block, ...]:
    """Of a network too large to be written unit by unit the formulas for all units, unless the spec shows such anyway.

    They are checked in instances of their own, whatever the derivation was asked for.
    """
    shown_anyway = any(show.kind in {"matrices", "indices"} for show in sheet.spec.show)
    if not is_abbreviated(sheet.graph) or sheet.spec.network is None or shown_anyway:
        return ()
    return BLOCKS["indices"].make(sheet, Show("indices"))


def _introduction(sheet: Sheet, others: bool):
    if others:
        return sheet.say("First a chain for each parameter that has one of its own, from the loss back to it.")
    if runs(sheet.graph):
        return sheet.say(
            "One chain for each parameter, from the loss back to it. The sum over the samples stays outside the product."
        )
    return sheet.say("One chain for each parameter, from the loss back to it.")


def forward_pass(sheet: Sheet, written: tuple[str, ...]) -> tuple[Block, ...]:
    """Every quantity's numbers: line by line, or with samples in a table; nothing without numbers."""
    evaluation, graph = sheet.evaluation, sheet.graph
    names = [name for name in written if name in evaluation.values]
    open_ = [sheet.line(line) for line in partly_lines(evaluation, written)]
    if not names and not open_:
        return ()
    heading = Heading((Text(sheet.words.say("Forward pass")),))
    lines = [*(worked for name in names if (worked := _forward(sheet, name)) is not None), *open_]
    blocks: list[Block] = [Equations(tuple(lines), together=len(lines) < 12)] if lines else []
    if names and runs(graph) and not is_abbreviated(graph):
        blocks.insert(0, forward_rows(sheet))
    return (heading, *blocks)


def _forward(sheet: Sheet, name: str) -> Line | None:
    worked = forward_line(sheet.evaluation, name)
    if worked is None:
        return None
    if is_wide(sheet.graph, name):
        return sheet.line(worked)
    whole = equality(worked.about, *definition_line(sheet.graph, name).sides[:2], *worked.sides[1:])
    return sheet.line(whole)


def forward_rows(sheet: Sheet) -> Table:
    """The samples with everything that is worked out for each of them."""
    graph = sheet.graph
    data = sheet.spec.data
    assert data is not None and data.rows is not None
    names, rows = forward_table(sheet.evaluation)
    given = [[as_written(value) for value in row] for row in data.rows]
    header = (Sym(graph.index), *(Sym(name) for name in (*data.columns, *names)))
    body = tuple((number(k + 1), *given[k], *rows[k]) for k in range(graph.samples))
    return Table(header, body, given=1 + len(data.columns), caption=sheet.words.say("The forward pass, sample by sample"))


def chain_blocks(sheet: Sheet, gradient: Gradient, place: int) -> tuple[Block, ...]:
    """One gradient the long way: chain, factors, product, numbers, result."""
    graph = sheet.graph
    left = partial(graph, graph.loss, gradient.name)
    heading = Heading((Math(left),), 2, str(place))
    if not gradient.paths or gradient.name == graph.loss:
        return Together((heading, Equations((sheet.line(chain_line(graph, gradient)),)))), *_remark(sheet, gradient.name)
    factors = Equations(factor_lines(sheet, gradient), together=False)
    line = sheet.line(staged_line(graph, gradient) or chain_line(graph, gradient))
    if not line.steps:  # the loss names the parameter itself: the chain is its one factor
        return Together((heading, factors)), *_remark(sheet, gradient.name), *_numbers(sheet, gradient)
    chain = Equations((line,))
    figure = _path_picture(sheet, gradient)
    first = (heading, chain) if figure is None else (SideBySide((heading, chain), (figure,), top=True),)
    blocks: list[Block] = [Together(first), *_remark(sheet, gradient.name), factors]
    blocks.append(Equations(tuple(sheet.line(line) for line in _products(sheet, gradient))))
    return (*blocks, *_numbers(sheet, gradient))


def _products(sheet: Sheet, gradient: Gradient) -> tuple[Equality, ...]:
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


def _remark(sheet: Sheet, name: str) -> tuple[Block, ...]:
    text = sheet.spec.notes.get(name)
    return (Paragraph(sheet.authors(text)),) if text else ()


def factor_lines(sheet: Sheet, gradient: Gradient) -> tuple[Line, ...]:
    """Each factor of the chain worked out on its own line, a factor that several paths share once; in two stages per stage."""
    if staged_line(sheet.graph, gradient) is not None:
        told = [pair for pair in stages(sheet.graph, gradient) if not _is_said(sheet, pair)]
        return tuple(_factor(sheet, pair) if is_edge(gradient, pair) else _ratio(sheet, pair) for pair in told)
    locals_ = dict.fromkeys((local.consumer, local.operand) for path in gradient.paths or () for local in path)
    return tuple(_factor(sheet, key) for key in locals_)


def _is_said(sheet: Sheet, pair: tuple[str, str]) -> bool:
    """Whether the definition of a shorthand says all there is to say of a factor; its numbers are said each time."""
    return shorthand_of(sheet.graph, *pair) is not None and pair not in sheet.evaluation.partials


def _ratio(sheet: Sheet, pair: tuple[str, str]) -> Line:
    """∂ŷ/∂a = the chains between the two = what they come to; that alone where it has a section of its own."""
    whole = between_line(sheet.evaluation, pair)
    known = "/".join(pair) in wanted(sheet.evaluation)
    return sheet.line(equality(whole.about, whole.sides[0], whole.last) if known else whole)


def _factor(sheet: Sheet, key: tuple[str, str]) -> Line:
    local = sheet.evaluation.derivation.locals[key]
    symbolic = factor_line(sheet.evaluation, local)
    numbers = factor_numbers(sheet.evaluation, local)
    sides = known_by_name(local, symbolic.sides)
    whole = equality(symbolic.about, *sides, *numbers, reason=symbolic.reason if sides == symbolic.sides else None)
    return sheet.line(whole)


def _numbers(sheet: Sheet, gradient: Gradient) -> tuple[Block, ...]:
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


def adjoint_blocks(sheet: Sheet, gradients: list[Gradient], besides: bool) -> tuple[Block, ...]:
    """The gradients the short way, each line from the ones before it; with samples, the numbers in a table."""
    derivation = sheet.evaluation.derivation
    behind_them = behind(derivation, gradients)
    names = [name for name in needed(derivation) if not besides or name in behind_them]
    heading = Heading((Text(sheet.words.say("The other gradients" if besides else "Backward pass")),), 2 if besides else 1)
    return (
        heading,
        Paragraph(_why_short(sheet, gradients)),
        *(() if besides else shorthands(sheet, worked=True)),
        *adjoint_lines(sheet, gradients, names),
    )


def adjoint_lines(sheet: Sheet, gradients: list[Gradient], names: list[str]) -> tuple[Block, ...]:
    """A line for each of some quantities; with samples, the numbers in a table."""
    evaluation, graph = sheet.evaluation, sheet.graph
    blocks: list[Block] = []
    for title, group in _groups(sheet, passed_over(evaluation, names)):
        blocks += [Heading((Text(title),), 2)] if title else []
        blocks += _adjoint_group(sheet, group)
    zero = [g.name for g in gradients if g.name not in evaluation.derivation.consumers and g.name != graph.loss]
    lines = tuple(
        Line(partial(graph, graph.loss, name), (("=", number(0)),), sheet.say("the loss does not depend on it")) for name in zero
    )
    return (*blocks, Equations(lines)) if lines else tuple(blocks)


def _groups(sheet: Sheet, names: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names under their headings: of a network in layers, layer by layer from the last to the first; else all in one."""
    network = sheet.spec.network
    if network is None or network.form != "layers":
        return (("", names),)
    before, *layers, inputs = by_layers(network, tuple(name for name in names if name != sheet.graph.loss))
    depths = range(len(layers), 0, -1)
    titles = ["", *(sheet.words.say("Layer {number}", number=depth) for depth in depths), sheet.words.say("Inputs")]
    return tuple((title, group) for title, group in zip(titles, (before, *layers, inputs), strict=True) if group)


def _adjoint_group(sheet: Sheet, names: tuple[str, ...]) -> tuple[Block, ...]:
    """Each derivative's line; with samples first what each of them has its own of, then its table, then what adds them up."""
    network, graph = sheet.spec.network, sheet.graph
    layered = network is not None and network.form == "layers"
    own = tuple(name for name in names if runs(graph) and graph.per_sample(name)) if layered else names
    rest = tuple(name for name in names if name not in own)
    first, last = (
        (Equations(_said_once([line for name in part for line in _adjoint(sheet, name)]), together=False),) if part else ()
        for part in (own, rest)
    )
    return (*first, *_adjoint_tables(sheet, own), *last)


def _said_once(lines: list[Line]) -> tuple[Line, ...]:
    """The lines, of those that follow each other with the same reason only the first with it."""
    alike = (line.reason == before.reason for before, line in pairwise(lines))
    return (*lines[:1], *(replace(line, reason=()) if same else line for line, same in zip(lines[1:], alike, strict=True)))


def _adjoint_tables(sheet: Sheet, names: tuple[str, ...]) -> tuple[Block, ...]:
    """With samples, the numbers of the derivatives that each of them has its own of, a few columns to a table."""
    graph = sheet.graph
    if not runs(graph):
        return ()
    known, rows = adjoint_table(sheet.evaluation, names)
    tables = []
    for start in range(0, len(known), MOST_COLUMNS):
        part = slice(start, start + MOST_COLUMNS)
        header = (Sym(graph.index), *(partial(graph, graph.loss, name) for name in known[part]))
        body = tuple((number(k + 1), *row[part]) for k, row in enumerate(rows))
        tables.append(Table(header, body, 1, (), sheet.words.say("The derivatives of the loss, sample by sample")))
    return tuple(tables)


def _why_short(sheet: Sheet, gradients: list[Gradient]):
    if sheet.spec.network is not None and sheet.spec.network.form == "layers":
        return sheet.say(
            "From the last layer to the first: each derivative takes up those of the layer above, summed over the units that it "
            "feeds."
        )
    if sheet.spec.notation.chain == "reuse":
        return sheet.say("Each line takes up the derivatives already known from the lines before it.")
    if too_many_chains(sheet.evaluation):
        return sheet.say(
            "More than {limit} chains lead from the loss to the parameters; "
            "each line therefore takes up the derivatives already known.",
            limit=sheet.spec.notation.chains,
        )
    if any(gradient.paths is None for gradient in gradients):
        limit = sheet.spec.notation.paths
        return sheet.say(
            "More than {limit} paths lead from the loss to these parameters; "
            "each line therefore takes up the derivatives already known.",
            limit=limit,
        )
    return sheet.say(
        "A mean over the samples stands on the way to these parameters; "
        "each line therefore takes up the derivatives already known."
    )


def _adjoint(sheet: Sheet, name: str) -> tuple[Line, ...]:
    worked = note_line(sheet.evaluation, name)
    numbers = note_numbers(sheet.evaluation, name)
    sides = (*worked.sides, *(numbers.sides[1:] if numbers is not None else ()))
    line = sheet.line(equality(worked.about, *sides, reason=worked.reason))
    remark = sheet.spec.notes.get(name)
    return (Line(line.left, line.steps, sheet.authors(remark) if remark else line.reason or _summed(sheet, name)),)


def _summed(sheet: Sheet, name: str) -> Prose:
    """Of a unit's output in a network of layers: over how many units of the layer above its derivative is a sum."""
    place = feeding(sheet.evaluation, name)
    if place is None:
        return ()
    count = len(sheet.evaluation.derivation.consumers[name])
    return sheet.say("the sum over the {count} units of layer {number}", count=count, number=place[0])


def summary(sheet: Sheet, gradients: list[Gradient]) -> tuple[Block, ...]:
    """All gradients in one table, where they have numbers and there is more than one."""
    evaluation, graph = sheet.evaluation, sheet.graph
    known = [g for g in gradients if g.name in evaluation.adjoints and (not runs(graph) or not graph.per_sample(g.name))]
    if len(known) < 2 or graph.loss not in evaluation.values:
        return ()
    cells: list[Expr] = [gradient_value(evaluation, gradient) for gradient in known]
    chunks = [range(k, min(k + 9, len(known))) for k in range(0, len(known), 9)]
    tables = tuple(
        Table(
            tuple(partial(graph, graph.loss, known[k].name) for k in chunk),
            (tuple(cells[k] for k in chunk),),
            caption=sheet.words.say("All gradients"),
        )
        for chunk in chunks
    )
    first = MOST_TABLES if len(tables) <= MOST_TABLES else 1
    return Together((Heading((Text(sheet.words.say("All gradients")),)), *tables[:first])), *tables[first:]
