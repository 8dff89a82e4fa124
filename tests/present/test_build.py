"""The presentation tree: every kind of node has boxes, and every back end prints, measures and lays out every kind of box."""

from __future__ import annotations

from fractions import Fraction

from derivgen.maths import tree
from derivgen.maths.tree import Call, Neg, Product, Sum, Sym, number
from derivgen.present import boxes, build, latex, layout, mathml, measure, typst, unicode
from derivgen.present.boxes import Box, Fenced, Notation, Row, RowKind, Sign
from derivgen.present.build import present
from derivgen.present.marks import Mark

KINDS = {kind for kind in vars(boxes).values() if isinstance(kind, type) and issubclass(kind, Box) and kind is not Box}
TAKEN_APART = {boxes.Letter, boxes.Glyph, boxes.Space, boxes.Accent}
"""What names are made of where a format has no notation for them."""


def test_every_kind_of_node_has_boxes() -> None:
    kinds = {kind for kind in tree._SHAPES if issubclass(kind, tree.Expr)}
    assert len(kinds) > 35
    in_letters = {tree.Element, tree.Delta, tree.Contract, tree.Block}  # what `index_view` gives letters
    assert kinds - in_letters == set(build._BUILD)


def test_every_back_end_knows_every_kind_of_box() -> None:
    assert len(KINDS) > 20
    assert set(mathml.PRINT) == KINDS
    assert set(layout.LAY) == KINDS
    assert set(typst.PRINT) == KINDS
    assert set(unicode.PRINT) >= KINDS - TAKEN_APART
    assert set(latex.PRINT) >= KINDS - TAKEN_APART
    assert set(measure._EXTENTS) >= KINDS - TAKEN_APART


def test_every_mark_is_another() -> None:
    assert len(Mark.__members__) == len(Mark)
    for back_end in (lambda box: latex.printed(box, "sheet"), mathml.Printer().show, unicode._show):
        assert all(isinstance(back_end(Sign(mark)), str) for mark in Mark)
    assert all(measure.measured(Sign(mark)).width >= 0 for mark in Mark)
    assert all(layout.laid(Sign(mark), 10).width >= 0 for mark in Mark)


def test_brackets_and_signs_stand_in_the_tree() -> None:
    row = present(Product((number(-2), Sum((Sym("y"), Neg(Sym("A_5")))), Sym("x"))))
    assert isinstance(row, Row) and row.kind is RowKind.PRODUCT
    _, joined, brackets, dot, _ = row.parts
    assert isinstance(brackets, Fenced) and not brackets.tall
    assert [sign.mark for sign in (joined, dot) if isinstance(sign, Sign)] == [Mark.JOINED, Mark.DOT]


def test_what_is_remembered_is_the_same_tree() -> None:
    expr = Sum((Sym("a"), Sym("b")))
    assert present(expr) is present(expr)
    assert present(expr) is present(Sum((Sym("a"), Sym("b"))))
    assert present(expr) is not present(expr, line=True)


def test_equal_numbers_stand_as_they_were_written() -> None:
    half, decimal = (tree.Num(Fraction(1, 2), text) for text in ("1/2", "0.5"))
    assert half == decimal
    assert [latex.latex(number) for number in (half, decimal)] == [r"\frac{1}{2}", "0.5"]


def test_a_notation_of_its_own_has_a_long_form() -> None:
    box = present(Call("exp", (Sym("x"),), "exp"))
    assert isinstance(box, Notation)
    assert latex.printed(box, "sheet") == "e^{x}"
    assert latex.printed(box.long, "sheet") == r"\exp(x)"
