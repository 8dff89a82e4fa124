"""What every document of one evaluation shares: its words, its style, and how an answer appears to each audience."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import ceil
from typing import TypeVar

from derivgen.documents.document import Inline, Line, Math, Prose, Strong, Table, Text
from derivgen.drawings.layout_cache import LayoutCache
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.language import Wording
from derivgen.lines.equality import Equality, Reason
from derivgen.lines.equality import equality as equality_of
from derivgen.lines.notation import as_written, in_this_case, printed
from derivgen.maths.functions import vocabulary
from derivgen.maths.style import Style
from derivgen.maths.tree import Cases, Expr, Filled, Gap, Matrix, Num, Partial, Shown, Slot, Sum, Sym, holds_any, number
from derivgen.present.measure import height_lines, width_em
from derivgen.spec.model import Spec
from derivgen.spec.pages import prose
from derivgen.spec.paper import PageSize

Key = TypeVar("Key")

LEAST_GAP, GAP_STEP = 3.0, 1.5
PARTIAL_ROOM = 2.1  # lines
EVEN, LONG, LONG_STEP = 9.0, 18.0, 4.5
"""Up to `EVEN` em the gaps for like answers are all as wide as the widest; beyond, each as wide as it needs, in coarse steps."""


@dataclass(frozen=True)
class Sheet:
    """An evaluation seen by one audience: `worksheet`, `key` or `notes`."""

    evaluation: Evaluation
    audience: str
    words: Wording
    style: Style
    layouts: LayoutCache | None = None

    @property
    def graph(self) -> Graph:
        """Return the graph behind the evaluation."""
        return self.evaluation.graph

    @property
    def space(self) -> float:
        """Return the room in each gap, times the usual; where empty boxes take the place of gaps, these have it (see `tasks`)."""
        worksheet = self.spec.worksheet
        return 1.0 if worksheet.scaffolding == "blank" else float(worksheet.space)

    @property
    def page(self) -> PageSize:
        """Return how large paper and letters are."""
        return self.spec.worksheet.page

    @property
    def spec(self) -> Spec:
        """Return the spec behind the graph."""
        return self.graph.spec

    def say(self, message: str, **values: object) -> Prose:
        """Return a message in the document's language, formulas among its words."""
        return tuple(
            part if isinstance(part, (Text, Strong, Math)) else Math(part) if isinstance(part, Expr) else Text(str(part))
            for part in self.words.parts(message, **values)
        )

    def authors(self, text: str) -> Prose:
        """Return the author's own words, `$…$` as mathematics."""
        return tuple(Math(piece) if isinstance(piece, Expr) else Text(piece) for piece in prose(text, self._vocabulary))

    @cached_property
    def _vocabulary(self):
        return vocabulary({name: (len(f.arguments), len(f.arguments)) for name, f in self.spec.functions.items()})

    def reason(self, reason: Reason | None) -> Prose:
        """Return why a line holds, in the document's language."""
        if reason is None:
            return ()
        names = dict(reason.names)
        if "rule" in names:
            words = {name: value for name, value in names.items() if not isinstance(value, Expr)}
            names["rule"] = self.words.say(str(names["rule"]), **words)
        if any(isinstance(value, Expr) for value in names.values()):
            return self.say(reason.message, **names)
        return (Text(self.words.say(reason.message, **names)),)

    def value(self, name: str) -> Num | Shown | None:
        """Return a quantity's value: a given one as its author wrote it, else as it is printed; None where it is not known."""
        written = self.spec.values.get(name) or self.spec.constants.get(name)
        return as_written(written) if written is not None else printed(self.evaluation, name)

    def line(self, equality: Equality, reason: bool = True) -> Line:
        """Return an equality as a line of the page."""
        sides = [in_this_case(side, self.evaluation) for side in equality.sides]
        if any(side is not other for side, other in zip(sides, equality.sides, strict=True)):
            equality = equality_of(equality.about, *sides, numeric=True, reason=equality.reason)
        steps = tuple(zip(equality.relations, equality.sides[1:], strict=True))
        return Line(equality.sides[0], steps, self.reason(equality.reason) if reason else ())

    def answers(self, contents: Iterable[Expr], given: bool = False, even: bool = False) -> tuple[Expr, ...]:
        """Return the answers as this audience sees them, in gaps of one size, so that a gap does not tell what goes in.

        Where one of them is longer than `EVEN`, each gets the width it needs, `EVEN` at least; not if they have to be `even`.
        A sum that no gap is long enough for has a gap for each of its terms.
        """
        contents = tuple(self.in_case(content) for content in contents)
        if given or self.audience == "notes":
            return contents
        widest, height = self.gap_size(contents)
        one = even or widest <= EVEN
        widths = [widest if one else self._long_gap(content) for content in contents]
        return tuple(self._gap(content, width, height) for content, width in zip(contents, widths, strict=True))

    def in_case(self, content: Expr) -> Expr:
        """Return an expression with the case that applies in place of a function with kinks."""
        return in_this_case(content, self.evaluation)

    def answers_by(self, contents: Mapping[Key, Expr], given: bool = False, even: bool = False) -> dict[Key, Expr]:
        """Return the answers by their keys, in gaps that go together (see `answers`)."""
        return dict(zip(contents, self.answers(contents.values(), given, even), strict=True))

    def sample_table(
        self,
        header: Iterable[Expr],
        rows: Iterable[Iterable[Expr]],
        caption: str,
        given: int = 0,
        footer: tuple[Expr | None, ...] = (),
    ) -> Table:
        """Return a table with a row for each sample, its number in the first column; `given` columns more are data."""
        body = tuple((number(sample), *row) for sample, row in enumerate(rows, 1))
        return Table((Sym(self.graph.index), *header), body, 1 + given, footer, caption)

    def _gap(self, content: Expr, width: float, height: float) -> Expr:
        """A gap for one answer, or filled with it; several for a sum that is too long."""
        widest = self.page.widest_gap
        if isinstance(content, Sum) and width >= widest:
            return Sum(tuple(self._gap(term, self._long_gap(term), height) for term in content.terms))
        if width >= widest and not isinstance(content, Slot) and 1.25 * width_em(content, self.style) > 1.5 * widest:
            height *= 2  # in two rows
        width, height = min(self.space * width, max(width, widest)), self.space * height
        return Gap(width, height) if self.audience == "worksheet" else Filled(content, width, height)

    def answer(self, content: Expr, given: bool = False) -> Expr:
        """Return one answer in a gap of its own size."""
        return self.answers((content,), given)[0]

    def _long_gap(self, content: Expr) -> float:
        """The width of a gap among others of which some are long."""
        return long_gap(self.gap_size((content,))[0])

    def gap_size(self, contents: tuple[Expr, ...]) -> tuple[float, float]:
        """Return width in em and height in lines of a gap, in coarse steps, with room for handwriting."""
        contents = tuple(content for content in contents if not isinstance(content, Slot))  # all gaps for it have a known size
        width = max((width_em(content, self.style) for content in contents), default=0.0)
        height = max((height_lines(content, self.style) for content in contents), default=1.0)
        if contents and all(isinstance(content, Partial) for content in contents):
            return max(LEAST_GAP, ceil(2 * (width * 1.2 + 1.0)) / 2), PARTIAL_ROOM
        needed = max(LEAST_GAP, ceil((width * 1.25 + 1.2) / GAP_STEP - 0.02) * GAP_STEP)
        return min(self.page.widest_gap, needed), _room(contents, height)


def long_gap(width: float) -> float:
    """Return the width in em of a gap that needs this one, in coarse steps."""
    return max(EVEN, width if width > LONG else ceil(width / LONG_STEP) * LONG_STEP)


def _room(contents: tuple[Expr, ...], height: float) -> float:
    """The height of a gap in lines: a fraction stands in it at its full size."""
    if any(holds_any(content, (Matrix,)) for content in contents):
        return max(2.0, ceil(2 * (1.25 * height + 0.3)) / 2)
    if any(holds_any(content, (Cases,)) for content in contents):
        return max(2.0, ceil(2 * height + 0.5) / 2)
    return 2.1 if height > 1.3 else 1.4


def words_of(prose_: Prose) -> str:
    """Return the words of a prose alone."""
    return "".join(part.words for part in prose_ if isinstance(part, (Text, Strong)))


def joined(parts: Iterable[Inline | Prose], sign: str) -> Prose:
    """Return pieces of prose with a sign between them."""
    found: list[Inline] = []
    for part in parts:
        if found:
            found.append(Text(sign))
        found.extend(part if isinstance(part, tuple) else (part,))
    return tuple(found)
