"""The terminal: rows that keep to its width."""

from __future__ import annotations

from derivgen.documents.document import Line, Text
from derivgen.language import Wording
from derivgen.maths.style import Style
from derivgen.maths.tree import Sym
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
