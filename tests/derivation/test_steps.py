"""Differentiation step by step: every line true, the last one SymPy's derivative, and one rule a line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import mpmath
import pytest

from derivgen.checks.equalities import verify_in_places
from derivgen.derivation import rules
from derivgen.derivation.rules import Applied, Setting
from derivgen.derivation.steps import Step, Steps, TooLongError, worked_out
from derivgen.lines.steps import step_lines
from derivgen.maths.plain import plain
from derivgen.maths.symbolic import sympy, to_sympy
from derivgen.maths.tree import Call, Derivative, Expr, Letter, Neg, Power, Quotient, Sum, Sym, number, walk
from tests.derivation.steps_oracle import (
    LIBRARY,
    MP,
    NoValueError,
    direct_parts,
    expressions,
    is_chain,
    is_last,
    opened,
    parsed,
    places,
    shape,
    value,
    varies,
)

COUNT = int(os.environ.get("DERIVGEN_STEPS", "60"))
"""How many made-up expressions; set DERIVGEN_STEPS=300 for a longer run."""


def steps(text: str, by: str = "x") -> Steps:
    """The derivation of an expression."""
    return worked_out(parsed(text), Sym(by), LIBRARY)


@pytest.fixture(scope="module")
def made() -> list[tuple[str, Steps]]:
    """Made-up expressions, worked out."""
    return [(text, steps(text)) for text in expressions(COUNT, 2024)]


def test_every_line_equals_the_one_before(made: list[tuple[str, Steps]]) -> None:
    compared = 0
    for text, found in made:
        for at in places(found.start.body, "x"):
            last = value(found.start, at)
            for step in found.steps:
                try:
                    following = value(step.after, at)
                except NoValueError:
                    continue
                assert abs(following - last) <= MP.mpf(10) ** -25 * (1 + abs(last)), (text, plain(step.after), step.rule)
                compared += 1
    assert compared > 8 * COUNT


def test_our_own_check_finds_them_all_true(made: list[tuple[str, Steps]]) -> None:
    for text, found in made:
        verdict = verify_in_places(step_lines(found, LIBRARY))
        assert not verdict.false, text
        assert len(verdict.unchecked) <= len(found.steps) // 3, text


def test_the_last_line_is_what_sympy_says(made: list[tuple[str, Steps]]) -> None:
    s = sympy()
    x = s.Symbol("x")
    tools = [{"Heaviside": lambda lead, at_zero=0.5: 1 if lead > 0 else 0 if lead < 0 else at_zero}, "mpmath"]
    compared = 0
    for text, found in made:
        names = sorted({node.name for node in walk(found.start.body) if isinstance(node, Sym)} | {"x"})
        slope = s.diff(to_sympy(found.start.body, LIBRARY), x)
        theirs = s.lambdify([s.Symbol(name) for name in names], slope, modules=tools)
        for at in places(found.start.body, "x"):
            with mpmath.workdps(120):
                try:
                    number = mpmath.mpmathify(theirs(*(mpmath.mpf(MP.nstr(at[name], 150)) for name in names)))
                except (ZeroDivisionError, ValueError, OverflowError):
                    continue
                try:
                    ours = value(found.result, at)
                except NoValueError:
                    continue
                assert abs(ours - number) <= mpmath.mpf(10) ** -20 * (1 + abs(number)), text
            compared += 1
    assert compared > 1.4 * COUNT


def one_rule(step: Step) -> str:
    """What is wrong with a line that should be one rule; empty when nothing is."""
    before, after = opened(step.before), opened(step.after)
    gone, new = before - after, after - before
    if step.tidying:
        return "a tidying line works on derivatives" if _without_letters(gone) != _without_letters(new) else ""
    if not gone:
        return "nothing is differentiated"
    if len({shape(derivative.body, derivative.by.name) for derivative in gone}) > 1:
        return "different rules in one line"
    if not _letters(step.before) <= _letters(step.after):
        return "a letter is put back beside a rule"
    left = {(plain(derivative.body), derivative.by.name) for derivative in new}
    for derivative in gone:
        name = derivative.by.name
        if is_last(derivative.body, name):
            continue
        allowed = {(part, name) for part in direct_parts(derivative.body, name)}
        if is_chain(derivative.body, name) and not any(plain(_put(one.body)) == plain(derivative.body) for one in new):
            return f"{plain(derivative)}: the chain rule and the outer derivative at once"
        if not any(_is_part(one, allowed, new, derivative) for one in left):
            return f"nothing of {plain(derivative)} is left to do: two rules at once"
    for one in new:
        if not any(_comes_of(one, derivative) for derivative in gone):
            return f"{plain(one)} is no direct part of what was there"
    return ""


def _letters(expr: Expr) -> set[str]:
    return {node.name for node in walk(expr) if isinstance(node, Letter)}


def _without_letters(found) -> set[str]:
    return {plain(_spelled(derivative)) for derivative in found}


def _spelled(expr: Expr) -> Expr:
    from derivgen.maths.tree import rebuild

    return _spelled(expr.content) if isinstance(expr, Letter) else rebuild(expr, _spelled)


def _is_part(one: tuple[str, str], allowed: set[tuple[str, str]], new, derivative: Derivative) -> bool:
    return one in allowed or any(_comes_of(other, derivative) for other in new)


def _comes_of(one: Derivative, derivative: Derivative) -> bool:
    """Whether a derivative is what one rule leaves of another: of a direct part, of f(u), or of the same written otherwise."""
    name = derivative.by.name
    if one.by.name == name and plain(one.body) in direct_parts(derivative.body, name):
        return True
    if isinstance(one.by, Letter):
        return plain(_put(one.body)) == plain(derivative.body)
    same = isinstance(one.body, (Power, Call, Quotient)) and isinstance(derivative.body, (Power, Quotient, Call))
    written_otherwise = not varies(one.body, name) or same
    return one.by.name == name and written_otherwise and _equal(one.body, derivative.body)


def _put(expr: Expr) -> Expr:
    from derivgen.maths.tree import rebuild

    return expr.content if isinstance(expr, Letter) else rebuild(expr, _put)


def _equal(a: Expr, b: Expr) -> bool:
    return all(abs(value(a, at) - value(b, at)) < MP.mpf(10) ** -30 * (1 + abs(value(a, at))) for at in places(b, "x"))


def test_no_line_applies_two_rules_at_once(made: list[tuple[str, Steps]]) -> None:
    lines = [(text, step) for text, found in made for step in found.steps if _starts_open(step)]
    assert len(lines) > 5 * COUNT
    wrong = [f"{text}: {plain(step.before)} = {plain(step.after)}: {why}" for text, step in lines if (why := one_rule(step))]
    assert wrong == []


def _starts_open(step: Step) -> bool:
    """Whether it is a line of differentiation, and not one that spells a function of the table out first."""
    return any(isinstance(node, Derivative) for node in walk(step.before)) and "definition" not in step.rule.message


def test_two_rules_at_once_are_noticed() -> None:
    found = steps("sin(x^2) + x")
    pairs = [replace(a, after=b.after) for a, b in zip(found.steps, found.steps[1:], strict=False)]
    first = pairs[:4]
    assert all(one_rule(pair) for pair in first), [one_rule(pair) for pair in first]


WRONG: list[tuple[str, str, Callable[[Derivative, Setting], Applied]]] = []


def _wrong(kind: str, text: str):
    def keep(rule: Callable[[Derivative, Setting], Applied]):
        WRONG.append((kind, text, rule))
        return rule

    return keep


@_wrong("quotient", "x/sin(x)")
def _plus(open_, setting):
    applied = rules.RIGHT["quotient"](open_, setting)
    over = applied.expr.over
    return replace(applied, expr=Quotient(Sum((over.terms[0], over.terms[1].arg)), applied.expr.under))


@_wrong("reciprocal", "1/(1 + exp(-x))")
def _sign_lost(open_, setting):
    applied = rules.RIGHT["reciprocal"](open_, setting)
    return replace(applied, expr=applied.expr.arg)


@_wrong("product", "x^2*exp(x)")
def _first_only(open_, setting):
    applied = rules.RIGHT["product"](open_, setting)
    return replace(applied, expr=applied.expr.terms[0])


@_wrong("power", "x^3 + 1")
def _exponent_kept(open_, setting):
    applied = rules.RIGHT["power"](open_, setting)
    return replace(applied, expr=Power(applied.expr.factors[1].base, number(3)))


@_wrong("chain", "exp(-x)")
def _inner_lost(open_, setting):
    applied = rules.RIGHT["chain"](open_, setting)
    return replace(applied, expr=applied.expr.factors[0])


@_wrong("function", "sin(x)*x")
def _nearly(open_, setting):
    applied = rules.RIGHT["function"](open_, setting)
    return replace(
        applied, expr=Sum((applied.expr, number(1) if applied.expr == number(1) else Neg(Power(number(10), number(-6)))))
    )


@pytest.mark.parametrize(("kind", "text", "rule"), WRONG, ids=[kind for kind, _, _ in WRONG])
def test_a_wrong_rule_is_caught(kind, text, rule, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not verify_in_places(step_lines(steps(text), LIBRARY)).false
    monkeypatch.setattr(rules, "RIGHT", dict(rules.RULES), raising=False)
    monkeypatch.setitem(rules.RULES, kind, rule)
    false = verify_in_places(step_lines(steps(text), LIBRARY)).false
    assert false
    assert any(isinstance(node, Derivative) for node in walk(false[0].line.sides[0]))


TEXTBOOK = [
    ("1/(1 + exp(-x))", "sig(x)*(1 - sig(x))"),
    ("sig(x)", "sig(x)*(1 - sig(x))"),
    ("exp(x)/(1 + exp(x))", "sig(x)*(1 - sig(x))"),
    ("1/(1 + exp(-k*x))", "k*sig(k*x)*(1 - sig(k*x))"),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "1 - tanh(x)^2"),
    ("tanh(x)", "1 - tanh(x)^2"),
    ("softplus(x)", "sig(x)"),
    ("ln(1 + exp(x))", "sig(x)"),
    ("silu(x)", "sig(x)*(1 + x*(1 - sig(x)))"),
    ("relu(x)", "cases(x > 0: 1, else: 0)"),
    ("elu(x)", "cases(x > 0: 1, else: exp(x))"),
    ("gelu(x)", "normcdf(x) + x*normpdf(x)"),
    ("ln(sig(x))", "1 - sig(x)"),
    ("x^x", "x^x*(ln(x) + 1)"),
    ("2^x", "2^x*ln(2)"),
    ("sqrt(1 + x^2)", "x/sqrt(1 + x^2)"),
    ("sqrt(x)", "1/(2*sqrt(x))"),
    ("1/sqrt(1 + x^2)", "-(x/sqrt(1 + x^2)^3)"),
    ("((x + 1)/(x - 1))^3", "-(6*(x + 1)^2/(x - 1)^4)"),
    ("(x + 1)^2*(x - 2)^3", "(x + 1)*(x - 2)^2*(5*x - 1)"),
    ("x^2*exp(-x)", "x*exp(-x)*(2 - x)"),
    ("x*exp(-x^2)", "exp(-x^2)*(1 - 2*x^2)"),
    ("exp(-x^2/2)", "-(x*exp(-x^2/2))"),
    ("sin(x)/x", "(x*cos(x) - sin(x))/x^2"),
    ("ln(x)/x", "(1 - ln(x))/x^2"),
    ("x*ln(x)", "ln(x) + 1"),
    ("sin(x)/cos(x)", "1/cos(x)^2"),
    ("sin(x)^2", "2*sin(x)*cos(x)"),
    ("exp(x)*cos(x)", "exp(x)*(cos(x) - sin(x))"),
    ("exp(sin(x))", "exp(sin(x))*cos(x)"),
    ("(x^2 + 1)/(x^2 - 1)", "-(4*x/(x^2 - 1)^2)"),
    ("x^2/(x + 1)", "(x^2 + 2*x)/(x + 1)^2"),
    ("(3*x + 1)/(2 - x)", "7/(2 - x)^2"),
    ("1/x", "-(1/x^2)"),
    ("1/x^3", "-(3/x^4)"),
    ("(2*x - 1)^5", "10*(2*x - 1)^4"),
    ("3*x^4 - 5*x^3 + 2*x - 7", "12*x^3 - 15*x^2 + 2"),
    ("a*x^2 + b*x + c", "2*a*x + b"),
    ("-x^2", "-(2*x)"),
    ("0.5*x^2", "x"),
    ("exp(x)/(exp(x) + exp(a))", "exp(x)/(exp(x) + exp(a))*(1 - exp(x)/(exp(x) + exp(a)))"),
    ("(1/2)*(t - w*x)^2", "-((t - w*x)*w)"),
    ("1/(2*N)*sum((c - x)^2)", "-(1/N*sum(c - x))"),
    ("max(0, x)", "max'_2(0, x)"),
    ("LeakyReLU(x, 0.1)", "cases(x > 0: 1, else: 0.1)"),
    ("ReLU'(x)", "0"),
    ("x - x", "0"),
]


@pytest.mark.parametrize(("text", "form"), TEXTBOOK, ids=[text for text, _ in TEXTBOOK])
def test_it_ends_as_in_the_textbook(text: str, form: str) -> None:
    found = steps(text)
    assert plain(found.result) == form
    lines = step_lines(found, LIBRARY)
    assert lines[0].places
    verdict = verify_in_places(lines)
    assert (verdict.false, verdict.unchecked) == ((), ())
    said = [plain(step.after) for step in found.steps]
    assert len(set(said)) == len(said), "a line is said twice"


def test_the_sigmoid_line_by_line() -> None:
    found = steps("1/(1 + exp(-x))")
    assert [(step.rule.message, plain(step.after)) for step in found.steps] == [
        ("reciprocal rule", "-(d/dx(1 + exp(-x))/(1 + exp(-x))^2)"),
        ("a constant term has derivative 0", "-(d/dx(exp(-x))/(1 + exp(-x))^2)"),
        ("chain rule with {u} = {g}", "-(d/du(exp(u))*d/dx(-x)/(1 + exp(-x))^2)"),
        ("derivative of the exponential", "-(exp(u)*d/dx(-x)/(1 + exp(-x))^2)"),
        ("constant factor", "-(exp(u)*(-d/dx(x))/(1 + exp(-x))^2)"),
        ("derivative of {x} by itself", "-(exp(u)*(-1)/(1 + exp(-x))^2)"),
        ("{u} = {g} put back", "-(exp(-x)*(-1)/(1 + exp(-x))^2)"),
        ("numbers and signs collected", "exp(-x)/(1 + exp(-x))^2"),
        ("one fraction for each factor", "1/(1 + exp(-x))*(exp(-x)/(1 + exp(-x)))"),
        ("{a} added and taken off", "1/(1 + exp(-x))*(((1 + exp(-x)) - 1)/(1 + exp(-x)))"),
        ("the fraction split", "1/(1 + exp(-x))*(1 - 1/(1 + exp(-x)))"),
        ("{f} = {g}", "sig(x)*(1 - sig(x))"),
    ]


def test_letters_are_no_names_of_the_expression() -> None:
    letters = [
        node.name for step in steps("exp(u*x)*sin(v*exp(x^2))").steps for node in walk(step.after) if isinstance(node, Letter)
    ]
    assert letters
    assert not {"u", "v", "x"} & set(letters)


def test_a_derivation_nobody_would_read_is_refused() -> None:
    with pytest.raises(TooLongError):
        steps("*".join(f"exp({k}*x)" for k in range(2, 90)))
