"""Documents for paper, whatever sets them: what stays on one page, columns that fit, tables, the running head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    PageBreak,
    SideBySide,
    Space,
    Table,
    Together,
    each_block,
)
from derivgen.rendering import grid
from derivgen.rendering.placement import SHRINK, keeps, natural_width, runs_in, shares
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
        for block, following in zip(blocks, (*blocks[1:], None), strict=False):
            number = before.number if isinstance(before, Heading) and runs_in(before, block) else ""
            last = any(block is each for each in self.last)
            keep = keeps(before, block, following) or (last and following is not None)
            keep = keep or (bool(number) and isinstance(following, Equations))
            yield replace(spot, keep=keep, kept=kept, run_in=runs_in(block, following), number=number, last=last)
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
