"""Entry by entry: the scalars of an array derivation have its numbers; variants are drawn, judged and handed out by them."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from derivgen.array_evaluation import ArrayEvaluation
from derivgen.derivation.arrays import derive_arrays
from derivgen.derivation.entries import entry_name, entrywise
from derivgen.errors import SpecError
from derivgen.evaluation import run
from derivgen.maths.arithmetic import to_float
from derivgen.maths.array_values import is_infinite
from derivgen.spec.load import load, loads
from derivgen.variants.records import from_json
from derivgen.variants.search import Search
from derivgen.variants.verifying import Verifier
from derivgen.work import evaluate
from tests.arrays.programs import Maker
from tests.cli.conftest import Shell
from tests.product import ROOT

DRAWN = """
equations: |
  z = W @ x + b
  h = relu(z)
  s = V @ h
  p = softmax(s)
  L = -sum(y*ln(p))
shapes: {W: [3, 2]}
values: {y: [0, 1, 0], V: [[1, 0, 1], [0, 1, 0], [1, 1, -1]]}
inputs: [x]
targets: [y]
random:
  W: {integers: [-3, 3]}
  W_11: {list: [1, 2]}
  x: {integers: [-2, 2], nonzero: true}
  b: {halves: [-1, 1]}
  V_33: {list: [-1, 2]}
  where: [z_1 > 0, z != 0, count(h > 0) >= 2, abs(s) <= 6, dL/dW_12 != 0, W_12 != W_21, decimals(z) <= 1]
"""
SAMPLES = """
equations: |
  z = W @ x + b
  h = relu(z)
  a = v @ h
  L = mean((a - t)^2)
vectors: {x: [x_1, x_2]}
values: {v: [1, -1]}
data: {columns: [x_1, x_2, t], rows: [[1, 2, 3], [0, 1, 1], [2, -1, 0]]}
targets: [t]
shapes: {W: [2, 2]}
random: {W: {integers: [-2, 2], nonzero: true}, b: {integers: [0, 1]}, t: {integers: [0, 3]}, where: [z_1 != 0, L > 0]}
"""


def same_numbers(evaluation: ArrayEvaluation) -> int:
    """Compare each value and each gradient with those of the scalars; return how many."""
    scalars = run(entrywise(evaluation.derivation))
    count = 0
    for arrays, numbers in ((evaluation.values, scalars.values), (evaluation.adjoints, scalars.adjoints)):
        for name, array in arrays.items():
            for at in product(*map(range, array.shape)):
                per_sample = evaluation.derivation.per_sample(name)
                key = entry_name(name, at[1:], at[0]) if per_sample else entry_name(name, at)
                if key in numbers and not is_infinite(array[at]):
                    assert to_float(numbers[key][0]) == pytest.approx(to_float(array[at]), rel=1e-12, abs=1e-12), key
                    count += 1
    return count


SMALL = ("attention", "causal_attention", "convolution", "layer_norm_vector", "least_squares", "rnn_three_steps", "two_layers")


@pytest.mark.parametrize("name", SMALL)
def test_the_entries_of_specs_have_their_numbers(name: str) -> None:
    assert same_numbers(evaluate(load(str(ROOT / f"specs/arrays/{name}.yaml")), ["*"])) > 20


@pytest.mark.parametrize("seed", [2, 3, 5, 6, 7, 8, 9, 10])
def test_the_entries_of_random_programs_have_their_numbers(seed: int) -> None:
    assert same_numbers(evaluate(loads(Maker(seed).made().spec), ["*"])) > 5


def test_a_formula_that_grows_is_refused_with_advice() -> None:
    with pytest.raises(SpecError, match=r"too long a formula|nothing is drawn where"):
        entrywise(derive_arrays(loads(Maker(11).made().spec)))


def test_a_long_formula_is_refused_with_advice() -> None:
    spec = "equations: L = sum((A @ B @ A @ B @ A)^2)\nshapes: {A: [6, 6], B: [6, 6]}\n"
    with pytest.raises(SpecError, match="an entry of L is too long a formula for variants to be drawn") as caught:
        entrywise(derive_arrays(loads(spec)))
    assert caught.value.problems[0].place is not None


def test_functions_of_whole_arrays_entry_by_entry() -> None:
    spec = "equations: |\n  B = inv(A) @ C\n  d = det(A)\n  l = log_softmax(C)\n  m = max(C)\n  L = sum(B*B) + d + sum(l) + m\n"
    spec += "values: {A: [[2, 1], [1, 3]], C: [[1, 2], [1, 1/2]]}\n"
    assert same_numbers(evaluate(loads(spec), ["*"])) > 20
    assert same_numbers(evaluate(loads(SAMPLES), ["*"])) > 30


def test_what_is_drawn_meets_its_conditions() -> None:
    """The same conditions by NumPy, on the numbers of the page."""
    search = Search(derive_arrays(loads(DRAWN)), "exam")
    students = [str(number) for number in range(30)]
    records = search.records([(student, "") for student in students])
    assert len({str(record.numbers) for record in records}) > 25
    for record in records:
        evaluation = evaluate(loads(DRAWN), (), "exam", record.student)
        arrays = {name: np.vectorize(to_float, otypes=[float])(array) for name, array in evaluation.values.items()}
        w, x, b, v = arrays["W"], arrays["x"], arrays["b"], arrays["V"]
        z = w @ x + b
        h = np.maximum(z, 0)
        s = v @ h
        assert (z[0] > 0, (z != 0).all(), (h > 0).sum() >= 2, (np.abs(s) <= 6).all()) == (True,) * 4
        assert w[0, 1] != w[1, 0]
        assert w[0, 0] in (1, 2)
        assert v[2, 2] in (-1, 2)
        assert v[0].tolist() == [1, 0, 1]
        assert (2 * b == np.round(2 * b)).all()
        d_z = (v.T @ (np.exp(s) / np.exp(s).sum() - [0, 1, 0])) * (z > 0)
        np.testing.assert_allclose(np.vectorize(to_float)(evaluation.adjoints["W"]), np.outer(d_z, x), rtol=1e-12, atol=1e-12)
        assert d_z[0] * x[1] != 0
    verified = list(Verifier(search.derivation).verified(records))
    assert [each.failure for each in verified] == [""] * 30
    assert from_json(records[0].as_json()) == records[0]


def test_samples_are_drawn_by_their_columns() -> None:
    evaluation = evaluate(loads(SAMPLES), (), "1", "ana")
    again = evaluate(loads(SAMPLES), (), "1", "ana")
    other = evaluate(loads(SAMPLES), (), "1", "rui")
    numbers = [[str(each.values[name].tolist()) for name in ("W", "b", "t")] for each in (evaluation, again, other)]
    assert numbers[0] == numbers[1] != numbers[2]
    assert (evaluation.values["z"][:, 0] != 0).all()
    assert evaluation.graph.spec.data is not None
    assert [row[2].value for row in evaluation.graph.spec.data.rows or ()] == evaluation.values["t"].tolist()
    assert evaluation.values["x_1"].tolist() == [1, 0, 2]


BAD = {
    "Q: {integers: [0, 1]}": "Q under random is no name that can be drawn",
    "z: {integers: [0, 1]}": "z is worked out by the equation on line 3; it is not drawn",
    "W_44: {integers: [0, 1]}": "W is a 3×2 matrix; it has no entry W_44",
    "W: {list: [1, 2], distinct: true}": "6 different numbers are wanted, and there are 2 to draw from",
    "b: {integers: [0, 1]}, where: [q > 0]": "q in this condition is no name of this spec",
    "b: {integers: [0, 1]}, where: [z_9 > 0]": "there is nothing here that z_9 stands for",
}


@pytest.mark.parametrize("random", BAD)
def test_wrong_draws_are_told_at_their_places(random: str) -> None:
    spec = DRAWN[: DRAWN.index("random:")].replace("shapes: {W: [3, 2]}\n", "")
    spec = spec.replace("V: [[", "W: [[1, 0], [0, 1], [1, 1]], x: [1, 2], b: [0, 1, 0], V: [[")
    with pytest.raises(SpecError) as caught:
        evaluate(loads(f"{spec}random: {{{random}}}\n"), (), "1", "a")
    assert BAD[random] in str(caught.value)
    assert caught.value.problems[0].place is not None


def test_a_class_has_answers_by_entries(tmp_path: Path) -> None:
    (tmp_path / "layer.yaml").write_text(DRAWN, encoding="utf-8")
    (tmp_path / "who.csv").write_text("id,name\n7,Ana\n8,Rui\n", encoding="utf-8")
    shell = Shell(tmp_path)
    said = shell("class", "layer.yaml", "--students", "who.csv", "--seed", "s", "--format", "md", "-o", "exam", "--quiet")
    assert said.code == 0, said.err
    header, *rows = (line.split(",") for line in (tmp_path / "exam/answers.csv").read_text(encoding="utf-8-sig").splitlines())
    record = json.loads((tmp_path / "exam/records.jsonl").read_text(encoding="utf-8").splitlines()[0])
    told = dict(zip(header, rows[0], strict=True))
    drawn = record["values"]
    first = sum(float(_number(drawn[f"W_1{k}"]) * _number(drawn[f"x_{k}"])) for k in (1, 2)) + _number(drawn["b_1"])
    assert _number(told["z_1 exact"]) == first
    assert {"dL/dW_32", "L exact", "p_2"} <= set(header)
    sheets = sorted(path.name for path in (tmp_path / "exam").rglob("worksheet.md"))
    assert len(sheets) == 2
    one = shell("build", "layer.yaml", "--seed", "s", "--student", "7", "--format", "md", "-o", "own", "--quiet")
    assert one.code == 0, one.err
    (class_sheet,) = (tmp_path / "exam/worksheets").glob("7_*/worksheet.md")
    own = (tmp_path / "own/layer/worksheet.md").read_text(encoding="utf-8")
    assert class_sheet.read_text(encoding="utf-8").count("bmatrix") == own.count("bmatrix") > 10


def _number(text: str) -> float:
    over, _, under = text.partition("/")
    return float(over) / float(under or 1)
