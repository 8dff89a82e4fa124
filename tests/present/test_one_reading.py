"""Formulas that could be read in two ways, and how they are written instead, in each format."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivgen.cli import main
from derivgen.documents.compose import compose, style_of
from derivgen.language import Wording
from derivgen.lines.notation import in_this_case
from derivgen.maths.evaluate import Environment
from derivgen.maths.evaluate import evaluate as evaluate_at
from derivgen.maths.style import Style, in_language
from derivgen.maths.tree import Cases, Expr, Neg, Partial, Power, Prime, Product, Quotient, Sum, SumOver, Sym, number
from derivgen.present.latex import latex
from derivgen.present.speech import speech
from derivgen.present.unicode import text
from derivgen.spec.load import load
from derivgen.work import evaluate
from tests.maths.vocabulary import parsed
from tests.present.test_mathml import read
from tests.product import every_line

X, C = Sym("x", "i"), Sym("c")


def total(body: Expr) -> SumOver:
    return SumOver("i", Sym("n"), body)


SUMS = [
    (total(X), r"\sum_{i=1}^{n} x_{i}", "Σᵢ₌₁ⁿ xᵢ", "[∑ i = 1 n] [x i]"),
    (total(Neg(X)), r"\sum_{i=1}^{n} (-x_{i})", "Σᵢ₌₁ⁿ (-xᵢ)", "[∑ i = 1 n] ( − [x i] )"),
    (total(Product((number(-2), X))), r"\sum_{i=1}^{n} (-2 x_{i})", "Σᵢ₌₁ⁿ (-2·xᵢ)", "[∑ i = 1 n] ( − 2 ~ [x i] )"),
    (total(Quotient(Neg(X), C)), r"\sum_{i=1}^{n} \frac{-x_{i}}{c}", "Σᵢ₌₁ⁿ (-xᵢ/c)", "[∑ i = 1 n] {− [x i] c}"),
    (total(Sum((X, C))), r"\sum_{i=1}^{n} (x_{i} + c)", "Σᵢ₌₁ⁿ (xᵢ + c)", "[∑ i = 1 n] ( [x i] + c )"),
    (Sum((total(X), C)), r"\sum_{i=1}^{n} (x_{i}) + c", "Σᵢ₌₁ⁿ (xᵢ) + c", "[∑ i = 1 n] ( [x i] ) + c"),
    (Sum((C, total(X))), r"c + \sum_{i=1}^{n} x_{i}", "c + Σᵢ₌₁ⁿ xᵢ", "c + [∑ i = 1 n] [x i]"),
    (
        Sum((Neg(Product((number(2), total(Product((C, X)))))), C)),
        r"-2 \sum_{i=1}^{n} (c \cdot x_{i}) + c",
        "-2·Σᵢ₌₁ⁿ (c·xᵢ) + c",
        "− 2 ~ [∑ i = 1 n] ( c ⋅ [x i] ) + c",
    ),
    (
        Sum((C, Neg(total(X)), C)),
        r"c - \sum_{i=1}^{n} (x_{i}) + c",
        "c - Σᵢ₌₁ⁿ (xᵢ) + c",
        "c − [∑ i = 1 n] ( [x i] ) + c",
    ),
    (
        Sum((SumOver("j", Sym("m"), total(X)), C)),
        r"\sum_{j=1}^{m} \sum_{i=1}^{n} (x_{i}) + c",
        "Σⱼ₌₁ᵐ Σᵢ₌₁ⁿ (xᵢ) + c",
        "[∑ j = 1 m] [∑ i = 1 n] ( [x i] ) + c",
    ),
]


@pytest.mark.parametrize(("expr", "tex", "line", "elements"), SUMS, ids=lambda case: case if isinstance(case, str) else "")
def test_where_a_sum_over_an_index_ends_is_seen(expr: Expr, tex: str, line: str, elements: str) -> None:
    assert (latex(expr), text(expr), read(expr)) == (tex, line, elements)


@pytest.mark.parametrize(
    ("spec", "euler"),
    [
        ("equations: [e = w - 1, L = exp(e)]", False),
        ("equations: [e_1 = w - 1, L = exp(e_1)]", False),
        ("equations: [ehat = w - 1, L = exp(ehat)]", False),
        ("equations: [L = exp(r*w)]\nconstants: {r: 2}\nsymbols: {r: {latex: e}}", False),
        ('functions: {"bend(e)": exp(e)}\nequations: [L = bend(w)]', False),
        ("equations: [err = w - 1, L = exp(err)]", True),
    ],
)
def test_an_e_of_the_authors_and_eulers_number_never_look_alike(spec: str, euler: bool, tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(f"{spec}\nvalues: {{w: 1}}\n")
    assert style_of(evaluate(load(str(file)))).euler is euler


def test_without_eulers_letter_exp_is_a_function() -> None:
    style = Style(euler=False)
    assert latex(parsed("exp(e)^2*exp(-e/2)"), style) == r"\exp(e)^{2} \cdot \exp\!\left( \frac{-e}{2} \right)"
    assert read(parsed("exp(e) + 1"), style) == "exp ⁡ ( e ) + 1"
    assert text(parsed("exp(e)^2"), style) == text(parsed("exp(e)^2"))
    assert speech(parsed("exp(e)"), style) == "exp of e"


def test_steps_of_an_expression_with_an_e() -> None:
    said = CliRunner().invoke(main, ["steps", "exp(e)*w", "--wrt", "w", "--format", "tex"])
    assert said.exit_code == 0 and r"\exp(e)" in said.output


def test_where_cases_end_is_seen() -> None:
    expr = parsed("2*cases(x > 0: 1, else: 0) + c")
    assert latex(expr) == r"2 \cdot \left( \begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases} \right) + c"
    assert text(expr) == "2·{1 if x > 0; else 0} + c"


def test_the_derivative_of_abs_is_the_sign() -> None:
    expr = Product((C, Prime("abs", (Sym("w"),), "abs")))
    assert latex(expr) == r"c \cdot \operatorname{sgn}(w)"
    assert (text(expr), read(expr)) == ("c·sgn(w)", "c ⋅ sgn ⁡ ( w )")
    assert speech(expr) == "c times the sign of w"
    assert text(expr, Style(functions={"abs'": "dabs"})) == "c·dabs(w)"


MAX = r"\begin{cases} 1 & u > v \\ \frac{1}{2} & u = v \\ 0 & \text{else} \end{cases}"


def lines_of(spec: str, tmp_path: Path) -> tuple[list[str], list[str], list[str]]:
    """The lines of a spec's notes, in LaTeX, Unicode and MathML."""
    file = tmp_path / "spec.yaml"
    file.write_text(spec)
    evaluation = evaluate(load(str(file)))
    sides = [
        (side, style_of(evaluation))
        for line in every_line(compose(evaluation, "notes").blocks)
        for side in (line.left, *(step for _, step in line.steps))
        if side is not None
    ]
    assert sides
    return tuple([write(*side) for side in sides] for write in (latex, text, read))  # type: ignore[return-value]


def test_the_derivative_of_max_is_written_by_its_cases(tmp_path: Path) -> None:
    tex, unicode, mathml = lines_of("equations: [u = a*b, v = a + b, 'L = max(u, v)']\nvalues: {a: 2, b: 3}", tmp_path)
    assert MAX in tex and "{1 if u > v; 1/2 if u = v; else 0}" in unicode
    assert not any("max'" in side or "1 if 6" in side for side in (*tex, *unicode)) and not any("′" in side for side in mathml)


@pytest.mark.parametrize(("first", "share"), [("", "1/2"), ("kinks: {max: first}", "1")])
def test_the_derivative_of_max_of_three_is_the_case_at_hand(first: str, share: str, tmp_path: Path) -> None:
    spec = f"equations: [u = 2*a, v = a + b, 'L = max(u, v, 0)']\nvalues: {{a: 3, b: 3}}\nnotation: {{chain: reuse}}\n{first}"
    tex, unicode, mathml = lines_of(spec, tmp_path)
    assert share in unicode and not any("'" in side or "′" in side for side in (*tex, *unicode, *mathml))


def test_softmax_of_numbers_is_written_by_its_exponentials(tmp_path: Path) -> None:
    spec = "equations: ['p_1, p_2 = softmax(a, b)', L = -ln(p_1)]\nvalues: {a: 0.5, b: -1}"
    tex, unicode, mathml = lines_of(spec, tmp_path)
    assert r"\frac{e^{0.5}}{e^{0.5} + e^{-1}}" in tex
    assert "exp(0.5)/(exp(0.5) + exp(-1))" in unicode
    assert "{[e 0.5] [e 0.5] + [e − 1]}" in mathml


def test_softmax_of_large_numbers_stays_one(tmp_path: Path) -> None:
    spec = "equations: ['p_1, p_2 = softmax(a, b)', L = -ln(p_1)]\nvalues: {a: 1000, b: 999}"
    assert "softmax₁(1000, 999)" in lines_of(spec, tmp_path)[1]


def test_a_direct_partial_derivative_says_so_in_a_word() -> None:
    direct = Partial(Sym("L"), Sym("w"), direct=True)
    assert latex(direct) == r"\left( \frac{\partial L}{\partial w} \right)_{\text{direct}}"
    assert (text(direct), read(direct)) == ("(∂L/∂w)_direct", "[( {∂ L ∂ w} ) direct]")
    assert text(Sum((Product((C, direct)), Power(direct, number(2))))) == "c·(∂L/∂w)_direct + ((∂L/∂w)_direct)²"
    assert latex(direct, Style(derivative="prime")) == r"\left( L'_{w} \right)_{\text{direct}}"
    portuguese = in_language(Style(), Wording("pt"))
    assert text(direct, portuguese) == "(∂L/∂w)_direta"
    assert speech(direct, portuguese, "pt") == "a derivada parcial de L em relação a w, diretamente"


@pytest.mark.parametrize("kinks", ["", "kinks: {max: first, min: first}\n"])
@pytest.mark.parametrize("function", ["max", "min"])
@pytest.mark.parametrize("count", [3, 4])
def test_without_values_the_derivative_of_max_is_written_by_its_cases(
    function: str, count: int, kinks: str, tmp_path: Path
) -> None:
    """No max′ₖ stands on the page, and the cases are worth the share: 1, 0, and of those that tie as much as is said."""
    names = "abcd"[:count]
    spec = f"equations: ['m = {function}({', '.join(names)})', 'L = m^2']\n{kinks}"
    tex, unicode, mathml = lines_of(spec, tmp_path)
    assert any("else" in side for side in unicode) and not any("'" in side or "′" in side for side in (*tex, *unicode, *mathml))
    evaluation = evaluate(load(str(tmp_path / "spec.yaml")))
    library = evaluation.graph.library
    for numbers in product((1, 2, 3), repeat=count):
        best = (max if function == "max" else min)(numbers)
        tied = [at for at, number in enumerate(numbers) if number == best]
        for slot in range(count):
            prime = Prime(function, tuple(map(Sym, names)), function, slot)
            cases = in_this_case(prime, evaluation)
            known = {name: (Fraction(number),) for name, number in zip(names, numbers, strict=True)}
            share = (slot == tied[0]) if kinks else Fraction(slot in tied, len(tied))
            assert isinstance(cases, Cases)
            assert evaluate_at(cases, Environment(known, library).at(0)) == share, (numbers, slot)


def test_over_samples_the_derivative_of_max_of_three_is_written_by_its_cases(tmp_path: Path) -> None:
    spec = "equations: ['m = max(w*x, x, 1)', 'L = mean((y - m)^2)']\ntargets: [y]\n"
    spec += "values: {w: 2}\ndata: {columns: [x, y], rows: [[1, 2], [3, 4]]}\n"
    tex, unicode, _ = lines_of(spec, tmp_path)
    assert not any("max'" in side or "max}'" in side or "max_" in side for side in (*tex, *unicode))
