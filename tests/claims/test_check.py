"""What people write, and what is to be said of it: each habit with a true line and, where there is one, a false one."""

import json

import pytest
from click.testing import CliRunner

from derivgen.claims.check import check
from derivgen.cli import main

TRUE = [
    r"$0.75136507(1 - 0.75136507) = 0.186815602$",
    r"$$\frac{1}{1+e^{-0.3775}} = 0.593269992$$",
    r"$1 \cdot -0.005 = -5 \cdot 10^{-3}$",
    r"$2 * 0.5 \times 3 = 3$",
    r"$\tfrac{1}{2}(0.01 - 0.75136507)^{2} = 0.274811083$",
    r"$\dfrac12 \cdot 3 = 1{,}5$",
    r"$$\begin{aligned} a &= 2 \cdot (3 + \\ &\quad 4) \\ &= 14 \end{aligned}$$",
    r"$$E = 0.274811083 + 0.023560026" + "\n= 0.298371109$$",
    r"$\mathbf{0.5} \cdot \boxed{0.4} = \color{red}{0.2}$",
    r"$\underbrace{0.5 \cdot 4}_{x} + \textcolor{blue}{1} = 3$",
    r"\(35\,\% \cdot 200 = 70\)",
    r"\[ \ln 2 \doteq 0.693, \qquad \sqrt{2} \approx 1.414 \]",
    r"$\sigma(0) = \frac{1}{2}$ and $\operatorname{ReLU}(-3) = 0$, $\max(0, 2) = 2$",
    r"$1.2\cdot 10^{-3} = 0.0012$; $1.2e-3 = 0.0012$",
    r"$1 / 2(4) = 2$, $1 / 2(4) = 0.125$",
    r"$\log 100 = 2$, $\log 2 = 0.693$",
    r"$$w₁ = 0.5² = 0.25$$",
    r"$0.2 \cdot 3 = x = 0.6$",
    r"$e = -0.3775$, $L = e^2 = (-0.3775)^2$ | $\approx 0.1425$ |",
    r"$$\text{out h1} = \frac{1}{1+e^{-0.3775}}$$ $$\text{out h1} \cdot 2 = 1.1865$$",
    r"$e = 0.5 - 1 = -0.5$, $e^2 = 0.25$, $1/(1 + e^{-0.5}) = 0.622$, $E_y1 = 2$, $3E_{y1} = 6$",
    "$$\n\\begin{vmatrix}0\\end{vmatrix} = 1 \\\\ 0.5 + 0.5 = 1\n$$",
]


def verdicts(text: str, name: str = "notes.md") -> list[str]:
    """Return the verdicts on a text."""
    return [claim.verdict for claim in check(text.encode(), name).claims]


@pytest.mark.parametrize("text", TRUE)
def test_habits_are_read_and_true(text: str) -> None:
    found = verdicts(text)
    assert (found and set(found) <= {"true", "rounded"}) or (r"\begin{vmatrix}" in text and found == ["unread", "true"])


PUBLIC = r"""
$$z_1^{(2)} = 0.2 \times 0.5 + (-0.1) \times 0.3 = 0.1 - 0.03 = 0.07$$
$$a_1^{(2)} = \sigma(0.07) = \frac{1}{1+e^{-0.07}} \approx 0.517$$
$$z_1^{(3)} = 0.3 \times 0.517 + (-0.2) \times 0.594 = 0.155 - 0.119 = 0.036$$
$$C = \frac{1}{2}(0.8 - 0.509)^2 = \frac{1}{2}(0.291)^2 \approx 0.042$$
$$\delta_1^{(3)} = (0.509 - 0.8) \times 0.509 \times (1-0.509) = -0.291 \times 0.25 \approx -0.073$$
$$a_2^{[1]} = \sigma(0.55) \approx 0.63414, \quad z^{[2]} = 0.6(0.52498) + (-0.1)(0.63414) + 0.05$$
$$net=(0.2)(2)+(-0.3)(-1)+0.2=0.9$$
$$\delta=(1-0.6225)(0.6225)(1-0.6225)=0.0887$$
\begin{align}
  z1 = w1 * x1 + b1 \\
  z1 = 0.15 * 0.05 + 0.2 * 0.1 + 0.30 = 0.3275
\end{align}
| $\dfrac{\partial L}{\partial z} = -0.7550 \times 0.6225 \times 0.3775$ | $\approx -0.1774$ |
$p = \sigma(0.4) = \frac{1}{1+e^{-0.4}} = 0.599$. $L = -\log p = -\log 0.599 = 0.513$.
"""


def test_lines_as_public_notes_have_them() -> None:
    found = verdicts(PUBLIC)
    assert len(found) == 19 and set(found) <= {"true", "rounded"}


FALSE = [
    (r"$0.15 \cdot 0.05 + 0.35 = 0.3557$", ""),
    (r"$0.9591(1 - 0.9591) = 0.03932$", "digits changed places"),
    (r"$0.5 - 0.9 = 0.4$", "sign"),
    (r"$0.25 \cdot 0.1 = 0.25$", "the decimal point, or a zero"),
    (r"$0.3 + 0.4 \approx 0.8$", "one digit"),
    (r"$(3 - 1)^2 = 2$", "the exponent 2 is missing"),
    (r"$2 \cdot 3 = 7$", "one digit"),
    (r"$\frac{1}{1+e^{-0.7140}} = 1/(1 + 0.5895)$", ""),
    (r"$x = 0.4$, $w = 0.5$, $w x = 0.3$", "one digit"),
]


@pytest.mark.parametrize(("text", "cause"), FALSE)
def test_slips_are_found(text: str, cause: str) -> None:
    (claim,) = [claim for claim in check(text.encode(), "notes.md").claims if claim.verdict != "true"]
    assert claim.verdict == "false"
    assert not cause or claim.cause == cause


NAMED = r"""
Given $x = 0.05$, $w_1 = 0.15$, $w_2=0.20$, $i_2 = 0.10$, $b_1 = 0.35$.
$$net_{h1} = w_1 * x + w_2*i_2 + b_1 * 1 = 0.15 * 0.05 + 0.2*0.1+0.35*1 = 0.3775$$
$$out_{h1} = \frac{1}{1+e^{-net_{H1}}} = 0.593269992, \quad 1 - out_{h1} = 0.4067$$
"""


def test_a_name_and_its_figure_on_the_next_line() -> None:
    text = r"$$y_1 = 0.5932 \cdot 0.40 + 0.6$$ $$y_1 = 0.83728$$ $$y_2 = 0.3 + 0.2$$ $$y_2 = 0.6$$ $$y_2 = 0.7$$"
    assert verdicts(text) == ["true", "false"]


def test_names_of_the_file_have_their_values() -> None:
    found = check(NAMED.encode(), "-")
    assert [claim.verdict for claim in found.claims] == ["true", "true", "rounded", "rounded"]
    assert found.claims[2].against == "file" and found.claims[2].place.line == 4


def test_an_unrounded_forerunner_counts() -> None:
    text = r"$\hat y = \frac{1}{1+e^{-3.155}} = 0.9591$, $0.9591^2 = 0.91988$"
    (_, claim) = check(text.encode(), "notes.md").claims
    assert claim.verdict == "rounded" and "unrounded" in claim.message


def test_a_short_number_is_no_rounded_forerunner() -> None:
    text = r"$\sigma(0.036) = 0.509$, $\frac{1}{1 + e^{-0.5}} = 0.6255$, $0.6 \cdot 0.52498 + 0.3 = 0.6100$"
    assert verdicts(text) == ["rounded", "false", "false"]


def test_what_rests_on_a_false_figure_is_carried() -> None:
    text = r"$a = 0.5 \cdot 0.5 = 0.24$, $3a = 0.72$, $0.24 \cdot 2 = 0.48$, $4a = 1.00$"
    assert verdicts(text) == ["false", "carried", "carried", "rounded"]


@pytest.mark.parametrize(
    "text",
    [
        "$x = 3$, later $x = 4$",
        "$(x + 1)^2 = 4$ has the solutions $x = 1$ and $x = -3$",
        "$E_1 = E_2 = 5$",
        r"$x = 3 \Rightarrow x^2 = 9$",
        r"$w \leftarrow 0.4$, $x \le 3$, $0.5 \ne 0.6$",
        r"$f(x) = x^2$, $f(2) = 4$",
        r"costs 5\$ = 4 and $3 more",
        r"$\begin{pmatrix} 1 & 2 \end{pmatrix} = 3$",
        r"$2\frac{1}{2} = 2.5$ and $2\frac{1}{2} = 1$",
        "```\n$1 = 2$\n```\n<!-- $1 = 2$ -->",
        r"$p = (1,2)$, $1,5 = 1.5$",
        r"$L = e^2 = (-0.3775)^2$",
        r"negative gradient $= +0.401$, $=$ and $\approx$",
        r"$x_1 = 0.3$ $$(x_1 - y)^2 = (0.5 - 1)^2 = 0.25$$",
    ],
)
def test_no_false_alarm(text: str) -> None:
    assert not set(verdicts(text)) & {"false", "carried"}


def test_tex_with_macros_comments_and_verbatim_text() -> None:
    text = r"""\newcommand{\half}{\frac{1}{2}} \newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
% $1 = 2$
\begin{verbatim}$1 = 2$\end{verbatim}
\begin{align*} \pd{L}{w} &= \half \cdot 3 = 1.5 \\[2pt] 2\pd{L}{w} &= 3.1 \label{eq:a} \end{align*}
"""
    found = check(text.encode(), "notes.tex").claims
    assert [(claim.verdict, claim.place.line) for claim in found] == [("true", 4), ("false", 4)]
    assert found[0].left == r"\half \cdot 3"


def test_decimal_commas_as_the_file_has_them() -> None:
    assert verdicts(r"$0,5 \cdot 3,0 = 1,5$ und $1{,}25 + 0{,}5 = 1{,}75$") == ["true", "true"]


def test_notebooks_and_html() -> None:
    cells = [{"cell_type": "code", "source": "1"}, {"cell_type": "markdown", "source": ["text\n", "$0.5+0.5 = 1.1$"]}]
    (claim,) = check(json.dumps({"cells": cells}).encode(), "a.ipynb").claims
    assert (claim.verdict, claim.cell, claim.place.line, claim.place.column) == ("false", 2, 2, 12)
    html = r"<p>\(0.5 &lt; 1\) <b>$0.5 + 0.5 = 1.1$</b><script type='math/tex'>2 = 3</script><script>$1 = 2$</script></p>"
    assert verdicts(html, "a.html") == ["false", "false"]


def test_text_without_delimiters() -> None:
    assert verdicts("Loss: 0.5 * 0.3 = 0.15\nand then\n1 - 0.15 = 0.84\n", "a.txt") == ["true", "false"]


def test_place_and_texts_are_those_of_the_file() -> None:
    (claim,) = check(b"a\n  $$0.5 - 0.5 \\times 0.59\n = 0.3$$", "notes.md").claims
    assert (claim.left, claim.relation, claim.right) == (r"0.5 - 0.5 \times 0.59", "=", "0.3")
    assert (claim.place.line, claim.place.column) == (3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "$" + "(" * 5_000 + "1 = 1$",
        "$" + "{" * 300 + "1" + "}" * 300 + " = 1$",
        "$" + "-" * 3_000 + "1 = 1$",
        "$$" + "1 + " * 4_000 + "1 = 4001$$",
        "$9^{9^{9^{9}}} = 1$, $10^{400} = 1$, $1e999999 = 1$, $2^{0.5^{-80}} = 3$",
        r"\newcommand{\a}{\a\a}$\a = 1$",
        r"$\frac{ = 1$ $\frac.5x = 1$ $\frac = 1$ $x_ = 1$ $^ = 1$ $\hat = 1$ $= 1$ $1 =$ $\left = 1$ $\begin = 1$ $\end{ = 1$",
        "\\[" * 20_000 + "$1 = ",
        "$" + "a_" * 2_000 + "1 = 1$",
        "$1/0 = 1$, $\\ln(0) = 1$, $0^{-1} = 2$, $\\sqrt{-1} = 1$",
        "$" + "1=" * 2_000 + "1$",
        r"$a\_b = 1$, $a\_ = \_$, $0{,}17.15 = 1$, $0,17.15 = 2$",
        "<math><munderover><mo>∑</mo><mi>i</mi></munderover><mo>=</mo><mfrac><mn>1</mn></mfrac><msub></msub></math>",
        "$½ = 0.5$, $x₁² = ٣$, $\u202e1 = 1$, $\ud7ff = 1$",
    ],
)
def test_hostile_texts_end_in_verdicts(text: str) -> None:
    for name in ("a.md", "a.tex", "a.html", "a.txt"):
        assert "false" not in verdicts(text, name) or "10^{400}" in text


def test_the_command_its_json_and_its_exit_codes(tmp_path) -> None:
    right, wrong, strange = tmp_path / "a.md", tmp_path / "b.md", tmp_path / "c.md"
    right.write_text("$1 + 1 = 2$", encoding="utf-8")
    wrong.write_text("$0.5 + 0.5 = 1.1$", encoding="utf-8")
    strange.write_bytes(b"\xff$1 = 1$")
    run = CliRunner().invoke
    assert run(main, ["check", str(right)]).exit_code == 0
    assert run(main, ["check", str(right), str(strange)]).exit_code == 2
    said = run(main, ["check", str(wrong)])
    assert said.exit_code == 1 and "b.md:1:14: false: this is 1.0, not 1.1" in said.output and "1 false" in said.output
    (file,) = json.loads(run(main, ["check", "--json", str(wrong)]).output)["files"]
    assert file["counts"] == {"true": 0, "rounded": 0, "false": 1, "carried": 0, "unread": 0}
    assert (file["claims"][0]["value"], file["claims"][0]["printed"], file["claims"][0]["cause"]) == ("1", "1.1", "one digit")


MATRICES = r"""
$W = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$, $x = \begin{bmatrix}1 \\ -1\end{bmatrix}$, $b=(0.5, 1.0)^T$
$$z = Wx + b = \begin{pmatrix} -0.5 \\ 0 \end{pmatrix}$$
$$W^T x = \begin{bmatrix} -2 \\ -2 \end{bmatrix}, \quad x^\top x = 2, \quad x \odot (1 - x) = [0, -2]$$
$$\sigma(z) = \left[\begin{array}{c} 0.3775 \\ 0.5 \end{array}\right]$$
$\operatorname{softmax}([1, 2]) = [0.2689, 0.7311]$
"""


def test_matrices_are_compared_entry_by_entry() -> None:
    assert verdicts(MATRICES) == ["true", "true", "true", "true", "rounded", "rounded"]
    (claim,) = check(MATRICES.replace(r"-0.5 \\ 0 ", r"-0.5 \\ 0.1 ").encode(), "-").claims[:1]
    assert claim.verdict == "false" and claim.message.startswith("row 2, column 1: ")


def test_matrices_whose_sizes_do_not_fit_are_not_read() -> None:
    row = r"\begin{bmatrix} 1 & 2 \end{bmatrix}"
    for text in (rf"${row}{row} = 5$", rf"${row} = \begin{{bmatrix}} 1 \\ 2 \end{{bmatrix}}$", rf"${row} = [1, 2, 3]$"):
        (claim,) = check(text.encode(), "-").claims
        assert claim.verdict == "unread" and "sizes do not fit: 1 × 2" in claim.message


FUNCTIONS = r"""
$f(u) = u^2 + 1$, so $f(3) = 10$, $f'(3) = 6$ and $f'(3) = 7$.
$g(x) = \begin{cases} x & \text{if } x > 0 \\ 0.1x & \text{otherwise}\end{cases}$: $g(-3) = -0.3$, $g'(-3) = 0.1$, $g(2) = 0.2$
$h(a, b) = a b - b$: $h(2, 3) = 3$
"""


def test_functions_that_the_file_defines() -> None:
    assert verdicts(FUNCTIONS) == ["true", "true", "false", "true", "true", "false", "true"]
    assert verdicts(r"$\sigma(z) = \frac{1}{1+e^{-z}}$, $\sigma(0) = 0.5$") == ["true"]


def test_derivatives_of_formulas_are_worked_out() -> None:
    assert verdicts(r"$x = 3$, $\frac{d}{dx}(x^2 + 1) = 2x = 6$, $\frac{d}{dx} x^3 = 9$") == ["true", "true", "false"]


@pytest.mark.parametrize(
    ("line", "verdicts"),
    [
        (r"$2 = 4 \quad\times\quad 0.5 = -t^{2} \quad\times\quad -2$, where $t = 1$", None),
        (r"$2 = 4 \quad\times\quad 0.5$", ["true"]),
        (r"$2 = 4 \quad\times\quad 0.6$", ["false"]),
        (r"$0.25 = 0.5\quad \left(1 - 0.5\right)$", ["true"]),
        (r"$0.5 = 0.5\quad \left(1 - 0.5\right)$", ["false"]),
        (r"$3 = 1 \quad + 2$", ["true"]),
        (r"$6 = 2 \cdot 3 \quad (1)$", ["true"]),
        (r"$6 = 2 \cdot 3 \qquad (n = 3 - 1)$", ["true"]),
        (r"$6 = 2 \cdot 3 \quad \left(\text{two} + 1\right)$", ["true"]),
        (r"$a = 1 \qquad b = 2 \quad a + b = 3$", ["true"]),
    ],
)
def test_a_wide_blank_tells_formulas_apart_unless_the_formula_goes_on(line: str, verdicts: list[str] | None) -> None:
    found = [claim.verdict for claim in check(line.encode(), "notes.md").claims]
    assert found == verdicts if verdicts else "false" not in found
