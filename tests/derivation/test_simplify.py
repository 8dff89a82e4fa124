"""Gradients in the form of the books: a table of inputs and what comes out, and what holds for any spec."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction

import pytest

from derivgen.derivation.derive import Derivation, derive
from derivgen.derivation.products import factors_of
from derivgen.derivation.simplify import Simplification, products, text
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.maths.arithmetic import near
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.tree import Expr, Sym
from derivgen.spec.load import loads
from tests.derivation.random_specs import random_spec

TOLERANCE = Fraction(1, 10**30)
COUNT = int(os.environ.get("DERIVGEN_SIMPLIFY", "40"))
"""How many made-up specs; set DERIVGEN_SIMPLIFY=500 for a longer run."""

SAMPLES = "data: {{columns: [{}], count: {}}}\nparameters: [{}]"
LOGISTIC = SAMPLES.format("x, y", "N", "w, b")
SOFTMAX = "p_1, p_2 = softmax(z_1, z_2); L = -(y_1*ln(p_1) + y_2*ln(p_2))"
SOFTMAX_3 = "p_1, p_2, p_3 = softmax(z_1, z_2, z_3); L = -(y_1*ln(p_1) + y_2*ln(p_2) + y_3*ln(p_3))"

FORMS = (
    # logistic regression, in all spellings
    ("z = w*x + b; a = sig(z); L = -(y*ln(a) + (1-y)*ln(1-a))", "w", "", "(a - y)*x"),
    ("z = w*x + b; a = sig(z); L = -(y*ln(a) + (1-y)*ln(1-a))", "b", "", "a - y"),
    ("z = w*x + b; a = sig(z); L = -(y*ln(a) + (1-y)*ln(1-a))", "z", "", "a - y"),
    ("z = w*x + b; a = sig(z); L = -y*ln(a) - (1-y)*ln(1-a)", "w", "", "(a - y)*x"),
    ("z = w*x + b; L = -(y*ln(sig(z)) + (1-y)*ln(1-sig(z)))", "w", "", "(sig(z) - y)*x"),
    ("z = w*x + b; a = 1/(1 + exp(-z)); L = -(y*ln(a) + (1-y)*ln(1-a))", "w", "", "(a - y)*x"),
    ("z = w*x + b; a = sig(z); L = -mean(y*ln(a) + (1-y)*ln(1-a))", "w", LOGISTIC, "mean((a - y)*x)"),
    ("z = w*x + b; a = sig(z); L = -mean(y*ln(a) + (1-y)*ln(1-a))", "b", LOGISTIC, "mean(a - y)"),
    ("z = w*x + b; a = sig(z); L = -(1/N)*sum(y*ln(a) + (1-y)*ln(1-a))", "w", LOGISTIC, "1/N*sum((a - y)*x)"),
    (
        "z = w*x + b; a = sig(z); L = -mean(y*ln(a) + (1-y)*ln(1-a)) + lambda/2*w^2",
        "w",
        SAMPLES.format("x, y", "N", "w, b, lambda"),
        "mean((a - y)*x) + lambda*w",
    ),
    ("L = -ln(sig(z))", "z", "", "sig(z) - 1"),
    ("L = -ln(1 - sig(z))", "z", "", "sig(z)"),
    ("L = -ln(sig(u*v)) - ln(sig(-u*n))", "u", "", "-(1 - sig(u*v))*v + (1 - sig(-u*n))*n"),
    ("L = -y*ln(p) - (1-y)*ln(1-p)", "p", "", "-(y/p) + (1 - y)/(1 - p)"),
    # softmax and cross-entropy
    (SOFTMAX, "z_1", "", "p_1*(y_1 + y_2) - y_1"),
    (SOFTMAX, "z_1", "targets: [y_1, y_2]\nvalues: {y_1: 1, y_2: 0, z_1: 2, z_2: 1}", "p_1 - y_1"),
    (SOFTMAX, "z_2", "targets: [y_1, y_2]\nvalues: {y_1: 1/4, y_2: 3/4, z_1: 2, z_2: 1}", "p_2 - y_2"),
    (SOFTMAX, "z_1", "targets: [y_1, y_2]\nvalues: {y_1: 1, y_2: 1, z_1: 2, z_2: 1}", "p_1*(y_1 + y_2) - y_1"),
    (SOFTMAX_3, "z_2", "", "p_2*(y_1 + y_2 + y_3) - y_2"),
    ("p_1, p_2, p_3 = softmax(z_1, z_2, z_3); L = -ln(p_2)", "z_2", "", "p_2 - 1"),
    ("p_1, p_2, p_3 = softmax(z_1, z_2, z_3); L = -ln(p_2)", "z_1", "", "p_1"),
    ("L = -z_1 + ln(exp(z_1) + exp(z_2))", "z_1", "", "exp(z_1)/(exp(z_1) + exp(z_2)) - 1"),
    ("L = exp(z_1)/(exp(z_1)+exp(z_2))", "z_1", "", "exp(z_1)*exp(z_2)/(exp(z_1) + exp(z_2))^2"),
    ("p_1 = exp(z_1)/(exp(z_1)+exp(z_2)); L = p_1*g", "z_1", "", "g*p_1*(1 - p_1)"),
    ("S = exp(z_1)+exp(z_2); p_1 = exp(z_1)/S; L = p_1*g", "z_1", "", "g*p_1*(1 - p_1)"),
    # the mean of a batch, and powers with letters
    (
        "m = mean(x); v = mean((x - m)^2); h = (x - m)/sqrt(v + c); L = mean(g*h)",
        "m",
        SAMPLES.format("x, g", "N", "c"),
        "-mean(g/sqrt(v + c))",
    ),
    ("p = sig(z); L = -(1 - p)^g*ln(p)", "z", "", "(g*ln(p)*p - (1 - p))*(1 - p)^g"),
    ("L = x^(n - 1)*y/x^n", "x", "", "-y/x^2"),
    # quotients and powers
    ("L = a/b^2", "b", "", "-2*a/b^3"),
    ("L = a/b^3", "b", "", "-3*a/b^4"),
    ("L = 1/x", "x", "", "-(1/x^2)"),
    ("L = (x/y)^2", "y", "", "-2*x^2/y^3"),
    ("L = (a*b)/(b*c)", "c", "", "-a/c^2"),
    ("L = x*y/(x+y)", "x", "", "y^2/(x + y)^2"),
    ("L = (x-y)/(x+y)", "x", "", "2*y/(x + y)^2"),
    ("L = x^2/(x^2+1)", "x", "", "2*x/(x^2 + 1)^2"),
    ("k = a*b/(a+b); L = k^2", "a", "", "2*k*b^2/(a + b)^2"),
    ("q = a/b; L = q*c", "b", "", "-c*q/b"),
    ("f = 1/(1+x); L = f^2", "x", "", "-2*f^3"),
    ("u = w^2; L = u*w", "w", "", "2*w^2 + u"),
    ("L = w*w*w", "w", "", "3*w^2"),
    # the normal distribution, Kullback-Leibler, logarithms
    ("L = (y-m)^2/(2*s^2)", "s", "", "-(y - m)^2/s^3"),
    ("L = (y-m)^2/(2*s^2) + ln(s)", "s", "", "-(y - m)^2/s^3 + 1/s"),
    ("L = -1/2*(ln(v) + (x-m)^2/v)", "v", "", "1/2*((x - m)^2/v^2 - 1/v)"),
    ("L = p*ln(p/q)", "p", "", "ln(p/q) + 1"),
    ("L = p*ln(p/q) + (1-p)*ln((1-p)/(1-q))", "q", "", "-p/q + (1 - p)/(1 - q)"),
    ("L = ln(x/(1-x))", "x", "", "1/((1 - x)*x)"),
    ("L = ln(x^2)", "x", "", "2/x"),
    # roots and exponentials
    ("L = a/(2*exp(r))", "r", "", "-a/(2*exp(r))"),
    ("L = exp(2*r)/exp(r)", "r", "", "exp(r)"),
    ("L = d/sqrt(s+c)", "s", "", "-d/(2*(s + c)^(3/2))"),
    ("xhat = d/sqrt(s+c); L = xhat*g", "s", "", "-g*xhat/(2*(s + c))"),
    ("s = sqrt(v + c); xhat = (x - m)/s; L = (g*xhat + b - y)^2", "v", "", "-(g*xhat + b - y)*g*xhat/s^2"),
    ("L = sqrt(mean((yhat-y)^2))", "yhat", SAMPLES.format("yhat, y", "n", ""), "(yhat - y)/(n*L)"),
    ("L = sqrt((x_1-y_1)^2 + (x_2-y_2)^2)", "x_1", "", "(x_1 - y_1)/L"),
    ("L = ln(sqrt(x))", "x", "", "1/(2*x)"),
    ("L = x*sqrt(x)", "x", "", "3/2*sqrt(x)"),
    ("L = sqrt(sqrt(1 + x^2)) + x", "x", "", "x/(2*(1 + x^2)^(3/4)) + 1"),
    ("L = sqrt(x^2) + y", "x", "", "x/sqrt(x^2)"),
    ("L = ((x - y)^2)^(1/2) + y", "x", "", "(x - y)/((x - y)^2)^(1/2)"),
    ("L = (x^2)^(3/2) + y", "x", "", "3*(x^2)^(1/2)*x"),
    ("L = sqrt((x*y)^2) + y", "x", "", "x*y^2/sqrt((x*y)^2)"),
    ("L = sqrt(sqrt(x))*sqrt(x)*x", "x", "", "7/4*x^(3/4)"),
    ("L = sqrt(1 + x^2)^2*sqrt(sqrt(1 + x^2))^2", "x", "", "3*sqrt(1 + x^2)*x"),
    ("L = 1/sqrt(sqrt(2*x + 1))^3", "x", "", "-3/(2*(2*x + 1)^(7/4))"),
    ("L = sqrt(x)/x", "x", "", "-1/(2*x^(3/2))"),
    ("d = a - b; L = d/sqrt(d^2 + 1)", "d", "", "1/(d^2 + 1)^(3/2)"),
    ("r = sqrt(x^2 + y^2); L = ln(r)", "x", "", "x/r^2"),
    ("n = sqrt(a_1^2 + a_2^2); u_1 = a_1/n; L = u_1*g", "a_1", "", "g*(1 - u_1^2)/n"),
    (
        "c = (a_1*b_1 + a_2*b_2)/(sqrt(a_1^2 + a_2^2)*sqrt(b_1^2 + b_2^2)); L = 1 - c",
        "a_1",
        "",
        "(b_2*a_1 - b_1*a_2)*a_2/((a_1^2 + a_2^2)^(3/2)*sqrt(b_1^2 + b_2^2))",
    ),
    ("L = exp(x)*x^2", "x", "", "exp(x)*x*(x + 2)"),
    ("L = x*exp(-x)", "x", "", "exp(-x)*(1 - x)"),
    ("L = x*ln(x) - x", "x", "", "ln(x)"),
    ("L = sin(x)/cos(x)", "x", "", "1/cos(x)^2"),
    # the bracket that gathers is the one below the bar
    ("L = x*(c + b/(1 + abs(y)) + b*abs(y)/(1 + abs(y)))", "x", "", "b + c"),
    ("L = x*(b/(1 + y) + b*y/(1 + y))", "x", "", "b"),
    ("L = x*(c + b/(1 + y)^2 + b*y/(1 + y)^2)", "x", "", "b/(1 + y) + c"),
    # courses of other kinds
    ("p = sig(z); L = -(1 - p)^2*ln(p)", "z", "", "(1 - p)^2*(2*ln(p)*p - (1 - p))"),
    ("L = A*P^n/(1 + r)^t", "r", "", "-A*P^n*t/(1 + r)^(t + 1)"),
    ("L = ln(x^n)", "x", "", "n/x"),
    ("L = (x + y)*(x - y)", "x", "", "2*x"),
    ("I = V/R; P = I^2*R; L = P", "R", "", "-I^2"),
    ("x_2 = x_1 - (x_1^2 - c)/(2*x_1); L = x_2", "x_1", "", "1/2 - c/(2*x_1^2)"),
    ("z = sig(u); t = (1 - z)*n + z*h; L = (t - y)^2", "u", "", "2*(t - y)*(h - n)*z*(1 - z)"),
    ("s = q*k_1; t = q*k_2; a_1, a_2 = softmax(s, t); o = a_1*v_1 + a_2*v_2; L = o", "s", "", "(v_1*(1 - a_1) - v_2*a_2)*a_1"),
    # sums over samples
    ("L = mean(w*x - y)^2", "w", SAMPLES.format("x, y", "N", "w"), "2*mean(w*x - y)*mean(x)"),
    (
        "p_1, p_2 = softmax(w*x, v*x); L = -mean(y_1*ln(p_1) + y_2*ln(p_2))",
        "w",
        SAMPLES.format("x, y_1, y_2", "N", "w, v"),
        "mean((p_1*(y_1 + y_2) - y_1)*x)",
    ),
    ("L = sum(w*x + 2*b)", "b", SAMPLES.format("x", "N", "w, b"), "2*N"),
    ("L = (a^2)^b", "a", "", "2*b*(a^2)^(b - 1)*a"),
    ("L = mean(w*x + 2*b)", "b", SAMPLES.format("x", "N", "w, b"), "2"),
    (
        "L = sum(w*x + 2*b)",
        "b",
        "data: {columns: [x], rows: [[1], [2], [3], [4]]}\nparameters: [w, b]\nvalues: {w: 1, b: 1}",
        "8",
    ),
    ("L = mean((w*x + b - y)^2)", "w", LOGISTIC, "2*mean((w*x + b - y)*x)"),
    ("L = sum((w*x + b - y)^2)/(2*m)", "w", SAMPLES.format("x, y", "m", "w, b"), "1/m*sum((w*x + b - y)*x)"),
    ("a = sig(w*x + b); L = mean((y - a)^2)", "w", LOGISTIC, "-2*mean((y - a)*a*(1 - a)*x)"),
    # an author's y - a stays as it is, and so does the order of a chain
    ("a = sig(w*x + b); L = (y-a)^2", "w", "", "-2*(y - a)*a*(1 - a)*x"),
    ("a = tanh(z); L = (a-y)^2/2", "z", "", "(a - y)*(1 - a^2)"),
    ("r = y - w*x; L = r^2", "w", "", "-2*r*x"),
    ("a = x*w_1; b = x*w_2; L = (a + b - y)^2", "x", "", "2*(a + b - y)*(w_1 + w_2)"),
    ("h = sig(z); i = tanh(g); c = h*i; L = c^2", "z", "", "2*c*i*h*(1 - h)"),
    # likelihoods, ranking, robust losses, policies, and other sciences: exercises of courses and textbooks
    ("L = n*ln(lambda) - lambda*S", "lambda", "", "n/lambda - S"),
    ("L = S*ln(lambda) - n*lambda", "lambda", "", "S/lambda - n"),
    ("L = k*ln(p) + (n - k)*ln(1 - p)", "p", "", "k/p - (n - k)/(1 - p)"),
    ("L = n*ln(p) + S*ln(1 - p)", "p", "", "n/p - S/(1 - p)"),
    ("L = -n*ln(s) - S/(2*s^2)", "s", "", "-n/s + S/s^3"),
    ("L = sum(ln(lambda) - lambda*x)", "lambda", SAMPLES.format("x", "N", "lambda"), "sum(1/lambda - x)"),
    ("L = sum(x*ln(lambda) - lambda)", "lambda", SAMPLES.format("x", "N", "lambda"), "sum(x/lambda - 1)"),
    ("L = sum(-(x - mu)^2/(2*s^2))", "mu", SAMPLES.format("x", "N", "mu, s"), "sum((x - mu)/s^2)"),
    ("L = sum(-ln(s) - (x - mu)^2/(2*s^2))", "s", SAMPLES.format("x", "N", "mu, s"), "sum((x - mu)^2/s^3 - 1/s)"),
    ("L = sum(ln(a) + a*ln(m) - (a + 1)*ln(x))", "a", SAMPLES.format("x", "N", "a, m"), "sum(1/a + ln(m) - ln(x))"),
    ("eta = w*x; mu = exp(eta); L = mu - y*eta", "w", "", "(mu - y)*x"),
    ("eta = w*x; L = exp(eta) - y*eta", "w", "", "(exp(eta) - y)*x"),
    ("L = mean(exp(w*x) - y*w*x)", "w", SAMPLES.format("x, y", "N", "w"), "mean((exp(w*x) - y)*x)"),
    ("d = s_i - s_j; L = ln(1 + exp(-d))", "s_i", "", "-1/(1 + exp(d))"),
    ("x = p*(q - r); L = -ln(sig(x)) + lambda*p^2", "p", "", "-(1 - sig(x))*(q - r) + 2*lambda*p"),
    ("z = b*(u - v); L = -ln(sig(z))", "u", "", "-(1 - sig(z))*b"),
    ("d = sqrt((a - b)^2 + e_0); L = (m - d)^2", "a", "", "-2*(m - d)*(a - b)/d"),
    ("r = y - w*x; L = ln(cosh(r))", "w", "", "-sinh(r)*x/cosh(r)"),
    ("r = w*x - y; L = sqrt(1 + r^2) - 1", "w", "", "r*x/sqrt(1 + r^2)"),
    ("r = w*x - y; L = r^2/(1 + r^2)", "w", "", "2*r*x/(1 + r^2)^2"),
    ("m = y*w*x; L = exp(-m)", "w", "", "-L*y*x"),
    ("m = y*(w*x + b); L = ln(1 + exp(-m))", "w", "", "-y*x/(1 + exp(m))"),
    ("D = 2*p*g/(p + g); L = 1 - D", "p", "", "-2*g^2/(p + g)^2"),
    ("p_1, p_2 = softmax(z_1/T, z_2/T); L = -ln(p_1)", "z_1", "", "-(1 - p_1)/T"),
    ("q_1, q_2 = softmax(z_1/T, z_2/T); L = -(p_1*ln(q_1) + p_2*ln(q_2))", "z_1", "", "(q_1*(p_1 + p_2) - p_1)/T"),
    ("s = q*k/sqrt(d); a = sig(s); L = a*v", "q", "", "v*a*(1 - a)*k/sqrt(d)"),
    ("p_1 = exp(z_1)/(exp(z_1) + exp(z_2)); L = -ln(p_1)", "z_1", "", "p_1 - 1"),
    (
        "p_1 = exp(z_1)/(exp(z_1) + exp(z_2)); p_2 = exp(z_2)/(exp(z_1) + exp(z_2)); H = -(p_1*ln(p_1) + p_2*ln(p_2)); L = H",
        "z_1",
        "",
        "(ln(p_2) - ln(p_1))*p_1*p_2",
    ),
    ("p = sig(z); H = -(p*ln(p) + (1 - p)*ln(1 - p)); L = H", "z", "", "(ln(1 - p) - ln(p))*p*(1 - p)"),
    ("a = z*sig(z); L = a", "z", "", "sig(z)*(1 + z*(1 - sig(z)))"),
    ("a = z*tanh(z); L = a", "z", "", "tanh(z) + z*(1 - tanh(z)^2)"),
    ("h = exp(-g*(x - c)^2); L = (y - w*h)^2", "c", "", "-4*(y - w*h)*w*h*g*(x - c)"),
    ("h = exp(-(x - c)^2/(2*s^2)); L = h", "s", "", "h*(x - c)^2/s^3"),
    ("L = 1/2*(mu^2 + exp(r) - r - 1)", "r", "", "1/2*(exp(r) - 1)"),
    ("L = ln(t/s) + (s^2 + (m - n)^2)/(2*t^2) - 1/2", "s", "", "s/t^2 - 1/s"),
    ("L = ln(t/s) + (s^2 + (m - n)^2)/(2*t^2) - 1/2", "t", "", "1/t - (s^2 + (m - n)^2)/t^3"),
    ("L = ln(s) + (x - m)^2/(2*s^2)", "m", "", "-(x - m)/s^2"),
    ("e_1 = r - p*q; L = e_1^2 + lambda*(p^2 + q^2)", "p", "", "-2*e_1*q + 2*lambda*p"),
    ("L = mean((y - w*x)^2) + lambda*w^2", "w", SAMPLES.format("x, y", "N", "w, lambda"), "-2*mean((y - w*x)*x) + 2*lambda*w"),
    (
        "L = mean((y - w*x)^2)/2 + lambda*abs(w)",
        "w",
        SAMPLES.format("x, y", "N", "w, lambda"),
        "-mean((y - w*x)*x) + lambda*abs'(w)",
    ),
    ("L = sum((y - b)^2)", "b", SAMPLES.format("y", "N", "b"), "-2*sum(y - b)"),
    ("p = sig(t); J = R*ln(p); L = J", "t", "", "R*(1 - p)"),
    ("p_1, p_2 = softmax(t_1, t_2); L = -A*ln(p_1)", "t_2", "", "A*p_2"),
    ("r = p/q; L = r*A", "p", "", "A/q"),
    ("p = exp(t)/(exp(t) + exp(u)); r = p/q; L = r*A", "t", "", "A*r*(1 - p)"),
    ("U = x^a*y^(1 - a); L = U", "x", "", "a*x^(a - 1)*y^(1 - a)"),
    ("v = V*S/(K + S); L = v", "S", "", "V*K/(K + S)^2"),
    ("v = V*S/(K + S); L = v", "K", "", "-v/(K + S)"),
    ("N = K/(1 + A*exp(-r*t)); L = N", "t", "", "K*A*exp(-r*t)*r/(1 + A*exp(-r*t))^2"),
    ("R = R_1*R_2/(R_1 + R_2); L = R", "R_1", "", "R_2^2/(R_1 + R_2)^2"),
    ("f = 1/(1/a + 1/b); L = f", "a", "", "f^2/a^2"),
)
"""Equations, what is differentiated by, what else the spec says, and the form of the books."""


def derived(equations: str, by: str, more: str = "") -> Derivation:
    lines = "".join(f"  {line.strip()}\n" for line in equations.split(";"))
    return derive(build(loads(f"equations: |\n{lines}{more}\nwrt: [{by}]\n")))


@pytest.mark.parametrize(("equations", "by", "more", "wanted"), FORMS)
def test_the_form_of_the_books(equations: str, by: str, more: str, wanted: str) -> None:
    found = derived(equations, by, more).simplification(by)
    assert found is not None and text(found.result) == text(loads_expression(wanted)) == wanted.replace("-(y/p)", "-y/p").replace(
        "-(1/x^2)", "-1/x^2"
    )


def loads_expression(written: str) -> Expr:
    """An expression of the spec's language."""
    return loads(f"equations: |\n  LL = {written}\n").equations[0].body


NEURONS = """
network:
  inputs: [x_1, x_2]
  layers:
    - {{neurons: [3, 4], activation: {activation}}}
  loss: {{kind: {kind}, target: [y_1, y_2]}}
"""
LAYERS = """
network:
  inputs: 2
  layers:
    - {{units: 2, activation: {activation}}}
  loss: {{kind: {kind}}}
"""


@pytest.mark.parametrize("chain", ["full", "reuse", "two_stage"])
@pytest.mark.parametrize(("network", "net", "output"), [(NEURONS, "Z_3", "A_3"), (LAYERS, "z__1_1", "a__1_1")])
@pytest.mark.parametrize(("activation", "kind"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")])
def test_networks_in_all_spellings(network: str, net: str, output: str, activation: str, kind: str, chain: str) -> None:
    """Softmax with cross-entropy, and a sigmoid with the binary one, end at a - y however the network is written."""
    more = f'notation: {{chain: {chain}}}\nwrt: ["*"]\n'
    found = derive(build(loads(network.format(activation=activation, kind=kind) + more))).simplification(net)
    assert found is not None and text(found.result) == f"{output} - y_1"


def test_a_gradient_above_the_path_limit_has_none() -> None:
    found = derived("a = w*x + w; b = a*a + w; L = b*b", "w", "notation: {paths: 2}")
    assert found.simplification("w") is None


def test_nothing_to_simplify() -> None:
    found = derived("L = w*x", "w").simplification("w")
    assert found is not None and found.steps == () and text(found.result) == "x"


def test_each_step_says_what_it_does() -> None:
    found = derived("z = w*x + b; a = sig(z); L = -(y*ln(a) + (1-y)*ln(1-a))", "w").simplification("w")
    assert found is not None
    reasons = [step.rule.message for step in found.steps]
    assert reasons[-3:] == ["brackets multiplied out", "like terms added", "sign taken into the brackets"]
    assert "cancelled" in reasons
    assert [text(factor) for step in found.steps for factor in step.cancelled] == ["a", "1 - a"]


def test_a_step_says_which_factor_cancels() -> None:
    found = derived("L = -ln(sig(z))", "z").simplification("z")
    assert found is not None and found.steps[0].rule.message == "{factor} cancels"
    assert found.steps[0].cancelled == (found.steps[0].rule.names["factor"],)


def simplifications(seeds: range) -> Iterator[tuple[str, Evaluation, str, Simplification]]:
    """Made-up specs with each of their gradients simplified."""
    for seed in seeds:
        written = random_spec(seed)
        try:
            evaluation = run(derive(build(loads(written))))
        except SpecError:
            continue
        for name in evaluation.derivation.gradients:
            found = evaluation.derivation.simplification(name)
            if found is not None:
                yield written, evaluation, name, found


def test_what_holds_for_any_spec() -> None:
    """The simplified gradient is the gradient, is no longer, and has no name as a factor both above and below a bar."""
    compared = 0
    for written, evaluation, name, found in simplifications(range(5000, 5000 + COUNT)):
        graph = evaluation.graph
        assert len(text(found.result)) <= len(text(found.start)), written
        for each in products(found.result):
            part = factors_of(each)
            names = {factor for factor in part.over if isinstance(factor, Sym)}
            assert not names & set(part.under), (written, name, text(found.result))
        numbers = evaluation.adjoints.get(name)
        if numbers is None:
            continue
        env = Environment(evaluation.values, graph.library, graph.samples)
        for sample, number in enumerate(numbers):
            at = env.at(sample if graph.per_sample(name) else None)
            for step in found.steps:
                assert near(evaluate(step.expr, at), number, TOLERANCE), (written, name, text(step.expr), step.rule)
            compared += 1
    assert compared > 2 * COUNT
