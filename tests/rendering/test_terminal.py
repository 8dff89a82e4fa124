"""The terminal: rows that keep to its width."""

from __future__ import annotations

from fractions import Fraction
from io import StringIO

import pytest
from rich.console import Console

from derivgen.documents.document import Block, Figure, Heading, Line, Table, Text, Together
from derivgen.drawings.drawing import Drawing
from derivgen.language import Wording
from derivgen.maths.style import Style
from derivgen.maths.tree import Num, Sym
from derivgen.rendering.renderer import Spot
from derivgen.rendering.terminal import Terminal


def rows(reason: str, width: int) -> list[str]:
    return Terminal(Style(), Wording("en")).rows(Line(Sym("y"), (("=", Sym("x")),), (Text(reason),)), 1, width)


def test_a_reason_beside_its_line() -> None:
    assert rows("linear", 30) == ["  y = x                 linear"]


def test_a_reason_without_room_beside_stands_below_at_the_right() -> None:
    assert rows("the sum over the 3 units", 30) == ["  y = x", "      the sum over the 3 units"]


def test_a_long_reason_is_wrapped() -> None:
    reason = "power rule, then the chain rule; one sample's share of the mean"
    found = rows(reason, 30)
    assert len(found) == 4 and all(len(row) <= 30 for row in found)
    assert " ".join(row.strip() for row in found[1:]) == reason


def printed(block: Block, width: int) -> list[str]:
    console = Console(file=StringIO(), width=width, color_system=None)
    for part in Terminal(Style(), Wording("en")).block(block, Spot(width)):
        console.print(part)
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


NAMES = [f"w_{k}" for k in range(1, 9)]
STEPS = Table(
    tuple(Sym(name) for name in ("step", *NAMES)),
    tuple((Num(Fraction(k)), *(Num(Fraction(10**9 + k)) for _ in NAMES)) for k in range(3)),
    given=1,
    footer=(None, *(Num(Fraction(7)) for _ in NAMES)),
)


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_a_table_wider_than_the_terminal_is_several(width: int) -> None:
    """No number is cut short, and the first column stands in each of them."""
    lines = printed(STEPS, width)
    assert all(len(line) <= width for line in lines)
    tables = sum("step" in line for line in lines)
    assert (tables > 1) == (width < 120)
    text = "\n".join(lines)
    assert "…" not in text and text.count("1000000001") == len(NAMES) and text.count("7") == len(NAMES)
    assert sum(line.split()[:1] == ["2"] for line in lines) == tables


def test_a_table_as_wide_as_the_terminal_is_one() -> None:
    """Eight columns of ten digits, one of four signs, three blanks between them, one at either end."""
    assert sum("step" in line for line in printed(STEPS, 110)) == 1
    assert sum("step" in line for line in printed(STEPS, 109)) == 2


def test_a_drawing_alone_under_its_heading_is_told_in_words() -> None:
    title, figure = Heading((Text("The loss over the steps"),)), Figure(Drawing(10, 10, ()), "The loss over 3 steps.")
    assert printed(Together((title, figure)), 60) == ["", "The loss over the steps", "The loss over 3 steps."]
    assert printed(figure, 60) == []
