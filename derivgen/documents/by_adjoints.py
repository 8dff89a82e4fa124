"""Gradients the short way, by adjoints: each derivative of the loss from the ones before it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Equations, Heading, Line, Paragraph, Prose, Table, Text
from derivgen.documents.setting import shorthands
from derivgen.documents.sheet import Sheet
from derivgen.lines.adjoints import behind, by_layers, feeding, needed, note_line, note_numbers, passed_over
from derivgen.lines.chains import too_many_chains
from derivgen.lines.equality import equality
from derivgen.lines.notation import has_samples, partial
from derivgen.lines.tables import adjoint_table
from derivgen.maths.tree import Sym, number

MOST_COLUMNS = 8


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
    own = tuple(name for name in names if has_samples(graph) and graph.per_sample(name)) if layered else names
    rest = tuple(name for name in names if name not in own)
    first, last = (
        (Equations(_said_once([line for name in part for line in adjoint(sheet, name)]), together=False),) if part else ()
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
    if not has_samples(graph):
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


def adjoint(sheet: Sheet, name: str) -> tuple[Line, ...]:
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
