"""A gradient worked out: the long way by its chain from the loss, or the short way by adjoints, each from the ones before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import (
    Block,
    Equations,
    Heading,
    Line,
    Math,
    Paragraph,
    Prose,
    SideBySide,
    Table,
    Text,
)
from derivgen.documents.pictures import picture
from derivgen.documents.setting import shorthands
from derivgen.documents.sheet import Sheet
from derivgen.frozen import dataclass, replace
from derivgen.lines.adjoints import by_layers, feeding, needed, note_line, note_numbers, passed_over
from derivgen.lines.chains import chain_line, factor_line, factor_numbers, too_many_chains, uses_chains, value_line
from derivgen.lines.equality import Equality, Reason, equality
from derivgen.lines.forward import partly_product
from derivgen.lines.notation import has_samples, known_by_name, partial, shorthand_of
from derivgen.lines.simplified import simplified_adjoint_lines, simplified_adjoint_value, simplified_lines, simplified_value
from derivgen.lines.stages import between_line, is_edge, product_lines, staged_line, stages
from derivgen.lines.tables import adjoint_table, result_line, sample_table
from derivgen.machine import wanted
from derivgen.maths.tree import Boxed, Expr, Num, Sym, Words, number

FACTOR_PICTURES = 12
PICTURED_NEURONS = 8
MOST_COLUMNS = 8
MOST_BESIDE = 2
"""So many factors stand beside the picture of their chain, with it."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What has been worked out for gradients before: factors, and how products were simplified (the reasons, line by line)."""

    factors: tuple[Pair, ...] = ()
    simplified: tuple[tuple[str, ...], ...] = ()

    def after(self, sheet: Sheet, gradient: Gradient) -> Told:
        """Return this and what is told of one more gradient."""
        lines = simplified_lines(sheet.evaluation.derivation, gradient) if uses_chains(sheet.evaluation, gradient) else ()
        return Told((*self.factors, *factor_keys(sheet, gradient)), (*self.simplified, _reasons(lines)))


def _reasons(lines: Sequence[Equality]) -> tuple[str, ...]:
    return tuple(line.reason.message for line in lines if line.reason is not None)


NOTHING = Told()


def chain_blocks(sheet: Sheet, gradient: Gradient, place: int, told: Told = NOTHING, tabled: bool = False) -> tuple[Block, ...]:
    """Work out one gradient the long way: chain, factors, product, numbers, result; `place` numbers its heading.

    What is `told` before is not worked out again; with `tabled` its numbers stand in a table with others.
    """
    graph = sheet.graph
    heading = Heading((Math(partial(graph, graph.loss, gradient.name)),), 2, str(place))
    if not gradient.paths or gradient.name == graph.loss:
        return heading, Equations((sheet.line(chain_line(graph, gradient)),)), *remark(sheet, gradient.name)
    line = sheet.line(staged_line(graph, gradient) or chain_line(graph, gradient))
    figures = () if tabled else numbers(sheet, gradient)
    if not line.steps:
        found = _alone(sheet, gradient)
        if figures and isinstance(figures[0], Equations):
            found[-1:], figures = [_going_on(found[-1], figures[0].lines[0])], figures[1:]
        return heading, Equations(tuple(found), together=False), *remark(sheet, gradient.name), *figures
    factors = factor_lines(sheet, gradient, told)
    short = any(key in told.factors for key in factor_keys(sheet, gradient))
    found = [sheet.line(line) for line in products(sheet, gradient, told if short else NOTHING)]
    if not sheet.spec.notation.repeats and figures and isinstance(figures[0], Equations):
        found[-1:] = [_going_on(found[-1], figures[0].lines[0])]
        figures = figures[1:]
    said, figure = remark(sheet, gradient.name), _path_picture(sheet, gradient)
    if figure is None and not said and not sheet.spec.notation.repeats:
        return heading, Equations((line, *map(_plain, factors), *found), together=False, packed=True), *figures
    beside = tuple(map(_plain, factors)) if short and len(factors) <= MOST_BESIDE else ()
    first = (heading, Equations((line, *beside)))
    opening = first if figure is None else (SideBySide(first, (figure,), top=True),)
    below = (Equations(factors, together=False),) if factors and not beside else ()
    return (*opening, *said, *below, Equations(tuple(found)), *figures)


def _plain(line: Line) -> Line:
    """Return a factor that is a name or a number without its reason."""
    return replace(line, reason=()) if isinstance(line.steps[0][1], (Sym, Num)) else line


def _alone(sheet: Sheet, gradient: Gradient) -> list[Line]:
    """The derivative by a name that the loss itself holds: one factor is the whole chain."""
    evaluation = sheet.evaluation
    (key,) = factor_keys(sheet, gradient)
    forms = simplified_lines(evaluation.derivation, gradient)
    if forms and simplified_value(evaluation, gradient) is not None:
        first = sheet.line(factor_line(evaluation, evaluation.derivation.locals[key]))
    else:
        first = factor(sheet, key)
    partly = partly_product(evaluation, gradient, forms[-1].last if forms else first.steps[-1][1])
    lines = [first, *map(sheet.line, forms)]
    return lines if partly is None else [*lines[:-1], _going_on(lines[-1], sheet.line(partly), -1)]


def _going_on(line: Line, following: Line, begin: int = 0) -> Line:
    """Return two lines of the same gradient as one, a side that both have in the latter's form; its steps from `begin` on."""
    first, *others = following.steps[begin:]
    shown = first[1].content if isinstance(first[1], Boxed) else first[1]
    steps = line.steps
    if steps[-1][1] == shown:
        first, steps = (steps[-1][0], first[1]), steps[:-1]
    return replace(line, steps=(*steps, first, *others), reason=line.reason or following.reason)


def products(sheet: Sheet, gradient: Gradient, told: Told = NOTHING) -> tuple[Equality, ...]:
    """Multiply the factors and simplify; into the last line what is known is put, where that is not all.

    Of factors that are `told` before the product begins with constants collected; the same simplification is told once.
    """
    first, *others = product_lines(sheet.graph, gradient)
    if told.factors:
        first = equality(first.about, first.sides[0], first.last, reason=first.reason)
    forms = simplified_lines(sheet.evaluation.derivation, gradient)
    if len(forms) > 1 and _reasons(forms) in told.simplified:
        forms = (replace(forms[-1], reason=Reason("simplified as before")),)
    *before, last = (first, *others, *forms)
    partly = partly_product(sheet.evaluation, gradient, last.last)
    if partly is not None:
        last = equality(last.about, *last.sides, partly.last, numeric=last.numeric, reason=last.reason)
    return (*before, last)


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
    """Return the author's remark on a name; nothing without one."""
    text = sheet.spec.notes.get(name)
    return (Paragraph(sheet.authors(text)),) if text else ()


def factor_lines(sheet: Sheet, gradient: Gradient, told: Told = NOTHING) -> tuple[Line, ...]:
    """Work out each factor of the chain on a line of its own, but those that are `told` before; in two stages per stage."""
    keys = [key for key in factor_keys(sheet, gradient) if key not in told.factors]
    if staged_line(sheet.graph, gradient) is None:
        return tuple(factor(sheet, key) for key in keys)
    return tuple(
        factor(sheet, pair) if is_edge(gradient, pair) else _ratio(sheet, pair) for pair in keys if not _is_said(sheet, pair)
    )


def factor_keys(sheet: Sheet, gradient: Gradient) -> tuple[Pair, ...]:
    """Return the factors of a gradient's chains, one that several paths share once; in two stages the stages."""
    if staged_line(sheet.graph, gradient) is not None:
        return tuple(stages(sheet.graph, gradient))
    return tuple(dict.fromkeys((local.consumer, local.operand) for path in gradient.paths or () for local in path))


def _is_said(sheet: Sheet, pair: tuple[str, str]) -> bool:
    """Whether the definition of a shorthand says all there is to say of a factor; its numbers are said each time."""
    return shorthand_of(sheet.graph, *pair) is not None and pair not in sheet.evaluation.partials


def _ratio(sheet: Sheet, pair: tuple[str, str]) -> Line:
    """∂ŷ/∂a = the chains between the two = what they come to; that alone where it has a section of its own."""
    whole = between_line(sheet.evaluation, pair)
    known = "/".join(pair) in wanted(sheet.evaluation)
    return sheet.line(equality(whole.about, whole.sides[0], whole.last) if known else whole)


def factor(sheet: Sheet, key: tuple[str, str]) -> Line:
    """Work out one local derivative, by (consumer, operand): its formula, then its numbers."""
    local = sheet.evaluation.derivation.locals[key]
    symbolic = factor_line(sheet.evaluation, local)
    numbers = factor_numbers(sheet.evaluation, local)
    sides = known_by_name(local, symbolic.sides)
    whole = equality(symbolic.about, *sides, *numbers, reason=symbolic.reason if sides == symbolic.sides else None)
    return sheet.line(whole)


def numbers(sheet: Sheet, gradient: Gradient) -> tuple[Block, ...]:
    """Put the numbers into a gradient's product, with samples in a table for each path; nothing without numbers."""
    evaluation = sheet.evaluation
    value = simplified_value(evaluation, gradient) or value_line(evaluation, gradient)
    if value is not None:
        return (Equations((boxed(sheet, value),)),)
    table = sample_table(evaluation, (gradient,))
    blocks: list[Block] = []
    if table is not None:
        heads = [sheet.words.say("product")] * len(table.paths)
        if len(heads) > 1:
            heads = [f"{head} {place}" for place, head in enumerate(heads, 1)]
        rows = (factors + products for factors, products in zip(table.factors, table.products, strict=True))
        footer = ((None,) * (1 + len(table.header))) + table.totals
        caption = sheet.words.say("The factors and their product, sample by sample")
        blocks.append(sheet.sample_table((*table.header, *map(Words, heads)), rows, caption, footer=footer))
    result = result_line(evaluation, gradient)
    if result is not None:
        blocks.append(Equations((boxed(sheet, result),)))
    return tuple(blocks)


def together_in_a_table(sheet: Sheet, gradients: Sequence[Gradient]) -> tuple[Block, ...]:
    """Tabulate the factors of several gradients, sample by sample, each sample's share of each gradient, and their sums."""
    table = sample_table(sheet.evaluation, gradients)
    if table is None:
        return ()
    graph, locals_ = sheet.graph, sheet.evaluation.derivation.locals
    heads = tuple(partial(graph, graph.loss, name) for name, _ in table.paths)
    columns = zip(table.keys, table.header, zip(*table.factors, strict=True), strict=True)
    varied = {
        head: column
        for key, head, column in columns
        if isinstance(key, Expr) or not factor_numbers(sheet.evaluation, locals_[key])
    }
    factors, rows = tuple(varied), tuple(zip(*varied.values(), strict=True)) or ((),) * graph.samples
    totals, caption = tuple(map(Boxed, table.totals)), sheet.words.say("Each sample's share of each gradient, and their sums")
    if len(factors) + len(heads) <= MOST_COLUMNS:
        whole = (row + shares for row, shares in zip(rows, table.products, strict=True))
        empty = (None,) * (1 + len(factors))
        return (sheet.sample_table((*factors, *heads), whole, caption, len(factors), (*empty, *totals)),)
    return (
        sheet.sample_table(factors, rows, sheet.words.say("The factors, sample by sample")),
        sheet.sample_table(heads, table.products, caption, footer=(None, *totals)),
    )


def boxed(sheet: Sheet, value: Equality) -> Line:
    """Write a line with its result in a frame."""
    line = sheet.line(value)
    relation, last = line.steps[-1]
    return Line(line.left, (*line.steps[:-1], (relation, Boxed(last))), line.reason)


def adjoint_blocks(sheet: Sheet, gradients: list[Gradient], besides: bool) -> tuple[Block, ...]:
    """Work out the gradients the short way, each line from the ones before it; `besides`: only what the others do not say."""
    names = needed(sheet.evaluation.derivation, gradients if besides else None)
    heading = Heading(sheet.say("The other gradients" if besides else "Backward pass"), 2 if besides else 1)
    return (
        heading,
        Paragraph(_why_short(sheet, gradients)),
        *(() if besides else shorthands(sheet, worked=True)),
        *adjoint_lines(sheet, gradients, names),
    )


def adjoint_lines(sheet: Sheet, gradients: list[Gradient], names: Sequence[str]) -> tuple[Block, ...]:
    """Write a line for the derivative by each of some quantities; with samples, the numbers in a table."""
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
        (Equations(_with_reasons_once([line for name in part for line in adjoint(sheet, name)]), together=False),) if part else ()
        for part in (own, rest)
    )
    return (*first, *adjoint_tables(sheet, own, MOST_COLUMNS), *last)


def _with_reasons_once(lines: list[Line]) -> tuple[Line, ...]:
    """The lines, of those that follow each other with the same reason only the first with it."""
    alike = (line.reason == before.reason for before, line in pairwise(lines))
    return (*lines[:1], *(replace(line, reason=()) if same else line for line, same in zip(lines[1:], alike, strict=True)))


def adjoint_tables(sheet: Sheet, names: Sequence[str], most: int) -> tuple[Table, ...]:
    """Return the numbers of those derivatives of which each sample has its own, at most so many columns to a table."""
    graph = sheet.graph
    known, rows = adjoint_table(sheet.evaluation, tuple(names)) if has_samples(graph) else ((), ())
    if not known:
        return ()
    heads = tuple(partial(graph, graph.loss, name) for name in known)
    parts = [slice(start, start + most) for start in range(0, len(known), most)]
    caption = sheet.words.say("The derivatives of the loss, sample by sample")
    return tuple(sheet.sample_table(heads[part], (row[part] for row in rows), caption) for part in parts)


def _why_short(sheet: Sheet, gradients: list[Gradient]):
    if sheet.spec.network is not None and sheet.spec.network.form == "layers":
        return sheet.say(
            "From the last layer to the first: each derivative takes up those of the layer above, summed over the units that it "
            "feeds."
        )
    if sheet.spec.notation.chain == "reuse":
        return sheet.say("Each line takes up the derivatives already known from the lines before it.")
    derivation, limit = sheet.evaluation.derivation, sheet.spec.notation.chains
    if limit is not None and derivation.chains > limit:
        return sheet.say(
            "More than {limit} chains lead from the loss to the parameters; "
            "each line therefore takes up the derivatives already known.",
            limit=limit,
        )
    if too_many_chains(sheet.evaluation):
        return sheet.say(
            "{chains} chains lead from the loss to {count} parameters; "
            "each line therefore takes up the derivatives already known.",
            chains=derivation.chains,
            count=len(derivation.gradients),
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
    """Work out the derivative of the loss by a name from the ones before it, with its numbers and the reason."""
    worked = note_line(sheet.evaluation, name)
    neat = simplified_adjoint_value(sheet.evaluation, name)
    numbers = None if neat is not None else note_numbers(sheet.evaluation, name)
    sides = (*worked.sides, *(numbers.sides[1:] if numbers is not None else ()))
    line = sheet.line(equality(worked.about, *sides, reason=worked.reason))
    remark = sheet.spec.notes.get(name)
    first = Line(line.left, line.steps, sheet.authors(remark) if remark else line.reason or _summed(sheet, name))
    forms = [sheet.line(form) for form in simplified_adjoint_lines(sheet.evaluation, name)]
    forms[-1:] = [_going_on(forms[-1], sheet.line(neat))] if neat is not None else forms[-1:]
    return (first, *forms)


def _summed(sheet: Sheet, name: str) -> Prose:
    """Of a unit's output in a network of layers: over how many units of the layer above its derivative is a sum."""
    place = feeding(sheet.evaluation, name)
    if place is None:
        return ()
    count = len(sheet.evaluation.derivation.consumers[name])
    return sheet.say("the sum over the {count} units of layer {number}", count=count, number=place[0])
