"""A file compared with a spec: what derivgen prints is read back and true; flawless arithmetic of a wrong derivation is found."""

from pathlib import Path

import pytest

from derivgen.claims.check import check
from derivgen.claims.claim import Claim
from derivgen.claims.spec_arrays import measure_of
from derivgen.documents.compose import compose, style_of
from derivgen.evaluation import Evaluation
from derivgen.rendering import FORMATS
from derivgen.spec.load import load
from derivgen.work import evaluate

SPECS = Path(__file__).parents[2] / "specs"
NEURON = SPECS / "small" / "one_neuron.yaml"
READ_BACK = (
    "one_neuron",
    "two_paths",
    "residual",
    "used_twice",
    "gradient_descent",
    "recurrent",
    "pocket_calculator",
    "own_function",
)


CHAIN = r"\frac{\partial L}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot \frac{\partial z}{\partial w}"
FORGETS_A_FACTOR = (
    r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial a} \cdot \frac{\partial z}{\partial b} = -1 \cdot 1 = -1"
)


def claims(text: str, spec: Path = NEURON) -> list[Claim]:
    """Return the claims of a text, compared with a spec."""
    return list(check(text.encode(), "notes.md", measure_of(spec)[0]).claims)


@pytest.mark.parametrize(
    "line",
    [
        r"$z = w \cdot x + b = \frac{1}{2} \cdot 2 - 1 = 0$",
        r"$A = \sigma(Z) = 0.5$",
        r"$$\frac{\partial L}{\partial w} = " + CHAIN + "$$",
        r"$\frac{\partial L}{\partial w} = -2(y - a) a (1 - a) x = -0.5$",
        r"$\partial L / \partial b = -0.25$",
        r"$\frac{dL}{da} = 2(a - y) = -1$",
    ],
)
def test_right_derivations_are_true(line: str) -> None:
    found = claims(line)
    assert found and {claim.verdict for claim in found} == {"true"} and "spec" in {claim.against for claim in found}


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (r"$\frac{\partial L}{\partial a} = a - y$", "a factor 1/2"),
        (r"$\frac{\partial L}{\partial a} = 2(y - a) = 1$", "sign"),
        (f"${FORGETS_A_FACTOR}$", "this is ∂L/∂a; the factor ∂a/∂z = a*(1 - a) is missing"),
        (r"$\frac{\partial L}{\partial w} = 0.5$", "sign"),
        (r"$w = 0.4$", "one digit"),
        (r"$L = 0.52$", "digits changed places"),
    ],
)
def test_wrong_derivations_with_right_arithmetic_are_found(line: str, cause: str) -> None:
    found = [claim for claim in claims(line) if claim.verdict == "false"]
    assert len(found) == 1
    assert found[0].against == "spec" and found[0].cause == cause


def test_names_that_the_spec_does_not_have_are_never_false() -> None:
    found = claims(r"$q = 3$, $q + w = 3.5$, $w^{new} = 0.7$, $v \leftarrow 0.3$, $p_1 = a$")
    assert not {"false", "carried"} & {claim.verdict for claim in found}


def test_an_update_is_compared_with_old_minus_rate_times_gradient() -> None:
    spec = SPECS / "small" / "gradient_descent.yaml"
    (measure, _) = measure_of(spec)
    new = measure.after_update("v_1")
    assert new is not None
    right, wrong = rf"$v_1 \leftarrow {float(new)}$", rf"$v_1 \leftarrow {float(new) + 1}$"
    assert [claim.verdict for claim in claims(right, spec)] == ["true"]
    assert [claim.verdict for claim in claims(wrong, spec)] == ["false"]


@pytest.fixture(scope="module", params=READ_BACK)
def printed(request: pytest.FixtureRequest) -> tuple[Path, Evaluation]:
    """A spec and its evaluation."""
    spec = SPECS / "small" / f"{request.param}.yaml"
    return spec, evaluate(load(str(spec)))


@pytest.mark.parametrize("audience", ["key", "notes"])
@pytest.mark.parametrize("ending", ["tex", "md"])
def test_what_derivgen_prints_is_read_back_and_true(printed, audience, ending) -> None:
    spec, evaluation = printed
    text = FORMATS[ending].render(compose(evaluation, audience), style_of(evaluation))
    alone, compared = check(text.encode(), f"x.{ending}"), check(text.encode(), f"x.{ending}", measure_of(spec)[0])
    assert not alone.failed and not compared.failed
    assert compared.counts["true"] + compared.counts["rounded"] > 5
    assert compared.counts["unread"] <= max(3, len(compared.claims) // 8)


def test_a_value_for_a_name_that_has_none_in_the_spec_is_not_false(tmp_path: Path) -> None:
    """The spec is in symbols; the file's example has whole numbers and decimals."""
    spec = tmp_path / "symbols.yaml"
    spec.write_text("equations: |\n  z = w*x\n  L = (y - z)^2\ninputs: [x]\ntargets: [y]\n")
    found = claims(r"With $x = 2$, $w = 0.4$ and $y = 1$, $\frac{\partial L}{\partial w} = 2(y - z) x$.", spec)
    assert {claim.verdict for claim in found[:-1]} == {"unread"}
    assert found[-1].verdict == "false", "the sign of the derivative is wrong"


LAYERS, SOFTMAX = SPECS / "notes" / "001_layers.yaml", SPECS / "small" / "softmax_regression.yaml"


@pytest.mark.parametrize(
    ("line", "spec", "verdict"),
    [
        (r"\frac{\partial C}{\partial w^l_{mn}} = \delta^l_m a^{l-1}_n", LAYERS, "true"),
        (r"\frac{\partial C}{\partial w^l_{mn}} = 2 \delta^l_m a^{l-1}_n", LAYERS, "false"),
        (r"\frac{\partial C}{\partial w^l_{mn}} = \delta^l_n a^{l-1}_m", LAYERS, ""),
        (r"\frac{\partial C}{\partial a^{l-1}_n} = \sum_{m=1}^{N_l} \frac{\partial C}{\partial z^l_m} w^l_{mn}", LAYERS, "true"),
        (r"\frac{\partial L}{\partial s_k} = p_k - y_k", SOFTMAX, "true"),
        (r"\frac{\partial L}{\partial s_k} = y_k - p_k", SOFTMAX, "false"),
        (r"\frac{\partial p_i}{\partial s_j} = p_i (\delta_{ij} - p_j)", SOFTMAX, "true"),
        (r"\frac{\partial p_i}{\partial s_j} = p_i (1 - p_j)", SOFTMAX, "unread"),
        (r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot g'(z^l)", LAYERS, "true"),
        (r"\delta^l = -(W^{l+1})^T \delta^{l+1} \odot g'(z^l)", LAYERS, "unread"),
    ],
)
def test_a_statement_for_all_layers_and_units_is_held_against_each(line: str, spec: Path, verdict: str) -> None:
    assert {claim.verdict for claim in claims(f"${line}$", spec)} <= {verdict}
    assert bool(claims(f"${line}$", spec)) is bool(verdict)


@pytest.mark.parametrize(
    ("line", "spec", "verdicts"),
    [
        (r"\frac{\partial^2 L}{\partial w\,\partial b} = a(1 - a)x = \frac12", "newton_step", ["true", "true"]),
        (r"\frac{\partial^2 L}{\partial b^2} = \frac12", "newton_step", ["false"]),
        (r"m \leftarrow 0.9 \cdot 0 + (1 - 0.9) \cdot 9 = 0.9", "adam_by_hand", ["true", "true"]),
        (r"g \leftarrow 9,\quad m \leftarrow 0.9 \cdot 0 + 0.1 \cdot 8 = 0.8", "adam_by_hand", ["true", "false", "true"]),
        (r"\frac{\partial L}{\partial w_7} = L_y a_3", "003_shorthands", ["true"]),
        (r"\frac{\partial L}{\partial w_7} = L_y a_4", "003_shorthands", ["false"]),
        (r"\frac{\partial L}{\partial p^1} = -y \oslash p^1", "softmax_regression", ["true"]),
        (r"\frac{\partial L}{\partial p^1} = y \oslash p^1", "softmax_regression", ["false"]),
    ],
)
def test_second_derivatives_moments_shorthands_and_division_by_entry(line: str, spec: str, verdicts: list[str]) -> None:
    (path,) = SPECS.rglob(f"{spec}.yaml")
    assert [claim.verdict for claim in claims(f"${line}$", path)] == verdicts


def test_letters_that_a_remark_defines_stand_for_what_it_says() -> None:
    line = r"$$\frac{\partial L}{\partial a} = 2u \cdot (-1) \qquad \text{with }u\text{ = }%s$$"
    assert [claim.verdict for claim in claims(line % "y - a")] == ["true"]
    assert "false" in [claim.verdict for claim in claims(line % "y + a")]
