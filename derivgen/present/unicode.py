"""Mathematics → Unicode for the terminal: `∂Loss/∂W₁₃ = -2·(y - A₅)`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from derivgen.maths.brackets import LINEAR, Form, Rules, form, number_text
from derivgen.maths.linear import Linear, Signs
from derivgen.maths.names import GREEK, MARKS, split
from derivgen.maths.style import DEFAULT, Style, called, is_raised, unfold
from derivgen.maths.tree import (
    Call,
    Cases,
    Expr,
    Gap,
    Marked,
    Matrix,
    Nabla,
    Num,
    Partial,
    Power,
    Prime,
    Shown,
    SumOver,
    Sym,
    Written,
)

SUBSCRIPTS = str.maketrans("0123456789aehijklmnoprstuvx+-=()", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₌₍₎")
SUPERSCRIPTS = str.maketrans("0123456789adijklnmpstTLD+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵈⁱʲᵏˡⁿᵐᵖˢᵗᵀᴸᴰ⁺⁻⁼⁽⁾")
RELATIONS: Mapping[str, str] = MappingProxyType({"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "~=": "≈"})
TIMES: Mapping[str, str] = MappingProxyType({"dot": "·", "juxtapose": "·", "star": "*", "brackets": "·"})

SIGNS = Signs(
    blank="____",
    partial="∂",
    plus="⁺",
    matmul=" ",
    odot=" ⊙ ",
    oslash=" ⊘ ",
    transposed="ᵀ",
    ones="𝟏",
    sizes="⟨⟩",
    relations=RELATIONS,
)

_FACTORS = ("first factor", "factor", "last factor")
RULES: Rules = MappingProxyType(
    {**LINEAR, **{place: LINEAR[place] - {Form.PRODUCT} for place in _FACTORS}, "negated": frozenset({Form.SUM})}
)
"""As on any line, but a product within a product needs no brackets, and neither does one behind a minus."""


def text(expr: Expr, style: Style = DEFAULT) -> str:
    """The expression in Unicode.

    >>> from derivgen.maths.tree import Product
    >>> text(Partial(Sym("Loss"), Sym("W_13")))
    '∂Loss/∂W₁₃'
    >>> text(Product((Sym("w__2_31"), Sym("yhat"), Sym("beta"))))
    'w²₃₁·ŷ·β'
    """
    return _Unicode(style).show(unfold(expr, style), "whole")


def name_text(name: str, index: str | int | None = None, above: bool = False) -> str:
    """A name with its accent, superscript and subscripts in Unicode.

    >>> name_text("W_13"), name_text("W_out"), name_text("x_1_2"), name_text("A_5", "i"), name_text("b_q")
    ('W₁₃', 'Wₒᵤₜ', 'x₁,₂', 'A₅,ᵢ', 'b_q')
    """
    parts = split(name)
    base = GREEK.get(parts.base, parts.base)
    if parts.accent:
        base = unicodedata.normalize("NFC", base + MARKS[parts.accent])
    if above and index is not None:
        return base + _lowered(parts.subscripts) + _raised(f"{parts.superscript},({index})".lstrip(","))
    below = (*parts.subscripts, *([] if index is None else [str(index)]))
    return base + _raised(parts.superscript) + _lowered(below)


def _lowered(scripts: tuple[str, ...]) -> str:
    if not scripts:
        return ""
    if all(ord(c) in SUBSCRIPTS for script in scripts for c in script):
        return ",".join(script.translate(SUBSCRIPTS) for script in scripts)
    return "_" + ",".join(GREEK.get(script, script) for script in scripts)


def _raised(script: str) -> str:
    if all(ord(c) in SUPERSCRIPTS for c in script):
        return script.translate(SUPERSCRIPTS)
    return f"^{script}"


class _Unicode(Linear):
    rules = RULES

    def __init__(self, style: Style):
        self.style = style
        self.signs = replace(SIGNS, times=TIMES[style.product], otherwise=style.otherwise)

    def form(self, expr: Expr) -> Form:
        if isinstance(expr, Sym):
            return Form.POWER if is_raised(expr, self.style) else form(expr)
        return Form.OPERATOR if isinstance(expr, SumOver) else super().form(expr)

    def number(self, expr: Num | Shown) -> str:
        return number_text(expr).replace(".", self.style.decimal)

    def symbol(self, expr: Sym) -> str:
        return name_text(expr.name, expr.index, self.style.sample == "above")

    def function(self, name: str) -> str:
        bare = name.rstrip("'")
        return name_text(bare) + name[len(bare) :]

    def called(self, expr: Call | Prime) -> str:
        return called(expr, self.style)

    def power(self, expr: Power) -> str:
        raised = self.show(expr.exponent, "whole")
        if all(ord(c) in SUPERSCRIPTS for c in raised.replace(" ", "")):
            return self.show(expr.base, "base") + raised.replace(" ", "").translate(SUPERSCRIPTS)
        return super().power(expr)

    def call(self, expr: Call) -> str:
        if expr.function == "sqrt" and len(expr.args) == 1:
            return "√" + self.arguments(expr.args)
        if expr.function == "abs" and len(expr.args) == 1:
            return f"|{self.show(expr.args[0], 'whole')}|"
        if expr.component is None:
            return super().call(expr)
        return self.function(self.called(expr)) + _lowered((str(expr.component + 1),)) + self.arguments(expr.args)

    def arguments(self, args: tuple[Expr, ...]) -> str:
        listed = [self.show(arg, "whole") for arg in args]
        return f"({('; ' if self.style.decimal == ',' else ', ').join(listed)})"

    def cases(self, expr: Cases) -> str:
        pieces = [f"{self.show(value, 'whole')} if {self.show(condition, 'whole')}" for condition, value in expr.pieces]
        return f"{{{'; '.join(pieces)}; {self.style.otherwise} {self.show(expr.otherwise, 'whole')}}}"

    def sum_over(self, expr: SumOver) -> str:
        upper = self.show(expr.upper, "whole")
        return f"Σ{_lowered((f'{expr.index}=1',))}{_raised(upper)} {self.show(expr.body, 'body')}"

    def matrix(self, expr: Matrix) -> str:
        """[19  27  31], [36; 48; 62]"""
        return f"[{'; '.join('  '.join(self.show(cell, 'whole') for cell in row) for row in expr.rows)}]"

    def raised(self, text: str) -> str:
        return _raised(text)

    def partial(self, expr: Partial) -> str:
        if self.style.derivative == "prime":
            return f"{self.symbol(Sym(expr.of.name))}'{_lowered((expr.by.name.replace('_', ''),))}"
        return f"∂{'⁺' if expr.direct else ''}{self.symbol(expr.of)}/∂{self.symbol(expr.by)}"

    def nabla(self, expr: Nabla) -> str:
        below = _lowered((expr.by,)) if expr.by else ""
        return f"∇{below} {self.symbol(expr.of)}" if below else f"∇{self.symbol(expr.of)}"

    def scripted(self, letter: str, above: str, below: tuple[str, ...]) -> str:
        return name_text(letter) + _raised(above) + _lowered(below)

    def marked(self, expr: Marked) -> str:
        return super().marked(expr) + "†"

    def written(self, expr: Written) -> str:
        if expr.kind == "dot":
            return "·".join(self.show(part, "factor") for part in expr.parts)
        return super().written(expr)

    def gap(self, expr: Gap) -> str:
        return "_" * max(4, min(24, round(expr.width * 2)))
