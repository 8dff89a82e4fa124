"""The notes: the full worked derivation, every step with its reason and its numbers."""

from __future__ import annotations

from dataclasses import replace

from derivgen.blocks import BLOCKS, Position, shown_blocks
from derivgen.blocks.record import without_title
from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, Table, Text, Together
from derivgen.documents.gradients import NOTHING, Told, adjoint_blocks, adjoint_lines, chain_blocks, together_in_a_table
from derivgen.documents.second import second_blocks
from derivgen.documents.setting import setting, shorthands
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import not_written, written_definitions, written_gradients
from derivgen.documents.updates import update_blocks
from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import needed
from derivgen.lines.chains import uses_chains
from derivgen.lines.equality import equality
from derivgen.lines.forward import definition_line, forward_line, is_abbreviated, is_wide, partly_lines
from derivgen.lines.notation import as_written, has_samples, partial
from derivgen.lines.tables import forward_table, gradient_value, sample_table
from derivgen.machine import wanted
from derivgen.maths.tree import Expr, Sym
from derivgen.spec.model import Show

MOST_TABLES = 4
MOST_BESIDE = 9
"""So many gradients stand beside each other."""


def notes(sheet: Sheet, only: tuple[str, ...] = ()) -> tuple[Block, ...]:
    """Return all blocks of the notes; with `only`, of the gradients by those names."""
    found = [entry for key, entry in wanted(sheet.evaluation).items() if not only or key in only]
    asked = [one.derivation.gradients[name] for one, name in found if one is sheet.evaluation]
    gradients = list(written_gradients(sheet, asked))
    known = bool(sheet.evaluation.values.get(sheet.graph.loss))
    blocks: list[Block] = [
        *setting(sheet, numbers=True, table=not known, follows=known and not has_samples(sheet.graph)),
        *shown_blocks(sheet, Position.SETTING),
        *_in_general(sheet),
        *not_written(sheet, asked),
        *forward_pass(sheet, written_definitions(sheet, gradients, wide=True)),
        *shown_blocks(sheet, Position.FORWARD),
    ]
    above = (*blocks, *backward_pass(sheet, found, gradients))
    table = _all_gradients(sheet, gradients)
    below = (*second_blocks(sheet), *update_blocks(sheet), *shown_blocks(sheet, Position.END))
    if not below and len(table) == 1 and isinstance(table[0], Together):
        table = (replace(table[0], spare=True),)
    return (*above, *table, *below)


def backward_pass(sheet: Sheet, found: list[tuple[Evaluation, str]], gradients: list[Gradient]) -> tuple[Block, ...]:
    """Write a section for each of the `found` derivatives that is written as chains, then the other gradients by adjoints."""
    chained = [gradient for gradient in gradients if uses_chains(sheet.evaluation, gradient)]
    others = [gradient for gradient in gradients if not uses_chains(sheet.evaluation, gradient)]
    by_chain = dict.fromkeys(gradient.name for gradient in chained)
    sections = [(one, name) for one, name in found if one is not sheet.evaluation or name in by_chain]
    blocks: list[Block] = []
    if sections:
        blocks.append(Heading(sheet.say("Backward pass")))
        once = () if len(sections) < 2 or sheet.spec.notation.repeats else _known(sheet)
        blocks += [Paragraph((*_introduction(sheet, bool(others)), *once)), *shorthands(sheet, worked=True)]
        told = NOTHING
        shared = tabled(sheet, gradients)
        for place, (one, name) in enumerate(sections, 1):
            own = sheet if one is sheet.evaluation else replace(sheet, evaluation=one)
            blocks += _section(own, name, place, told, any(one.derivation.gradients[name] is each for each in shared))
            if not sheet.spec.notation.repeats:
                told = told.after(own, one.derivation.gradients[name])
    return (*blocks, *adjoint_blocks(sheet, others, bool(sections))) if others else tuple(blocks)


def tabled(sheet: Sheet, gradients: list[Gradient]) -> tuple[Gradient, ...]:
    """Return the gradients whose numbers stand in one table, sample by sample: several of one chain each."""
    if sheet.spec.notation.repeats:
        return ()
    found = (gradient for gradient in gradients if gradient.paths is not None and len(gradient.paths) == 1)
    chained = [each for each in found if uses_chains(sheet.evaluation, each) and sample_table(sheet.evaluation, (each,))]
    return tuple(chained) if len(chained) > 1 else ()


def _section(own: Sheet, name: str, place: int, told: Told, tabled: bool) -> tuple[Block, ...]:
    """One gradient, or one derivative of a quantity by another, the long way (of one with too many paths the short way)."""
    one = own.evaluation
    gradient = one.derivation.gradients[name]
    if uses_chains(one, gradient):
        return chain_blocks(own, gradient, place, told, tabled)
    heading = Heading((Math(partial(own.graph, own.graph.loss, name)),), 2, str(place))
    return (heading, *adjoint_lines(own, [gradient], needed(one.derivation, [gradient])))


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
    if has_samples(sheet.graph):
        return sheet.say(
            "One chain for each parameter, from the loss back to it. The sum over the samples stays outside the product."
        )
    return sheet.say("One chain for each parameter, from the loss back to it.")


def _known(sheet: Sheet):
    return (Text(" "), *sheet.say("A factor that is known by then is not worked out again."))


def forward_pass(sheet: Sheet, written: tuple[str, ...]) -> tuple[Block, ...]:
    """Write every quantity's numbers: line by line, or with samples in a table; nothing without numbers."""
    evaluation, graph = sheet.evaluation, sheet.graph
    names = [name for name in written if name in evaluation.values]
    open_ = [sheet.line(line) for line in partly_lines(evaluation, written)]
    if not names and not open_:
        return ()
    heading = Heading(sheet.say("Forward pass"))
    lines = [*(worked for name in names if (worked := forward_line_of(sheet, name)) is not None), *open_]
    blocks: list[Block] = [Equations(tuple(lines), together=len(lines) < 12)] if lines else []
    if names and has_samples(graph) and not graph.symbolic_samples and not is_abbreviated(graph):
        blocks.insert(0, forward_rows(sheet))
    return (heading, *blocks)


def forward_line_of(sheet: Sheet, name: str) -> Line | None:
    """Write Z = its definition = its numbers = its value; None where that is not known, or not one value."""
    worked = forward_line(sheet.evaluation, name)
    if worked is None:
        return None
    if is_wide(sheet.graph, name):
        return sheet.line(worked)
    whole = equality(worked.about, *definition_line(sheet.graph, name).sides[:2], *worked.sides[1:])
    return sheet.line(whole)


def forward_rows(sheet: Sheet) -> Table:
    """Return the samples with everything that is worked out for each of them."""
    data = sheet.spec.data
    assert data is not None and data.rows is not None
    names, rows = forward_table(sheet.evaluation)
    body = ((*map(as_written, given), *worked) for given, worked in zip(data.rows, rows, strict=True))
    caption = sheet.words.say("The forward pass, sample by sample")
    return sheet.sample_table(map(Sym, (*data.columns, *names)), body, caption, len(data.columns))


def _all_gradients(sheet: Sheet, gradients: list[Gradient]) -> tuple[Block, ...]:
    """The gradients that are worked out sample by sample in one table; then all of them, where some are not among these."""
    shared = tabled(sheet, gradients)
    if not shared:
        return summary(sheet, gradients)
    words = sheet.say("Each factor and each sample's share of each gradient, sample by sample; the sums are the gradients.")
    blocks = (Heading(sheet.say("All gradients")), Paragraph(words), *together_in_a_table(sheet, shared))
    return blocks if len(shared) == len(gradients) else (*blocks, *without_title(summary(sheet, gradients)))


def summary(sheet: Sheet, gradients: list[Gradient]) -> tuple[Block, ...]:
    """List all gradients in a table, where they have numbers and there is more than one."""
    evaluation, graph = sheet.evaluation, sheet.graph
    known = [g for g in gradients if g.name in evaluation.adjoints and (not has_samples(graph) or not graph.per_sample(g.name))]
    if len(known) < 2 or graph.loss not in evaluation.values:
        return ()
    cells: list[Expr] = [gradient_value(evaluation, gradient) for gradient in known]
    share = -(-len(known) // -(-len(known) // MOST_BESIDE))
    chunks = [range(k, min(k + share, len(known))) for k in range(0, len(known), share)]
    tables = tuple(
        Table(
            tuple(partial(graph, graph.loss, known[k].name) for k in chunk),
            (tuple(cells[k] for k in chunk),),
            caption=sheet.words.say("All gradients"),
        )
        for chunk in chunks
    )
    first = MOST_TABLES if len(tables) <= MOST_TABLES else 1
    return Together((Heading(sheet.say("All gradients")), *tables[:first])), *tables[first:]
