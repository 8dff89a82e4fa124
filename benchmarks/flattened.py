"""The rival: a dense sigmoid network as one SymPy expression, differentiated by each weight, printed and evaluated.

Run as a whole process, `python -m benchmarks.flattened 4 4 4 4 1`, it prints for each parameter its derivative in LaTeX and
its value; the loss and the numbers are those of `benchmarks.networks.dense` (one sample, half the squared error).
"""

from __future__ import annotations

import sys
from itertools import accumulate, pairwise

import sympy
import yaml

from benchmarks.networks import dense


def loss(sizes: tuple[int, ...]) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...]]:
    """The loss of the flattened network and its parameters."""
    numbers = [range(start + 1, end + 1) for start, end in pairwise(accumulate(sizes, initial=0))]
    outputs: dict[int, sympy.Expr] = {number: sympy.Symbol(f"x_{number}") for number in numbers[0]}
    parameters: list[sympy.Symbol] = []
    for below, above in pairwise(numbers):
        for to in above:
            own = [sympy.Symbol(f"W_{number}_{to}") for number in below]
            parameters += [*own, bias := sympy.Symbol(f"b_{to}")]
            net = sympy.Add(*(weight * outputs[number] for weight, number in zip(own, below, strict=True)), bias)
            outputs[to] = 1 / (1 + sympy.exp(-net))
    return (sympy.Symbol("y") - outputs[numbers[-1][0]]) ** 2 / 2, tuple(parameters)


def main(sizes: tuple[int, ...]) -> None:
    """Derivatives, their LaTeX and their values, on stdout."""
    whole, parameters = loss(sizes)
    given = {name: float(sympy.Rational(str(value))) for name, value in yaml.safe_load(dense(sizes))["values"].items()}
    slopes = [whole.diff(parameter) for parameter in parameters]
    compute = sympy.lambdify([sympy.Symbol(name) for name in given], slopes, modules="math", cse=True)
    for parameter, slope, value in zip(parameters, slopes, compute(*given.values()), strict=True):
        print(parameter, sympy.latex(slope), value)


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]))
