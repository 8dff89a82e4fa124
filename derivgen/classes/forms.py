"""A sheet as a form: its text with holes, made once; a variant's numbers are then put in, thousands of times a second.

What comes out is to the letter what composing and rendering give. A variant that needs more room than the form has, or of which
a figure is not sure, is not filled in: it takes the long way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from derivgen.derivation.derive import Derivation
from derivgen.documents.document import Document
from derivgen.documents.sheet import as_written
from derivgen.drawings.layout_cache import LayoutCache
from derivgen.errors import SpecError
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.numbers import NumberFormat, shown
from derivgen.maths.numerals import read_number
from derivgen.maths.style import Style
from derivgen.maths.tree import Num, Shown
from derivgen.rendering import latex as pages
from derivgen.rendering.grid import padding
from derivgen.spec.model import Value
from derivgen.variants.filling import variant
from derivgen.variants.records import Record

if TYPE_CHECKING:
    from derivgen.variants.batch import BatchEvaluation
    from derivgen.variants.verifying import Verified

Source = tuple[str, str, int]
"""Where a number comes from: `given`, `value` or `gradient`; whose; in which sample."""
EQUAL, ABOUT = "=", r"\approx"
MOST_KEPT = 20_000


class Leaf(NamedTuple):
    """A number as it is printed: its LaTeX, its figures, whether it is exact, the gap it needs."""

    tex: str
    figures: str
    exact: bool
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for a number, or (`relation`) for the sign before it.

    In a table it belongs to a `column`, whose numbers are padded to align.
    """

    source: Source
    relation: bool = False
    column: int | None = None


@dataclass(frozen=True)
class Form:
    """One audience's sheet with holes: pieces of text, and between them the holes."""

    document: Document
    sheet: pages.Sheet
    pieces: tuple[str, ...]
    holes: tuple[Hole, ...]
    columns: tuple[tuple[Source, ...], ...]
    style: Style
    pads: dict[tuple[str, ...], dict[str, tuple[str, str]]] = field(default_factory=dict)

    def filled(self, leaves: Mapping[Source, Leaf]) -> pages.Sheet:
        """The sheet of a variant with these numbers."""
        out = [self.pieces[0]]
        pads = [self._pads(tuple([leaves[source].figures for source in column])) for column in self.columns]
        for hole, piece in zip(self.holes, self.pieces[1:], strict=True):
            leaf = leaves[hole.source]
            if hole.relation:
                out.append(EQUAL if leaf.exact else ABOUT)
            elif hole.column is not None and (pad := pads[hole.column].get(leaf.figures)):
                out += (pad[0], leaf.tex, pad[1])
            else:
                out.append(leaf.tex)
            out.append(piece)
        return replace(self.sheet, text="".join(out))

    def _pads(self, figures: tuple[str, ...]) -> dict[str, tuple[str, str]]:
        """What stands unseen beside the numbers of a column."""
        found = self.pads.get(figures)
        if found is None:
            if len(self.pads) >= MOST_KEPT:
                self.pads.clear()
            found = self.pads[figures] = padding(figures, self.style)
        return found


@dataclass(frozen=True)
class Forms:
    """The forms of a spec's sheets by audience; `leaf` is how a number prints, `layouts` which ones its drawings have room for.

    `limits` are the gaps' sizes, which no number may outgrow, be it on the key or only asked for. `number_format` is the
    spec's; a variant of which a number is written with a point is printed in decimals.
    """

    by_audience: Mapping[str, Form]
    limits: tuple[tuple[Source, float, float], ...]
    leaf: Callable[[Num | Shown], Leaf]
    layouts: LayoutCache
    number_format: NumberFormat
    derivation: Derivation
    kept: dict[str, Leaf] = field(default_factory=dict)
    given: dict[tuple[str, str], Leaf | None] = field(default_factory=dict)
    exact: dict[bool, dict[tuple[int, int], str]] = field(default_factory=lambda: {False: {}, True: {}})

    def filled(self, verified: Sequence[Verified], board: BatchEvaluation) -> Iterator[Mapping[str, pages.Sheet | None]]:
        """The sheets of each variant by audience; `board` has the numbers of them all."""
        for leaves in self._leaves(verified, board):
            fits = leaves is not None and all(
                leaves[source][3] <= width and leaves[source][4] <= height for source, width, height in self.limits
            )
            yield {a: form.filled(leaves) if leaves is not None and fits else None for a, form in self.by_audience.items()}

    def _leaves(self, verified: Sequence[Verified], board: BatchEvaluation) -> Iterator[dict[Source, Leaf] | None]:
        """The numbers of each variant by their sources; None where one is open, or too large for a drawing."""
        from derivgen.variants.answers import figures_of

        sources = tuple(dict.fromkeys(hole.source for form in self.by_audience.values() for hole in form.holes))
        names = tuple(dict.fromkeys(source[:2] for source in sources if source[0] != "given"))
        texts: dict[bool, dict[tuple[str, str], list[tuple[str | None, ...]]]] = {}
        for place, one in enumerate(verified):
            record = one.record
            decimals = self.number_format.decimals or any("." in text for text in record.values.values())
            if decimals not in texts:
                style = replace(self.number_format, decimals=decimals)
                numbers = {key: (board.values if key[0] == "value" else board.gradients)[key[1]] for key in names}
                texts[decimals] = {
                    key: figures_of(each, len(verified), style, self.exact[decimals]) for key, each in numbers.items()
                }
            style = replace(self.number_format, decimals=decimals)
            open_ = _Open(self, one, board, place, style)
            try:
                yield self._of(sources, record, {key: each[place] for key, each in texts[decimals].items()}, open_)
            except (SpecError, DomainError):  # a number that has no value is told on the long way
                yield None

    def _of(
        self,
        sources: Sequence[Source],
        record: Record,
        texts: Mapping[tuple[str, str], tuple[str | None, ...]],
        open_: _Open,
    ) -> dict[Source, Leaf] | None:
        found: dict[Source, Leaf] = {}
        for source in sources:
            kind, name, sample = source
            if kind == "given":
                leaf = self._given(name, record.values[name])
            else:
                known = texts[kind, name]
                text = known[sample] if len(known) > 1 else known[0]
                leaf = open_.leaf(source) if text is None else self.kept.get(text) or self._leaf(text)
            if leaf is None:
                return None
            found[source] = leaf
        return found

    def _given(self, name: str, text: str) -> Leaf | None:
        """A given number as it is written; None where a drawing has no room for it."""
        if (name, text) not in self.given:
            number = as_written(Value(read_number(text), text))
            if len(self.given) >= MOST_KEPT:
                self.given.clear()
            self.given[name, text] = self.leaf(number) if self.layouts.fits(name, number) else None
        return self.given[name, text]

    def _leaf(self, text: str) -> Leaf:
        """A number that is worked out, by its figures; `ROUNDED` stands before rounded ones."""
        from derivgen.variants.answers import ROUNDED

        bare = text.removeprefix(ROUNDED)
        number = Num(Fraction(bare), bare) if bare == text else Shown(Fraction(bare), bare, False)
        if len(self.kept) >= MOST_KEPT:
            self.kept.clear()
        self.kept[text] = self.leaf(number)
        return self.kept[text]


class _Open:
    """What the board leaves open of one variant, by exact numbers."""

    def __init__(self, forms: Forms, verified: Verified, board: BatchEvaluation, place: int, style: NumberFormat):
        self.forms, self.record, self.board, self.place, self.style = forms, verified.record, board, place, style
        self.evaluation = verified.exact

    def leaf(self, source: Source) -> Leaf:
        """The number of a source."""
        kind, name, sample = source
        number = self._alone(name, sample) if kind == "value" else None
        if number is None:
            self.evaluation = self.evaluation or variant(self.forms.derivation, self.record)
            numbers = (self.evaluation.values if kind == "value" else self.evaluation.adjoints)[name]
            number = numbers[sample]
        return self.forms.leaf(shown(number, self.style))

    def _alone(self, name: str, sample: int) -> Number | None:
        """A quantity's value from those of its operands, where the board has these exactly: sig(0) = 1/2."""
        graph = self.forms.derivation.graph
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
