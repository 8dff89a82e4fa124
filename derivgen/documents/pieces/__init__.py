"""Pieces: any part of a derivation by a stable name, `chain W_13`, to stand in somebody else's document.

A name is a kind, and behind it what the piece is of where a kind has several. The kinds are the entries of `KINDS`, each in
the module of the part of a sheet that it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derivgen.documents.compose import as_printed, style_of
from derivgen.documents.document import Block, Figure, Heading, SideBySide, Together, each_block
from derivgen.documents.marks import explained
from derivgen.documents.pieces import blocks, gradients, settings, sheets
from derivgen.documents.pieces.kind import Kind
from derivgen.documents.sheet import Sheet
from derivgen.errors import Problem, UserError, closest
from derivgen.evaluation import Evaluation
from derivgen.language import Wording
from derivgen.lines.equality import Equality
from derivgen.lines.shown import LINES

__all__ = ["KINDS", "Entry", "Kind", "Piece", "catalogue", "claims", "figures", "listed", "piece", "sheet_of"]

KINDS: Mapping[str, Kind] = MappingProxyType({**settings.KINDS, **gradients.KINDS, **blocks.KINDS, **sheets.KINDS})
"""Every kind of piece by its name. To add one, add an entry to the `KINDS` of the module it belongs to."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a derivation: the blocks that stand in the other document, under the name by which they are asked for."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece in the list: its name, what it is, and whether it is one drawing and nothing else."""

    name: str
    means: str
    drawing: bool


def listed(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """Every piece there is: its name and what it means, in a fixed order."""
    sheet = sheet_of(evaluation)
    return tuple((f"{kind} {of}".strip(), entry.means) for kind, entry in KINDS.items() for of in entry.of(sheet))


def catalogue(evaluation: Evaluation) -> tuple[Entry, ...]:
    """Every piece there is, and which of them are drawings."""
    sheet = sheet_of(evaluation)
    return tuple(
        Entry(f"{name} {of}".strip(), kind.means, kind.drawn and len(figures(kind.make(sheet, of))) == 1)
        for name, kind in KINDS.items()
        for of in kind.of(sheet)
    )


def piece(evaluation: Evaluation, name: str) -> Piece:
    """The piece by a name. Raises UserError where there is none, with the nearest name or with why there is nothing to show."""
    kind, _, of = " ".join(name.split()).partition(" ")
    sheet = sheet_of(evaluation)
    if kind not in KINDS:
        raise UserError(Problem(f"there is no kind of piece {kind[:40]!r}", hint=closest(kind, KINDS) or _SEE))
    known = KINDS[kind].of(sheet)
    if of not in known:
        raise UserError(_missing(sheet, kind, of, known))
    return Piece(f"{kind} {of}".strip(), explained(sheet, KINDS[kind].make(sheet, of)))


_SEE = "`derivgen pieces SPEC` lists them"


def _missing(sheet: Sheet, kind: str, of: str, known: tuple[str, ...]) -> Problem:
    """Why there is no such piece: a word too many or too few, another name, or nothing to show."""
    what = f"there is no piece {f'{kind} {of}'.strip()[:60]!r}"
    if known == ("",):
        return Problem(what, hint=f"there is one without a further word: {kind}")
    if not known or of in sheet.graph.quantities:
        return Problem(f"{what}: {KINDS[kind].lacking}", hint=_SEE)
    names = [each for each in known if each]
    if not of:
        return Problem(f"{what}: say of what", hint=f"for example  {kind} {names[0]}")
    return Problem(what, hint=closest(of, names) or f"for example  {kind} {names[0]}")


def claims(evaluation: Evaluation, name: str) -> tuple[Equality, ...]:
    """What a piece claims beside its lines: of a block that a spec can list under `show`, all that it says, its drawings too."""
    kind, _, of = " ".join(name.split()).partition(" ")
    shown = KINDS[kind].show
    if shown not in LINES:
        return ()
    return tuple(
        line for line in LINES[shown](evaluation, blocks.show_of(evaluation.graph.spec, shown, of)) if len(line.sides) > 1
    )


def figures(found: tuple[Block, ...]) -> tuple[Figure, ...]:
    """The drawings in blocks that hold nothing else but headings; none where they hold more."""
    parts = tuple(block for block in each_block(found) if not isinstance(block, (Heading, Together, SideBySide)))
    drawn = tuple(part for part in parts if isinstance(part, Figure))
    return drawn if len(drawn) == len(parts) else ()


def sheet_of(evaluation: Evaluation, audience: str = "notes") -> Sheet:
    """The evaluation as it is printed, seen by an audience."""
    return Sheet(as_printed(evaluation), audience, Wording(evaluation.graph.spec.language), style_of(evaluation))
