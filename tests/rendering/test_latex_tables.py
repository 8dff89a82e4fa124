"""Tables: numbers aligned, gaps that are the cell, columns made to fit."""

from __future__ import annotations

from fractions import Fraction

from derivgen.documents.document import Table
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Filled, Gap, Marked, Neg, Num, Partial, Shown, Sym, number
from derivgen.rendering.grid import grid, natural_width


def shown(text: str) -> Shown:
    return Shown(Fraction(text), text)


def column(*cells: object, style: Style = DEFAULT) -> list[str]:
    table = Table((Sym("x"),), tuple((cell,) for cell in cells))  # type: ignore[misc]
    return [str(row.cells[0]) for piece in grid(table, style, 40).parts[0].pieces for row in piece]


def test_numbers_align_at_the_decimal_point() -> None:
    assert column(shown("-0.0125"), shown("0.14"), number(0)) == [
        "-0.0125",
        r"\phantom{-}0.14\phantom{00}",
        r"\phantom{-}0\phantom{.0000}",
    ]


def test_numbers_align_with_a_comma_and_signs_of_their_own() -> None:
    printed = column(shown("10.5"), Neg(number(2)), style=Style(decimal=","))
    assert printed == [r"\phantom{-}10{,}5", r"\phantom{0}-2\phantom{{,}0}"]


def test_a_mark_does_not_move_a_number() -> None:
    assert column(Marked(shown("0.5")), shown("0.25"))[0] == r"0.5\rlap{$^{\dagger}$}\phantom{0}"


def test_fractions_are_centred() -> None:
    assert column(number(Fraction(1, 2)), number(-3)) == [r"\frac{1}{2}", "-3"]


def test_a_gap_is_the_cell() -> None:
    assert column(Gap(3, 1.4)) == [r"\dgcell{3em}{1.4}"]
    assert column(Filled(number(2), 3, 1.4)) == [r"\dgcellfill{3em}{1.4}{2}"]


def test_a_fraction_as_a_heading_is_printed_at_full_size() -> None:
    table = Table((Partial(Sym("L"), Sym("w")),), ((number(1),),))
    assert str(grid(table, DEFAULT, 40).parts[0].head[0]).startswith(r"\dgtall{\frac")


def test_given_columns_are_set_apart_and_gaps_divided() -> None:
    table = Table((Sym("x"), Sym("y"), Sym("z")), ((number(1), Gap(3), Gap(3)),), given=1)
    part = grid(table, DEFAULT, 40).parts[0]
    assert [column.rule for column in part.columns] == ["", "solid", "thin"]
    assert not any(column.words or column.width for column in part.columns)
    assert [row.rule for row in part.pieces[0]] == ["heavy"]


def test_twelve_columns_fit() -> None:
    made = grid(_wide(12, "0.12"), DEFAULT, 42)
    assert len(made.parts) == 1
    assert not made.parts[0].shrink


def test_very_wide_tables_are_split_evenly_with_the_given_columns_repeated() -> None:
    made = grid(_wide(24, "0.123456"), DEFAULT, 42)
    counts = [len(part.head) for part in made.parts]
    assert len(counts) > 1
    assert max(counts) - min(counts) <= 2
    assert all(str(part.head[0]) == "x_{0}" for part in made.parts)


def _wide(columns: int, text: str) -> Table:
    return Table(tuple(Sym(f"x_{i}") for i in range(columns)), ((shown(text),) * columns,) * 3, given=2)


def test_one_column_too_wide_is_made_smaller() -> None:
    assert grid(Table((Sym("x" * 200),), ((number(1),),)), DEFAULT, 40).parts[0].shrink


def test_a_long_table_comes_in_pieces_with_fixed_columns() -> None:
    table = Table((Sym("x"),), tuple((Num(Fraction(i)),) for i in range(41)), footer=(None,))
    part = grid(table, DEFAULT, 40).parts[0]
    assert len(part.pieces) > 8
    assert sum(len(piece) for piece in part.pieces) == 42
    assert all(column.width is not None and not column.words for column in part.columns)
    assert [row.rule for row in part.pieces[-1]][-2:] == ["middle", "heavy"]
    assert len(grid(table, DEFAULT, 40, breakable=False).parts[0].pieces) == 1


def test_natural_width_grows_with_columns() -> None:
    assert natural_width(_wide(4, "0.5"), DEFAULT) < natural_width(_wide(5, "0.5"), DEFAULT)
