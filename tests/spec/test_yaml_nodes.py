"""Every character of a text knows where in the file it stands, however the YAML around it is written."""

from __future__ import annotations

import pytest

from derivgen.errors import Problems, SpecError
from derivgen.spec.load import loads
from derivgen.spec.source import source_of
from derivgen.spec.yaml_nodes import Scalar, read_yaml


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


CUT_BY_COMMAS = {
    "network: {inputs: [x], layers: [{neurons: [1]}], loss: {kind: max(0, 1 - y*a)}}": "max(0, 1 - y*a)",
    "equations: L = w\nfunctions: {'hinge(x)': max(0, 1 - x)}": "max(0, 1 - x)",
    "equations: L = w\nfunctions: {hinge(x, y): x*y}": "hinge(x, y)",
    "equations: L = w\nfunctions: {h(x): max(x, max(0, x), 2), g(x): x}": "max(x, max(0, x), 2)",
    "equations: L = w\nshow: [{steps: max(0, w)}]": "max(0, w)",
    "equations: L = w\nshow: [{steps: [max(0,\n  w), w]}]": "max(0, w)",
    "equations: [z = w, 'y = 2*w', L = max(w, z)]": "L = max(w, z)",
    "equations: L = w\nrandom: {w: {integers: [1, 2]}, where: [max(w, 1) > 0, w > 0]}": "max(w, 1) > 0",
}


@pytest.mark.parametrize("text", CUT_BY_COMMAS)
def test_a_comma_within_brackets_is_one_mistake(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        loads(text)
    (problem,) = caught.value.problems
    assert problem.message == "a comma ends a value here, even within the value's brackets"
    assert problem.hint == f'put it in quotes: "{CUT_BY_COMMAS[text]}"'
    assert problem.place is not None
    assert problem.place.text[problem.place.column - 1 :].startswith(CUT_BY_COMMAS[text][:6])


@pytest.mark.parametrize("text", CUT_BY_COMMAS)
def test_in_quotes_it_is_taken(text: str) -> None:
    quoted = text.replace(",\n  ", ", ").replace(CUT_BY_COMMAS[text], f'"{CUT_BY_COMMAS[text]}"')
    assert loads(quoted).loss in ("L", "Loss")


@pytest.mark.parametrize(
    "text", ["title: a (b, c) d", "title: '('", "worksheet: {fields: [a (b, c, d]}", "notes: {L: '(', w: ')'}"]
)
def test_brackets_without_a_partner_are_none_of_it(text: str) -> None:
    assert loads(f"equations: L = w\n{text}\n").loss == "L"
