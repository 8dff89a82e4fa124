"""A short run of the fuzz script; and faults put in on purpose are found by it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests import fuzz

FEW = {"mutant": 120, "valid": 12, "symbolic": 16}


@pytest.mark.parametrize("kind", FEW)
def test_a_short_run_finds_no_fault(kind: str) -> None:
    results = list(fuzz.outcomes(kind, FEW[kind], seed=20261130, jobs=1))
    assert [result for result in results if result.outcome in fuzz.FAULTS] == []
    assert Counter(result.outcome for result in results)["right"] >= FEW[kind] // 10


def test_what_is_raised_is_a_fault() -> None:
    def broken(text: str) -> fuzz.Result:
        raise KeyError(text)

    assert fuzz.judged("a spec", broken).outcome == "traceback"


def test_a_wrong_number_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "differences", lambda text: ["the gradient by w: 1, not 2"])
    assert fuzz.judged("a spec", fuzz.compared).outcome == "wrong"


def test_a_false_line_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from derivgen.lines import adjoints
    from derivgen.maths.tree import number

    monkeypatch.setattr(adjoints, "slope_of", lambda graph, local: number(17))
    spec = "equations: |\n  u = w^2\n  L = u*w\nvalues: {w: 2}\nnotation: {chain: reuse}\n"
    assert fuzz.judged(spec, fuzz.built).outcome == "false line"


def test_the_same_seed_gives_the_same_specs() -> None:
    import random

    assert fuzz.mutated(random.Random("a")) == fuzz.mutated(random.Random("a"))
    assert len({fuzz.mutated(random.Random(str(k))) for k in range(40)}) > 30
