"""What is said about corners is said where it decides something: at ties of max and min, for the student who has one."""

from __future__ import annotations

import pytest

from derivgen.classes.job import derivation_of, serialize
from derivgen.classes.preparation import layout_of, templates_of
from derivgen.documents.compose import compose
from derivgen.documents.document import Document, Math, Paragraph
from derivgen.documents.sheet import words_of
from derivgen.maths.plain import plain
from derivgen.spec.load import loads
from derivgen.variants.records import Record, spec_hash, variant
from derivgen.work import evaluate

SPEC = "equations: |\n  m = max(a, b, c)\n  r = ReLU(m)\n  L = (y - r)^2\ntargets: [y]\n"
TIES = "Arguments of max or min that tie share the derivative equally."


def remarks(document: Document) -> list[str]:
    return [words_of(block.prose) for block in document.blocks if isinstance(block, Paragraph) and block.tone == "quiet"]


@pytest.mark.parametrize("audience", ["notes", "worksheet"])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("", True),
        ("values: {a: 1, b: 2, c: 3, y: 5}\n", False),
        ("values: {a: 1, b: 3, c: 3, y: 5}\n", True),
        ("values: {a: 3, b: 3, c: 5, y: 5}\n", False),  # those that tie are not the largest
        ("values: {a: 1, y: 5}\nconstants: [b, c]\n", True),  # which of them is the largest is not known
        ("data: {columns: [a, y], rows: [[1, 0], [4, 1]]}\nvalues: {b: 2, c: 3}\n", False),
        ("data: {columns: [a, y], rows: [[1, 0], [3, 1]]}\nvalues: {b: 2, c: 3}\n", True),
    ],
)
def test_ties_are_spoken_of_where_something_ties(values: str, said: bool, audience: str) -> None:
    spec = SPEC.replace("(y - r)^2", "mean((y - r)^2)") if "data" in values else SPEC
    assert (TIES in remarks(compose(evaluate(loads(spec + values)), audience))) == said


def test_of_a_class_the_one_who_has_a_tie_is_told() -> None:
    spec = loads(SPEC + "random: {a: {integers: [1, 3]}}\nvalues: {b: 2, c: 1, y: 5}\n")
    serialized = serialize(spec)
    derivation, layout = derivation_of(serialized), layout_of(serialized)
    told = {
        a: TIES in remarks(layout.compose(variant(derivation, Record("0", "1", spec_hash(spec), values={"a": a})), "worksheet"))
        for a in "123"
    }
    assert told == {"1": False, "2": True, "3": False}
    assert isinstance(templates_of(serialized), str), "a template cannot know who has a tie"


@pytest.mark.parametrize(("w", "said"), [("1", ["f'(1) == 2"]), ("3/2", [])])
def test_an_authors_own_function_tells_its_slope_where_a_value_sits_on_its_kink(w: str, said: list[str]) -> None:
    """Left of 1 the slope is 2, right of it 1; at 1 the last piece counts."""
    spec = 'equations: L = f(w)\nfunctions: {"f(x)": "cases(x > 1: x, else: 2*x - 1)"}\nvalues: {w: ' + w + "}\n"
    for audience in ("notes", "worksheet"):
        quiet = [block for block in compose(evaluate(loads(spec)), audience).blocks if isinstance(block, Paragraph)]
        assert [
            plain(part.expr) for block in quiet for part in block.prose if isinstance(part, Math) and "'" in plain(part.expr)
        ] == said
