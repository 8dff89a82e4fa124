"""How forms are made: from the text of a made-up variant in which every number is another one, and tells where it comes from.

Whether nothing else on a sheet depends on its numbers is tried: with zeros, ones, negative and rounded numbers in every place,
and with real variants, the form must give what composing and rendering give, to the letter. A spec whose sheets do not pass has
no forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

from derivgen.checks.pages import believe
from derivgen.classes.forms import ABOUT, EQUAL, Form, Forms, Hole, Leaf, Source
from derivgen.derivation.derive import Derivation
from derivgen.documents.alike import Alike
from derivgen.documents.compose import style_of
from derivgen.documents.document import Document
from derivgen.documents.sheet import EVEN, Sheet, as_written, long_gap
from derivgen.errors import UserError
from derivgen.evaluation import Evaluation
from derivgen.language import Wording
from derivgen.lines.equality import rounded
from derivgen.maths.brackets import number_text
from derivgen.maths.numbers import shown
from derivgen.maths.style import Style
from derivgen.maths.tree import Num, Shown
from derivgen.present.latex import latex
from derivgen.rendering import latex as pages
from derivgen.spec.model import Value

MOST_DIGITS = 6
MIXED = 6
_FIRST, _STEP = 731_000_000, 1009
_MARK = re.compile(r"731\d{6}")
_FILLED = re.compile(r"\\dg(?:cell)?fill\{([\d.]+)em\}\{([\d.]+)\}\{$")
_INLINE = re.compile(r"\$[^$]*= $")
_RELATION = re.compile(r"(\\approx|=)")


def forms_of(
    derivation: Derivation, alike: Alike, samples: Sequence[Evaluation], audiences: Sequence[str], *, among_many: bool = True
) -> Forms | None:
    """The forms of a spec's sheets; None where its sheets do not depend on the numbers in a way that a form can have."""
    spec = derivation.graph.spec
    if spec.random is None or spec.numbers.carry == "shown" or spec.numbers.digits > MOST_DIGITS:
        return None
    columns = spec.data.columns if spec.data is not None else ()
    if any(name in columns for draw in spec.random.draws for name in draw.names):
        return None
    sources = _sources(derivation)
    maker = _Maker(derivation, alike, sources, among_many)
    try:
        forms = maker.forms(audiences)
        return forms if forms is not None and maker.holds(forms) and maker.are_like(forms, samples) else None
    except (UserError, AssertionError, LookupError, ArithmeticError, ValueError):  # numbers that make no sense together
        return None


def _sources(derivation: Derivation) -> tuple[Source, ...]:
    """Every number that is drawn or worked out."""
    graph = derivation.graph
    drawn = dict.fromkeys(name for draw in graph.spec.random.draws for name in draw.names) if graph.spec.random else {}

    def each(kind: str, name: str) -> list[Source]:
        return [(kind, name, sample) for sample in range(graph.samples if graph.per_sample(name) else 1)]

    found = [source for name in drawn for source in each("given", name)]
    found += [source for name, q in graph.quantities.items() if q.definition is not None for source in each("value", name)]
    return (*found, *(source for name in derivation.gradients for source in each("gradient", name)))


@dataclass(frozen=True)
class _Maker:
    """Makes the forms of one spec, and tries them."""

    derivation: Derivation
    alike: Alike
    sources: tuple[Source, ...]
    among_many: bool

    def forms(self, audiences: Sequence[str]) -> Forms | None:
        """The forms, not tried yet."""
        marks = {source: Fraction(_FIRST + _STEP * at) for at, source in enumerate(self.sources)}
        if len(marks) > 900_000 // _STEP:
            return None
        exact = self.evaluation(marks, MOST_DIGITS + 3)
        about = self.evaluation({source: self._about(source, mark) for source, mark in marks.items()}, MOST_DIGITS + 3)
        owners = {str(mark): source for source, mark in marks.items()}
        order = _relations(self.text(exact, "key")[1].text, self.text(about, "key")[1].text, owners)
        made: dict[str, Form] = {}
        for audience in audiences:
            document, sheet = self.text(exact, audience)
            form = _form(document, sheet, self.text(about, audience)[1].text, owners, order, style_of(exact))
            if form is None:
                return None
            made[audience] = form
        leaf = _leaf_of(Sheet(exact, "key", Wording(self._spec.language), style_of(exact)))
        plain = Evaluation(self.derivation, {}, {}, {}).number_format
        style = replace(plain, decimals=self._has_decimals())
        limits = _limits(self.text(exact, "key")[1].text, owners)
        return Forms(MappingProxyType(made), limits, leaf, self.alike.layouts, style, self.derivation)

    def _has_decimals(self) -> bool:
        """Whether a number that is not drawn is written with a point."""
        drawn = {source[1] for source in self.sources if source[0] == "given"}
        given = {**self._spec.values, **self._spec.constants}
        rows = self._spec.data.rows or () if self._spec.data is not None else ()
        texts = [value.text for name, value in given.items() if name not in drawn] + [v.text for row in rows for v in row]
        return any("." in text for text in texts)

    @property
    def _spec(self):
        return self.derivation.graph.spec

    def _about(self, source: Source, mark: Fraction) -> Fraction:
        """A number that prints as the mark and is not it; what is given is printed as it is written."""
        return mark if source[0] == "given" else mark + Fraction(1, 30_000_001)

    def evaluation(self, numbers: Mapping[Source, Fraction], digits: int | None = None) -> Evaluation:
        """A made-up evaluation in which every number is as it is told."""
        graph, spec = self.derivation.graph, self._spec
        if digits is not None:
            spec = replace(spec, numbers=replace(spec.numbers, digits=digits if spec.numbers.rounding == "significant" else 0))
        columns = spec.data.columns if spec.data is not None else ()
        given = {
            name: Value(number, str(number))
            for (kind, name, _), number in numbers.items()
            if kind == "given" and name not in columns
        }
        values = MappingProxyType({name: given.get(name, value) for name, value in spec.values.items()})
        constants = MappingProxyType({name: given.get(name, value) for name, value in spec.constants.items()})
        spec = replace(spec, values=values, constants=constants)
        derivation = replace(self.derivation, graph=replace(graph, spec=spec))
        known: dict[str, dict[str, list[Fraction]]] = {"given": {}, "value": {}, "gradient": {}}
        for (kind, name, _), number in numbers.items():
            known[kind].setdefault(name, []).append(number)
        every = {**graph.given, **{name: tuple(each) for name, each in (known["given"] | known["value"]).items()}}
        adjoints = {name: tuple(each) for name, each in known["gradient"].items()}
        return Evaluation(derivation, every, {}, adjoints)

    def text(self, evaluation: Evaluation, audience: str) -> tuple[Document, pages.Sheet]:
        """A sheet with the room that all sheets have."""
        document = self.alike.blank(evaluation, audience)
        sheet = pages.render_sheet(document, style_of(evaluation), self.among_many)
        return replace(document, blocks=()), sheet

    def holds(self, forms: Forms) -> bool:
        """Whether the forms give what composing gives, whatever the numbers are."""
        for turn in range(len(_PALETTE) + MIXED):
            numbers = {source: _palette(at, turn) for at, source in enumerate(self.sources)}
            evaluation = self.evaluation(numbers)
            leaves = {source: forms.leaf(_printed(evaluation, source, number)) for source, number in numbers.items()}
            for audience, form in forms.by_audience.items():
                if form.filled(leaves) != self.text(evaluation, audience)[1]:
                    return False
        return True

    def are_like(self, forms: Forms, samples: Sequence[Evaluation]) -> bool:
        """Whether they give the sheets of real variants, and every line of these is believed."""
        for evaluation in samples:
            leaves = {source: forms.leaf(self._real(evaluation, source)) for source in self.sources}
            for audience, form in forms.by_audience.items():
                document = self.alike.blank(evaluation, audience)
                believe(document, (evaluation,))
                if form.filled(leaves) != self.text(evaluation, audience)[1]:
                    return False
        return True

    def _real(self, evaluation: Evaluation, source: Source) -> Num | Shown:
        kind, name, sample = source
        if kind == "given":
            spec = evaluation.graph.spec
            return as_written(spec.values[name] if name in spec.values else spec.constants[name])
        numbers = (evaluation.values if kind == "value" else evaluation.adjoints)[name]
        return shown(numbers[sample], evaluation.number_format)


_PALETTE = (
    *(Fraction(number) for number in ("0", "1", "-1", "1/2", "-3/2", "2", "-12")),
    *(Fraction(number) for number in ("0.12345678", "-0.98765432", "0.0000001234567", "12345678.9123456", "1.00000001")),
)


def _palette(at: int, turn: int) -> Fraction:
    """One and the same number everywhere, or in later turns all kinds of them side by side."""
    return _PALETTE[turn] if turn < len(_PALETTE) else _PALETTE[(at * 7 + (at // 5) * 3 + turn * 5) % len(_PALETTE)]


def _printed(evaluation: Evaluation, source: Source, number: Fraction) -> Num | Shown:
    return as_written(Value(number, str(number))) if source[0] == "given" else shown(number, evaluation.number_format)


def _leaf_of(sheet: Sheet) -> Callable[[Num | Shown], Leaf]:
    def leaf(number: Num | Shown) -> Leaf:
        width, height = sheet.gap_size((number,))
        width = width if width <= EVEN else long_gap(width)
        return Leaf(latex(number, sheet.style), number_text(number), not rounded(number), width, height)

    return leaf


def _limits(text: str, owners: Mapping[str, Source]) -> tuple[tuple[Source, float, float], ...]:
    """The size of the gap that each number goes into."""
    found = [(mark, _FILLED.search(text[max(0, mark.start() - 200) : mark.start()])) for mark in _MARK.finditer(text)]
    return tuple((owners[mark[0]], float(gap[1]), float(gap[2])) for mark, gap in found if gap)


def _relations(exact: str, about: str, owners: Mapping[str, Source]) -> tuple[Source, ...]:
    """Whose exactness decides each sign of equality that is not always the same, in the order of the key."""
    found = []
    for (start, _), (end, _) in zip(_changes(exact), _changes(about), strict=True):
        if exact[start:].startswith(EQUAL) and about[end:].startswith(ABOUT):
            mark = _MARK.search(exact, start)
            if mark is None:
                raise LookupError
            found.append(owners[mark[0]])
    return tuple(found)


def _changes(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _RELATION.finditer(text)]


def _form(
    document: Document, sheet: pages.Sheet, about: str, owners: Mapping[str, Source], order: Sequence[Source], style: Style
) -> Form | None:
    """The text cut at its numbers and at the signs that are not always the same."""
    text, cuts = sheet.text, []
    deciding = iter(order)
    for (start, end), (other, _) in zip(_changes(text), _changes(about), strict=True):
        if not about[other:].startswith(text[start:end]):
            cuts.append((start, end, Hole(next(deciding), relation=True)))
    columns: dict[tuple[int, int], list[Source]] = {}
    for mark in _MARK.finditer(text):
        before = text[max(0, mark.start() - 200) : mark.start()]
        if filled := _FILLED.search(before):
            column = _column(text, mark.start()) if filled[0].startswith(r"\dgcellfill") else None
            if column is not None:
                columns.setdefault(column, []).append(owners[mark[0]])
            at = list(columns).index(column) if column is not None else None
            cuts.append((*mark.span(), Hole(owners[mark[0]], False, at)))
        elif _INLINE.search(before) and text[mark.end()] == "$":
            cuts.append((*mark.span(), Hole(owners[mark[0]])))
        else:
            return None
    if next(deciding, None) is not None:
        return None
    cuts.sort()
    edges = [0, *(edge for start, end, _ in cuts for edge in (start, end)), len(text)]
    pieces = tuple(text[edges[at] : edges[at + 1]] for at in range(0, len(edges), 2))
    listed = tuple(map(tuple, columns.values()))
    return Form(document, replace(sheet, text=""), pieces, tuple(hole for _, _, hole in cuts), listed, style)


def _column(text: str, at: int) -> tuple[int, int]:
    """Which table, and which of its columns, a place in the text is in."""
    return text.rfind(r"\begin{tabular}", 0, at), text.count(" & ", text.rfind("\n", 0, at), at)
