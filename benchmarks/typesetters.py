"""TeX and Typst side by side: notes of the AND gate, and a class of 30 by the command itself with two workers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measuring import ROOT, Row, best, derivgen
from derivgen.documents.compose import compose, style_of
from derivgen.errors import ToolError
from derivgen.typeset.engines import TYPST, find_engine
from derivgen.typeset.typst import find_typesetter, typeset_document
from derivgen.work import work

TITLE = "TeX and Typst"
NOTES, CLASS = (ROOT / "specs" / path for path in ("notes/002_and_gate_numbers.yaml", "class/and_gate.yaml"))
STUDENTS, TURNS = 30, 3


def rows() -> list[Row]:
    """Return wall times and bytes by Typst in times of TeX's."""
    try:
        engines = {"tex": find_engine(), "typst": find_typesetter(TYPST)}
    except ToolError:
        return [Row("TeX or Typst was not found", "not measured")]
    evaluation = work(NOTES).evaluation
    notes, style = compose(evaluation, "notes"), style_of(evaluation)
    pages = {name: len(typeset_document(notes, style, engine)) for name, engine in engines.items()}
    alone = best({name: lambda engine=engine: typeset_document(notes, style, engine) for name, engine in engines.items()}, TURNS)
    with tempfile.TemporaryDirectory() as folder:
        places = {name: Path(folder, name) for name in engines}
        for place in places.values():
            _class(place / "0", TYPST if place.name == TYPST else None)()
        sheets = {name: _bytes(place / "0") for name, place in places.items()}
        turns = {name: iter(range(1, TURNS + 1)) for name in engines}
        classes = best(
            {
                name: lambda name=name, place=place: _class(place / str(next(turns[name])), TYPST if name == TYPST else None)()
                for name, place in places.items()
            },
            TURNS,
        )
    return [
        Row("notes of 8 pages by Typst, in times of one run of TeX", f"{alone[TYPST] / alone['tex']:.2f}"),
        Row("their bytes, in times of TeX's", f"{pages[TYPST] / pages['tex']:.2f}"),
        Row(f"a class of {STUDENTS} by Typst, in times of TeX's", f"{classes[TYPST] / classes['tex']:.2f}"),
        Row("bytes of a sheet, in times of TeX's", f"{sheets[TYPST] / sheets['tex']:.2f}"),
    ]


def _class(folder: Path, engine: str | None):
    own = ("--engine", engine) if engine else ()
    return derivgen("class", str(CLASS), "-n", str(STUDENTS), "--seed", "1", "--jobs", "2", "-q", "-o", str(folder), *own)


def _bytes(folder: Path) -> float:
    """Return how large a student's sheet is on the average."""
    sheets = list(folder.glob("worksheets/*.pdf")) + list(folder.glob("keys/*.pdf"))
    return sum(sheet.stat().st_size for sheet in sheets) / len(sheets)
