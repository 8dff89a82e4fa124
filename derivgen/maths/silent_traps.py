"""What has a value and is hardly ever meant: an entrywise power -1 of a matrix, a bias that is added along the wrong axis."""

from __future__ import annotations

from collections.abc import Container, Iterator
from fractions import Fraction

from derivgen.errors import Place, Problem
from derivgen.maths.plain import plain
from derivgen.maths.shapes import Lowering
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import Expr, MatMul, Num, Power, Reduce, Sum, Sym, walk


def traps(body: Expr, low: Lowering, parameters: Container[str]) -> Iterator[Problem]:
    """Yield a warning for each trap in a definition whose shapes fit."""
    for node in walk(body):
        if isinstance(node, Power) and tidy(node.exponent) == Num(Fraction(-1)) and len(low.entries(node.base).axes) == 2:
            yield _warning(f"{plain(node)} is 1 over each entry", node.at, f"the inverse matrix is inv({plain(node.base)})")
        elif isinstance(node, Sum):
            yield from _along_the_wrong_axis(node, low, parameters)
        elif isinstance(node, Reduce) and node.kind == "mean":
            inner = low.entries(node.body)
            if inner.axes and inner.sampled:
                hint = f"of the mean over the samples as well: mean({plain(node)})"
                yield _warning(f"{plain(node)} is the mean of the entries of a vector, one for each sample", node.at, hint)


def _along_the_wrong_axis(node: Sum, low: Lowering, parameters: Container[str]) -> Iterator[Problem]:
    """Of W @ X + b with samples in the columns of X, b goes to each row: unseen where as many samples are as rows."""
    for product in node.terms:
        if (
            not isinstance(product, MatMul)
            or not isinstance(product.factors[0], Sym)
            or product.factors[0].name not in parameters
        ):
            continue
        shape = low.entries(product).shape
        right = (each.name for each in walk(product.factors[-1]) if isinstance(each, Sym))
        if len(shape) != 2 or shape[0] != shape[1] or any(name in parameters for name in right):
            continue
        for term in node.terms:
            if isinstance(term, Sym) and low.entries(term).shape == shape[1:]:
                hint = f"where the columns are the samples, write reshape({term.name}, {shape[0]}, 1)"
                yield _warning(f"{term.name} is added to each row of {plain(product)}, entry j to column j", term.at, hint)


def _warning(message: str, place: Place | None, hint: str) -> Problem:
    return Problem(message, place, hint, "warning")
