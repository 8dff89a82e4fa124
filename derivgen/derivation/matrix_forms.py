"""Expressions in matrices as books have them: transposes at the factors, no brackets in products, what terms share once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import prod

from derivgen.derivation.contractions import UnreadableError, Written
from derivgen.frozen import dataclass, replace
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    ArrayCall,
    Axis,
    Block,
    Cases,
    Compare,
    Expr,
    Index,
    MatMul,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Size,
    Sum,
    Sym,
    Transpose,
    children,
    number,
    rebuild,
    symbols,
)

Shapes = Mapping[str, tuple[Size, ...]]
_SCALAR_CALLS = frozenset({"dot", "trace", "det", "norm", "sum", "mean", "max", "min", "var"})


def transposed(tree: Expr) -> Expr:
    """Return the transpose of a matrix, taken to its factors; a matrix that is its own transpose stays."""
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
    if isinstance(tree, ArrayCall) and tree.function == "inv" and transposed(tree.args[0]) == tree.args[0]:
        return tree
    if isinstance(tree, Sum) and any(isinstance(term, MatMul | Transpose) for term in tree.terms):
        turned = [transposed(term) for term in tree.terms]
        return tree if all(term in turned for term in tree.terms) else Transpose(tree)
    return Transpose(tree)


def _is_matrix(tree: Expr) -> bool:
    return isinstance(tree, (Sym, Transpose, MatMul)) or (
        isinstance(tree, ArrayCall) and tree.function in {"outer", "inv", "eye"}
    )


def in_book_form(tree: Expr, shapes: Shapes) -> Expr:
    """Return an expression with its constants collected, A @ x + A.T @ x as (A + A.T) @ x, and no inverse beside its matrix.

    A product in brackets behind `@` begins with a matrix, as the reading of contractions writes it, and needs no brackets.
    `shapes` are those of the names in it.
    """
    if not isinstance(tree, Cases | Compare):
        tree = rebuild(tree, lambda part: in_book_form(part, shapes))
    if isinstance(tree, MatMul):
        factors = without_inverses(tuple(part for factor in tree.factors for part in _chain(factor)), shapes)
        return _product(factors)
    if isinstance(tree, ArrayCall):
        return _called(tree)
    if isinstance(tree, Transpose) and isinstance(tree.arg, ArrayCall) and tree.arg.function == "inv":
        return transposed(tree.arg)
    found = tidy(tree)
    if len(symbols(found)) < len(symbols(tree)):
        return tree  # what cancels has a shape all the same
    tree = found
    if isinstance(tree, Product):
        return _with_powers(tree)
    return _factored(tree, shapes) if isinstance(tree, Sum) else tree


def _called(tree: ArrayCall) -> Expr:
    """Return x @ A @ y for dot(x, A @ y), the trace for the sum of a diagonal, and what an inverse of an inverse is."""
    first = tree.args[0] if tree.args else None
    if tree.function == "dot":
        left, right = tree.args
        if isinstance(left, MatMul) and not isinstance(right, MatMul):
            turned = (*map(transposed, reversed(left.factors[:-1])), right)
            options = ((left.factors[-1], *turned), (right, *left.factors))
            return MatMul(min(options, key=lambda factors: sum(isinstance(each, Transpose) for each in factors)))
        return MatMul((left, *right.factors)) if isinstance(right, MatMul) and not isinstance(left, MatMul) else tree
    if tree.function == "inv":
        if isinstance(first, ArrayCall) and first.function == "inv":
            return first.args[0]
        return transposed(ArrayCall("inv", (first.arg,))) if isinstance(first, Transpose) else tree
    if tree.function != "sum" or tree.options:
        return tree
    if isinstance(first, ArrayCall) and first.function == "sum" and dict(first.options) == {"axis": ONE}:
        inner = first.args[0]
        if isinstance(inner, Product) and isinstance(inner.factors[-1], ArrayCall) and inner.factors[-1].function == "eye":
            return ArrayCall("trace", (_times(inner.factors[:-1]),))
    if isinstance(first, Product) and len(first.factors) == 2 and any(isinstance(each, Transpose) for each in first.factors):
        left, right = first.factors
        if isinstance(right, Transpose):
            return ArrayCall("trace", (MatMul((*_chain(left), *_chain(right.arg))),))
        return ArrayCall("trace", (MatMul((*_chain(transposed(left)), *_chain(right))),))
    return tree


def without_inverses(factors: tuple[Expr, ...], shapes: Shapes) -> tuple[Expr, ...]:
    """Return the factors of a product by rows without an inverse beside what it is the inverse of.

    Of inv(A @ X) @ A the inverse of X is left, where both are square.
    """
    for place, factor in enumerate(factors):
        inside = _inverted(factor)
        for beside, own in ((place - 1, -1), (place + 1, 0)):
            if not inside or not 0 <= beside < len(factors) or factors[beside] != inside[own]:
                continue
            rest = inside[:-1] if own else inside[1:]
            if rest and not _is_square(inside[own], shapes):
                continue
            made = _called(ArrayCall("inv", (_product(rest),))) if rest else None
            pair = sorted((place, beside))
            left = (*factors[: pair[0]], *((made,) if made is not None else ()), *factors[pair[1] + 1 :])
            if left:
                return without_inverses(left, shapes)
    return factors


def _inverted(tree: Expr) -> tuple[Expr, ...]:
    """Return the factors of the matrix that this is the inverse of; none where it is no inverse."""
    if isinstance(tree, Transpose):
        inner = _inverted(tree.arg)
        return tuple(map(transposed, reversed(inner)))
    return _chain(tree.args[0]) if isinstance(tree, ArrayCall) and tree.function == "inv" else ()


def _is_square(tree: Expr, shapes: Shapes) -> bool:
    if isinstance(tree, Transpose):
        return _is_square(tree.arg, shapes)
    if isinstance(tree, Sum):
        return any(_is_square(term, shapes) for term in tree.terms)
    if isinstance(tree, ArrayCall):
        return tree.function in {"inv", "eye"}
    shape = shapes.get(tree.name, ()) if isinstance(tree, Sym) else ()
    return len(shape) == 2 and shape[0] == shape[1]


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


@dataclass(frozen=True)
class _Term:
    """A term of a sum: its number, the numbers of the computation it is multiplied with and divided by, and its array."""

    number: Fraction
    scalars: tuple[Expr, ...]
    under: Expr
    core: Expr

    def written(self) -> Expr:
        """Return the term."""
        over = tidy(_times((Num(self.number), *self.scalars, self.core)))
        return over if self.under == ONE else tidy(Quotient(over, self.under))


def _term(tree: Expr, shapes: Shapes) -> _Term:
    if isinstance(tree, Neg):
        term = _term(tree.arg, shapes)
        return replace(term, number=-term.number)
    if isinstance(tree, Quotient) and _is_scalar(tree.under, shapes):
        term = _term(tree.over, shapes)
        return replace(term, under=tree.under) if term.under == ONE else _Term(Fraction(1), (), ONE, tree)
    if isinstance(tree, Product):
        number = tree.factors[0].value if isinstance(tree.factors[0], Num) else Fraction(1)
        rest = tree.factors[1:] if isinstance(tree.factors[0], Num) else tree.factors
        scalars = tuple(factor for factor in rest if _is_scalar(factor, shapes))
        cores = tuple(factor for factor in rest if factor not in scalars)
        if cores:
            return _Term(number, scalars, ONE, _times(cores))
    return _Term(Fraction(1), (), ONE, tree)


def _is_scalar(tree: Expr, shapes: Shapes) -> bool:
    """Return whether an expression is one number for certain."""
    if isinstance(tree, Sym):
        return shapes.get(tree.name) == ()
    if isinstance(tree, ArrayCall):
        return tree.function in _SCALAR_CALLS and not tree.options
    if isinstance(tree, MatMul):
        return _is_vector(tree.factors[0], shapes) and _is_vector(tree.factors[-1], shapes)
    return all(_is_scalar(part, shapes) for part in children(tree))


def _is_vector(tree: Expr, shapes: Shapes) -> bool:
    """Return whether an expression is a vector for certain."""
    if isinstance(tree, Sym):
        return len(shapes.get(tree.name, ())) == 1
    return isinstance(tree, Sum | Neg) and any(_is_vector(part, shapes) for part in children(tree))


def _times(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else Product(factors)


def _factored(tree: Sum, shapes: Shapes) -> Expr:
    """Return a sum of arrays with what its terms share written once: numbers before them, a first or a last factor.

    Where all terms share a factor it is taken out; of some, only before B + B.T.
    """
    terms = [_term(each, shapes) for each in tree.terms]
    groups: dict[tuple[tuple[Expr, ...], Expr], list[_Term]] = {}
    for term in terms:
        groups.setdefault((term.scalars, term.under), []).append(term)
    if len(groups) == len(terms) > 1:
        return tree
    found = [made for group in groups.values() for made in _joined(group, len(groups) == 1)]
    return tree if len(found) == len(terms) else tidy(Sum(tuple(found))) if len(found) > 1 else found[0]


def _joined(group: list[_Term], is_all: bool) -> list[Expr]:
    """Return the terms of a group as fewer ones."""
    first, numbers, cores = group[0], [term.number for term in group], [term.core for term in group]
    if len(group) == 1:
        return [first.written()]
    alike = len(set(map(abs, numbers))) == 1
    before = (-1 if all(number < 0 for number in numbers) else 1) * (abs(numbers[0]) if alike else Fraction(1))
    numbers = [number / before for number in numbers]
    whole = _shared(numbers, cores)
    if whole is None and is_all and (first.scalars or first.under != ONE):
        whole = _sum(numbers, cores)
    if whole is not None:
        return [replace(first, number=before, core=whole).written()]
    for i, j in combinations(range(len(group)), 2):
        pair = _of_both(cores[i], cores[j]) if numbers[i] == numbers[j] else None
        if pair is not None:
            rest = [term for n, term in enumerate(group) if n not in (i, j)]
            return _joined([replace(group[i], core=pair), *rest], False)
    return [term.written() for term in group]


def _of_both(a: Expr, b: Expr) -> Expr | None:
    """Return B @ x + B.T @ x as (B + B.T) @ x, outer(X @ a, b) + outer(X @ b, a) as X @ (outer(a, b) + outer(b, a))."""
    found = _shared([Fraction(1)] * 2, [a, b])
    if found is not None:
        both = [part.terms for part in children(found) if isinstance(part, Sum) and len(part.terms) == 2]
        return found if any(isinstance(one, Sym | ArrayCall) and transposed(one) == other for one, other in both) else None
    if all(isinstance(each, ArrayCall) and each.function == "outer" and isinstance(each.args[0], MatMul) for each in (a, b)):
        (left, u), (right, v) = a.args, b.args  # type: ignore[attr-defined]
        if left.factors[:-1] == right.factors[:-1] and (left.factors[-1], right.factors[-1]) == (v, u):
            return MatMul((*left.factors[:-1], Sum((ArrayCall("outer", (u, v)), ArrayCall("outer", (v, u))))))
    return None


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
    return _factored(found, {}) if isinstance(found, Sum) else found


def picked(tree: Expr, indices: tuple[Index, ...], shape: tuple[Size, ...]) -> Written:
    """Return an array of this shape at fixed places of some of its axes, the last or the first one after another."""
    fixed = [n for n, i in enumerate(indices) if isinstance(i, int)]
    if not fixed:
        return Written(tree, tuple(i if isinstance(i, Axis) else None for i in indices))
    n = next((n for n in fixed if shape[n] == 1), fixed[0] if fixed[0] == 0 else fixed[-1])
    place, rest = indices[n], shape[:n] + shape[n + 1 :]
    assert isinstance(place, int)
    if not rest:
        unit = ArrayCall("row", (ArrayCall("eye", (_sized(shape[0]),)), number(place + 1)))
        return Written(ArrayCall("sum", (tree,)) if shape[0] == 1 else ArrayCall("dot", (tree, unit)), ())
    if shape[n] != 1:
        if 0 < n < len(rest):
            raise UnreadableError
        flat = number(prod(int(_sized(size).value) for size in rest))
        sizes = (flat, _sized(shape[n])) if n else (_sized(shape[n]), flat)
        matrix = tree if len(shape) == 2 else ArrayCall("reshape", (tree, *sizes))
        tree = ArrayCall("column" if n else "row", (matrix, number(place + 1)))
    if shape[n] == 1 or len(rest) > 1:
        tree = ArrayCall("flatten", (tree,)) if len(rest) == 1 else ArrayCall("reshape", (tree, *map(_sized, rest)))
    return picked(tree, indices[:n] + indices[n + 1 :], rest)


def _sized(size: Size) -> Num:
    if not isinstance(size, int):
        raise UnreadableError
    return Num(Fraction(size))


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
    if expr.function == "spread" and table.written[:1] == ("upsample",) and len(table.source) < 3:
        width = int(str(table.written[1]))
        return Product((number(width ** len(table.source)), ArrayCall("meanpool", (inner, number(width)))))
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
