"""Documents for paper, whatever sets them: what stays on one page, columns that fit, tables, the running head.

Where blocks stand on a page: beside each other in columns that fit, and on one page with the block behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    SideBySide,
    Space,
    Table,
    Task,
    Together,
    each_block,
)
from derivgen.maths.style import Style
from derivgen.maths.tree import Boxed
from derivgen.rendering import grid, lines
from derivgen.rendering.renderer import Spot
from derivgen.rendering.templates import Safe, TemplateRenderer

DISPLAY_INDENT = 1.6
ENTRY, LATER_ENTRY = 0.94, 0.33  # characters to an em of the page, on the first line to fill in and on the others
HEAD = 1.96  # characters that fit in the running head, to an em of the page
LEAST_TITLE = 16


class Paged(TemplateRenderer):
    """Fills templates of pages."""

    between = "\n\n"
    last: tuple[Block, ...] = ()
    """The blocks at the end, which stay together."""

    def spots(self, blocks: tuple[Block, ...], spot: Spot) -> Iterator[Spot]:
        """Yield where each block stands, and whether it stays on one page with the next one."""
        before, kept = None, False
        for own, block, following in zip(super().spots(blocks, spot), blocks, (*blocks[1:], None), strict=False):
            last = any(block is each for each in self.last)
            keep = keeps(before, block, following) or (last and following is not None)
            keep = keep or (own.heading is not None and isinstance(following, Equations))
            yield replace(own, keep=keep, kept=kept, last=last)
            before, kept = block, keep

    def room_of_rows(self, spot: Spot) -> float:
        """Return how wide a row of equations may be, in em: a display is moved in."""
        return spot.room if spot.in_column and not spot.indent else spot.room - DISPLAY_INDENT

    def table(self, block: Table, spot: Spot) -> Safe:
        """Return a table that fits."""
        made = grid.grid(block, self.style, spot.room, not spot.in_column)
        return self.fill("table", grid=made, types=grid.column_types, caption=block.caption, keep=spot.keep)

    def side_by_side(self, block: SideBySide, spot: Spot) -> Safe:
        """Return two columns where both fit, else one group below the other."""
        halves = (block.left, block.right)
        indents = [any(isinstance(inner, Heading) for inner in half) for half in halves]
        natural = [natural_width(half, self.style, DISPLAY_INDENT * indent) for half, indent in zip(halves, indents, strict=True)]
        drawn = all(isinstance(inner, Figure) for inner in block.right)
        widths = shares(natural[0], natural[1], spot.room, SHRINK if drawn else 0.0)
        if widths is None:
            left, right = (self.blocks(half, spot) for half in halves)
            return Safe(f"{left}\n\n{right}")
        rooms = [
            replace(spot, room=share, in_column=True, indent=indent, keep=False, kept=False)
            for share, indent in zip(widths, indents, strict=True)
        ]
        left, right = (self.blocks(half, place) for half, place in zip(halves, rooms, strict=True))
        left_width, right_width = (f"{width / spot.room:.3f}" for width in widths)
        columns = {"left_width": left_width, "right_width": right_width, "align": "t" if block.top else "c"}
        return self.fill("side_by_side", left=left, right=right, keep=spot.keep, **columns)

    def space(self, block: Space, spot: Spot) -> Safe:
        """Return room to write in; on a key, the answer in it."""
        answer = self.blocks(block.answer, replace(spot, room=spot.room - 2 * DISPLAY_INDENT, in_column=True, indent=False))
        return self.fill("space", lines=f"{block.lines:g}", answer=answer)

    def together(self, block: Together, spot: Spot) -> Safe:
        """Return blocks that stay on one page."""
        breakable = any(isinstance(inner, Table) and grid.is_long(inner) for inner in each_block(block.blocks))
        return self.fill("together", body=self.blocks(block.blocks, spot), breakable=breakable, spare=block.spare, keep=spot.keep)

    def page_break(self, block: PageBreak, spot: Spot) -> Safe:
        """Return what ends a page."""
        return self.fill("page_break")


def short_title(document: Document) -> str:
    """Return what of the title has room in the running head: nothing beside a long name, which is never shortened."""
    head = int(HEAD * document.page.room)
    if not document.recipient:
        return _shortened(document.title, head - len(document.course) - len(document.kind))
    room = head - int(1.3 * len(document.recipient)) - len(document.kind)
    return _shortened(document.title, room) if room > LEAST_TITLE else ""


def short_entries(document: Document) -> tuple[str, ...]:
    """Return what is filled in at the top, as far as its line has room."""
    room = document.page.room
    lengths = (int((ENTRY if place == 0 else LATER_ENTRY) * room) for place in range(len(document.entries)))
    return tuple(_shortened(entry, length) for entry, length in zip(document.entries, lengths, strict=True))


def _shortened(words: str, length: int) -> str:
    """Return the first words, with an ellipsis where some are left out."""
    if len(words) <= length:
        return words
    return words[: max(length - 1, 10)].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


EM_PER_CM = 2.6
GUTTER = 2.0
LEAST_PROSE = 14.0
TOLERANCE = 0.6  # by how much a width may be measured too small
SHRINK = 0.2  # by how much of itself a drawing beside equations may be made smaller
LEADS = (Heading, Equations, Table)


def natural_width(blocks: Iterable[Block], style: Style, indent: float) -> float | None:
    """Return how wide blocks want to be, in em; None when words among them take what there is."""
    widths = [NATURAL[type(block)](block, style) if type(block) in NATURAL else None for block in blocks]
    known = [width for width in widths if width is not None]
    return max(known) + indent if known and len(known) == len(widths) else None


def shares(left: float | None, right: float | None, room: float, give: float = 0.0) -> tuple[float, float] | None:
    """Return the widths of two columns in em, or None where they do not fit beside each other.

    `left` and `right` are how wide they want to be, None for as wide as there is room; `give` is by which share of itself the
    right one may be made smaller.
    """
    free = room - GUTTER
    if left is None and right is None:
        return free / 2, free / 2
    if left is None or right is None:
        known = left if left is not None else right or 0
        rest = free - known
        return None if rest < LEAST_PROSE else ((rest, known) if left is None else (known, rest))
    spare = (free - left - right) / 2
    if spare < 0:
        left += TOLERANCE
        return (left, free - left) if give and free - left >= (1 - give) * right else None
    return left + spare, right + spare


NATURAL: Mapping[type, Callable[[Any, Style], float | None]] = MappingProxyType(
    {
        Heading: lambda block, style: 1.2 * lines.prose_width(block.title, style) + 1.6,
        Figure: lambda block, style: block.drawing.width * EM_PER_CM,
        Equations: lines.natural_width,
        Table: grid.natural_width,
    }
)
"""How wide a block wants to be, in em, where that can be known."""


def keeps(before: Block | None, block: Block, following: Block | None) -> bool:
    """Return whether no page should end between a block and the `following` one.

    A table keeps with the short equation that sums it up, an equation with the boxed result below it, a heading and its one
    equation with those that go on from it, and words with the heading above them and the equations or the table below.
    """
    if isinstance(following, Equations):
        if isinstance(block, Table):
            return len(following.lines) <= 2
        if isinstance(block, Equations):
            return any(isinstance(step, Boxed) for line in following.lines[:1] for _, step in line.steps)
        if isinstance(block, (Together, SideBySide)):
            kinds = {type(inner) for inner in each_block((block,))}
            return Heading in kinds and Figure not in kinds
    introduces = isinstance(block, Paragraph) and block.tone == "plain"
    return introduces and following is not None and isinstance(before if isinstance(before, Heading) else following, LEADS)


LEAST_END = 7.0  # lines
LAST_ROWS = 4


def ending(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the last blocks of a document, which stay together so that no page holds but a line or two."""
    found: list[Block] = []
    left = LEAST_END
    for block in reversed(blocks):
        if isinstance(block, Task):
            return (*ending(block.blocks), *found)
        found.insert(0, block)
        left -= _HEIGHT.get(type(block), lambda block: LEAST_END)(block)
        if left <= 0:
            break
    return tuple(found)


_HEIGHT: Mapping[type, Callable[[Any], float]] = MappingProxyType(
    {
        Paragraph: lambda block: 1.5,
        Heading: lambda block: 2.0,
        Equations: lambda block: 2.0 * len(block.lines),
        Table: lambda block: 1.5 * (2 + len(block.rows)),
    }
)
"""About how high a block is, in lines; others are high enough to stand alone."""
