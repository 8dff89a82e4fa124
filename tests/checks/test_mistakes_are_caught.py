"""The checker is checked: with one wrong rule put in on purpose, the report fails and names what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from derivgen.checks.report import Report, check
from derivgen.derivation import derive as derive_module
from derivgen.derivation.derive import derive
from derivgen.errors import CheckError
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths import differentiate, functions
from derivgen.maths.tree import Neg, Num, Product
from derivgen.spec.load import loads

NETWORK = """
equations: |
  Z_3 = W_13*x_1 + W_23*x_2 + b_3
  A_3 = {activation}(Z_3)
  Z_5 = W_35*A_3 + b_5
  A_5 = sig(Z_5)
  Loss = mean((y - A_5)^2)
targets: [y]
values: {{W_13: 1/2, W_23: -1, b_3: 1/7, W_35: 2, b_5: 0.3}}
data: {{columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}}
"""

RULES = """
equations: |
  u = a*b*c + a/b
  v = u^3 - exp(-u)/c
  L = v*u + b*exp(a)
values: {a: 2, b: -3, c: 0.7}
"""

MAXIMUM = """
equations: L = max(a*b, c) - min(a, b) + abs(c - b)
values: {a: 2, b: 3, c: 0.7}
"""

SOFTMAX = """
equations: |
  p, q, r = softmax(a, b, c)
  L = -ln(q)*c + p
values: {a: 2, b: -3, c: 0.7}
"""


def report_of(text: str) -> Report:
    return check(run(derive(build(loads(text)))))


def network(activation: str) -> str:
    return NETWORK.format(activation=activation)


def with_derivative(patch: pytest.MonkeyPatch, key: str, *derivatives: str) -> None:
    """The table with another derivative of one function."""
    table = {**functions.FUNCTIONS, key: replace(functions.FUNCTIONS[key], derivatives=derivatives)}
    patch.setattr(functions, "FUNCTIONS", table)


def with_rule(patch: pytest.MonkeyPatch, kind: type, rule: Callable) -> None:
    """The rules with another one for one kind of node."""
    patch.setitem(differentiate._RULES, kind, rule)


def assert_caught(text: str, *names: str) -> None:
    report = report_of(text)
    messages = [problem.message for problem in report.problems()]
    assert report.failed > 0
    wrong = {gradient.name for gradient in report.gradients if not gradient.agrees}
    assert set(names) <= wrong, (wrong, messages)
    for name in names:
        assert any(message.startswith(f"the gradient by {name} is wrong: the chain gives ") for message in messages)
    with pytest.raises(CheckError):
        report.stop_if_false()


@pytest.mark.parametrize("text", [network("ReLU"), network("tanh"), network("gelu"), RULES, MAXIMUM, SOFTMAX])
def test_a_right_derivation_has_nothing_false(text: str) -> None:
    report = report_of(text)
    assert report.failed == 0 and report.problems() == ()
    assert not report.unchecked_lines and not report.unchecked_gradients
    assert report.equalities > 10 and all(each.agrees for each in report.gradients)
    report.stop_if_false()


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("sigmoid", "f*(1 - f)*1.0005"),
        ("sigmoid", "f*(1 + f)"),
        ("sigmoid", "f*(1 - f) + 1e-15"),
        ("tanh", "1 - f"),
        ("tanh", "1 + f^2"),
        ("relu", "cases(x > 0: 1, else: 0.01)"),
        ("relu", "1"),
        ("leaky_relu", "cases(x > 0: 1, else: 0)"),
        ("elu", "cases(x > 0: 1, else: exp(x))*2"),
        ("softplus", "sig(-x)"),
        ("silu", "sig(x)"),
        ("gelu", "normcdf(x)"),
        ("linear", "2"),
        ("atan", "1/(1 + x)"),
        ("sin", "-cos(x)"),
        ("exp", "f*(1 + 1e-14)"),
        ("erf", "exp(-x^2)"),
        ("abs", "1"),
    ],
)
def test_a_wrong_derivative_in_the_table(key: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_derivative(monkeypatch, key, wrong, *functions.FUNCTIONS[key].derivatives[1:])
    text = network({"sigmoid": "tanh"}.get(key, functions.FUNCTIONS[key].names[0]))
    assert_caught(text, "W_13", "b_3")


def test_the_slope_by_a_second_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    with_derivative(monkeypatch, "leaky_relu", functions.FUNCTIONS["leaky_relu"].derivatives[0], "x")
    assert_caught("equations: L = LeakyReLU(x, a)*x\nvalues: {x: 2, a: 0.1}\n", "a")


def _wrong_product(expr, name, rules):
    """u' v - u v'"""
    first, *rest = expr.factors
    other = rest[0] if len(rest) == 1 else Product(tuple(rest))
    slopes = [differentiate.differentiate(part, name, rules) for part in (first, other)]
    return differentiate.plus(
        [differentiate.times(slopes[0], other), differentiate._negated(differentiate.times(first, slopes[1]))]
    )


def _wrong_quotient(expr, name, rules):
    """u' / v"""
    return differentiate.Quotient(differentiate.differentiate(expr.over, name, rules), expr.under)


def _wrong_power(expr, name, rules):
    """u^(n-1) u', the n forgotten."""
    return differentiate.times(differentiate._lower(expr), differentiate.differentiate(expr.base, name, rules))


def _wrong_negative(expr, name, rules):
    return differentiate.differentiate(expr.arg, name, rules)


def _forgets_the_inner_derivative(expr, name, rules):
    return differentiate.outer_derivative(expr, 0, rules) if differentiate.depends(expr, name) else Num(Fraction(0))


def _wrong_sum(expr, name, rules):
    """The first term only."""
    return differentiate.differentiate(expr.terms[0], name, rules)


@pytest.mark.parametrize(
    ("kind", "rule", "names"),
    [
        (Product, _wrong_product, "abc"),
        (differentiate.Quotient, _wrong_quotient, "b"),
        (differentiate.Power, _wrong_power, "abc"),
        (Neg, _wrong_negative, "c"),
        (differentiate.Call, _forgets_the_inner_derivative, "abc"),
        (differentiate.Sum, _wrong_sum, "abc"),
    ],
)
def test_a_wrong_rule(kind: type, rule: Callable, names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rule(monkeypatch, kind, rule)
    assert_caught(RULES, *names)


def test_a_wrong_softmax(monkeypatch: pytest.MonkeyPatch) -> None:
    from derivgen.derivation import patterns

    right = patterns._softmax_derivative

    def wrong(form):
        kind = right(form)
        return kind if form.by == "_1" else replace(kind, raw=kind.raw.arg, derivative=kind.derivative.arg)

    monkeypatch.setattr(patterns, "_softmax_derivative", wrong)
    assert_caught(SOFTMAX, "a", "b", "c")


def test_the_share_of_a_mean_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """∂mean(u)/∂u without its 1/n: as if the mean were a sum."""
    right = derive_module.differentiate_pattern

    def wrong(form, per_sample, library):
        kind = right(form, per_sample, library)
        return replace(kind, reduce="sum") if kind.reduce == "mean" else kind

    monkeypatch.setattr(derive_module, "differentiate_pattern", wrong)
    assert_caught(network("tanh"), "W_13", "W_23", "b_3", "W_35", "b_5")


def test_a_contribution_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name used twice whose second consumer is left out."""
    right = derive_module._consumers

    def wrong(graph, locals_):
        return {name: users[:1] for name, users in right(graph, locals_).items()}

    monkeypatch.setattr(derive_module, "_consumers", wrong)
    report = report_of(RULES)
    assert report.failed > 0
    assert {"a", "b"} & {gradient.name for gradient in report.gradients if not gradient.agrees}


def test_a_wrong_forward_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value of tanh itself computed wrongly: the derivative 1 - f² no longer fits it."""
    from derivgen.maths import arithmetic

    right = arithmetic.PRIMITIVES["tanh"]
    monkeypatch.setitem(arithmetic.PRIMITIVES, "tanh", lambda x: right(x) * 1.001)
    assert_caught(network("tanh"), "W_13", "b_3")


@pytest.mark.parametrize("wrong", ["f*(1 - f)*1.0005", "f*(1 - f) + 1e-7"])
def test_a_wrong_derivative_in_a_large_network(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit for single differences the batched step finds it, on every gradient it touches."""
    text = large_network()
    assert report_of(text).failed == 0
    with_derivative(monkeypatch, "sigmoid", wrong)
    report = report_of(text)
    wrong_ones = {each.name for each in report.gradients if not each.agrees}
    assert {"b_1", "b_2"} <= wrong_ones and len(wrong_ones) > 100
    assert {each.differences for each in report.gradients} >= {"complex step"}


def test_the_batched_step_alone_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With SymPy's road led astray as well (the wrong value of a function in both), the forward pass still tells."""
    from derivgen.checks.methods import SympyMethod

    with_derivative(monkeypatch, "sigmoid", "f*(1 - f)*1.0005")
    monkeypatch.setattr(SympyMethod, "adjoints", lambda self, evaluation: dict(evaluation.adjoints))
    report = report_of(large_network())
    wrong = {each.name: each.detail for each in report.gradients if not each.agrees}
    assert len(wrong) > 100 and any("differences (complex step)" in detail for detail in wrong.values())


def large_network() -> str:
    """9 inputs, 9 hidden sigmoids, 1 output: 100 gradients and some; numbers that no wrong factor leaves in place."""
    lines, values = [], {}
    for j in range(1, 11):
        lines.append(f"Z_{j} = " + " + ".join(f"w_{j}_{i}*x_{i}" for i in range(1, 11)) + f" + b_{j}")
        lines.append(f"A_{j} = sig(Z_{j})")
        values |= {f"w_{j}_{i}": Fraction((7 * i + 3 * j) % 11 - 5, 4) for i in range(1, 11)} | {
            f"b_{j}": Fraction(j - 4, 3),
            f"v_{j}": Fraction(5 - j, 2) + Fraction(1, 3),
        }
    lines.append("Loss = mean((y - tanh(" + " + ".join(f"v_{j}*A_{j}" for j in range(1, 11)) + "))^2)")
    columns = [f"x_{i}" for i in range(1, 11)] + ["y"]
    rows = [[(i * k) % 5 - 2 for i in range(1, 11)] + [k % 2] for k in (1, 2, 3)]
    body = "\n".join(f"  {line}" for line in lines)
    given = ", ".join(f"{name}: {value}" for name, value in values.items())
    return f"equations: |\n{body}\nvalues: {{{given}}}\ntargets: [y]\ndata: {{columns: [{', '.join(columns)}], rows: {rows}}}\n"
