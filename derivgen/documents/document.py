"""What stands on the pages, in order and without a format: text, equations, tables, drawings, tasks, gaps.

A `Document` is decided for one audience. A worksheet's document holds `Gap`s, never answers; its key holds the same
blocks with `Filled` in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, get_args

from derivgen.drawings.drawing import Drawing
from derivgen.frozen import dataclass, fields, replace
from derivgen.maths.tree import Expr
from derivgen.spec.paper import PageSize


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words, in any language; a renderer escapes them."""

    words: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    words: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula within a line of text."""

    expr: Expr


Inline = Text | Strong | Math
Prose = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's heading; `level` 1 or 2; `number` stands before it when not empty. Never at the foot of a page."""

    title: Prose
    level: int = 1
    number: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `tone` is `plain`, `quiet` (small and grey: a remark), or `hint`."""

    prose: Prose
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of aligned equations: `left = … = …`, broken before a relation where it is long; the reason at the right.

    `left` may be None for a line that goes on from the one before. `steps` are (relation, expression) pairs; a relation is
    `=`, `≈` or `:=`.
    """

    left: Expr | None
    steps: tuple[tuple[str, Expr], ...]
    reason: Prose = ()


@dataclass(frozen=True, slots=True)
class Equations:
    """Lines aligned at their first relation. `together` asks that no page break comes between them.

    On a page, `packed` ones stand beside each other where they are short and have no reason beside them.
    Short lines with answers may stand in up to so many `columns`, aligned at every relation; 0: they do not.
    """

    lines: tuple[Line, ...]
    together: bool = True
    packed: bool = False
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table. A cell is an expression or None (empty); numbers align by column.

    `given` is how many columns from the left are data, set apart by a rule from what is worked out; `footer` is a last row
    below a rule; `caption` says in words what the table shows (for those who do not see it).
    """

    header: tuple[Expr | None, ...]
    rows: tuple[tuple[Expr | None, ...], ...]
    given: int = 0
    footer: tuple[Expr | None, ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its alternative text."""

    drawing: Drawing
    alternative: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two groups of blocks beside each other (a drawing and its equations); one below the other where they do not fit.

    They are centred on each other, or start at one height (`top`).
    """

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    top: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """Empty room to write in, in lines; a key prints the answer there, in the same room."""

    lines: float
    answer: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A numbered question: its title and what to do, points at the right (empty: none), then its blocks; what it is `worth`."""

    number: str
    title: Prose
    instruction: Prose
    points: str
    blocks: tuple[Block, ...]
    hint: Prose = ()
    worth: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that stay on one page; `spare` ones say nothing new, and are left out where they would begin a page of paper."""

    blocks: tuple[Block, ...]
    spare: bool = False


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts a new page."""


Block = Heading | Paragraph | Equations | Table | Figure | SideBySide | Space | Task | Together | PageBreak

_GROUPS: Mapping[type, tuple[str, ...]] = MappingProxyType(
    {kind: tuple(field.name for field in fields(kind) if field.type == "tuple[Block, ...]") for kind in get_args(Block)}
)
"""The fields of each kind of block that hold blocks, in reading order, as their types say."""


def children(block: Block) -> tuple[Block, ...]:
    """Return the blocks directly within a block, in reading order; none where it holds no blocks."""
    return tuple(inner for name in _GROUPS[type(block)] for inner in getattr(block, name))


def each_block(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield every block and those within it, in reading order, a block before those within it."""
    for block in blocks:
        yield block
        yield from each_block(children(block))


def map_groups(block: Block, change: Callable[[tuple[Block, ...], str], tuple[Block, ...]]) -> Block:
    """Return the block with each group of blocks that it holds changed: `change` takes the group and its field's name."""
    changed: dict[str, Any] = {name: change(getattr(block, name), name) for name in _GROUPS[type(block)]}
    return replace(block, **changed) if changed else block


def map_blocks(blocks: Iterable[Block], change: Callable[[Block], Block | None]) -> tuple[Block, ...]:
    """Return the blocks, each changed after those within it; one for which `change` returns None is left out."""
    mapped = (change(map_groups(block, lambda group, _: map_blocks(group, change))) for block in blocks)
    return tuple(block for block in mapped if block is not None)


def expressions(block: Block) -> Iterator[Expr]:
    """Yield what stands by itself in a block, not in those within it: the sides of its equations, the cells of its table."""
    if isinstance(block, Equations):
        for line in block.lines:
            yield from (side for side in (line.left, *(side for _, side in line.steps)) if side is not None)
    elif isinstance(block, Table):
        yield from (cell for row in (block.header, *block.rows, block.footer) for cell in row if cell is not None)


@dataclass(frozen=True, slots=True)
class Document:
    """One sheet for one audience (`worksheet`, `key` or `notes`).

    `fields` are the words before the lines to fill in at the top (Name, Date); `course` stands in the running head at the
    left, the title and `kind` (the audience in the document's language) at the right. A sheet of one student's own says whose it
    is in the running head of every page (`recipient`), on the lines it fills in (`entries`, one for each field, "" for none), and
    has its variant's `code` in the foot. `paper` and `font_size` are those of `derivgen.spec.paper`. Where it is `fillable` the
    gaps of its PDF are form fields.
    """

    audience: str
    kind: str
    language: str
    title: str
    blocks: tuple[Block, ...]
    fields: tuple[str, ...] = ()
    course: str = ""
    paper: str = "a4"
    points: str = ""
    recipient: str = ""
    entries: tuple[str, ...] = ()
    code: str = ""
    font_size: int = 11
    fillable: bool = False

    @property
    def page(self) -> PageSize:
        """Return how large paper and letters are."""
        return PageSize(self.paper, self.font_size)
