"""The base of every format's renderer: one method for each kind of block, and for each part of a line of text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar, assert_never

from derivgen.documents.document import (
    Block,
    Equations,
    Figure,
    Heading,
    Inline,
    Math,
    PageBreak,
    Paragraph,
    Prose,
    SideBySide,
    Space,
    Strong,
    Table,
    Task,
    Text,
    Together,
)
from derivgen.frozen import dataclass, replace
from derivgen.language import Wording
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr

Rendered = TypeVar("Rendered")
"""What blocks become."""
Span = TypeVar("Span")
"""What a line of text becomes."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a block stands.

    `room` is the width it may take, in em (in a terminal in columns); `level` that of the headings around it; `run_in` whether a
    heading is the left side of the equation behind it and stands in its line, `heading` the one that stands in a block's first
    line. For paper: whether it stands in a column, whether it is moved in there, whether no page may end between it and the block
    behind it (`keep`) or before it (`kept`), whether it is at the end of the document (`last`).
    """

    room: float
    level: int = 1
    in_column: bool = False
    indent: bool = False
    keep: bool = False
    kept: bool = False
    run_in: bool = False
    heading: Heading | None = None
    last: bool = False

    @property
    def number(self) -> str:
        """Return the number of the heading in the first line."""
        return self.heading.number if self.heading is not None else ""


class Renderer(ABC, Generic[Rendered, Span]):
    """Turns blocks and lines of text into a format's own terms: a format says what becomes of each kind of block."""

    def __init__(self, style: Style, words: Wording):
        self.style, self.words = style, words

    def block(self, block: Block, spot: Spot) -> Rendered:
        """Return what becomes of one block."""
        match block:
            case Heading():
                return self.heading(block, spot)
            case Paragraph():
                return self.paragraph(block, spot)
            case Equations():
                return self.equations(block, spot)
            case Table():
                return self.table(block, spot)
            case Figure():
                return self.figure(block, spot)
            case SideBySide():
                return self.side_by_side(block, spot)
            case Space():
                return self.space(block, spot)
            case Task():
                return self.task(block, spot)
            case Together():
                return self.together(block, spot)
            case PageBreak():
                return self.page_break(block, spot)
            case _:
                assert_never(block)

    def inline(self, part: Inline, display: bool = False) -> Span:
        """Return what becomes of one part of a line of text."""
        match part:
            case Text():
                return self.text(part.words)
            case Strong():
                return self.strong(part.words)
            case Math():
                return self.formula(part.expr, display)
            case _:
                assert_never(part)

    def spots(self, blocks: tuple[Block, ...], spot: Spot) -> Iterator[Spot]:
        """Yield where each of some blocks stands that stand one below the other."""
        before = None
        for block, following in zip(blocks, (*blocks[1:], None), strict=False):
            heading = before if isinstance(before, Heading) and runs_in(before, block) else None
            yield replace(spot, run_in=runs_in(block, following), heading=heading)
            before = block

    @abstractmethod
    def blocks(self, blocks: Iterable[Block], spot: Spot) -> Rendered:
        """Return what becomes of blocks, one below the other."""

    @abstractmethod
    def prose(self, prose: Prose, display: bool = False) -> Span:
        """Return words and formulas in a line of text; `display` prints fractions at their full size."""

    @abstractmethod
    def text(self, words: str) -> Span:
        """Return plain words, escaped."""

    @abstractmethod
    def strong(self, words: str) -> Span:
        """Return words that stand out."""

    @abstractmethod
    def formula(self, expr: Expr, display: bool) -> Span:
        """Return a formula within a line of text."""

    @abstractmethod
    def heading(self, block: Heading, spot: Spot) -> Rendered:
        """Return a section's heading."""

    @abstractmethod
    def paragraph(self, block: Paragraph, spot: Spot) -> Rendered:
        """Return a paragraph in its tone."""

    @abstractmethod
    def equations(self, block: Equations, spot: Spot) -> Rendered:
        """Return aligned equations, each line in rows that fit."""

    @abstractmethod
    def table(self, block: Table, spot: Spot) -> Rendered:
        """Return a table."""

    @abstractmethod
    def figure(self, block: Figure, spot: Spot) -> Rendered:
        """Return a drawing with its alternative text."""

    @abstractmethod
    def space(self, block: Space, spot: Spot) -> Rendered:
        """Return room to write in; on a key, the answer in it."""

    @abstractmethod
    def task(self, block: Task, spot: Spot) -> Rendered:
        """Return a numbered question with its blocks."""

    @abstractmethod
    def page_break(self, block: PageBreak, spot: Spot) -> Rendered:
        """Return what ends a page."""

    def side_by_side(self, block: SideBySide, spot: Spot) -> Rendered:
        """Return two groups of blocks: one below the other, where the format has no columns."""
        return self.blocks((*block.left, *block.right), spot)

    def together(self, block: Together, spot: Spot) -> Rendered:
        """Return blocks that stay on one page: the blocks alone, where the format has no pages."""
        return self.blocks(block.blocks, spot)


def runs_in(block: Block | None, following: Block | None) -> bool:
    """Return whether a numbered heading says no more than the left side of the equation behind it, and is set in its line."""
    if not isinstance(block, Heading) or not isinstance(following, Equations) or not block.number or following.columns:
        return False
    left = following.lines[0].left
    return left is not None and block.title == (Math(left),)
