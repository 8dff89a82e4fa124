"""Compact notes: what has been worked out once is known from then on; what samples share stands in one table."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivgen.checks.pages import equalities, verify_document
from derivgen.checks.report import check
from derivgen.documents.compose import compose
from derivgen.documents.document import Equations, Paragraph, Table
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import uses_chains
from derivgen.maths.plain import plain
from derivgen.maths.tree import Boxed, Partial, holds_any
from derivgen.spec.load import loads
from derivgen.work import evaluate
from tests.product import every_block, words

STEP = """
equations: |
  z_f = w_f*x + u_f*h_0 + b_f
  f = sig(z_f)
  z_g = w_g*x + u_g*h_0 + b_g
  g = tanh(z_g)
  c = f*c_0 + g
  L = (c - y)^2
inputs: [x]
targets: [y]
constants: {h_0: 0.5, c_0: -0.5}
values: {x: 2, y: 0.5, w_f: 0.5, u_f: -0.2, b_f: 0.1, w_g: 0.6, u_g: -0.3, b_g: 0.2}
"""
GATE = """
network:
  inputs: [x_1, x_2]
  layers:
    - {neurons: [3, 4], activation: ReLU}
    - {neurons: [5], activation: sig}
  loss: {name: L, kind: mse, target: y}
values: {W_13: 1, W_23: 1, b_3: -1/2, W_14: -1, W_24: 1, b_4: 1/2, W_35: 2, W_45: -1, b_5: -1/2}
data: {columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}
"""
LOGISTIC = """
equations: |
  a = sig(w*x + v*u + b)
  L = -(y*ln(a) + (1-y)*ln(1-a))
inputs: [x, u]
targets: [y]
"""


def notes(text: str):
    evaluation = evaluate(loads(text))
    assert check(evaluation).problems() == ()
    document = compose(evaluation, "notes")
    assert verify_document(document, (evaluation,)) > 5
    return evaluation, document


def lines(text: str) -> list[list[str]]:
    return [[plain(side) for side in line.sides] for line in equalities(notes(text)[1].blocks)]


def worked_out(text: str) -> list[str]:
    """The left sides of the lines that work a factor out: those that begin with a single partial and go on without any."""
    return [line[0] for line in lines(text) if line[0].startswith("d") and not any("/d" in side for side in line[1:])]


def test_a_factor_is_worked_out_once_unless_everything_is_asked_for() -> None:
    once = [left for left in worked_out(STEP) if not left.startswith("dL/d") or left == "dL/dc"]
    assert len(once) == len(dict.fromkeys(once)) == 11
    full = worked_out(STEP + "notation: {chain: full}\n")
    assert full.count("dc/df") == 3 and full.count("df/dz_f") == 3 and full.count("dL/dc") == 6


def test_every_parameter_has_its_chain_and_its_result() -> None:
    printed = lines(STEP)
    for name in ("w_f", "u_f", "b_f"):
        assert [f"dL/d{name}", f"dL/dc*(dc/df)*(df/dz_f)*(dz_f/d{name})"] in printed
    (bias,) = [line for line in printed if line[0] == "dL/db_f" and "/d" not in line[1]]
    assert bias[1] == "2*(c - y)*c_0*(f*(1 - f))"
    assert bias[2].count("*") == 2, "the factor that is 1 is no number of the product"


def test_the_product_as_it_stands_is_written_where_a_factor_is_new() -> None:
    def products(text: str) -> list[str]:
        return [line[1] for line in lines(text) if line[0] == "dL/db" and "/d" not in line[1]]

    assert len(products(LOGISTIC)) == 2, "simplified as before: in one line"
    assert len(products(LOGISTIC + "notation: {chain: full}\n")) > 2
    reasons = [words(line.reason) for block in every_block(notes(LOGISTIC)[1].blocks) for line in getattr(block, "lines", ())]
    assert reasons.count("simplified as before") == 2


def tables(text: str) -> tuple[Evaluation, list[Table]]:
    evaluation, document = notes(text)
    return evaluation, [block for block in every_block(document.blocks) if isinstance(block, Table)]


def test_what_the_samples_share_is_one_table() -> None:
    """Each factor has one column, each gradient one, and the last row is the gradients."""
    evaluation, found = tables(GATE)
    factors, shares = found[-2:]
    heads = [plain(head) for head in factors.header if head is not None]
    assert len(heads) == len(dict.fromkeys(heads)) == 9
    assert all(isinstance(head, Partial) for head in shares.header[1:]) and len(shares.header) == 10
    for name, cell in zip(evaluation.derivation.gradients, shares.footer[1:], strict=True):
        assert isinstance(cell, Boxed)
        exact = evaluation.adjoints[name][0]
        assert abs(float(plain(cell).strip("[]")) - float(exact)) <= 0.0006 * abs(float(exact))


def test_the_rows_of_the_shared_table_come_to_its_sums() -> None:
    _, found = tables(GATE)
    shares = found[-1]
    for at, total in enumerate(shares.footer[1:], 1):
        column = [Fraction(plain(row[at])) for row in shares.rows if row[at] is not None]
        printed = Fraction(plain(total).strip("[]"))
        assert abs(sum(column) - printed) <= abs(printed) / 1000


@pytest.mark.parametrize("rows", [3, 30])
def test_few_columns_stand_in_one_table_and_many_rows_in_none(rows: int) -> None:
    data = ", ".join(f"[{k}, {k % 2}]" for k in range(rows))
    text = "equations: |\n  yhat = w*x + b\n  L = mean((yhat - y)^2)\ntargets: [y]\nvalues: {w: 1, b: 0}\n"
    evaluation, found = tables(f"{text}data: {{columns: [x, y], rows: [{data}]}}\n")
    assert [uses_chains(evaluation, gradient) for gradient in evaluation.derivation.gradients.values()] == [True, True]
    shared = [table for table in found if any(isinstance(head, Partial) for head in table.header)]
    assert len(shared) == 1
    assert bool(shared[0].footer) == (rows == 3)


def test_chains_that_branch_often_take_up_what_is_known() -> None:
    layer = "\n".join(f"  h_{k} = tanh(v_{k}*x)\n  z_{k} = w_{k}*h_1 + u_{k}*h_2" for k in (1, 2))
    order = sorted(layer.splitlines(), key=lambda line: line.strip()[0])
    text = "equations: |\n" + "\n".join(order) + "\n  p_1 = sig(z_1)\n  p_2 = sig(z_2)\n  L = (p_1 + p_2)^2\n"
    two = evaluate(loads(text))
    assert all(uses_chains(two, gradient) for gradient in two.derivation.gradients.values())
    wide = text.replace("L = (p_1 + p_2)^2", "E_1 = (p_1 - p_2)^2\n  E_2 = (p_1 + p_2)^2\n  L = E_1 + E_2")
    many, document = notes(wide)
    assert not any(uses_chains(many, gradient) for gradient in many.derivation.gradients.values())
    said = [words(block.prose) for block in every_block(document.blocks) if isinstance(block, Paragraph)]
    assert any("each line therefore takes up the derivatives already known" in each for each in said)
    asked = evaluate(loads(wide + "notation: {chain: full}\n"))
    assert all(uses_chains(asked, gradient) for gradient in asked.derivation.gradients.values())


def test_definitions_stand_once_where_the_forward_pass_says_them() -> None:
    printed = lines(STEP)
    (forward,) = [line for line in printed if line[0] == "f"]
    assert forward[1] == "sig(z_f)" and len(forward) > 2
    symbolic = STEP[: STEP.index("values:")].replace("constants: {h_0: 0.5, c_0: -0.5}\n", "constants: [h_0, c_0]\n")
    assert ["f", "sig(z_f)"] in lines(symbolic)
    assert not holds_any(next(iter(equalities(notes(symbolic)[1].blocks))).last, (Partial,))


def last_line(document, name: str) -> str:
    """Return what a gradient is equal to on the last line about it, outside of tables."""
    lines = [line for block in every_block(document.blocks) if isinstance(block, Equations) for line in block.lines]
    own = [line for line in lines if isinstance(line.left, Partial) and line.left.by.name == name and line.left.of.name == "L"]
    return " ".join(f"{relation} {plain(side.content if isinstance(side, Boxed) else side)}" for relation, side in own[-1].steps)


ONE_EXPRESSION = "equations: L = -(y*ln(sig(w*x)) + (1-y)*ln(1-sig(w*x)))\nparameters: [w]\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ONE_EXPRESSION, "= (sig(w*x) - y)*x"),
        (ONE_EXPRESSION + "values: {w: 0, x: 2, y: 1}\n", "= (sig(w*x) - y)*x = (sig(0*2) - 1)*2 = -1"),
        (
            "equations: L = (y - w*x)^2/2\nparameters: [w]\nvalues: {w: 1/2, x: 2, y: 3}\n",
            "-((y - w*x)*x) = -((3 - 1/2*2)*2) = -4",
        ),
        ("equations: L = (w*x - y)^2 + k*w^2\nconstants: [k]\nparameters: [w]\nvalues: {w: 1/2, x: 2, y: 3}\n", "-8 + k"),
        (
            "equations: L = mean((w*x - y)^2) + k*w^2\nconstants: [k]\nvalues: {w: 2}\n"
            "data: {columns: [x, y], rows: [[1, 1], [2, 1]]}\n",
            "= 7 + 4*k",
        ),
        ("equations: L = max(w, v, u) + w*v\nvalues: {w: 1, v: 2, u: 0}\nwrt: [w]\n", "= v = 2"),
        ("equations: L = max(w, v, u)*2 + w*v\nvalues: {w: 1, v: 2, u: 0}\nwrt: [v]\n", "= 2 + w = 2 + 1 = 3"),
    ],
)
def test_a_derivative_of_one_factor_ends_in_the_form_of_the_books_and_its_value_once(text: str, line: str) -> None:
    """By hand: of the penalised mean (1/2)(2·1·1 + 2·3·2) + 2·2k = 7 + 4k; in max the largest, v, takes all."""
    _, document = notes(text + ("" if "wrt" in text else "wrt: [w]\n"))
    name = "v" if "wrt: [v]" in text else "w"
    shown = last_line(document, name)
    assert shown.endswith(line), shown
    sides = shown.removeprefix("= ").split(" = ")
    assert len(set(sides)) == len(sides)
