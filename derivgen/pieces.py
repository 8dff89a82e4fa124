"""A piece of a derivation as text in a format: selected by name, every line of it believed before it is written."""

from __future__ import annotations

from derivgen.checks.pages import believe_blocks
from derivgen.documents.compose import as_printed, style_of
from derivgen.documents.pieces import piece
from derivgen.errors import Problem, UserError
from derivgen.evaluation import Evaluation
from derivgen.render import FORMATS


def piece_text(evaluation: Evaluation, name: str, to: str = "tex") -> str:
    """One piece as text, ready to stand in a document of that format.

    Args:
        evaluation: a checked one (`derivgen.work.work`).
        name: a piece's name (`derivgen.documents.pieces.listed`).
        to: the name of a format that has pieces.

    Raises:
        UserError: no such piece, or none in this format.
        CheckError: a line of it is false.
    """
    record = FORMATS.get(to)
    if record is None or record.piece is None:
        known = ", ".join(name for name, one in FORMATS.items() if one.piece is not None)
        raise UserError(Problem(f"there are no pieces in the format {to!r}", hint=f"there are: {known}"))
    found = piece(evaluation, name)
    believe_blocks(found.blocks, (as_printed(evaluation),))
    return record.piece(found.blocks, evaluation.graph.spec.language, style_of(evaluation))
