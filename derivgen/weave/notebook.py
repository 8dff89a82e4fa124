"""Notebooks: where in the JSON the text of each Markdown cell stands, and the JSON with other texts in their place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from derivgen.errors import Problem, UserError
from derivgen.frozen import dataclass
from derivgen.weave.marks import DocumentText

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False, parse_int=str)  # numbers are passed over; Python refuses to read one of 5,000 digits


@dataclass(frozen=True, slots=True)
class Cell:
    """A Markdown cell: its number from 1, its text, and where its source stands in the JSON (a text, or a list of texts)."""

    number: int
    text: str
    start: int
    end: int
    spans: tuple[tuple[int, int], ...]
    listed: bool


def markdown_cells(document: DocumentText) -> tuple[Cell, ...]:
    """Return the Markdown cells, in order. Raises UserError for a file that is no notebook of format 4."""
    try:
        whole = json.loads(document.text, strict=False, parse_int=str)
    except json.JSONDecodeError as error:
        raise UserError(Problem(f"this is no notebook: {error.msg}", document.place(error.pos))) from None
    except RecursionError:
        raise UserError(Problem(f"{document.file} is no notebook: it is nested too deep")) from None
    if not isinstance(whole, dict) or not isinstance(whole.get("cells"), list):
        hint = "a notebook of format 4 has `cells`; `jupyter nbconvert --to notebook` makes one of an older one"
        raise UserError(Problem("this is no notebook that can be woven into", document.place(0), hint))
    start = _fields(document.text, _skip(document.text, 0))["cells"][0]
    found = (_cell(document.text, number, begin) for number, (begin, _) in enumerate(_items(document.text, start), 1))
    return tuple(cell for cell in found if cell is not None)


def _cell(text: str, number: int, start: int) -> Cell | None:
    if text[start] != "{":
        return None
    fields = _fields(text, start)
    kind = _value(text, fields.get("cell_type"))
    begin, end = fields.get("source", (0, 0))
    source = _value(text, (begin, end)) if end else None
    if kind != "markdown":
        return None
    if isinstance(source, list) and all(isinstance(part, str) for part in source):
        return Cell(number, "".join(source), begin, end, tuple(_items(text, begin)), True)
    return Cell(number, source, begin, end, ((begin, end),), False) if isinstance(source, str) else None


def _value(text: str, span: tuple[int, int] | None) -> Any:
    return None if span is None else _DECODER.raw_decode(text, span[0])[0]


def _skip(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    assert found is not None
    return found.end()


def _items(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each entry of the list that begins here stands."""
    position = _skip(text, start + 1)
    while text[position] != "]":
        _, end = _DECODER.raw_decode(text, position)
        yield position, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _fields(text: str, start: int) -> Mapping[str, tuple[int, int]]:
    """Return where each value of the object that begins here stands; of a key written twice, the last one, as readers have it."""
    found: dict[str, tuple[int, int]] = {}
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, end = _DECODER.raw_decode(text, position)
        value = _skip(text, _skip(text, end) + 1)
        _, position = _DECODER.raw_decode(text, value)
        found[key] = (value, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return found


def with_texts(notebook: str, cells: Mapping[Cell, str]) -> str:
    """Return the notebook's JSON with new texts of some cells; whatever else there is stays as it was, to the letter."""
    plain = notebook.isascii() and re.search(r"\\u(?!00[01])", notebook) is not None
    for cell in sorted(cells, key=lambda cell: cell.start, reverse=True):
        source = _listed(notebook, cell, cells[cell], plain) if cell.listed else json.dumps(cells[cell], ensure_ascii=plain)
        notebook = notebook[: cell.start] + source + notebook[cell.end :]
    return notebook


def _listed(notebook: str, cell: Cell, text: str, plain: bool) -> str:
    """Return the source as a list of lines; those that were there before are written as they were."""
    raw = [notebook[start:end] for start, end in cell.spans]
    old, new = [json.loads(part, strict=False) for part in raw], re.findall(r"[^\n]*\n|[^\n]+", text)
    lines: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        lines += raw[i:j] if kind == "equal" else [json.dumps(line, ensure_ascii=plain) for line in new[k:m]]
    begin = notebook[cell.start : cell.spans[0][0]]
    end = notebook[cell.spans[-1][1] : cell.end]
    between = notebook[cell.spans[0][1] : cell.spans[1][0]] if len(raw) > 1 else f",{begin[1:] or ' '}"
    return begin + between.join(lines) + end
