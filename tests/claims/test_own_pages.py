"""What derivgen prints is read back: every spec's key and notes, in each format and language, is true against its spec."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from derivgen.claims.check import Checked, check
from derivgen.claims.spec_arrays import measure_of
from derivgen.claims.spec_values import Measure
from derivgen.documents.compose import compose, style_of
from derivgen.evaluation import Evaluation
from derivgen.rendering import FORMATS
from derivgen.spec.load import load
from derivgen.work import evaluate
from tests.product import ARRAY_SPECS, SPECS, Sheets

__all__ = ["built"]
from tests.product import built

UNREAD, OF_ONE_SPEC = 0.002, 0.02
"""Which share of all claims, and of one spec's, may be unread."""


@pytest.fixture(scope="module")
def measures() -> Mapping[Path, Measure]:
    """Return each spec as a measure, worked out once for all formats."""
    return {spec: measure_of(spec)[0] for spec in SPECS}


def told(found: Checked) -> str:
    """Return what is false in a file, for the message of a failing test."""
    return "\n".join(
        f"{c.place.line}: {c.left} {c.relation} {c.right}: {c.message}" for c in found.claims if c.verdict == "false"
    )


def read_back(evaluation: Evaluation, measure: Measure, ending: str) -> Checked:
    """Return the claims of a spec's key and notes in a format."""
    pages = [FORMATS[ending].render(compose(evaluation, audience), style_of(evaluation)) for audience in ("key", "notes")]
    found = [check(page.encode(), f"page.{ending}", measure) for page in pages]
    return Checked(ending, tuple(claim for one in found for claim in one.claims))


@pytest.mark.parametrize(("ending", "language"), [("md", "en"), ("html", "pt")])
def test_own_pages_are_true_and_hardly_any_claim_is_unread(ending: str, language: str, measures: Mapping[Path, Measure]) -> None:
    counts: Counter[str] = Counter()
    unread: dict[str, float] = {}
    for spec, measure in measures.items():
        found = read_back(evaluate(replace(load(str(spec)), language=language)), measure, ending)
        assert not found.failed, f"{spec.stem}.{ending}\n{told(found)}"
        counts.update(found.counts)
        unread[spec.stem] = found.counts["unread"] / max(1, len(found.claims))
    assert len(unread) > 30 and counts["true"] + counts["rounded"] > 3_500
    assert counts["unread"] < UNREAD * counts.total()
    assert {name: share for name, share in unread.items() if share > OF_ONE_SPEC} == {}


def test_the_files_of_build_are_read_back_and_true(built: Mapping[Path, Sheets], measures: Mapping[Path, Measure]) -> None:
    counts: Counter[str] = Counter()
    for spec, measure in measures.items():
        for audience in ("key", "notes"):
            found = check(built[spec].tex(audience).encode(), f"{audience}.tex", measure)
            assert not found.failed, f"{spec.stem}, {audience}\n{told(found)}"
            counts.update(found.counts)
    assert counts["true"] + counts["rounded"] > 3_500
    assert counts["unread"] < UNREAD * counts.total()


def test_a_notebook_of_the_same_text_has_the_same_claims() -> None:
    spec = next(spec for spec in SPECS if spec.stem == "one_neuron")
    evaluation, measure = evaluate(load(str(spec))), measure_of(spec)[0]
    text = FORMATS["md"].render(compose(evaluation, "notes"), style_of(evaluation))
    cells = [{"cell_type": "markdown", "source": part.splitlines(keepends=True)} for part in text.split("\n## ")]
    notebook = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    alone, within = check(text.encode(), "a.md", measure), check(notebook.encode(), "a.ipynb", measure)
    assert alone.counts == within.counts and len(alone.claims) > 20


@pytest.mark.parametrize("spec", ARRAY_SPECS, ids=lambda path: path.stem)
def test_pages_of_arrays_are_read_back_and_true(spec: Path) -> None:
    measure = measure_of(spec)[0]
    for ending, language in (("md", "en"), ("html", "pt"), ("tex", "en")):
        found = read_back(evaluate(replace(load(str(spec)), language=language)), measure, ending)
        assert not found.failed, f"{spec.stem}.{ending}\n{told(found)}"
        assert found.counts["unread"] <= len(found.claims) / 100
        assert found.counts["true"] + found.counts["rounded"] >= 25


WRONG_ENTRIES = (
    ("softmax_regression_batch", r"-0.5596 & 0.5596 \\end{bmatrix}", r"-0.5596 & 0.5569 \\end{bmatrix}", "row 3, column 2"),
    ("softmax_regression_batch", r"{X^{\top}} \ \underset", r"{X} \ \underset", "3"),
    ("attention", r"\begin{bmatrix} 0.2687 & 1.359", r"\begin{bmatrix} 0.2687 & -1.359", "row 1, column 2"),
    ("convolution", r"24 & 18 \\ 12 & 4", r"24 & 18 \\ 4 & 12", "row 2, column"),
    ("least_squares_inverse", r"\frac{4}{5} \\ \frac{14}{15}", r"\frac{4}{5} \\ \frac{13}{15}", "row 2"),
    ("embedding_softmax", r"0 & -0.1413 \end", r"0 & -0.07065 \end", "row 3, column 2"),
    (
        "causal_attention",
        r"= \sum_{k=1}^{2} \frac{\partial L}{\partial O",
        r"= \sum_{k=1}^{1} \frac{\partial L}{\partial O",
        "j = ",
    ),
)


@pytest.mark.parametrize(("name", "right", "wrong", "where"), WRONG_ENTRIES)
def test_a_wrong_entry_of_a_page_of_arrays_is_found(name: str, right: str, wrong: str, where: str) -> None:
    spec = next(spec for spec in ARRAY_SPECS if spec.stem == name)
    evaluation = evaluate(load(str(spec)))
    text = FORMATS["md"].render(compose(evaluation, "notes"), style_of(evaluation))
    right, wrong = (part.replace("\\\\end", "\\end") for part in (right, wrong))
    assert right in text
    found = check(text.replace(right, wrong, 1).encode(), "notes.md", measure_of(spec)[0])
    false = [claim for claim in found.claims if claim.verdict in ("false", "carried") or "sizes" in claim.message]
    assert 1 <= len(false) <= 6 and where in " ".join(claim.message for claim in false)
