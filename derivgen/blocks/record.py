"""The record of a block that a spec can list under `show`, and that of a piece that can stand in another document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from derivgen.documents.document import Block, Equations, Heading, Line, Text, Together
from derivgen.documents.sheet import Sheet
from derivgen.errors import Place
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, field, replace
from derivgen.lines.equality import Equality
from derivgen.spec.model import Network, Show, Spec


class Position(StrEnum):
    """Where a block stands in the notes: with the equations, after the forward pass, or at the end."""

    SETTING = "setting"
    FORWARD = "forward"
    END = "end"


@dataclass(frozen=True, slots=True)
class PieceKind:
    """A kind of piece: what it `means`, what there is `of` it in a derivation ("" alone: one, without a further word).

    `lacking` says why a derivation may have none of it, or not of the name asked for. `drawn`: it may be one drawing.
    """

    means: str
    of: Callable[[Sheet], tuple[str, ...]]
    make: Callable[[Sheet, str], tuple[Block, ...]]
    lacking: str = "there is nothing to show"
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block that a spec can list under `show`: all that is known of it but its arguments (`derivgen.spec.shown.SYNTAX`).

    `make` prints it; `lines` are the equalities that it claims, its drawings among them. As a piece it goes by `piece` (its own
    `name` where that is empty) and `means` something; `of` lists what there is of it, `lacking` says why there may be nothing.
    `parts` are pieces that are a part of it.
    """

    name: str
    make: Callable[[Sheet, Show], tuple[Block, ...]]
    lines: Callable[[Evaluation, Show], Iterable[Equality]]
    means: str
    of: Callable[[Sheet], tuple[str, ...]]
    lacking: str = "there is nothing to show"
    drawn: bool = False
    piece: str = ""
    parts: Mapping[str, PieceKind] = field(default_factory=dict)
    position: Position = Position.END

    def claims(self, evaluation: Evaluation, show: Show) -> tuple[Equality, ...]:
        """Return the equalities that the block claims; a line of a single side claims nothing."""
        return tuple(line for line in self.lines(evaluation, show) if len(line.sides) > 1)

    def pieces(self) -> dict[str, PieceKind]:
        """Return the block as a kind of piece, without its heading, and its parts."""

        def make(sheet: Sheet, of: str) -> tuple[Block, ...]:
            return without_title(self.make(sheet, show_of(sheet.spec, self.name, of)))

        whole = PieceKind(self.means, self.of, make, self.lacking, self.drawn)
        return {self.piece or self.name: whole, **self.parts}


def once(shows: Callable[[Sheet], bool]) -> Callable[[Sheet], tuple[str, ...]]:
    """Return what there is of a block that takes no further word: one, where a derivation has what it needs."""
    return lambda sheet: ("",) if shows(sheet) else ()


def sole(means: str, make: Callable[[Sheet], tuple[Block, ...]], lacking: str = "there is nothing to show") -> PieceKind:
    """Return a kind of piece of which a derivation has one, where it shows something."""
    return PieceKind(means, once(lambda sheet: bool(make(sheet))), lambda sheet, _: make(sheet), lacking)


def show_of(spec: Spec, kind: str, of: str = "") -> Show:
    """Return the block as the spec lists it, else with what it is about alone."""
    for show in spec.show:
        if show.kind == kind and " ".join(" ".join(show.arguments[:1]).split()) == of:
            return show
    place = Place("the piece", 1, 1, len(of), of)
    return Show(kind, (of,) if of else (), (place,) if of else ())


def has_network(sheet: Sheet) -> bool:
    """Return whether the spec describes a network."""
    return sheet.spec.network is not None


def network_of(evaluation: Evaluation) -> Network:
    """Return the spec's network; that there is one has been checked when the spec was read."""
    network = evaluation.graph.spec.network
    assert network is not None
    return network


def title(sheet: Sheet, message: str, level: int = 1) -> Heading:
    """Return a heading in the document's language."""
    return Heading((Text(sheet.words.say(message)),), level)


def without_title(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks without the heading that they begin with: the other document has headings of its own."""
    if not blocks:
        return ()
    first, *rest = blocks
    if isinstance(first, Heading):
        return tuple(rest)
    return (replace(first, blocks=without_title(first.blocks)), *rest) if isinstance(first, Together) else blocks


def equations(*lines: Line) -> tuple[Block, ...]:
    """Return lines as one block; nothing without lines."""
    return (Equations(lines, together=len(lines) < 12),) if lines else ()
