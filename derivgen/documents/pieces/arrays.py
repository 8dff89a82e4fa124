"""Pieces of a derivation with vectors and matrices: parts of its notes, by the names that the parts of all notes have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derivgen.blocks.record import PieceKind, equations, sole
from derivgen.documents.array_pages import equations_of, forward_pass, given_arrays, gradient
from derivgen.documents.document import Block, Paragraph
from derivgen.documents.pieces.gradients import KINDS as GRADIENTS
from derivgen.documents.pieces.settings import KINDS as SETTINGS
from derivgen.documents.setting import data_table, legend
from derivgen.lines.equality import Equality, equality


def _definitions(sheet: Any) -> tuple[str, ...]:
    return tuple(sheet.evaluation.derivation.definitions)


def _worked(sheet: Any) -> tuple[str, ...]:
    return tuple(name for name in _definitions(sheet) if name in sheet.evaluation.values)


def _gradients(sheet: Any) -> tuple[str, ...]:
    derivation = sheet.evaluation.derivation
    return tuple(name for name in derivation.adjoints if name != derivation.loss and gradient(sheet, name))


def _with_entries(sheet: Any) -> tuple[str, ...]:
    return tuple(name for name in _gradients(sheet) if sheet.lines.entry(name) is not None)


def _by_line(line: Callable[[Any, str], Equality | None]) -> Callable[[Any, str], tuple[Block, ...]]:
    def made(sheet: Any, name: str) -> tuple[Block, ...]:
        found = line(sheet, name)
        return equations(sheet.line(found)) if found is not None and len(found.sides) > 1 else ()

    return made


def _result(line: Callable[[Any, str], Equality]) -> Callable[[Any, str], tuple[Block, ...]]:
    """Its first side and its last: the result alone."""

    def ends(sheet: Any, name: str) -> Equality:
        whole = line(sheet, name)
        return equality(whole.about, whole.sides[0], whole.last, numeric=whole.numeric)

    return _by_line(ends)


def _equations(sheet: Any) -> tuple[Block, ...]:
    return equations_of(sheet)


def _given(sheet: Any) -> tuple[Block, ...]:
    return given_arrays(sheet)


def _forward(sheet: Any, name: str) -> tuple[Block, ...]:
    return _by_line(_forward_line)(sheet, name) if name else forward_pass(sheet)


def _gradient(sheet: Any, name: str) -> tuple[Block, ...]:
    return gradient(sheet, name)


def _forward_line(sheet: Any, name: str) -> Equality:
    return sheet.lines.forward(name)


def _backward_line(sheet: Any, name: str) -> Equality:
    return sheet.lines.backward(name)


def _entry(sheet: Any, name: str) -> Equality | None:
    return sheet.lines.entry(name)


KINDS = {
    "text": SETTINGS["text"],
    "equations": sole("the computation, one equation a line", _equations),
    "equation": PieceKind(SETTINGS["equation"].means, _definitions, _by_line(lambda sheet, name: sheet.lines.definition(name))),
    "given": sole(SETTINGS["given"].means, _given, lacking=SETTINGS["given"].lacking),
    "data": sole(SETTINGS["data"].means, data_table, lacking=SETTINGS["data"].lacking),
    "legend": sole(
        SETTINGS["legend"].means,
        lambda sheet: (Paragraph(found),) if (found := legend(sheet)) else (),
        lacking=SETTINGS["legend"].lacking,
    ),
    "forward": PieceKind(
        SETTINGS["forward"].means,
        lambda sheet: ("", *_worked(sheet)),
        _forward,
        SETTINGS["forward"].lacking,
    ),
    "value": PieceKind(SETTINGS["value"].means, _worked, _result(_forward_line)),
    "gradient": PieceKind(GRADIENTS["gradient"].means, _gradients, _gradient, GRADIENTS["gradient"].lacking),
    "answer": PieceKind(GRADIENTS["answer"].means, _gradients, _result(_backward_line)),
    "entry": PieceKind(
        "of a gradient with vectors or matrices: one entry, with letters for its indices",
        _with_entries,
        _by_line(_entry),
        "it is a number, or no such gradient is asked for",
    ),
    "matrix": PieceKind(
        "of a gradient with vectors or matrices: all of it in matrices, with its numbers",
        _gradients,
        _by_line(_backward_line),
        GRADIENTS["gradient"].lacking,
    ),
}
