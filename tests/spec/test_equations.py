"""Equations as people write them and as programs do: a block of lines, a text in quotes, a YAML list; one equation a line."""

from __future__ import annotations

import json

import pytest
import yaml

from derivgen.errors import SpecError
from derivgen.spec.load import loads

LINES = (
    "z = w_1*x_1 + w_2*x_2 + b_with_a_rather_long_name + another_name_that_makes_the_line_long",
    "σ_1 = sig(z)  # a remark",
    "",
    "L = cases(z > 0: (y - σ_1)^2, z == 0: 1/2, else: -σ_1)",
)
TEXT = "\n".join(LINES) + "\n"
BARE = TEXT.replace("  # a remark", "")
BLOCK = "equations: |\n" + "".join(f"  {line}\n" for line in LINES)

WRITTEN = {
    "safe_dump": yaml.safe_dump({"equations": TEXT}),
    "safe_dump with Greek letters": yaml.safe_dump({"equations": TEXT}, allow_unicode=True),
    "safe_dump, single quotes": yaml.safe_dump({"equations": TEXT}, default_style="'", allow_unicode=True),
    "safe_dump, single quotes, narrow": yaml.safe_dump({"equations": BARE}, default_style="'", width=30),
    "safe_dump, double quotes, narrow": yaml.safe_dump(
        {"equations": TEXT.replace("  # a remark", "")}, default_style='"', width=30
    ),
    "safe_dump, a list": yaml.safe_dump({"equations": [line.partition("#")[0].strip() for line in LINES if line]}, width=30),
    "a block after >": "equations: >\n" + "".join(f"  {line}\n\n" for line in LINES),
    "JSON": json.dumps({"equations": TEXT}),
    "JSON, a list": json.dumps({"equations": LINES}),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_each_is_one_equation_a_line(how: str) -> None:
    expected, found = loads(BLOCK), loads(WRITTEN[how])
    assert [(each.names, each.body) for each in found.equations] == [(each.names, each.body) for each in expected.equations]


def mistakes(text: str) -> list[tuple[int, int, str]]:
    """Return line, column and the marked text of every problem."""
    with pytest.raises(SpecError) as caught:
        loads(text)
    places = [problem.place for problem in caught.value.problems if problem.place is not None]
    return [(place.line, place.column, place.text[place.column - 1 :][: place.length]) for place in places]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("equations: 'z = w*x\n\n  L = z + sgi(w)\n\n  '\n", [(3, 11, "sgi")]),
        ('equations: "z = w*x\\nL = z + sgi(w)"\n', [(1, 30, "sgi")]),
        ('equations: "L = \\u03B1*w + sgi(w)"\n', [(1, 28, "sgi")]),
        ('equations: "L = w +\n  sgi(w)"\n', [(2, 3, "sgi")]),
        ("equations:\n  L = w +\n    sgi(w)\n", [(3, 5, "sgi")]),
        ("equations:\n- z = w*x\n- L = z + sgi(w)\n", [(3, 11, "sgi")]),
        ("equations:\n- z = w*x\n- L = z +\n  sgi(w)\n", [(4, 3, "sgi")]),
        ("equations:\n- z = w*x\n- L = z +\n  v\nvalues: {w: 1, x: 2}", [(4, 3, "v")]),
        ('equations: ["z = w*x", "L = z*("]\n', [(1, 31, "(")]),
        ("equations: [z = w*x, [a]]\n", [(1, 22, "[")]),
        ("equations: []\n", [(1, 1, "equations")]),
        ('equations: ["", "# nothing"]\n', [(1, 13, '""')]),
        ("equations: 'z = w*x\n  L = z^2'\n", [(1, 12, "'")]),
        ("equations: 'z = w*x # a remark\n  L = z^2'\n", [(1, 12, "'")]),
    ],
)
def test_mistakes_have_their_places(text: str, expected: list[tuple[int, int, str]]) -> None:
    assert mistakes(text) == expected


@pytest.mark.parametrize("values", ["", "values: {z: 1}\n", "data: {columns: [z], rows: [[1]]}\n"])
def test_e_to_a_power_is_said_to_be_no_number(values: str) -> None:
    body = "mean(1/(1 + e^(-z)))" if "data" in values else "1/(1 + e^(-z))"
    with pytest.raises(SpecError) as caught:
        loads(f"equations: L = {body}\n{values}")
    (problem,) = caught.value.problems
    assert problem.message == "e is a name like any other here, not Euler's number"
    assert problem.hint == "write exp(-z); a quantity of your own called e is declared: parameters: [e]"
    assert problem.place is not None
    assert problem.place.text[problem.place.column - 1] == "e"


@pytest.mark.parametrize(
    "text",
    [
        "equations: L = e^2\nparameters: [e]",
        "equations: L = e^2\nvalues: {e: 1}",
        "equations: L = w*e^2\nconstants: {e: 3}",
        "equations: L = e^2\nwrt: [e]",
        "equations: [e = y - a, L = e^2]",
        "equations: L = mean((w*e)^2 + e^2)\ndata: {columns: [e], count: N}\nparameters: [w]",
        "equations: L = w*e",
    ],
)
def test_an_e_of_the_authors_own_is_a_name(text: str) -> None:
    assert loads(text).loss == "L"
