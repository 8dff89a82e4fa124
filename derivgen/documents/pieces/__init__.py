"""Pieces: any part of a derivation by a stable name, `chain W_13`, to stand in somebody else's document.

A name is a kind, and behind it what the piece is of where a kind has several. Blocks that a spec can list under `show` are pieces
by their record in `derivgen.blocks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from derivgen.array_evaluation import Evaluated
from derivgen.blocks import BLOCKS
from derivgen.blocks.record import PieceKind, show_of
from derivgen.documents.array_pages import TASKS as ARRAY_TASKS
from derivgen.documents.array_pages import ArraySheet, array_task
from derivgen.documents.compose import body, explained, sheet_of
from derivgen.documents.document import Block, Figure, Heading, SideBySide, Together, each_block
from derivgen.documents.pieces import arrays, gradients, settings
from derivgen.documents.sheet import Sheet
from derivgen.documents.tasks import TASKS, task
from derivgen.errors import Problem, UserError, closest
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.lines.equality import Equality

__all__ = ["KINDS", "Entry", "Piece", "catalogue", "claims", "figures", "piece", "piece_names", "sheet_of"]

_ASKS_NOTHING = "this task asks for nothing here"


def _tasks(sheet: Sheet) -> tuple[str, ...]:
    """Every kind of task that asks something, listed in the spec's worksheet or not."""
    return tuple(kind for kind in (ARRAY_TASKS if isinstance(sheet, ArraySheet) else TASKS) if _task("worksheet")(sheet, kind))


def _task(audience: str) -> Callable[[Sheet, str], tuple[Block, ...]]:
    def made(sheet: Sheet, kind: str) -> tuple[Block, ...]:
        seen = replace(sheet, audience=audience)
        found = array_task(seen, kind) if isinstance(seen, ArraySheet) else task(seen, kind)
        return (found,) if found is not None else ()

    return made


def _whole(audience: str) -> Callable[[Sheet, str], tuple[Block, ...]]:
    return lambda sheet, _: body(replace(sheet, audience=audience))


def _one(sheet: Sheet) -> tuple[str, ...]:
    return ("",)


def _with_whole(sheet: Sheet) -> tuple[str, ...]:
    return ("", *_tasks(sheet))


def _key(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return _task("key")(sheet, of) if of else _whole("key")(sheet, of)


_SHEETS = {
    "task": PieceKind("a task of the worksheet, with gaps", _tasks, _task("worksheet"), _ASKS_NOTHING),
    "key": PieceKind("the task with its gaps filled; without a word, all of the key", _with_whole, _key, _ASKS_NOTHING),
    "worksheet": PieceKind("all of the worksheet", _one, _whole("worksheet")),
    "notes": PieceKind("all of the notes", _one, _whole("notes")),
}

_BLOCKS = {block.piece or block.name: block for block in BLOCKS.values()}

_OF_ARRAYS: Mapping[str, PieceKind] = MappingProxyType({**arrays.KINDS, **_SHEETS})
"""The kinds of pieces of a spec with vectors or matrices."""

_OF_SCALARS: Mapping[str, PieceKind] = MappingProxyType(
    {
        **settings.KINDS,
        **gradients.KINDS,
        **{name: kind for block in BLOCKS.values() for name, kind in block.pieces().items()},
        **_SHEETS,
    }
)
"""The kinds of pieces of any other spec."""

KINDS: Mapping[str, PieceKind] = MappingProxyType({**arrays.KINDS, **_OF_SCALARS})
"""Every kind of piece by its name: parts of the notes, the blocks that a spec can show, sheets and their tasks."""


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


def piece_names(evaluation: Evaluated) -> tuple[str, ...]:
    """Return the name of every piece there is, in a fixed order."""
    return tuple(name for name, _, _ in _each(sheet_of(evaluation)))


def catalogue(evaluation: Evaluated) -> tuple[Entry, ...]:
    """Return every piece there is, and which of them are drawings."""
    sheet = sheet_of(evaluation)
    return tuple(
        Entry(name, kind.means, kind.drawn and len(figures(kind.make(sheet, of))) == 1) for name, kind, of in _each(sheet)
    )


def _kinds(sheet: Sheet) -> Mapping[str, PieceKind]:
    """Return the kinds of pieces that there may be of a derivation."""
    return _OF_ARRAYS if isinstance(sheet, ArraySheet) else _OF_SCALARS


def _each(sheet: Sheet) -> Iterator[tuple[str, PieceKind, str]]:
    """Yield the name of every piece, its kind, and what it is of."""
    for name, kind in _kinds(sheet).items():
        for of in kind.of(sheet):
            yield f"{name} {of}".strip(), kind, of


def piece(evaluation: Evaluated, name: str) -> Piece:
    """Return the piece of that name. Raises UserError where there is none: the nearest name, or why there is nothing to show."""
    kind, _, of = " ".join(name.split()).partition(" ")
    sheet = sheet_of(evaluation)
    kinds = _kinds(sheet)
    if kind not in kinds:
        raise UserError(Problem(f"there is no kind of piece {kind[:40]!r}", hint=closest(kind, kinds) or _SEE))
    known = kinds[kind].of(sheet)
    if of not in known:
        raise UserError(_missing(sheet, kind, of, known))
    return Piece(f"{kind} {of}".strip(), explained(sheet, kinds[kind].make(sheet, of)))


_SEE = "`derivgen pieces SPEC` lists them"


def _missing(sheet: Sheet, kind: str, of: str, known: tuple[str, ...]) -> Problem:
    """Why there is no such piece: a word too many or too few, another name, or nothing to show."""
    what = f"there is no piece {f'{kind} {of}'.strip()[:60]!r}"
    if known == ("",):
        return Problem(what, hint=f"there is one without a further word: {kind}")
    if not known or of in sheet.graph.quantities:
        return Problem(f"{what}: {_kinds(sheet)[kind].lacking}", hint=_SEE)
    names = [each for each in known if each]
    if not of:
        return Problem(f"{what}: say of what", hint=f"for example  {kind} {names[0]}")
    return Problem(what, hint=closest(of, names) or f"for example  {kind} {names[0]}")


def claims(evaluation: Evaluated, name: str) -> tuple[Equality, ...]:
    """Return what a piece claims beside its lines: of a block all that it says, its drawings too."""
    kind, _, of = " ".join(name.split()).partition(" ")
    block = _BLOCKS.get(kind)
    if block is None or not isinstance(evaluation, Evaluation):
        return ()
    return block.claims(evaluation, show_of(evaluation.graph.spec, block.name, of))


def figures(found: tuple[Block, ...]) -> tuple[Figure, ...]:
    """Return the drawings in blocks that hold nothing else but headings; none where they hold more."""
    parts = tuple(block for block in each_block(found) if not isinstance(block, (Heading, Together, SideBySide)))
    drawn = tuple(part for part in parts if isinstance(part, Figure))
    return drawn if len(drawn) == len(parts) else ()
