"""Notebooks: only the source of the cells with regions changes, and nbformat reads what comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.weave.pieces import woven

BEGIN, END = "<!-- derivgen: net.yaml chain w -->", "<!-- /derivgen -->"
FILLED = f"{BEGIN}\n\nmd chain w\n\nnet.yaml\n\n{END}"


def cell(source: list[str] | str, kind: str = "markdown") -> dict:
    """A cell as Jupyter writes it."""
    code = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"c{abs(hash(str(source))) % 10**6}", "metadata": {}, **code, "source": source}


def notebook(*cells: dict, **how) -> str:
    """A notebook of these cells, as Jupyter writes it unless said otherwise."""
    whole = {"cells": cells, "metadata": {"kernelspec": {"name": "x"}, "á": 1.50}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, **({"ensure_ascii": False, "indent": 1} | how)) + "\n"


def lines(text: str) -> list[str]:
    """A text as the list of lines that a cell's source is."""
    return text.splitlines(keepends=True)


def with_texts(cells: list[dict], texts: list[str]) -> list[dict]:
    """The cells with other sources, as lists of lines."""
    return [{**each, "source": lines(text)} for each, text in zip(cells, texts, strict=True)]


def sources(data: bytes) -> list[str]:
    """The text of each cell."""
    return ["".join(each["source"]) for each in json.loads(data)["cells"]]


def test_markdown_cells_are_filled_and_nothing_else_changes(tmp_path: Path) -> None:
    marked = f"# Title\n\nA line, as it is.\n\n{BEGIN}\nold\n{END}\n\nbehind"
    code = f"print('''\n{BEGIN}\n{END}\n''')"
    kinds = {'text: ∂\\partial "x"\n': "markdown", marked: "markdown", code: "code", f"{marked} raw": "raw"}
    cells = [cell(lines(text), kind) for text, kind in kinds.items()]
    after, outcome = woven(tmp_path, "a.ipynb", notebook(*cells))
    assert outcome.regions == 1
    assert sources(after)[1] == marked.replace(f"{BEGIN}\nold\n{END}", FILLED)
    assert after.decode() == notebook(*with_texts(cells, sources(after)))


HOWS = ({"indent": None}, {"indent": 4}, {"indent": "\t"}, {"indent": None, "separators": (",", ":")}, {"ensure_ascii": True})


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_however_the_json_is_written(tmp_path: Path, how: dict) -> None:
    cells = [cell(lines(f"é\n{BEGIN}\n{END}\nbehind ∂")), cell([f"{BEGIN}\n", END])]
    after, _ = woven(tmp_path, "a.ipynb", notebook(*cells, **how))
    expected = [f"é\n{FILLED}\nbehind ∂", FILLED]
    assert after.decode() == notebook(*with_texts(cells, expected), **how)


def test_lines_that_were_there_are_written_as_they_were(tmp_path: Path) -> None:
    before = notebook(cell(["SLASH\n", f"{BEGIN}\n", f"{END}\n", "SLASH"])).replace("SLASH", "a\\/b\\u0041")
    after, _ = woven(tmp_path, "a.ipynb", before)
    assert after.decode().count("a\\/b\\u0041") == 2
    assert sources(after) == [f"a/bA\n{FILLED}\na/bA"]


def test_a_source_that_is_one_text_or_one_line(tmp_path: Path) -> None:
    after, _ = woven(tmp_path, "a.ipynb", notebook(cell(f"a\n{BEGIN}\n{END}"), cell([f"{BEGIN}{END}"]), cell([])))
    assert sources(after) == [f"a\n{FILLED}", FILLED, ""]
    assert json.loads(after)["cells"][1]["source"] == lines(FILLED)
    assert f'"{BEGIN}\\n",\n    "\\n",' in after.decode()


def test_windows_line_ends_of_the_file(tmp_path: Path) -> None:
    before = notebook(cell(lines(f"a\n{BEGIN}\n{END}"))).replace("\n", "\r\n").encode()
    after, _ = woven(tmp_path, "a.ipynb", before)
    assert b"\r\n" in after
    assert after.count(b"\n") == after.count(b"\r\n")
    assert sources(after) == [f"a\n{FILLED}"]


def test_places_name_the_cell(tmp_path: Path) -> None:
    _, outcome = woven(tmp_path, "a.ipynb", notebook(cell("a"), cell("b", "code"), cell(f"a\n{END}\n")))
    assert str(outcome.problems[0]).startswith(f"{tmp_path}/a.ipynb:cell 3:2:1: this ends a region that has not begun")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "a.ipynb:1:2: this is no notebook: Expecting property name"),
        ("[]", "a.ipynb:1:1: this is no notebook that can be woven into"),
        ('{"worksheets": [], "nbformat": 3}', "a.ipynb:1:1: this is no notebook that can be woven into"),
        ("[" * 100_000, "a.ipynb is no notebook: it is nested too deep"),
    ],
)
def test_what_is_no_notebook(tmp_path: Path, text: str, said: str) -> None:
    _, outcome = woven(tmp_path, "a.ipynb", text)
    assert str(outcome.problems[0]).replace(f"{tmp_path}/", "").startswith(said)


def test_odd_cells_are_left_alone(tmp_path: Path) -> None:
    cells = '[1, "derivgen:", null, {}, {"cell_type": "markdown"}, {"cell_type": "markdown", "source": 1}]'
    odd = f'{{"cells": {cells}, "a": {{"cells": [2]}}}}'
    after, outcome = woven(tmp_path, "a.ipynb", odd)
    assert (after.decode(), outcome.problems, outcome.regions) == (odd, (), 0)


def test_nbformat_finds_nothing_wrong(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"a\n{BEGIN}\n{END}"), nbformat.v4.new_code_cell("1")])
    after, _ = woven(tmp_path, "a.ipynb", nbformat.writes(made) + "\n")
    read = nbformat.reads(after.decode(), as_version=4)
    nbformat.validate(read)
    assert read.cells[0].source == f"a\n{FILLED}"
    assert nbformat.writes(read) + "\n" == after.decode()


def test_a_number_of_any_length_is_passed_over(tmp_path: Path) -> None:
    digits = "7" * 5000
    text = notebook(cell(f"{BEGIN}\n{END}")).replace('"nbformat":', f'"long": {digits},\n "nbformat":')
    after, outcome = woven(tmp_path, "a.ipynb", text)
    assert (outcome.regions, outcome.problems) == (1, ())
    assert digits in after.decode()
    assert FILLED.replace("\n", "\\n") in after.decode()
