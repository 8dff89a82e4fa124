"""Data files: exact numbers, names from the header, places in the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from derivgen.errors import Problems, SpecError
from derivgen.spec.data import read_csv
from derivgen.spec.load import load

FILES = {
    "x,y\n1,2\n": ("x", "y"),
    "\ufeffx, y\r\n1 , 2\r\n\r\n": ("x", "y"),
    '"x","y"\n"1","2"\n': ("x", "y"),
    "\n\nα,y\n1/1,2.0": ("α", "y"),
}


@pytest.mark.parametrize("text", FILES)
def test_columns_and_rows(text: str) -> None:
    problems = Problems()
    columns, rows = read_csv(text.encode(), "f.csv", problems)
    assert columns == FILES[text]
    assert [[cell.value for cell in row] for row in rows] == [[1, 2]]
    assert not problems.found


def test_numbers_are_exact() -> None:
    _, rows = read_csv(b"x\n0.1\n1/3\n-1e-3\n", "f.csv", Problems())
    assert [row[0].value for row in rows] == [Fraction(1, 10), Fraction(1, 3), Fraction(-1, 1000)]


def test_cells_know_their_places() -> None:
    _, rows = read_csv(b'x,y,z\n 1, "2",3\n', "f.csv", Problems())
    assert [str(cell.place) for cell in rows[0]] == ["f.csv:2:2", "f.csv:2:5", "f.csv:2:9"]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "x,\n1,2\n", "x y\n1\n", "x,x\n1,2\n", 'x\n"1\n', 'x\n"1"2\n', "1,2\n3,4\n", "x\n" + "1" * 200_000]
)
def test_files_that_are_no_tables(text: str) -> None:
    problems = Problems()
    with pytest.raises(SpecError):
        read_csv(text.encode(), "f.csv", problems)
        problems.stop_if_any()


def test_a_file_beside_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "and.csv").write_text("x_1,x_2,y\n1,1,1\n0,1,no\n")
    (tmp_path / "specs" / "and.yaml").write_text(
        "equations: L = mean((y - w*x_1*x_2)^2)\nparameters: [w]\ndata: {file: and.csv}\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match=r"specs/and\.csv:3:5: 'no' is not a number"):
        load("specs/and.yaml")


def test_a_cell_too_long_for_a_number_is_called_so() -> None:
    with pytest.raises(SpecError, match=r"f\.csv:2:1: a cell of this line is too long"):
        read_csv(b"x,y\n" + b"1" * 200_000 + b",2\n", "f.csv", Problems())
