"""Pieces of the beginning of a sheet and of the forward pass."""

from __future__ import annotations

from derivgen.blocks.record import PieceKind, equations, sole
from derivgen.documents.document import Block, Figure, Line, Paragraph, Table
from derivgen.documents.notes import forward_line_of, forward_pass, forward_rows
from derivgen.documents.pictures import picture
from derivgen.documents.setting import (
    conventions,
    data_table,
    definition,
    functions,
    given_values,
    introduction,
    legend,
    setting,
)
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import written_definitions
from derivgen.lines.equality import relation_before
from derivgen.lines.forward import forward_line, is_abbreviated, is_wide
from derivgen.lines.notation import has_samples
from derivgen.lines.tables import forward_table
from derivgen.machine import wanted
from derivgen.maths.tree import Expr, Marked, Sym

NUMBERS = "with-numbers"
_NO_NUMBERS = "the spec gives no numbers for it"
_TOO_LARGE = "the computation is too large to be drawn"


def _drawings(sheet: Sheet) -> tuple[str, ...]:
    """Return the whole, the whole with its numbers, and the whole with the way to one name drawn strong."""
    whole = _drawing(sheet, "")
    if not whole:
        return ()
    known = sheet.graph.loss in sheet.evaluation.values
    numbers = (NUMBERS,) if known and _drawing(sheet, NUMBERS) not in ((), whole) else ()
    strong = [name for one, name in wanted(sheet.evaluation).values() if one is sheet.evaluation and _way(sheet, name)]
    return ("", *numbers, *strong)


def _drawing(sheet: Sheet, of: str) -> tuple[Figure, ...]:
    if is_abbreviated(sheet.graph):
        return ()
    strong = _way(sheet, of) if of not in ("", NUMBERS) else ()
    figure = picture(sheet, numbers=of == NUMBERS, strong=strong)
    return (figure,) if figure is not None else ()


def _way(sheet: Sheet, name: str) -> tuple[str, ...]:
    """Every name on a chain from the loss to this one."""
    paths = sheet.evaluation.derivation.gradients[name].paths or ()
    return tuple(dict.fromkeys((sheet.graph.loss, *(local.operand for path in paths for local in path)))) if paths else ()


def _defined(sheet: Sheet) -> tuple[str, ...]:
    graph = sheet.graph
    return tuple(name for name, each in graph.quantities.items() if each.definition is not None and not is_wide(graph, name))


def _equations(sheet: Sheet) -> tuple[Block, ...]:
    return () if is_abbreviated(sheet.graph) else equations(*(definition(sheet, name) for name in _defined(sheet)))


def _given(sheet: Sheet) -> tuple[Block, ...]:
    found = () if is_abbreviated(sheet.graph) else given_values(sheet)
    return (Paragraph(found),) if found else ()


def _data(sheet: Sheet) -> tuple[Block, ...]:
    return data_table(sheet) if has_samples(sheet.graph) else ()


def _legend(sheet: Sheet) -> tuple[Block, ...]:
    found = legend(sheet)
    return (Paragraph(found),) if found else ()


def _forward(sheet: Sheet) -> tuple[Block, ...]:
    gradients = sheet.evaluation.derivation.gradients.values()
    return forward_pass(sheet, written_definitions(sheet, gradients, wide=True))[1:]


def _forwards(sheet: Sheet) -> tuple[str, ...]:
    """Return what is worked out and known: by a line, or sample by sample."""
    return tuple(
        name for name, each in sheet.graph.quantities.items() if each.definition is not None and name in sheet.evaluation.values
    )


def _column(sheet: Sheet, name: str) -> tuple[Table, ...]:
    """A quantity sample by sample, beside what it is worked out from."""
    whole = forward_rows(sheet)
    kept = {name, *sheet.graph.operands(name)}
    places = [0, *(at for at, head in enumerate(whole.header) if isinstance(head, Sym) and head.name in kept)]
    places = list(dict.fromkeys(places))
    header = tuple(whole.header[at] for at in places)
    rows = tuple(tuple(row[at] for at in places) for row in whole.rows)
    return (Table(header, rows, given=len(places) - 1, caption=whole.caption),)


def _worked(sheet: Sheet, name: str) -> tuple[Block, ...]:
    line = forward_line_of(sheet, name)
    if line is not None:
        return equations(line)
    return _column(sheet, name) if name in forward_table(sheet.evaluation)[0] else ()


def _value(sheet: Sheet, name: str) -> tuple[Block, ...]:
    line = forward_line(sheet.evaluation, name)
    if line is None:
        return _column(sheet, name) if name in forward_table(sheet.evaluation)[0] else ()
    result: Expr = line.last.content if isinstance(line.last, Marked) else line.last
    return equations(Line(line.sides[0], ((relation_before(result), result),)))


def _values(sheet: Sheet) -> tuple[str, ...]:
    return tuple(name for name in _forwards(sheet) if not is_abbreviated(sheet.graph) or not sheet.graph.per_sample(name))


KINDS = {
    "drawing": PieceKind(
        "the network, or the computation graph; of a name: with the way to it strong", _drawings, _drawing, _TOO_LARGE, True
    ),
    "setting": sole("all that stands before the forward pass", lambda sheet: setting(sheet, table=True)),
    "text": sole("the author's introduction", introduction, lacking="the spec has no `text`"),
    "equations": sole("the computation, one equation a line", _equations, lacking=_TOO_LARGE),
    "equation": PieceKind(
        "the equation of one quantity",
        _defined,
        lambda sheet, of: equations(definition(sheet, of)),
        "it is not worked out by the computation, or too long for a line",
    ),
    "functions": sole("what the functions used are", functions, lacking="no function needs to be said"),
    "given": sole("the numbers that are given", _given, lacking="the spec gives no `values`"),
    "data": sole("the samples as a table", _data, lacking="the spec has no `data` of several samples"),
    "legend": sole("what the names mean", _legend, lacking="no entry under `symbols` has a `means`"),
    "conventions": sole("what is taken at kinks", conventions, lacking="nothing in the computation has a kink"),
    "forward": PieceKind(
        "the forward pass with its numbers; of a name: its line",
        lambda sheet: (*(("",) if _forward(sheet) else ()), *_values(sheet)),
        lambda sheet, of: _worked(sheet, of) if of else _forward(sheet),
        _NO_NUMBERS,
    ),
    "value": PieceKind("the value of one quantity, alone", _values, _value, _NO_NUMBERS),
}
