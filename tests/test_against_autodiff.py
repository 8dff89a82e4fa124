"""Every gradient the package prints, against an automatic differentiation that shares no code with it."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derivgen.errors import SpecError
from tests.derivation.comparing import close, differences, line
from tests.derivation.random_specs import random_spec
from tests.oracle import MP, NoValueError, mp, solve

ALL = 'wrt: ["*"]\n'

HARD = {
    "the example of the documentation": """
        equations: |
          Z_3 = W_13*x_1 + W_23*x_2 + b_3
          A_3 = ReLU(Z_3)
          Z_5 = W_35*A_3 + b_5
          A_5 = sig(Z_5)
          Loss = mean((y - A_5)^2)
        targets: [y]
        values: {W_13: 1/2, W_23: -1, b_3: 0, W_35: 2, b_5: 0}
        data: {columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}
    """,
    "an operand written twice": """
        equations: |
          u = a*a
          v = u*u*u + a
          L = v*exp(v)/(1 + v*v) - a
        values: {a: 0.3}
    """,
    "x exp(x)/(1 + x x)": """
        equations: L = x*exp(x)/(1 + x*x)
        values: {x: -1.7}
    """,
    "nested quotients": """
        equations: L = (a/(b/(c/d)))/(a/b/c/d) - (1/(1/(1 + 1/a)))^-2
        values: {a: 2, b: -3, c: 0.7, d: 11}
    """,
    "powers of powers": """
        equations: L = -a^2^b + (a^2)^b - a^-b^2 + 2^-a^2 - (-a)^3 + a^(1/3) + b^0 + (a - b)^1
        values: {a: 1.5, b: 0.25}
    """,
    "a whole exponent under a name, a negative base": """
        equations: L = (x - y)^n
        constants: {n: 2}
        values: {x: 1, y: 3}
        wrt: [x, y]
    """,
    "shared weights": """
        equations: |
          h_1 = tanh(w*x_1 + u*h_0 + b)
          h_2 = tanh(w*x_2 + u*h_1 + b)
          h_3 = tanh(w*x_3 + u*h_2 + b)
          L = 1/2*(h_3 - t)^2 + 1/2*(h_2 - t)^2
        constants: {h_0: 0}
        values: {w: 0.5, u: -0.8, b: 0.1, x_1: 1, x_2: -2, x_3: 0.5, t: 1}
    """,
    "ReLU at its kink": """
        equations: |
          z = w*x + b
          L = (ReLU(z) - y)^2 + ReLU(-z)
        values: {w: 2, x: 3, b: -6, y: 1}
    """,
    "another slope at the kink": """
        equations: |
          z = w*x + b
          L = (ReLU(z) - y)^2 + abs(z) + LeakyReLU(z) + ELU(z, 2) + step(z)*w
        values: {w: 2, x: 3, b: -6, y: 1}
        kinks: {ReLU: 1/2, abs: -1, ELU: 3/4}
    """,
    "every kink at once": """
        equations: |
          z = w - v
          u = max(w, v) + min(w, v, 7) + max(w, v, w) + step(z)*w + cases(z >= 0: 3*z, else: -z)
          L = u + ReLU(z)*2 + abs(z) + LeakyReLU(z, a) + ELU(z, a)
        values: {w: 0.3, v: 0.3, a: 0.2}
    """,
    "max with one name three times": """
        equations: L = max(w, w, w)*min(w, v) + max(w, 3)
        values: {w: 3, v: 3}
    """,
    "cases at their borders": """
        equations: |
          L = cases(x < 0: x^2, x == 0: 5*x, x <= y: 3*x*y, else: y^3) + cases(y != 2: x, else: -x*y)
        values: {x: 2, y: 2}
    """,
    "the zero piece of cases": """
        equations: |
          L = cases(x < 0: x^2, x == 0: 5*x, else: y^3) + cases(x > 0: x, else: 0.1*x)
        values: {x: 0, y: 2}
    """,
    "samples on a kink inside a mean": """
        equations: L = mean(ReLU(w*x + b)*x)*mean(x - w) + sum(max(x, w)) + mean(abs(x))
        values: {w: 1, b: 0}
        data: {columns: [x], rows: [[1], [0], [-2], [0]]}
    """,
    "a dead unit": """
        equations: |
          d = ReLU(w*x - 100)
          L = mean((v*d + x - c)^2)
        values: {w: 2, v: 3, c: 1}
        data: {columns: [x], rows: [[1], [-3]]}
    """,
    "softmax with cross-entropy": """
        equations: |
          z_1 = w_1*x
          z_2 = w_2*x
          z_3 = w_3*x + b
          p_1, p_2, p_3 = softmax(z_1, z_2, z_3)
          L = mean(-(y_1*ln(p_1) + y_2*ln(p_2) + y_3*ln(p_3)))
        values: {w_1: 0.2, w_2: -1, w_3: 3, b: 1/3}
        data: {columns: [x, y_1, y_2, y_3], rows: [[1, 0, 1, 0], [-2, 1, 0, 0], [0.5, 0, 0, 1]]}
    """,
    "softmax of expressions and of one name twice": """
        equations: |
          p, q, r = softmax(2*a, a*b, -b)
          s, t = softmax(a, a)
          L = p*q + r^2 + s*a + t
        values: {a: 0.3, b: -1.1}
    """,
    "softmax of two outputs": """
        equations: |
          p, q = softmax(a, b)
          L = -ln(q) + 0.01*p
        values: {a: 5, b: -2}
    """,
    "gradients of 1e-4": """
        equations: L = mean((sig(w*x) - y)^2)/1000
        values: {w: 3}
        data: {columns: [x, y], rows: [[1, 1], [-1.2, 0]]}
    """,
    "saturated sigmoids": """
        equations: |
          p = sig(z)
          q = sig(-z)
          L = -ln(p) - ln(1 - q) - ln(q) + tanh(z)
        values: {z: 42}
    """,
    "nearly flat functions": """
        equations: L = softplus(-x) + softplus(x) + SiLU(-x) + gelu(-x/8) + elu(-x) + exp(-x) + erf(x/8)
        values: {x: 60}
    """,
    "names that mean something elsewhere": """
        equations: |
          Q = E*I + S/N - pi*beta
          dot_ = lambda^2*Q + sin*sin(sin) + exp(-exp)
          gamma = Q*dot_ + zeta - O
          L = gamma^2 + oo*Sum + is*None + lambda
        constants: {O: 1, oo: 3, Sum: 2, is: 4, None: 5}
        values: {E: 0.5, I: 2, S: 3, N: 4, pi: 1/7, beta: 1.1, lambda: 0.3, sin: 0.4, exp: -1, zeta: 2}
    """,
    "letters that Python would fold": """
        equations: L = ϵ^2*ε + φ*ϕ^3 + α*σ(μ)
        values: {ϵ: 2, ε: 3, φ: 5, ϕ: 7, α: 0.5, μ: -1}
    """,
    "a mean inside a per-sample definition": """
        equations: |
          u = x - mean(x)
          s = sqrt(mean(u^2) + 1e-3)
          n = u/s*w + c
          L = mean((n - y)^2)
        values: {w: 1.5, c: -0.2}
        data: {columns: [x, y], rows: [[3, 1], [1, 0], [2, 0.5], [-4, 1/3]]}
    """,
    "a mean of means": """
        equations: |
          u = x - mean(x - mean(x*w))
          L = mean((u*w + x)^3) + mean(x)*mean(x) + sum(x)*mean(x)*w
        values: {w: 1/2}
        data: {columns: [x], rows: [[3], [1], [2]]}
    """,
    "one sample in the data": """
        equations: |
          u = x - mean(x)
          L = mean((w*x + u)^2) + mean(x)*w + sum(x)
        values: {w: 3}
        data: {columns: [x], rows: [[3/7]]}
    """,
    "the square root of a mean": """
        equations: L = sqrt(mean((w*x - y)^2)) + sqrt(w)
        values: {w: 1.5}
        data: {columns: [x, y], rows: [[1, 2], [2, 2], [0.1, -1]]}
    """,
    "a regularised loss": """
        equations: |
          a = tanh(w_1*x + b)*w_2
          L = mean((a - y)^2) + lambda/2*(w_1^2 + w_2^2) + beta*(abs(w_1) + abs(w_2) + abs(b))
        constants: {lambda: 0.1, beta: 0.05}
        values: {w_1: 0.4, w_2: -2, b: 0}
        data: {columns: [x, y], rows: [[1, 1], [-1, 0.5]]}
    """,
    "sums over the samples, inside and outside": """
        equations: |
          p = exp(x*w)/sum(exp(x*w))
          L = sum(p*x)^2 + exp(-mean(p)) - sum(w, mean(x), sum(x^2)) + mean(w, 2*w)
        values: {w: 0.7}
        data: {columns: [x], rows: [[1], [-1], [0.5]]}
    """,
    "functions of one's own": """
        functions: {"swish(x)": x*sig(x), "gap(x, y)": "ReLU(x - y)^2/(1 + y^2)", "both(t)": "swish(t) + gap(t, 1)*gap(2, t)"}
        equations: |
          u = both(w)*swish(v) + gap(v, w)
          L = swish'(u) + both(u)
        values: {w: 1.5, v: 2}
    """,
    "a function of one's own on its kink": """
        functions: {"hinge(m)": "max(0, 1 - m)", "huber(r)": "cases(abs(r) <= 1: r^2/2, else: abs(r) - 1/2)"}
        equations: L = hinge(y*s) + huber(s - 1) + huber(w)*2
        values: {y: 1, s: 1, w: -1}
    """,
    "derivatives in the definition": """
        equations: L = sig'(w)*v + tanh'(w*v) + ReLU'(v) + sin'(v)*SiLU'(w) + softplus'(w)
        values: {w: 0.4, v: -1.2}
    """,
    "one line taken apart": """
        equations: L = (y - (a*b + c*d + e*f + g))^2
        decompose: {products: P, sums: S, negative_one: V, grouping: pairs}
        values: {a: -2, b: 6, c: 8, d: -5, e: 0, f: 7, g: -10, y: -50}
    """,
    "taken apart with everything in it": """
        equations: |
          L = -sig(a*b - c/(1 + d^2))^(3 - 1)*max(a, b, -c) - exp(-d)/2 - (-a) + cases(a > b: a*b, else: c)
        decompose: {grouping: left}
        values: {a: -2, b: 0.6, c: 1, d: -1/3}
    """,
    "fractions that grow": """
        equations: |
          a = x^2 + x/3 + 1/7
          b = a^2 - a/11 + x
          c = b^2 + b*a - 1/13
          d = c^2 - c*b + a
          L = d^2/(1 + c^2)
        values: {x: 17/19}
    """,
    "a name that the loss does not depend on": """
        equations: |
          u = w*v
          q = v*2
          L = u + w
        values: {w: 1, v: 2}
    """,
    "the loss is a parameter's copy": """
        equations: |
          u = w
          L = u
        values: {w: 3}
    """,
    "below and above a kink by little": """
        equations: L = ReLU(w)*v + abs(u - 2)
        values: {w: 1e-20, v: 2, u: 1.99999999999999999999}
    """,
    "a kink met through rounding only": """
        equations: L = ReLU(sqrt(w)^2 - v) + max(ln(exp(v)), w) + w
        values: {w: 3, v: 3}
    """,
    "a steep place": """
        equations: L = v/w + ln(w)
        values: {w: 1e-9, v: 2}
    """,
}


def _yaml(text: str) -> str:
    lines = [row[8:] for row in text.strip("\n").splitlines()]
    return "\n".join(lines) + ("" if "wrt:" in text else ALL)


@pytest.mark.parametrize("name", HARD)
def test_hard_cases(name: str) -> None:
    assert differences(_yaml(HARD[name]), strict=True) == []


ACTIVATIONS = (
    "ReLU",
    "sigmoid",
    "tanh",
    "softplus",
    "SiLU",
    "GELU",
    "LeakyReLU",
    "ELU",
    "linear",
    "atan",
    "abs",
    "erf",
    "sin",
    "step",
    "exp",
)
LOSSES = ("squared_error", "half_squared_error", "mse", "half_mse", "binary_cross_entropy", "cross_entropy")


def _network(activation: str, loss: str, batch: int, sizes: tuple[int, ...], seed: int) -> str:
    """A network whose hidden layers have the activation and whose output fits the loss."""
    source = random.Random(seed)
    last = {"binary_cross_entropy": "sig", "cross_entropy": "softmax"}.get(loss, activation)
    number, below, layers, weights = 3, ["1", "2"], [], {}
    for depth, size in enumerate(sizes):
        units = [str(number + k) for k in range(size)]
        number += size
        layers.append(f"    - {{neurons: [{', '.join(units)}], activation: {last if depth == len(sizes) - 1 else activation}}}")
        weights |= {f"W_{i}{j}": Fraction(source.randint(-9, 9), 7) for j in units for i in below} | {
            f"b_{j}": Fraction(source.randint(-3, 3), 5) for j in units
        }
        below = units
    targets = ["y"] if sizes[-1] == 1 else [f"y_{k + 1}" for k in range(sizes[-1])]
    rows = [
        [
            *(Fraction(source.randint(-4, 4), 2) for _ in range(2)),
            *(Fraction(int(k == row % len(targets))) for k in range(len(targets))),
        ]
        for row in range(max(batch, 1))
    ]
    columns = ["x_1", "x_2", *targets]
    if not batch:
        weights |= dict(zip(columns, rows[0], strict=True))
    text = [
        "network:",
        "  inputs: [x_1, x_2]",
        "  layers:",
        *layers,
        f"  loss: {{kind: {loss}, target: [{', '.join(targets)}]}}",
        "values: {" + ", ".join(f"{name}: {value}" for name, value in weights.items()) + "}",
    ]
    if batch:
        listed = ", ".join(f"[{', '.join(map(str, row))}]" for row in rows)
        text.append(f"data: {{columns: [{', '.join(columns)}], rows: [{listed}]}}")
    return "\n".join(text) + "\n" + ALL


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str) -> None:
    assert differences(_network(activation, "mse", 3, (2, 1), 5), strict=True) == []


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch", [0, 3])
def test_every_loss(loss: str, batch: int) -> None:
    if loss in ("squared_error", "half_squared_error") and batch:
        with pytest.raises(SpecError, match="samples"):
            differences(_network("tanh", loss, batch, (2, 2), 6))
    else:
        assert differences(_network("tanh", loss, batch, (2, 2), 6), strict=True) == []


@pytest.mark.parametrize("sizes", [(1,), (2,), (1, 1), (2, 3, 1)])
def test_depths_and_widths(sizes: tuple[int, ...]) -> None:
    assert differences(_network("ReLU", "half_mse", 2, sizes, 7), strict=True) == []


@pytest.mark.parametrize("seed", range(150))
def test_made_up_specs(seed: int) -> None:
    text = random_spec(seed)
    assert tame(text) is None or differences(text) == [], text


def tame(text: str) -> bool | None:
    """Whether a made-up spec has values, none of them huge; None where it has not."""
    try:
        found = solve(text)
    except NoValueError:
        return None
    return (
        True
        if max(abs(mp(x)) for part in (found.values, found.gradients) for column in part.values() for x in column) < 1e9
        else None
    )


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=10**6, max_value=10**9))
def test_made_up_specs_of_any_seed(seed: int) -> None:
    text = random_spec(seed)
    assert tame(text) is None or differences(text) == [], text


# Specs with some values, or none: what is printed must hold whatever the missing ones are.

HALF_KNOWN = """
equations: |
  z = w*x + b
  a = sig(z)
  q = c*w
  L = (a - y)^2 + q + 5*d
values: {w: 2, c: -3, x: 1}
parameters: [w, b, c, d]
targets: [y]
inputs: [x]
wrt: ["*"]
"""


@pytest.mark.parametrize("seed", range(5))
def test_half_known_values_are_right_whatever_the_others(seed: int) -> None:
    source = random.Random(seed)
    more = {name: Fraction(source.randint(-50, 50), 17) for name in ("b", "y", "d")}
    found = solve(HALF_KNOWN, more)
    _, report, obj = line(HALF_KNOWN)
    assert report.failed == 0
    known = {name: gradient for name, gradient in obj["gradients"].items() if gradient["value"] is not None}
    assert {"L", "q", "c", "d"} <= set(known) and "b" not in known
    assert all(close(mp(Fraction(gradient["value"])), found.gradients[name][0]) for name, gradient in known.items())
    assert obj["quantities"]["q"]["value"] == ["-6"] and obj["quantities"]["z"]["value"] is None


@pytest.mark.parametrize(
    "name",
    [
        "shared weights",
        "names that mean something elsewhere",
        "functions of one's own",
        "nested quotients",
        "softmax of expressions and of one name twice",
        "an operand written twice",
    ],
)
def test_symbolic_formulas_hold_at_any_values(name: str) -> None:
    """The spec without its values: the printed formulas are evaluated by the oracle at the values that were taken away."""
    whole = _yaml(HARD[name])
    bare = "\n".join(row for row in whole.splitlines() if not row.startswith(("values:", "constants:"))) + "\n"
    found = solve(whole)
    _, report, obj = line(bare)
    assert report.failed == 0 and not report.unchecked_gradients
    for by, gradient in obj["gradients"].items():
        assert gradient["value"] in (None, gradient["expression"])
        assert close(mp(found.expression(gradient["expression"], 0)), found.gradients[by][0]), (by, gradient["expression"])


PENALTY = """
equations: |
  a = tanh(w*x + b)
  L = mean((a - y)^2) + lambda/2*(w^2 + v^2)
constants: [lambda]
values: {w: 0.4, v: -2, b: 0}
data: {columns: [x, y], rows: [[1, 1], [-1, 0.5]]}
wrt: ["*"]
"""


@pytest.mark.parametrize("number", ["0.1", "7"])
def test_what_depends_on_an_open_constant_has_no_number_and_everything_else_has(number: str) -> None:
    found = solve(PENALTY, {"lambda": Fraction(number)})
    _, report, obj = line(PENALTY)
    assert report.failed == 0 and not report.unchecked_gradients
    open_ = {name for name, gradient in obj["gradients"].items() if gradient["value"] is None}
    assert open_ == {"w", "v"}
    for by, gradient in obj["gradients"].items():
        values = gradient["value"] if isinstance(gradient["value"], list) else [gradient["value"]]
        if by not in open_:
            assert all(close(mp(Fraction(value)), right) for value, right in zip(values, found.gradients[by], strict=True)), by
    assert close(mp(found.expression(obj["gradients"]["v"]["expression"], 0)), found.gradients["v"][0])
    assert obj["quantities"]["lambda"] == {
        "role": "constant",
        "latex": r"\lambda",
        "definition": None,
        "value": None,
        "decimal": None,
    }
    assert obj["quantities"]["L"]["value"] is None and None not in obj["quantities"]["a"]["value"]


PI = """
equations: |
  z = tau*w*x + pi/4
  p = normal(y, sin(z), s)
  L = mean(-ln(p)) + cases(s > π: s, else: pi^s) - (pi - s)/(pi*s)
functions: {"normal(x, m, s)": exp(-(x - m)^2/(2*s^2))/(s*sqrt(2*pi))}
constants: {tau: 2*pi, h: (1 - 4)*-2/4}
data: {columns: [x, y], rows: [[1, 1], [-0.3, 0.5]]}
values: {w: 0.4, s: 2}
wrt: ["*"]
"""


def test_pi_is_the_number_and_a_constant_may_be_an_expression_of_numbers() -> None:
    body = "exp(-(y - sin(z))^2/(2*s^2))/(s*sqrt(2*pi))"
    bare = "\n".join(row for row in PI.splitlines() if not row.startswith(("constants:", "functions:", "wrt:")))
    bare = bare.replace("normal(y, sin(z), s)", body).replace("π", "pi").replace("  z =", "  tau = 2*pi\n  z =")
    found = solve(bare, {"pi": Fraction("3.14159265358979323846264338327950288419716939937510582097494")})
    _, report, obj = line(PI)
    assert report.failed == 0 and not report.unchecked_gradients
    assert set(obj["gradients"]) == {"L", "p", "z", "y", "s", "w", "x", "tau", "h"}
    for by, gradient in obj["gradients"].items():
        values = gradient["value"] if isinstance(gradient["value"], list) else [gradient["value"]]
        if by != "h":
            assert all(close(mp(Fraction(a)), b) for a, b in zip(values, found.gradients[by], strict=True)), by
    assert close(mp(Fraction(obj["quantities"]["L"]["value"][0])), found.values["L"][0])
    assert (obj["quantities"]["h"]["value"], obj["quantities"]["h"]["role"]) == (["3/2"], "constant")
    assert (obj["quantities"]["tau"]["definition"], obj["quantities"]["tau"]["latex"]) == ("2*pi", r"\tau")


@pytest.mark.parametrize(
    "declared",
    ["values: {pi: 3}", "parameters: [pi]", "inputs: [pi]", "constants: {pi: 3}", "constants: [pi]", "notes: {pi: odd}"],
)
def test_a_pi_of_the_author_is_theirs(declared: str) -> None:
    _, report, obj = line(f"equations: L = pi^2\n{declared}\nwrt: [pi]\n")
    assert report.failed == 0
    assert obj["gradients"]["pi"]["expression"] == "2*pi"
    assert obj["gradients"]["pi"]["value"] == ("6" if "3" in declared else None)


def test_a_gradient_of_no_dependence_is_zero() -> None:
    _, _, obj = line(_yaml(HARD["a name that the loss does not depend on"]))
    nothing = {"paths": [], "expression": "0", "simplified": "0", "latex": "", "value": "0", "decimal": 0.0}
    assert obj["gradients"]["q"] | {"latex": ""} == nothing


def test_the_value_is_exact_where_the_arithmetic_is() -> None:
    _, _, obj = line(_yaml(HARD["fractions that grow"]))
    assert "/" in obj["gradients"]["x"]["value"] and "." not in obj["gradients"]["x"]["value"]
    _, _, obj = line(_yaml(HARD["saturated sigmoids"]))
    digits = obj["gradients"]["z"]["value"].partition("e")[0].replace(".", "").lstrip("-0")
    assert len(digits) >= 17


def test_the_oracle_is_no_copy() -> None:
    """The oracle itself against plain differences, so that it is not believed unseen."""
    text = _yaml(HARD["a mean inside a per-sample definition"])
    found, h = solve(text), Fraction(1, 10**15)
    moved = [solve(text.replace("w: 1.5", f"w: {Fraction(3, 2) + step}")).values["L"][0] for step in (h, -h)]
    assert abs((mp(moved[0]) - mp(moved[1])) / (2 * mp(h)) - mp(found.gradients["w"][0])) < MP.mpf(10) ** -25
