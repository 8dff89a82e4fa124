"""A piece of a derivation as text in a format: selected by name, every line of it believed before it is written."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from derivgen.array_evaluation import Evaluated
from derivgen.checks.equalities import verify
from derivgen.checks.pages import verify_blocks
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Block, Document, Equations
from derivgen.documents.pieces import Piece, catalogue, claims, piece
from derivgen.errors import CheckError, Problem, UserError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.maths.plain import plain
from derivgen.rendering import FORMATS


@dataclass(frozen=True, slots=True)
class Listed:
    """A piece as it is listed: its name, what it is, and the formats it can be had in."""

    name: str
    means: str
    formats: tuple[str, ...]


def listed_pieces(evaluation: Evaluated) -> tuple[Listed, ...]:
    """Return every piece of a derivation."""
    every = tuple(name for name, one in FORMATS.items() if one.piece is not None)
    written = tuple(name for name in every if FORMATS[name].render is not None)
    return tuple(Listed(entry.name, entry.means, every if entry.drawing else written) for entry in catalogue(evaluation))


def believed_piece(evaluation: Evaluated, name: str) -> Piece:
    """Return a piece, every line and every claim of it found true.

    Raises:
        UserError: there is no such piece.
        CheckError: a line of it is false.
    """
    with evaluation.precise():
        found = piece(evaluation, name)
        verify_blocks(found.blocks, (as_printed(evaluation),))
        claimed = claims(evaluation, found.name)
        false = verify(claimed, evaluation, None).false if isinstance(evaluation, Evaluation) else ()
    if false:
        raise CheckError(
            Problem(f"a line is false: {' = '.join(plain(side) for side in each.line.sides)}: {each.reason}") for each in false
        )
    return found


def piece_text(evaluation: Evaluated, name: str, to: str = "tex", width: float | None = None, label: str = "") -> str:
    """Return one piece as text, ready to stand in a document of that format.

    Args:
        evaluation: a checked one (`derivgen.work.work`).
        name: a piece's name (`derivgen.documents.pieces.listed`).
        to: the name of a format that has pieces.
        width: how many em wide the lines may be; by default what is usual in the format.
        label: the label of a piece that is one display of equations: in LaTeX its name, in Markdown as its reader writes it.

    Raises:
        UserError: no such piece, or none in this format.
        CheckError: a line of it is false.
    """
    _in_pieces(to)
    return written(believed_piece(evaluation, name), evaluation, to, width, label)


def written(found: Piece, evaluation: Evaluated, to: str = "tex", width: float | None = None, label: str = "") -> str:
    """Return a piece that was found true, as text. Raises UserError where the format has no pieces, or none of a given width."""
    render = _in_pieces(to)
    if width is not None and "width" not in signature(render).parameters:
        raise UserError(Problem(f"pieces in the format {to!r} take the width that there is", hint="leave the width out"))
    options: dict[str, Any] = {} if width is None else {"width": width}
    if label:
        if len(found.blocks) != 1 or not isinstance(found.blocks[0], Equations) or "label" not in signature(render).parameters:
            raise UserError(Problem("only a piece that is one display of equations can have a label"))
        options["label"] = label
    return render(found.blocks, evaluation.graph.spec.language, style_of(evaluation), **options)


def _in_pieces(to: str) -> Callable[..., str]:
    """Return the function that turns blocks into text of a format."""
    record = FORMATS.get(to)
    if record is None or record.piece is None:
        known = ", ".join(name for name, one in FORMATS.items() if one.piece is not None)
        raise UserError(Problem(f"there are no pieces in the format {to!r}", hint=f"there are: {known}"))
    return record.piece


def believed_document(evaluation: Evaluated, audience: str = "notes") -> Document:
    """Return a document, every line of it found true. Raises CheckError where one is false."""
    document = compose(evaluation, audience)
    verify_blocks(document.blocks, (as_printed(evaluation),))
    return document


def believed_whole(evaluation: Evaluated, audience: str = "notes") -> tuple[Block, ...]:
    """Return all blocks of a document, every line of them found true. Raises CheckError where one is false."""
    return believed_document(evaluation, audience).blocks
