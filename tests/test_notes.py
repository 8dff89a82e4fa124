"""The teacher's notes: what stands on their pages, figure by figure, against what was worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest

from derivgen.cli.checking import checked
from derivgen.documents.compose import compose
from derivgen.documents.document import Document, Heading, Line, Math, Paragraph, Table
from derivgen.language import Wording
from derivgen.machine import as_object
from derivgen.maths.plain import plain
from derivgen.maths.tree import Boxed, Expr, Num, Partial, Reduce, Shown, SumOver, walk
from tests.product import ROOT, every_block, every_line, words

NOTES = ROOT / "specs" / "notes"


@cache
def page(name: str, audience: str = "notes") -> Document:
    """The document of a note's spec."""
    return compose(checked(NOTES / f"{name}.yaml")[0], audience)


def said(document: Document) -> tuple[tuple[str, ...], ...]:
    """Every line of equations, its sides as text."""
    return tuple(sides(line) for line in every_line(document.blocks))


def sides(line: Line) -> tuple[str, ...]:
    return tuple(plain(side) for side in (line.left, *(side for _, side in line.steps)) if side is not None)


def headings(document: Document, level: int) -> tuple[str, ...]:
    """The formulas and words of each heading."""
    found = [block for block in every_block(document.blocks) if isinstance(block, Heading) and block.level == level]
    return tuple("".join(plain(part.expr) if isinstance(part, Math) else part.words for part in block.title) for block in found)


def number(expr: Expr) -> Fraction:
    """What a printed number is."""
    if isinstance(expr, Boxed):
        return number(expr.content)
    assert isinstance(expr, (Num, Shown))
    return Fraction(str(expr.value))


class TestNote000:
    """One expression, taken apart: the teacher's own names, every value, every derivative."""

    NAME = "000_one_expression"
    PIECES = (
        ("P_1", "a*b"),
        ("P_2", "c*d"),
        ("P_3", "e*f"),
        ("S_1", "P_1 + P_2"),
        ("S_2", "P_3 + g"),
        ("S_3", "S_1 + S_2"),
        ("P_4", "S_3*V_1"),
        ("S_4", "P_4 + y"),
        ("L", "S_4^2"),
    )
    FORWARD: ClassVar = {"P_1": -12, "P_2": -40, "P_3": 0, "S_1": -52, "S_2": -10, "S_3": -62, "P_4": 62, "S_4": 12, "L": 144}
    BACKWARD: ClassVar = {
        "L": 1,
        "S_4": 24,
        "y": 24,
        "P_4": 24,
        "V_1": -1488,
        "S_3": -24,
        "S_1": -24,
        "S_2": -24,
        "P_1": -24,
        "P_2": -24,
        "P_3": -24,
        "g": -24,
        "a": -144,
        "b": 48,
        "c": 120,
        "d": -192,
        "e": -168,
        "f": 0,
    }

    def test_taken_apart_as_the_teacher_does(self) -> None:
        written = said(page(self.NAME))
        assert written[0] == ("L", "(y - (a*b + c*d + e*f + g))^2")
        assert written[1 : 1 + len(self.PIECES)] == self.PIECES

    def test_every_value(self) -> None:
        lines = [
            line for line in every_line(page(self.NAME).blocks) if len(line.steps) == 3 and not isinstance(line.left, Partial)
        ]
        assert [(sides(line)[:2]) for line in lines] == list(self.PIECES)
        assert {sides(line)[0]: number(line.steps[-1][1]) for line in lines} == self.FORWARD

    def test_every_derivative(self) -> None:
        assert {name: number(line.steps[-1][1]) for name, line in self.backward()} == self.BACKWARD
        assert all(relation == "=" for _, line in self.backward() for relation, _ in line.steps), "every number is exact"

    def test_each_line_from_the_ones_before_it(self) -> None:
        """Reuse: ∂L/∂c = ∂L/∂P_2 * ∂P_2/∂c, and ∂L/∂P_2 stands above; each derivative once, by its own name."""
        before: list[str] = []
        for name, line in self.backward():
            used = [node for _, side in line.steps for node in walk(side) if isinstance(node, Partial) and node.of.name == "L"]
            assert {node.by.name for node in used} <= set(before), f"∂L/∂{name} uses what is not known yet"
            assert used or name in {"L", "S_4"}
            before.append(name)
        assert len(before) == len(set(before)) == len(self.BACKWARD)

    def test_lines_as_the_teacher_writes_them(self) -> None:
        written = {line[0]: line[1:] for line in said(page(self.NAME)) if line[0].startswith("dL/")}
        assert written["dL/dP_1"] == ("dL/dS_1*(dS_1/dP_1)", "dL/dS_1*1", "-24*1", "-24")
        assert written["dL/dS_3"] == ("dL/dP_4*(dP_4/dS_3)", "dL/dP_4*V_1", "24*(-1)", "-24")
        assert written["dL/dc"][-2:] == ("-24*(-5)", "120"), "the scan has the sign wrong"
        assert written["dL/dV_1"][-2:] == ("24*(-62)", "-1488")

    def test_all_of_them_in_the_table(self) -> None:
        tables = [block for block in every_block(page(self.NAME).blocks) if isinstance(block, Table)]
        cells = [(head, cell) for table in tables for row in table.rows for head, cell in zip(table.header, row, strict=True)]
        shown = {head.by.name: number(cell) for head, cell in cells if isinstance(head, Partial) and cell is not None}
        assert shown == self.BACKWARD

    def backward(self) -> Iterator[tuple[str, Line]]:
        lines = [line for line in every_line(page(self.NAME).blocks) if isinstance(line.left, Partial)]
        assert len(lines) == len(self.BACKWARD)
        for line in lines:
            assert isinstance(line.left, Partial)
            assert line.left.of.name == "L"
            yield line.left.by.name, line


class TestNote002:
    """An AND gate in Portuguese: one chain per parameter, symbolic, over a table of samples."""

    NAME = "002_and_gate"
    ORDER = ("W_13", "W_23", "b_3", "W_24", "W_14", "b_4", "W_35", "W_45", "b_5")
    LAST: ClassVar = {"W_13": "x_1[i]", "W_23": "x_2[i]", "b_3": "1", "W_24": "x_2[i]", "W_14": "x_1[i]", "b_4": "1"}

    def way(self, name: str) -> tuple[str, ...]:
        """The edges of a parameter's chain."""
        neuron = name[-1]
        if neuron == "5":
            return ("dLoss/dA_5[i]", "dA_5[i]/dZ_5[i]", f"dZ_5[i]/d{name}")
        return (
            "dLoss/dA_5[i]",
            "dA_5[i]/dZ_5[i]",
            f"dZ_5[i]/dA_{neuron}[i]",
            f"dA_{neuron}[i]/dZ_{neuron}[i]",
            f"dZ_{neuron}[i]/d{name}",
        )

    def parts(self) -> dict[str, list[tuple[Line, tuple[str, ...]]]]:
        """The lines below each numbered heading."""
        found: dict[str, list[tuple[Line, tuple[str, ...]]]] = {}
        name = ""
        for block in every_block(page(self.NAME).blocks):
            if isinstance(block, Heading) and block.level == 2:
                name = next(
                    part.expr.by.name for part in block.title if isinstance(part, Math) and isinstance(part.expr, Partial)
                )
                found[name] = []
            elif name and hasattr(block, "lines"):
                found[name] += [(line, sides(line)) for line in block.lines]
        return found

    def test_nine_in_the_teacher_s_order(self) -> None:
        assert headings(page(self.NAME), 2) == tuple(f"dLoss/d{name}" for name in self.ORDER)
        numbers = [
            block.number for block in every_block(page(self.NAME).blocks) if isinstance(block, Heading) and block.level == 2
        ]
        assert numbers == [str(k) for k in range(1, 10)]

    @pytest.mark.parametrize("name", ORDER)
    def test_its_own_chain(self, name: str) -> None:
        """The sum over the samples stands outside the product of all factors; b_5 has its own chain, not that of b_3."""
        line, (left, right, *more) = self.parts()[name][0]
        assert (left, more) == (f"dLoss/d{name}", [])
        body = line.steps[0][1]
        assert isinstance(body, SumOver)
        assert (body.index, plain(body.upper)) == ("i", "4")
        first, *rest = self.way(name)
        assert right == f"sum(i=1..4: {'*'.join([first, *(f'({factor})' for factor in rest)])})"

    @pytest.mark.parametrize("name", ORDER)
    def test_each_factor_worked_out_on_its_own_line(self, name: str) -> None:
        lines = {written[0]: written[1:] for _, written in self.parts()[name][1 : 1 + len(self.way(name))]}
        assert tuple(lines) == self.way(name)
        assert lines["dLoss/dA_5[i]"] == ("1/4*2*(y[i] - A_5[i])*(-1)", "-1/2*(y[i] - A_5[i])")
        assert lines["dA_5[i]/dZ_5[i]"][-1] == "A_5[i]*(1 - A_5[i])"
        last = {**self.LAST, "W_35": "A_3[i]", "W_45": "A_4[i]", "b_5": "1"}[name]
        assert lines[self.way(name)[-1]] == (last,)
        if name[-1] != "5":
            assert lines[self.way(name)[2]] == (f"W_{name[-1]}5",)
            assert lines[self.way(name)[3]][0] == f"ReLU'(Z_{name[-1]}[i])"

    @pytest.mark.parametrize("name", ORDER)
    def test_the_product(self, name: str) -> None:
        """(1/4) Σ -2(y_i - A_5i)·…, then with its constants collected."""
        line, written = self.parts()[name][1 + len(self.way(name))]
        assert written[0] == f"dLoss/d{name}"
        assert written[1].startswith("1/4*sum(i=1..4: (-2*(y[i] - A_5[i]))*")
        assert written[-1].startswith("-1/2*sum(i=1..4: (y[i] - A_5[i])*")
        middle = f"*W_{name[-1]}5*ReLU'(Z_{name[-1]}[i])" if name[-1] != "5" else ""
        tail = {**self.LAST, "W_35": "A_3[i]", "W_45": "A_4[i]", "b_5": "1"}[name]
        assert (
            written[-1]
            .replace("(A_5[i]*(1 - A_5[i]))", "A_5[i]*(1 - A_5[i])")
            .endswith(f"A_5[i]*(1 - A_5[i]){middle}{'' if tail == '1' else f'*{tail}'})")
        )
        for _, side in line.steps:
            assert sum(isinstance(node, (SumOver, Reduce)) for node in walk(side)) == 1

    def test_the_loss_is_the_mean_over_the_four_rows(self) -> None:
        assert ("Loss", "1/n*sum(i=1..n: (y[i] - yhat[i])^2)", "1/4*sum(i=1..4: (y[i] - A_5[i])^2)") in said(page(self.NAME))
        (table,) = (block for block in every_block(page(self.NAME).blocks) if isinstance(block, Table))
        assert [[plain(cell) for cell in row if cell is not None] for row in table.rows] == [
            ["1", "1", "1", "1"],
            ["2", "1", "0", "0"],
            ["3", "0", "1", "0"],
            ["4", "0", "0", "0"],
        ]

    def test_in_portuguese(self) -> None:
        document = page(self.NAME)
        assert (document.language, document.kind) == ("pt", "notas")
        assert list(headings(document, 1)[-2:]) == ["Propagação reversa", "Passo a passo: d/dx(sig(x))"]
        assert Wording("pt").say("Backward pass") == "Propagação reversa"
        prose = " ".join(words(block.prose) for block in every_block(document.blocks) if isinstance(block, Paragraph))
        assert "valor observado" in prose
        reasons = {words(line.reason) for line in every_line(document.blocks)} - {""}
        assert reasons
        english = {"the", "of", "rule", "chain", "then", "slope", "derivative", "own", "samples", "mean"}
        for text in (prose, *reasons):
            assert not english & set(text.lower().replace(",", " ").replace(".", " ").split()), text

    def test_the_key_answers_the_same_nine(self) -> None:
        for audience in ("worksheet", "key"):
            lefts = [sides(line)[0] for line in every_line(page(self.NAME, audience).blocks)]
            assert [left for left in lefts if left.startswith("dLoss/d") and "A_5" not in left] == [
                f"dLoss/d{name}" for name in self.ORDER
            ] * 2


EXAMPLE = """\
title: Backpropagation by hand
equations: |
  Z_3 = W_13*x_1 + W_23*x_2 + b_3
  A_3 = ReLU(Z_3)
  Z_5 = W_35*A_3 + b_5
  A_5 = sig(Z_5)
  Loss = mean((y - A_5)^2)
parameters: [W_13, W_23, b_3, W_35, b_5]
targets: [y]
values: {W_13: 1/2, W_23: -1, b_3: 0, W_35: 2, b_5: 0}
data:
  columns: [x_1, x_2, y]
  rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
"""


class TestTheMachineReadableObject:
    """The figures that scripts rely on."""

    def read(self, tmp_path: Path) -> dict:
        path = tmp_path / "example.yaml"
        path.write_text(EXAMPLE, encoding="utf-8")
        return json.loads(json.dumps(as_object(*checked(path))))

    def test_the_example(self, tmp_path: Path) -> None:
        found = self.read(tmp_path)
        assert (found["derivgen"], found["title"], found["loss"], found["samples"]) == (
            "0.1.0",
            "Backpropagation by hand",
            "Loss",
            4,
        )
        assert found["quantities"]["Z_3"] == {
            "role": "intermediate",
            "latex": "Z_{3}",
            "definition": "W_13*x_1 + W_23*x_2 + b_3",
            "value": ["-1/2", "1/2", "-1", "0"],
            "decimal": [-0.5, 0.5, -1.0, 0.0],
        }
        assert list(found["gradients"]) == ["W_13", "W_23", "b_3", "W_35", "b_5"]
        gradient = found["gradients"]["W_13"]
        assert gradient["paths"] == [["Loss/A_5", "A_5/Z_5", "Z_5/A_3", "A_3/Z_3", "Z_3/W_13"]]
        assert gradient["expression"] == "mean(-2*(y - A_5)*A_5*(1 - A_5)*W_35*ReLU'(Z_3)*x_1)"
        assert gradient["value"].startswith("0.14373")
        assert len(gradient["value"].lstrip("0.")) >= 17
        assert round(gradient["decimal"], 8) == 0.14373484
        checks = found["checks"]
        assert (checks["failed"], checks["gradients"], checks["roads"]) == (0, 5, ["chain", "sympy", "differences"])
        assert checks["equalities"] > 20

    def test_exact_where_it_can_be(self, tmp_path: Path) -> None:
        found = self.read(tmp_path)
        assert found["gradients"]["W_23"]["value"] == "0"
        assert found["quantities"]["A_3"]["value"] == ["0", "1/2", "0", "0"]
        assert found["quantities"]["W_13"]["value"] == ["1/2"]
        assert {q["role"] for q in found["quantities"].values()} == {"input", "target", "parameter", "intermediate", "loss"}
