"""The sheets of all variants of a spec made alike: drawings laid out once, gaps as large as the spec's variants call for.

A gap as wide as its own student's answer would tell how long that is. How large it should be is taken from a sample of
variants that depends on the spec alone, so that a sheet does not change with who else is in the class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Block, Document, Equations, Line, Space, Table, each_block, expressions, map_groups
from derivgen.documents.sheet import EVEN, GAP_STEP, long_gap
from derivgen.drawings.layout_cache import LayoutCache, layout_cache
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.lines.equality import rounded
from derivgen.maths.tree import Expr, Filled, Gap, Marked, Num, Shown, holds_any, rebuild, walk
from derivgen.present.measure import width_em

ROUNDED = 7.5  # em, for a rounded number: -0.0001234 has room
Path = tuple[str | int, ...]
Size = tuple[float, float]
Sizes = Mapping[Path, Size]


@dataclass(frozen=True)
class UniformLayout:
    """What all sheets of a spec have in common: how drawings are laid out, and how large the space for each answer is."""

    layouts: LayoutCache
    sizes: Sizes

    def compose(self, evaluation: Evaluation, audience: str) -> Document:
        """Compose a variant's document, drawn and spaced as all others are."""
        return sized(compose(evaluation, audience, layouts=self.layouts), self.sizes)

    def blank(self, evaluation: Evaluation, audience: str) -> Document:
        """Compose the same with the space that all have, whatever this one's numbers would need."""
        document = compose(evaluation, audience, layouts=replace(self.layouts, strict=True))
        return map_sizes(document, lambda path, size, _: self.sizes.get(path, size))


def uniform_layout(samples: Sequence[Evaluation], numbers: Mapping[str, Iterable[Num | Shown]]) -> UniformLayout:
    """Find what the sheets of variants like these samples have in common; `numbers` are all that a name may have, by name."""
    made = layout_cache(numbers)
    sizes: dict[Path, Size] = {}
    varied: dict[Path, None] = {}
    formulas: dict[Path, None] = {}

    def note(path: Path, size: Size, content: Expr | None) -> Size:
        known = sizes.setdefault(path, size)
        if known[0] != size[0]:
            varied[path] = None
        if not isinstance(content.content if isinstance(content, Marked) else content, (Num, Shown)):
            formulas[path] = None
        needed = ROUNDED if content is not None and rounded(content) else 0.0
        sizes[path] = max(known[0], size[0], needed), max(known[1], size[1])
        return size

    for sample in samples:
        map_sizes(compose(sample, "key", layouts=made), note)
    widest = samples[0].graph.spec.worksheet.page.widest_gap
    for path in varied:  # what samples need differently, others may need more
        known, height = sizes[path]
        width = known + GAP_STEP
        if path in formulas:
            sizes[path] = min(width if width <= EVEN else long_gap(width), widest), height
        else:  # a number is not much longer than others, and its column would take the page from the others
            sizes[path] = max(known, min(width, ROUNDED)), height
    return UniformLayout(made, sizes)


def sized(document: Document, sizes: Sizes) -> Document:
    """Return the document with its gaps as large as `sizes` says, and never smaller than they were."""
    return map_sizes(document, lambda path, size, _: larger(size, sizes.get(path, size)))


def larger(one: Size, other: Size) -> Size:
    """Return the size that has room for both."""
    return max(one[0], other[0]), max(one[1], other[1])


_Change = Callable[[Path, Size, Expr | None], Size]


def map_sizes(document: Document, change: _Change) -> Document:
    """Return the document with the size of every gap and of every space to write in changed, in reading order.

    `change` takes where it stands, its (width in em, height in lines) and what fills it (None: nothing); a space has its lines
    as its width.
    """
    return replace(document, blocks=_blocks(document.blocks, (), change))


def _blocks(blocks: tuple[Block, ...], path: Path, change: _Change) -> tuple[Block, ...]:
    """The blocks changed. A block's place is which one of its kind it is, so that a remark more moves nothing."""
    seen: Counter[str] = Counter()
    made = []
    for block in blocks:
        kind = type(block).__name__
        seen[kind] += 1
        made.append(_block(block, (*path, kind, seen[kind]), change))
    return tuple(made)


def _block(block: Block, path: Path, change: _Change) -> Block:
    match block:
        case Space():
            return replace(block, lines=change(path, (block.lines, 0.0), None)[0])
        case Equations():
            return replace(block, lines=tuple(_line(line, (*path, at), change) for at, line in enumerate(block.lines)))
        case Table():
            rows = tuple(tuple(_cell(cell, (*path, at), change) for at, cell in enumerate(row)) for row in block.rows)
            footer = tuple(_cell(cell, (*path, "footer", at), change) for at, cell in enumerate(block.footer))
            return replace(block, rows=rows, footer=footer)
        case _:
            return map_groups(block, lambda group, name: _blocks(group, (*path, name), change))


def _line(line: Line, path: Path, change: _Change) -> Line:
    steps = tuple((relation, _gaps(step, (*path, at), change)) for at, (relation, step) in enumerate(line.steps))
    return replace(line, steps=steps)


def _cell(cell: Expr | None, path: Path, change: _Change) -> Expr | None:
    return _gaps(cell, path, change) if cell is not None else None


def _gaps(expr: Expr, path: Path, change: _Change) -> Expr:
    """An expression with its gaps changed, numbered from left to right."""
    if not holds_any(expr, (Gap, Filled)):
        return expr
    count = 0

    def changed(node: Expr) -> Expr:
        nonlocal count
        if isinstance(node, (Gap, Filled)):
            count += 1
            content = node.content if isinstance(node, Filled) else None
            width, height = change((*path, count), (node.width, node.height), content)
            return node if (width, height) == (node.width, node.height) else replace(node, width=width, height=height)
        return rebuild(node, changed)

    return changed(expr)


@dataclass(frozen=True, slots=True)
class Lengths:
    """The longest side of an equation in the notes, before it is broken, and the widest gap of the worksheet, in em."""

    line: float
    gap: float


def lengths_of(evaluation: Evaluation) -> Lengths:
    """Measure one variant's notes and worksheet."""
    style = style_of(evaluation)
    notes, worksheet = (each_block(compose(evaluation, audience).blocks) for audience in ("notes", "worksheet"))
    lines = [width_em(expr, style) for block in notes for expr in expressions(block)]
    asked = (node for block in worksheet for expr in expressions(block) for node in walk(expr))
    gaps = [node.width for node in asked if isinstance(node, Gap)]
    return Lengths(max(lines, default=0.0), max(gaps, default=0.0))
