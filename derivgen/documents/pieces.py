"""Pieces: any part of a derivation by a stable name, `chain W_13`, to stand in somebody else's document.

A name is a kind, and behind it what the piece is of where a kind has several. The kinds are the entries of `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derivgen.documents.compose import as_printed, style_of
from derivgen.documents.document import Block, Equations
from derivgen.documents.notes import forward_pass
from derivgen.documents.pictures import picture
from derivgen.documents.sheet import Sheet
from derivgen.errors import Problem, UserError, closest
from derivgen.evaluation import Evaluation
from derivgen.language import Wording
from derivgen.lines.chains import chain_line
from derivgen.lines.every import uses_chains


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a derivation: the blocks that stand in the other document, under the name by which they are asked for."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of piece: what it `means`, what there is `of` it in a derivation ("" alone: one, without a further word)."""

    means: str
    of: Callable[[Sheet], tuple[str, ...]]
    make: Callable[[Sheet, str], tuple[Block, ...]]


def listed(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """Every piece there is: its name and what it means, in a fixed order."""
    sheet = sheet_of(evaluation)
    return tuple((f"{kind} {of}".strip(), entry.means) for kind, entry in KINDS.items() for of in entry.of(sheet))


def piece(evaluation: Evaluation, name: str) -> Piece:
    """The piece by a name. Raises UserError, with the nearest name, where there is none."""
    kind, _, of = " ".join(name.split()).partition(" ")
    sheet = sheet_of(evaluation)
    if kind not in KINDS or of not in KINDS[kind].of(sheet):
        names = [known for known, _ in listed(evaluation)]
        raise UserError(Problem(f"there is no piece {name!r}", hint=closest(name, names) or "`derivgen pieces` lists them"))
    return Piece(f"{kind} {of}".strip(), KINDS[kind].make(sheet, of))


def sheet_of(evaluation: Evaluation, audience: str = "notes") -> Sheet:
    """The evaluation as it is printed, seen by an audience."""
    return Sheet(as_printed(evaluation), audience, Wording(evaluation.graph.spec.language), style_of(evaluation))


def _chained(sheet: Sheet) -> tuple[str, ...]:
    """The gradients written as chains."""
    evaluation = sheet.evaluation
    return tuple(name for name, one in evaluation.derivation.gradients.items() if one.paths and uses_chains(evaluation, one))


def _chain(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return (Equations((sheet.line(chain_line(sheet.graph, sheet.evaluation.derivation.gradients[of])),)),)


def _forward(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return forward_pass(sheet, tuple(sheet.graph.quantities))[1:]


def _drawing(sheet: Sheet, of: str) -> tuple[Block, ...]:
    figure = picture(sheet)
    return (figure,) if figure is not None else ()


def _one(sheet: Sheet) -> tuple[str, ...]:
    return ("",)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "drawing": Kind("the network, or the computation graph", _one, _drawing),
        "forward": Kind("the forward pass with its numbers", _one, _forward),
        "chain": Kind("the chain of partial derivatives of one gradient", _chained, _chain),
    }
)
"""Every kind of piece; the place to add one."""
