"""What a kind of piece is, and the little that the kinds share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from derivgen.documents.document import Block, Equations, Heading, Line, Together
from derivgen.documents.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of piece: what it `means`, what there is `of` it in a derivation ("" alone: one, without a further word).

    `lacking` says why a derivation may have none of it, or not of the name asked for. `drawn`: it may be one drawing.
    `show`: the block under `show` that it is, whose claims are `derivgen.lines.shown`'s.
    """

    means: str
    of: Callable[[Sheet], tuple[str, ...]]
    make: Callable[[Sheet, str], tuple[Block, ...]]
    lacking: str = "there is nothing to show"
    drawn: bool = False
    show: str = ""


def sole(means: str, make: Callable[[Sheet], tuple[Block, ...]], lacking: str = "there is nothing to show") -> Kind:
    """A kind of which a derivation has one, where it shows something."""
    return Kind(means, lambda sheet: ("",) if make(sheet) else (), lambda sheet, _: make(sheet), lacking)


def without_title(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without the heading that they begin with: the other document has headings of its own."""
    if not blocks:
        return ()
    first, *rest = blocks
    if isinstance(first, Heading):
        return tuple(rest)
    return (replace(first, blocks=without_title(first.blocks)), *rest) if isinstance(first, Together) else blocks


def equations(*lines: Line) -> tuple[Block, ...]:
    """Lines as one block; nothing without lines."""
    return (Equations(lines, together=len(lines) < 12),) if lines else ()
