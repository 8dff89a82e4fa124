"""The rival of `benchmarks.variants`: the network of note 002 taken through SymPy anew for every variant.

For each variant the loss over the four samples is built, differentiated by each of the nine parameters, printed and evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy

ROWS = ((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 0))
PARAMETERS = ("W_13", "W_23", "b_3", "W_14", "W_24", "b_4", "W_35", "W_45", "b_5")


def rederived(numbers: Mapping[str, Fraction]) -> str:
    """A key of one variant as SymPy gives it: each derivative in LaTeX and its value."""
    names = {name: sympy.Symbol(name) for name in PARAMETERS}
    loss = sympy.Rational(1, 4) * sympy.Add(*(_error(names, *row) for row in ROWS))
    given = {names[name]: sympy.Rational(number.numerator, number.denominator) for name, number in numbers.items()}
    lines = []
    for name, symbol in names.items():
        slope = loss.diff(symbol)
        lines.append(f"{name} & {sympy.latex(slope)} & {sympy.latex(slope.xreplace(given).doit().evalf(4))}")
    return "\n".join(lines)


def _error(names: Mapping[str, sympy.Symbol], x_1: int, x_2: int, y: int) -> sympy.Expr:
    """The squared error of one sample."""
    hidden = [sympy.Max(0, names[f"W_1{unit}"] * x_1 + names[f"W_2{unit}"] * x_2 + names[f"b_{unit}"]) for unit in (3, 4)]
    net = names["W_35"] * hidden[0] + names["W_45"] * hidden[1] + names["b_5"]
    return (y - 1 / (1 + sympy.exp(-net))) ** 2
