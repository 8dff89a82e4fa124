"""Expressions in matrices as books have them: transposes at the factors, no brackets in products, what terms share once."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod

from derivgen.derivation.contractions import UnreadableError
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ArrayCall,
    Axis,
    Block,
    Cases,
    Compare,
    Expr,
    MatMul,
    Neg,
    Num,
    Power,
    Product,
    Sum,
    Sym,
    Transpose,
    number,
    rebuild,
    symbols,
)


def transposed(tree: Expr) -> Expr:
    """Return the transpose of a matrix, taken to its factors."""
    if isinstance(tree, Transpose):
        return tree.arg
    if isinstance(tree, MatMul) and all(map(_is_matrix, tree.factors)):
        return MatMul(tuple(transposed(factor) for factor in reversed(tree.factors)))
    if isinstance(tree, Neg):
        return Neg(transposed(tree.arg))
    if isinstance(tree, ArrayCall) and tree.function == "outer":
        return ArrayCall("outer", tree.args[::-1])
    if isinstance(tree, ArrayCall) and tree.function == "eye":
        return tree
    return Transpose(tree)


def _is_matrix(tree: Expr) -> bool:
    return isinstance(tree, (Sym, Transpose, MatMul)) or (
        isinstance(tree, ArrayCall) and tree.function in {"outer", "inv", "eye"}
    )


def in_book_form(tree: Expr) -> Expr:
    """Return an expression with its constants collected, and A @ x + A.T @ x as (A + A.T) @ x.

    A product in brackets behind `@` begins with a matrix, as the reading of contractions writes it, and needs no brackets.
    """
    if not isinstance(tree, Cases | Compare):
        tree = rebuild(tree, in_book_form)
    if isinstance(tree, MatMul):
        return MatMul(tuple(part for factor in tree.factors for part in _chain(factor)))
    found = tidy(tree)
    if len(symbols(found)) < len(symbols(tree)):
        return tree  # what cancels has a shape all the same
    tree = found
    if isinstance(tree, Product):
        return _with_powers(tree)
    return _factored(tree) if isinstance(tree, Sum) else tree


def _chain(tree: Expr) -> tuple[Expr, ...]:
    return tree.factors if isinstance(tree, MatMul) else (tree,)


def _with_powers(tree: Product) -> Expr:
    """Return a product with the square of a function or a name in place of it twice."""
    factors: list[Expr] = []
    for factor in tree.factors:
        if factors and factor == factors[-1] and isinstance(factor, ArrayCall | Sym):
            factors[-1] = Power(factor, Num(Fraction(2)))
        else:
            factors.append(factor)
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _factored(tree: Sum) -> Expr:
    """Return a sum of products by rows, or of outer products, with the factor that all have, first or last, written once."""
    numbers, cores = zip(*map(_split, tree.terms), strict=True)
    if all(number < 0 for number in numbers):
        found = _shared(tuple(-number for number in numbers), cores)
        return tree if found is None else Neg(found)
    found = _shared(numbers, cores)
    return tree if found is None else found


def _shared(numbers: Sequence[Fraction], cores: Sequence[Expr]) -> Expr | None:
    if all(isinstance(core, MatMul) for core in cores):
        chains = [_chain(core) for core in cores]
        if all(chain[-1] == chains[0][-1] for chain in chains):
            left = _sum(numbers, [_product(chain[:-1]) for chain in chains])
            return MatMul((*_chain(left), chains[0][-1]))
        if all(chain[0] == chains[0][0] for chain in chains):
            return MatMul((chains[0][0], _sum(numbers, [_product(chain[1:]) for chain in chains])))
    if all(isinstance(core, ArrayCall) and core.function == "outer" for core in cores):
        pairs = [core.args for core in cores]  # type: ignore[attr-defined]
        if all(second == pairs[0][1] for _, second in pairs):
            return ArrayCall("outer", (_sum(numbers, [first for first, _ in pairs]), pairs[0][1]))
        if all(first == pairs[0][0] for first, _ in pairs):
            return ArrayCall("outer", (pairs[0][0], _sum(numbers, [second for _, second in pairs])))
    return None


def _product(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else MatMul(factors)


def _sum(numbers: Sequence[Fraction], parts: Sequence[Expr]) -> Expr:
    """Return a sum; B + B.T in this order."""
    terms = [tidy(Product((Num(number), part))) for number, part in zip(numbers, parts, strict=True)]
    if len(terms) == 2 and isinstance(terms[0], Transpose) and transposed(terms[0]) == terms[1]:
        terms.reverse()
    found = tidy(Sum(tuple(terms)))
    return _factored(found) if isinstance(found, Sum) else found


def _split(term: Expr) -> tuple[Fraction, Expr]:
    if isinstance(term, Neg):
        number, rest = _split(term.arg)
        return -number, rest
    if isinstance(term, Product) and len(term.factors) == 2 and isinstance(term.factors[0], Num):
        return term.factors[0].value, term.factors[1]
    return Fraction(1), term


def is_of_windows(block: Block) -> bool:
    """Return whether what is moved are the windows of an array, at any place."""
    return block.settings.written[:1] == ("windows",) and all(isinstance(i, Axis) for i in block.indices)


def as_mean(tree: Expr, axes: tuple[Axis, ...]) -> Expr:
    """Return 1/n times a sum over n entries as their mean."""
    if not isinstance(tree, Product) or len(tree.factors) != 2 or not all(isinstance(axis.size, int) for axis in axes):
        return tree
    share, inner = tree.factors
    n = prod(int(axis.size) for axis in axes)
    if not isinstance(share, Num) or abs(share.value) * n != 1 or not isinstance(inner, ArrayCall) or inner.function != "sum":
        return tree
    mean = ArrayCall("mean", inner.args, inner.options)
    return mean if share.value > 0 else Neg(mean)


def rearranged(expr: Block, inner: Expr) -> Expr:
    """Return the call that moves entries, or the one that moves them back."""
    table = expr.settings
    call = table.written if expr.function == "move" else table.back
    if expr.function == "spread" and table.written[:1] == ("rows",):
        picked = ArrayCall("rows", (ArrayCall("eye", (number(table.source[0]),)), *map(number, table.written[1:])))
        return MatMul((Transpose(picked), inner))
    if not call or call[0] in {"concat", "windows"}:
        raise UnreadableError
    if call[0] == "columns":
        return Transpose(ArrayCall("rows", (transposed(inner), *map(number, call[1:]))))
    return ArrayCall(str(call[0]), (inner, *map(number, call[1:])))


def entry(name: str, indices: tuple[int, ...]) -> Sym:
    """Return an entry by its name on the board."""
    numbers = [str(i + 1) for i in indices]
    if len(numbers) > 2:
        raise UnreadableError
    return Sym(f"{name}_{('_' if any(len(n) > 1 for n in numbers) else '').join(numbers)}")
