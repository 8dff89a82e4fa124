"""Sheets as templates: a page composed once with slots in place of its numbers, then filled in, thousands of times a second.

A page made of numbers that are not known yet shows where each number goes, and cannot be made where more depends on one of them
than its place. A filled-in sheet is to the letter the one that composing gives. A variant that needs more room than the template
has, or of which a figure is not sure, is composed instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from derivgen.checks.pages import verify_document
from derivgen.derivation.derive import Derivation
from derivgen.documents.compose import style_of
from derivgen.documents.document import Block, Document, Equations, Figure, Math, Paragraph, each_block, expressions
from derivgen.documents.sheet import EVEN, Sheet, long_gap
from derivgen.documents.uniform_layout import UniformLayout
from derivgen.drawings.layout_cache import LayoutCache
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, field, replace
from derivgen.language import Wording
from derivgen.lines.equality import relation_before
from derivgen.lines.notation import as_written
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.brackets import number_text
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.numbers import NumberFormat, shown
from derivgen.maths.numerals import read_number
from derivgen.maths.slots import DependsOnNumberError, UnknownNumber, source_text
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Expr, Filled, Num, Shown, Slot, Source, children, walk
from derivgen.memo import PADDINGS
from derivgen.present.dialects import DIALECTS
from derivgen.present.latex import latex
from derivgen.rendering import latex as pages
from derivgen.rendering.grid import padding
from derivgen.spec.model import Spec, Value
from derivgen.variants.answers import ROUNDED, figures_of
from derivgen.variants.records import Record, variant

if TYPE_CHECKING:
    from derivgen.variants.batch import BatchEvaluation
    from derivgen.variants.verifying import Verified

MOST_KEPT = 20_000
_MARK = re.compile("\x02([=<>]?)(\\d+)(?::([\\d,]+))?\x03")


class RenderedNumber(NamedTuple):
    """A number as it is printed: its LaTeX, its figures, the sign before it, the size of the gap it needs (em, lines)."""

    tex: str
    figures: str
    relation: str
    width: float
    height: float


class Mark(NamedTuple):
    """A place in a template: for a number, or for a `part` of it (see `slots.slot_mark`); which column it is aligned in."""

    source: Source
    part: str = ""
    column: int = -1


@dataclass(frozen=True)
class SheetTemplate:
    """One audience's sheet: pieces of LaTeX, and between every two of them a mark."""

    document: Document
    sheet: pages.SharedText
    pieces: tuple[str, ...]
    marks: tuple[Mark, ...]
    columns: tuple[tuple[Source, ...], ...]
    style: Style

    def fill(self, numbers: Mapping[Source, RenderedNumber]) -> pages.SharedText:
        """Return the sheet with these numbers."""
        out = [self.pieces[0]]
        unseen: dict[int, Mapping[str, tuple[str, str]]] = {}
        for (source, part, column), piece in zip(self.marks, self.pieces[1:], strict=True):
            number = numbers[source]
            if not part:
                out.append(number.tex)
            elif part == "=":
                out.append(number.relation)
            else:
                if column not in unseen:
                    unseen[column] = _padding(tuple([numbers[other].figures for other in self.columns[column]]), self.style)
                beside = unseen[column].get(number.figures)
                out.append(beside[part == ">"] if beside else "")
            out.append(piece)
        return replace(self.sheet, text="".join(out))


_padding = PADDINGS(padding)


@dataclass(frozen=True)
class SheetTemplates:
    """The templates of a spec's sheets by audience.

    `limits` are the sizes of the gaps (em, lines), which no number may outgrow, on the key or only asked for; `layouts` say
    which numbers the drawings have room for. `number_format` is the spec's; a variant with a number that is written with a point
    is printed in decimals.
    """

    by_audience: Mapping[str, SheetTemplate]
    limits: tuple[tuple[Source, float, float], ...]
    layouts: LayoutCache
    number_format: NumberFormat
    derivation: Derivation
    known: dict[str, RenderedNumber | None] = field(default_factory=dict)
    exact: dict[bool, dict[tuple[int, int], str]] = field(default_factory=lambda: {False: {}, True: {}})

    def fill(self, verified: Sequence[Verified], board: BatchEvaluation) -> Iterator[Mapping[str, pages.SharedText | None]]:
        """Yield the sheets of each variant by audience, None for one that has to be composed; `board` has all their numbers."""
        for numbers in self._numbers(verified, board):
            fits = numbers is not None and all(
                numbers[source].width <= width and numbers[source].height <= height for source, width, height in self.limits
            )
            yield {
                audience: template.fill(numbers) if numbers is not None and fits else None
                for audience, template in self.by_audience.items()
            }

    def render(self, number: Num | Shown) -> RenderedNumber:
        """Return a number as it is printed, with the size of the gap it needs."""
        sheet = self._sheet
        width, height = sheet.gap_size((number,))
        relation = DIALECTS[sheet.style.dialect].relations[relation_before(number)]
        return RenderedNumber(
            latex(number, sheet.style), number_text(number), relation, width if width <= EVEN else long_gap(width), height
        )

    @cached_property
    def _sheet(self) -> Sheet:
        style = next(iter(self.by_audience.values())).style
        return Sheet(Evaluation(self.derivation, {}, {}, {}), "key", Wording(self.derivation.graph.spec.language), style)

    def _numbers(self, verified: Sequence[Verified], board: BatchEvaluation) -> Iterator[dict[Source, RenderedNumber] | None]:
        """Yield the numbers of each variant by their sources, None where one has no value or is too large for a drawing."""
        sources = tuple(dict.fromkeys(mark.source for template in self.by_audience.values() for mark in template.marks))
        names = tuple(dict.fromkeys(source[:2] for source in sources if source[0] != "given"))
        texts: dict[bool, dict[tuple[str, str], list[tuple[str | None, ...]]]] = {}
        for place, one in enumerate(verified):
            decimals = self.number_format.decimals or any("." in text for text in one.record.values.values())
            style = replace(self.number_format, decimals=decimals)
            if decimals not in texts:
                arrays = {key: (board.values if key[0] == "value" else board.gradients)[key[1]] for key in names}
                texts[decimals] = {
                    key: figures_of(each, len(verified), style, self.exact[decimals]) for key, each in arrays.items()
                }
            exactly = _ExactNumbers(self.derivation, one, board, place)
            try:
                yield self._of(sources, one.record, {key: each[place] for key, each in texts[decimals].items()}, exactly, style)
            except (SpecError, DomainError):  # composing tells of a number without a value
                yield None

    def _of(
        self,
        sources: Sequence[Source],
        record: Record,
        texts: Mapping[tuple[str, str], tuple[str | None, ...]],
        exactly: _ExactNumbers,
        style: NumberFormat,
    ) -> dict[Source, RenderedNumber] | None:
        found: dict[Source, RenderedNumber] = {}
        for source in sources:
            kind, name, sample = source
            if kind == "given":
                number = self._given(name, record.values[name])
            else:
                each = texts[kind, name]
                text = each[sample] if len(each) > 1 else each[0]
                number = self._worked_out(text) if text is not None else self.render(shown(exactly.number(source), style))
            if number is None:
                return None
            found[source] = number
        return found

    def _given(self, name: str, text: str) -> RenderedNumber | None:
        """Return a given number as it is written, None where a drawing has no room for it."""
        key = f"{name}={text}"
        if key not in self.known:
            number = as_written(Value(read_number(text), text))
            self._keep(key, self.render(number) if self.layouts.fits(name, number) else None)
        return self.known[key]

    def _worked_out(self, text: str) -> RenderedNumber | None:
        """Return a number by its figures; `ROUNDED` stands before rounded ones."""
        if text not in self.known:
            bare = text.removeprefix(ROUNDED)
            number = Num(Fraction(bare), bare) if bare == text else Shown(Fraction(bare), bare, False)
            self._keep(text, self.render(number))
        return self.known[text]

    def _keep(self, key: str, number: RenderedNumber | None) -> None:
        if len(self.known) >= MOST_KEPT:
            self.known.clear()
        self.known[key] = number


class _ExactNumbers:
    """The numbers of one variant that the board leaves open, worked out exactly."""

    def __init__(self, derivation: Derivation, verified: Verified, board: BatchEvaluation, place: int):
        self.derivation, self.record, self.board, self.place = derivation, verified.record, board, place
        self.evaluation = verified.exact

    def number(self, source: Source) -> Number:
        """Return the number of a source. Raises SpecError or DomainError where it has no value."""
        kind, name, sample = source
        number = self._from_operands(name, sample) if kind == "value" else None
        if number is not None:
            return number
        self.evaluation = self.evaluation or variant(self.derivation, self.record)
        return (self.evaluation.values if kind == "value" else self.evaluation.adjoints)[name][sample]

    def _from_operands(self, name: str, sample: int) -> Number | None:
        """Return a quantity's value from those of its operands, where the board has these exactly: sig(0) = 1/2."""
        graph = self.derivation.graph
        definition, operands = graph.quantities[name].definition, graph.operands(name)
        if definition is None or not graph.per_sample(name):
            return None
        known = {}
        for operand in operands:
            array: Any = self.board.values[operand]
            if not hasattr(array, "den"):
                return None
            rows, columns = array.num.shape
            number = array.num[self.place if rows > 1 else 0][sample if columns > 1 else 0]
            known[operand] = (Fraction(int(number), array.den),)
        return evaluate(definition, Environment(known, graph.library, 1).at(0))


def compile_templates(
    derivation: Derivation,
    layout: UniformLayout,
    samples: Sequence[Evaluation],
    audiences: Sequence[str],
) -> SheetTemplates:
    """Make the templates of a spec's sheets, and try them on some variants, whose every line is checked.

    Args:
        derivation: what the sheets show.
        layout: the drawings and the sizes of gaps that all sheets of the spec have.
        samples: variants of the spec.
        audiences: whose sheets, the key among them.

    Raises:
        DependsOnNumberError: more on a sheet depends on its numbers than where they stand; it says what.
    """
    _check(derivation.graph.spec)
    sources = _sources(derivation)
    blank = evaluation_of(derivation, {source: UnknownNumber(source, place) for place, source in enumerate(sources)})
    made: dict[str, SheetTemplate] = {}
    limits: tuple[tuple[Source, float, float], ...] = ()
    for audience in audiences:
        document, sheet = _page(layout, blank, audience)
        limits = limits or tuple(_limits(document.blocks))
        made[audience] = _template(document, sheet, sources, style_of(blank))
    templates = SheetTemplates(MappingProxyType(made), limits, layout.layouts, blank.number_format, derivation)
    for evaluation in samples:
        numbers = {source: templates.render(_printed(evaluation, source)) for source in sources}
        for audience, template in made.items():
            document, sheet = _page(layout, evaluation, audience)
            verify_document(document, (evaluation,))
            if template.fill(numbers) != sheet:
                raise DependsOnNumberError(f"a {audience} that is filled in differs from one that is composed")
    return templates


def _check(spec: Spec) -> None:
    """Raise DependsOnNumberError for what no template can have."""
    if spec.random is None:
        raise DependsOnNumberError("no numbers are drawn")
    if spec.numbers.carry == "shown":
        raise DependsOnNumberError("with `carry: shown` every number depends on how the ones before it are rounded")
    if "numbers" in spec.worksheet.tasks:
        raise DependsOnNumberError("the task numbers asks for what is worked out on the way")
    columns = spec.data.columns if spec.data is not None else ()
    drawn = next((name for draw in spec.random.draws for name in draw.names if name in columns), None)
    if drawn is not None:
        raise DependsOnNumberError(f"{drawn}, a column of the data, is drawn")


def _sources(derivation: Derivation) -> tuple[Source, ...]:
    """Return where every number comes from that is drawn or worked out."""
    graph = derivation.graph
    drawn = dict.fromkeys(name for draw in graph.spec.random.draws for name in draw.names) if graph.spec.random else {}

    def each(kind: str, name: str) -> list[Source]:
        return [(kind, name, sample) for sample in range(graph.samples if graph.per_sample(name) else 1)]

    found = [source for name in drawn for source in each("given", name)]
    found += [source for name, q in graph.quantities.items() if q.definition is not None for source in each("value", name)]
    return (*found, *(source for name in derivation.gradients for source in each("gradient", name)))


def evaluation_of(derivation: Derivation, numbers: Mapping[Source, Any]) -> Evaluation:
    """Return an evaluation in which every number is what it is said to be, by its source; nothing is worked out."""
    graph = derivation.graph
    known: dict[str, dict[str, list[Any]]] = {"given": {}, "value": {}, "gradient": {}}
    for (kind, name, _), number in numbers.items():
        known[kind].setdefault(name, []).append(number)

    def with_given(before: Mapping[str, Value]) -> Mapping[str, Value]:
        given = {name: Value(number, _text(number)) for name, (number, *_) in known["given"].items() if name in before}
        return MappingProxyType({**before, **given})

    spec = replace(graph.spec, values=with_given(graph.spec.values), constants=with_given(graph.spec.constants))
    values = {**graph.given, **{name: tuple(each) for name, each in (known["given"] | known["value"]).items()}}
    adjoints = {name: tuple(each) for name, each in known["gradient"].items()}
    return Evaluation(derivation.with_numbers(replace(graph, spec=spec)), values, {}, adjoints)


def _text(number: object) -> str:
    return str(number) if isinstance(number, Fraction) else ""


def _page(layout: UniformLayout, evaluation: Evaluation, audience: str) -> tuple[Document, pages.SharedText]:
    """Return a sheet with the room that all sheets have."""
    document = layout.blank(evaluation, audience)
    return document, pages.render_sheet(document, style_of(evaluation))


def _template(document: Document, sheet: pages.SharedText, sources: Sequence[Source], style: Style) -> SheetTemplate:
    """Return the page cut at its marks."""
    for expr in _formulas(document.blocks):
        _check_alone(expr)
    parts = _MARK.split(sheet.text)
    listed = list(dict.fromkeys(column for column in parts[3::4] if column))
    marks = tuple(
        Mark(sources[int(number)], part, listed.index(column) if column else -1)
        for part, number, column in zip(parts[1::4], parts[2::4], parts[3::4], strict=True)
    )
    columns = tuple(tuple(sources[int(number)] for number in column.split(",")) for column in listed)
    return SheetTemplate(replace(document, blocks=()), replace(sheet, text=""), tuple(parts[::4]), marks, columns, style)


def _formulas(blocks: Iterable[Block]) -> Iterator[Expr]:
    """Yield every formula of the blocks: in lines, tables, words and drawings."""
    for block in each_block(blocks):
        yield from expressions(block)
        if isinstance(block, Paragraph):
            yield from (part.expr for part in block.prose if isinstance(part, Math))
        elif isinstance(block, Equations):
            yield from (part.expr for line in block.lines for part in line.reason if isinstance(part, Math))
        elif isinstance(block, Figure):
            yield from (label.content for label in block.drawing.labels if isinstance(label.content, Expr))


def _check_alone(expr: Expr, whole: bool = True) -> None:
    """Raise DependsOnNumberError for a slot that may need brackets or another sign: one that is no whole formula or gap."""
    if isinstance(expr, Slot) and not whole:
        raise DependsOnNumberError(f"{source_text(expr.source)} stands within a longer formula")
    for part in children(expr):
        _check_alone(part, isinstance(expr, Filled) or (whole and isinstance(expr, Compare) and part is expr.right))


def _limits(blocks: Iterable[Block]) -> Iterator[tuple[Source, float, float]]:
    """Yield the size of the gap that each number of a key goes into (em, lines)."""
    for block in each_block(blocks):
        for node in (node for expr in expressions(block) for node in walk(expr)):
            if isinstance(node, Filled) and isinstance(node.content, Slot):
                yield node.content.source, node.width, node.height


def _printed(evaluation: Evaluation, source: Source) -> Num | Shown:
    """Return a number of a variant as the page prints it."""
    kind, name, sample = source
    if kind == "given":
        spec = evaluation.graph.spec
        return as_written(spec.values[name] if name in spec.values else spec.constants[name])
    return shown((evaluation.values if kind == "value" else evaluation.adjoints)[name][sample], evaluation.number_format)
