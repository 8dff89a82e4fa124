"""Every character of a text knows where in the file it stands, however the YAML around it is written."""

from __future__ import annotations

import pytest

from derivgen.errors import Problems
from derivgen.spec.yaml_nodes import Scalar, read_yaml, source_of


def scalar(text: str) -> Scalar:
    problems = Problems()
    block = read_yaml(source_of(text, "f.yaml"), problems)
    assert not problems.found
    value = block.entries[-1][1]
    assert isinstance(value, Scalar)
    return value


STYLES = {
    "plain": ("k: abc  # remark\n", {"a": (1, 4), "c": (1, 6)}),
    "single quotes": ("k: 'ab''c'\n", {"a": (1, 5), "c": (1, 9)}),
    "double quotes": ('k: "a\\tb\\u0041c"\n', {"a": (1, 5), "b": (1, 8), "c": (1, 15)}),
    "literal": ("k: |\n  ab\n\n    é c\n", {"a": (2, 3), "é": (4, 5), "c": (4, 7)}),
    "literal with a remark": ("j: 1\nk: |  # remark\n  ab\n", {"a": (3, 3)}),
    "literal, stripped": ("k: |-\n      ab", {"b": (1 + 1, 8)}),
    "literal, indented on purpose": ("k: |2\n    ab\n", {"a": (2, 5)}),
    "folded": ("k: >\n  a b\n  c\n\n  d\n", {"b": (2, 5), "c": (3, 3), "d": (5, 3)}),
    "plain on two lines": ("k: a\n   b  c\n", {"b": (2, 4), "c": (2, 7)}),
    "quoted on two lines": ('k: "a\n  b \\\n  c"\n', {"b": (2, 3), "c": (3, 3)}),
    "in a flow": ("k: 1\nl: {m: [1, 2]}\nn: [x]\nz: x y\n", {"x": (4, 4), "y": (4, 6)}),
}


@pytest.mark.parametrize("style", STYLES)
def test_places(style: str) -> None:
    text, expected = STYLES[style]
    value = scalar(text)
    for character, (line, column) in expected.items():
        place = value.at(value.text.index(character))
        assert (place.line, place.column) == (line, column)
        assert place.text == text.split("\n")[line - 1]


def test_lines_of_a_block() -> None:
    value = scalar("k: |\n  a = b\n\n      # remark\n   c = d  \n")
    assert [(text, place.line, place.column) for text, place in value.lines()] == [
        ("a = b", 2, 3),
        ("# remark", 4, 7),
        ("c = d", 5, 4),
    ]


@pytest.mark.parametrize(
    "text", ["0.1", "yes", "no", "on", "null", "~", "1e3", "0o17", "2001-01-01", "1:30", "=", "<<", ".5", "y"]
)
def test_nothing_is_constructed(text: str) -> None:
    assert scalar(f"k: {text}\n").text == text
