"""Notes 003 and 004: what stands on their pages, line by line, and the figures worked out by hand."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from derivgen.checks.report import Report
from derivgen.cli.checking import checked
from derivgen.documents.compose import compose
from derivgen.documents.document import Task
from derivgen.evaluation import Evaluation
from derivgen.machine import as_object
from derivgen.maths.plain import plain
from tests.product import ROOT, every_block, every_line, words

NOTES = ROOT / "specs" / "notes"


@cache
def made(name: str) -> tuple[Evaluation, Report]:
    return checked(NOTES / f"{name}.yaml")


@cache
def said(name: str) -> dict[str, tuple[str, ...]]:
    """All sides that the notes print for each left side, the first of them once."""
    found: dict[str, tuple[str, ...]] = {}
    left = ""
    for line in every_line(compose(made(name)[0], "notes").blocks):
        left = plain(line.left) if line.left is not None else left
        found[left] = (*found.get(left, ()), *(plain(side) for _, side in line.steps))
    return found


def chain(*names: str) -> str:
    first, *rest = [f"d{of}/d{by}" for of, by in pairwise(names)]
    return "*".join((first, *(f"({each})" for each in rest)))


@pytest.mark.parametrize("path", sorted(NOTES.glob("00[34]*.yaml")), ids=lambda path: path.stem)
def test_specs_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 40


class TestNote003:
    """L_y, dRL, chains from the nearest node and then all the way, two paths in braces."""

    def test_shorthands_are_defined_once(self) -> None:
        assert said("003_shorthands")["L_y"] == ("dL/dyhat", "-2*(y - yhat)")
        assert said("003_shorthands")["ReLU'(z)"] == ("dReLU(z)/dz", "cases(z > 0: 1, else: 0)")

    @pytest.mark.parametrize(("name", "product"), [("w_7", "L_y*a_3"), ("w_8", "L_y*a_4"), ("b_5", "L_y")])
    def test_output_layer(self, name: str, product: str) -> None:
        assert said("003_shorthands")[f"dL/d{name}"] == (chain("L", "yhat", name), product)

    @pytest.mark.parametrize(
        ("name", "unit", "weight", "source"),
        [
            ("w_3", "3", "w_7", "*a_1"),
            ("w_5", "3", "w_7", "*a_2"),
            ("b_3", "3", "w_7", ""),
            ("w_4", "4", "w_8", "*a_1"),
            ("w_6", "4", "w_8", "*a_2"),
            ("b_4", "4", "w_8", ""),
        ],
    )
    def test_second_layer(self, name: str, unit: str, weight: str, source: str) -> None:
        near, whole = chain("L", f"a_{unit}", f"z_{unit}", name), chain("L", "yhat", f"a_{unit}", f"z_{unit}", name)
        product = f"L_y*{weight}*ReLU'(z_{unit}){source}"
        assert said("003_shorthands")[f"dL/d{name}"] == (near, whole, product)

    @pytest.mark.parametrize(
        ("name", "unit", "first", "second", "source"),
        [
            ("w_1", "1", "w_3", "w_4", "*x"),
            ("b_1", "1", "w_3", "w_4", ""),
            ("w_2", "2", "w_5", "w_6", "*x"),
            ("b_2", "2", "w_5", "w_6", ""),
        ],
    )
    def test_first_layer(self, name: str, unit: str, first: str, second: str, source: str) -> None:
        near, whole = chain("L", f"a_{unit}", f"z_{unit}", name), chain("L", "yhat", f"a_{unit}", f"z_{unit}", name)
        both = f"w_7*ReLU'(z_3)*{first} + w_8*ReLU'(z_4)*{second}"
        assert said("003_shorthands")[f"dL/d{name}"] == (near, whole, f"L_y*({both})*ReLU'(z_{unit}){source}")
        assert said("003_shorthands")[f"dyhat/da_{unit}"][-1] == both

    def test_the_order_of_the_note(self) -> None:
        last, second = ["w_7", "w_8", "b_5"], ["w_3", "w_5", "b_3", "w_4", "w_6", "b_4"]
        wanted = [*last, *second, "yhat/a_1", "w_1", "b_1", "yhat/a_2", "w_2", "b_2"]
        assert list(as_object(*made("003_shorthands"))["gradients"]) == wanted


class TestNote004:
    """The recap over N samples, and the exercise: linear output, ReLU hidden units, x = (1, 0), t = 2, η = 1/10."""

    def test_products_of_vectors_and_the_mean(self) -> None:
        lines = said("004_recap")
        assert lines["z[p]"][0] == "sig(dot(w_2, h[p]))".replace("sig", "σ")
        assert lines["h_1[p]"][0] == "σ(dot(w_11, x[p]))"
        assert lines["J"] == ("1/(2*N)*sum(p=1..N: (c[p] - z[p])^2)",)
        output = "-(1/N*sum(p=1..N: (c[p] - z[p])*σ'(dot(w_2, h[p]))*h_1[p]))"
        hidden = "-(1/N*sum(p=1..N: (c[p] - z[p])*σ'(dot(w_2, h[p]))*w_21*σ'(dot(w_11, x[p]))*x_1[p]))"
        assert lines["dJ/dw_21"][-1].replace("(", "").replace(")", "") == output.replace("(", "").replace(")", "")
        assert hidden.replace("(", "").replace(")", "") in [each.replace("(", "").replace(")", "") for each in lines["dJ/dw_111"]]

    def test_the_gradients_of_the_exercise(self) -> None:
        found = as_object(*made("004_exercise"))
        values = {name: each["value"] for name, each in found["gradients"].items()}
        arrays = {"W__1": [["-2", "0"], ["0", "0"]], "W__2": [["-2", "0"]]}
        assert values == {"w_111": "-2", "w_112": "0", "w_121": "0", "w_122": "0", "w_21": "-2", "w_22": "0"} | arrays
        figures = {name: found["quantities"][name]["value"] for name in ("h_1", "h_2", "z", "J")}
        assert figures == {"h_1": ["1"], "h_2": ["0"], "z": ["1"], "J": ["1"]}
        assert [layer["W"]["gradient"] for layer in found["layers"]] == [[["-2", "0"], ["0", "0"]], [["-2", "0"]]]

    def test_the_new_weights(self) -> None:
        lines = said("004_exercise")
        news = {left: sides[-1] for left, sides in lines.items() if left.startswith("w_") and len(sides) >= 2}
        assert news == {"w_111": "6/5", "w_112": "0", "w_121": "-1", "w_122": "1", "w_21": "6/5", "w_22": "2"}

    def test_the_first_layer_in_matrices(self) -> None:
        """As the key fills it in."""
        key = compose(made("004_exercise")[0], "key")
        found = {plain(line.left): tuple(plain(side) for _, side in line.steps) for line in every_line(key.blocks) if line.left}
        assert found["s__1"] == ("W__1 @ a__0", "[[1, 0], [-1, 1]] @ [[1], [0]]", "[[1], [-1]]")
        assert found["delta__2"] == ("dJ/ds__2", "2*(a__2 - t)", "2*([[1]] - [[2]])", "[[-2]]")
        numbers = "[[1], [2]] @ [[-2]] .* [[1], [0]]"
        assert found["delta__1"] == ("dJ/ds__1", "(W__2).T @ delta__2 .* ReLU'(s__1)", numbers, "[[-2], [0]]")
        assert found["dJ/dW__1"] == ("delta__1 @ (a__0).T", "[[-2], [0]] @ [[1, 0]]", "[[-2, 0], [0, 0]]")
        assert found["dJ/dW__2"] == ("delta__2 @ (a__1).T", "[[-2]] @ [[1, 0]]", "[[-2, 0]]")

    def test_the_worksheet_asks_for_all_of_it(self) -> None:
        blocks = every_block(compose(made("004_exercise")[0], "worksheet").blocks)
        titles = [words(block.title) for block in blocks if isinstance(block, Task)]
        assert titles == ["Forward pass.", "Chains.", "Gradients.", "Update.", "In matrices"]
        assert len((NOTES / "004_exercise.yaml").read_text(encoding="utf-8").splitlines()) < 40
