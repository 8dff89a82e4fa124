"""Formulas of matrices → matrices of formulas: products, transposes and functions written out, entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

from derivgen.claims.tokens import UnreadableError
from derivgen.claims.whole_arrays import entries_of_call
from derivgen.frozen import replace
from derivgen.maths.tree import (
    ONE,
    ZERO,
    ArrayCall,
    Call,
    Cases,
    Entry,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Neg,
    Ones,
    Partial,
    Power,
    Prime,
    Product,
    Quotient,
    Sum,
    SumOver,
    Sym,
    Transpose,
    children,
    rebuild,
    walk,
)

Names = tuple[tuple[str, ...], ...]
"""The names of a matrix' entries, row by row."""
MOST_NODES = 20_000
ONE_COLUMN = Ones(0, 1)
"""A column of ones, as many as are wanted."""


def written_out(tree: Expr, named: Callable[[str], Names | None]) -> Expr:
    """Return a formula as one matrix of formulas, or as it is if it has none; `named` gives the matrices that names stand for.

    Raises UnreadableError where sizes do not fit.
    """
    if not any(_is_matrix(node, named) for node in walk(tree)):
        if any(isinstance(node, Call) and node.function == "softmax" and node.component is None for node in walk(tree)):
            raise UnreadableError("softmax of one number")
        return tree
    found = _alone(_expanded(tree, named))
    if _nodes(found) > MOST_NODES:
        raise UnreadableError("too large a product of matrices")
    return found


def _nodes(tree: Expr) -> int:
    """Return how many nodes a formula has; what stands in it at several places counts once."""
    stack, seen = [tree], {id(tree): tree}
    while stack and len(seen) <= MOST_NODES:
        for part in children(stack.pop()):
            if id(part) not in seen:
                seen[id(part)] = part
                stack.append(part)
    return len(seen)


def _is_matrix(node: Expr, named: Callable[[str], Names | None]) -> bool:
    if isinstance(node, Partial):
        return named(node.of.name) is not None or named(node.by.name) is not None
    return isinstance(node, (Matrix, Ones)) or (isinstance(node, Sym) and named(node.name) is not None)


def _expanded(tree: Expr, named: Callable[[str], Names | None]) -> Expr:
    if isinstance(tree, Sym):
        names = named(tree.name)
        return tree if names is None else Matrix(tuple(tuple(Sym(name, tree.index) for name in row) for row in names))
    if isinstance(tree, Partial):
        return _gradient(tree, named)
    if isinstance(tree, Matrix):
        return _joined(tree, named)
    made = rebuild(tree, lambda part: _expanded(part, named))
    if isinstance(made, Transpose):
        if isinstance(made.arg, Ones):
            return Ones(made.arg.columns, made.arg.rows)
        return _transposed(made.arg) if isinstance(made.arg, Matrix) else made.arg
    if isinstance(made, ArrayCall):
        return _whole(made)
    if isinstance(made, Neg):
        return _each(_alone(made.arg), Neg)
    if isinstance(made, SumOver):
        return _each(made.body, lambda entry: replace(made, body=entry))
    if isinstance(made, Sum):
        return _sum(made)
    if isinstance(made, Product):
        return _product(made.factors)
    if isinstance(made, MatMul):
        return _product(made.factors, strict=True)
    if isinstance(made, Hadamard):
        return _by_entry(made.factors)
    if isinstance(made, Quotient):
        if isinstance(made.under, Matrix):
            raise UnreadableError("a matrix stands below a fraction's bar")
        return _each(made.over, lambda entry: Quotient(entry, made.under))
    if isinstance(made, Power) and isinstance(made.base, Matrix) and made.exponent == Neg(ONE):
        return entries_of_call(ArrayCall("inv", (made.base,)))
    if isinstance(made, Power) and isinstance(made.base, Matrix):
        return _each(made.base, lambda entry: Power(entry, made.exponent))
    if isinstance(made, (Call, Prime)) and any(isinstance(arg, Matrix) for arg in made.args):
        return _call(made)
    if isinstance(made, Cases):
        return _cases(made)
    return made


def _each(tree: Expr, change: Callable[[Expr], Expr]) -> Expr:
    if not isinstance(tree, Matrix):
        return change(tree)
    return replace(tree, rows=tuple(tuple(map(change, row)) for row in tree.rows))


def size(matrix: Matrix) -> tuple[int, int]:
    """Return (rows, columns)."""
    return len(matrix.rows), len(matrix.rows[0])


def _size(matrix: Matrix) -> str:
    return "{} × {}".format(*size(matrix))


def _transposed(matrix: Matrix) -> Matrix:
    return replace(matrix, rows=tuple(zip(*matrix.rows, strict=True)))


def _joined(matrix: Matrix, named: Callable[[str], Names | None]) -> Matrix:
    """Return a matrix whose entries may be matrices themselves, which stand side by side and below each other."""
    rows: list[tuple[Expr, ...]] = []
    for row in matrix.rows:
        parts = [part if isinstance(part, Matrix) else Matrix(((part,),)) for part in (_expanded(cell, named) for cell in row)]
        if len({len(part.rows) for part in parts}) != 1:
            raise UnreadableError("matrices of different heights stand side by side")
        rows += [sum(pieces, ()) for pieces in zip(*(part.rows for part in parts), strict=True)]
    if len({len(row) for row in rows}) != 1:
        raise UnreadableError("a matrix whose rows are not equally long")
    return replace(matrix, rows=tuple(rows))


def _alike(left: Matrix, right: Matrix) -> tuple[Matrix, Matrix]:
    """Return two matrices of one size, a list turned to fit. Raises UnreadableError."""
    if size(left) != size(right):
        if left.spread or right.spread:
            wide = tuple(map(max, size(left), size(right)))
            left, right = _stretched(left, wide), _stretched(right, wide)
            if size(left) == size(right):
                spread = left.spread and right.spread
                return replace(left, spread=spread), replace(right, spread=spread)
        if right.either and size(left) == size(right)[::-1]:
            right = _transposed(right)
        elif left.either and size(left)[::-1] == size(right):
            left = _transposed(left)
        else:
            raise UnreadableError(f"matrices whose sizes do not fit: {_size(left)} and {_size(right)}")
    return left, right


def _stretched(matrix: Matrix, wide: tuple[int, ...]) -> Matrix:
    rows, columns = size(matrix)
    if not matrix.spread:
        return matrix
    down, across = wide[0] if rows == 1 else 1, wide[1] if columns == 1 else 1
    return replace(matrix, rows=tuple(row * across for row in matrix.rows) * down)


def entries(matrix: Matrix, lead: Matrix) -> tuple[Expr, ...]:
    """Return the entries of a matrix row by row, a list turned to fit the matrix it is compared with. Raises UnreadableError."""
    return sum(_alike(lead, matrix)[1].rows, ())


def _alone(tree: Expr) -> Expr:
    """Return a column of ones that is no factor as the number that each entry is."""
    return Matrix(((ONE,),), spread=True) if isinstance(tree, Ones) else tree


def _sum(tree: Sum) -> Expr:
    total, *terms = map(_alone, tree.terms)
    for term in terms:
        if isinstance(total, Matrix) and isinstance(term, Matrix):
            left, right = _alike(total, term)
            pairs = (zip(*rows, strict=True) for rows in zip(left.rows, right.rows, strict=True))
            total = replace(left, rows=tuple(tuple(Sum(pair) for pair in row) for row in pairs))
        elif isinstance(total, Matrix):  # 1 - a, for every entry
            total = _each(total, lambda entry, right=term: Sum((entry, right)))  # type: ignore[misc]
        elif isinstance(term, Matrix):
            total = _each(term, lambda entry, left=total: Sum((left, entry)))  # type: ignore[misc]
        else:
            total = Sum((total, term))
    return total


def _product(factors: tuple[Expr, ...], strict: bool = False) -> Expr:
    if any(isinstance(factor, Ones) for factor in factors):
        numbers = [factor.rows[0][0] if isinstance(factor, Matrix) else factor for factor in factors if not _is_array(factor)]
        arrays = [factor for factor in factors if _is_array(factor)]
        if len(arrays) > 1:
            arrays = [reduce(_with_ones, arrays)]
        return _product((*numbers, _alone(arrays[0])), strict)
    total = factors[0]
    for factor in factors[1:]:
        if isinstance(total, Matrix) and isinstance(factor, Matrix):
            total = _times(total, factor, strict)
        elif isinstance(factor, Matrix):
            left = total
            total = _each(factor, lambda entry, left=left: Product((left, entry)))  # type: ignore[misc]
        else:
            total = _each(total, lambda entry, right=factor: Product((entry, right)))  # type: ignore[misc]
    return total


def _with_ones(left: Expr, right: Expr) -> Expr:
    """Return the product of two of which one may be a column or a row of ones, as many as are wanted."""
    if isinstance(left, Matrix) and isinstance(right, Matrix):
        return _times(left, right, strict=True)
    if isinstance(left, Matrix) and isinstance(right, Ones):
        if right.columns == 1 and not left.spread:
            return replace(left, rows=tuple((_added(row),) for row in left.rows))
        if right.rows == 1 and len(left.rows[0]) == 1:
            return replace(left, spread=True)
    elif isinstance(left, Ones) and isinstance(right, Matrix):
        if left.rows == 1 and not right.spread:
            return replace(right, rows=(tuple(map(_added, zip(*right.rows, strict=True))),))
        if left.columns == 1 and len(right.rows) == 1:
            return replace(right, spread=True)
    elif isinstance(left, Ones) and isinstance(right, Ones) and left.columns == right.rows == 1:
        return Matrix(((ONE,),), spread=True)
    raise UnreadableError("how many ones stand here is not known")


def _is_array(factor: Expr) -> bool:
    return isinstance(factor, Ones) or (isinstance(factor, Matrix) and (factor.spread or size(factor) != (1, 1)))


def _added(terms: tuple[Expr, ...]) -> Expr:
    return terms[0] if len(terms) == 1 else Sum(terms)


def _times(left: Matrix, right: Matrix, strict: bool = False) -> Expr:
    """Return the product of two matrices; of two columns, or of two rows, their inner product, unless it is `strict`."""
    if right.either and size(left)[1] == size(right)[1]:
        right = _transposed(right)
    if left.either and size(left)[1] != size(right)[0] and size(right)[0] == 1:
        left = _transposed(left)
    if size(left)[1] != size(right)[0] and size(left) == size(right) and 1 in size(left) and not strict:
        return _dot(sum(left.rows, ()), sum(right.rows, ()))
    if size(left)[1] != size(right)[0]:
        if (1, 1) in (size(left), size(right)):
            return _product((left.rows[0][0], right) if size(left) == (1, 1) else (left, right.rows[0][0]))
        raise UnreadableError(f"matrices whose sizes do not fit: {_size(left)} times {_size(right)}")
    columns = tuple(zip(*right.rows, strict=True))
    return Matrix(tuple(tuple(_dot(row, column) for column in columns) for row in left.rows))


def _dot(row: tuple[Expr, ...], column: tuple[Expr, ...]) -> Expr:
    terms = tuple(Product(pair) for pair in zip(row, column, strict=True))
    return terms[0] if len(terms) == 1 else Sum(terms)


def _by_entry(factors: tuple[Expr, ...]) -> Expr:
    total, *others = map(_alone, factors)
    for factor in others:
        if not (isinstance(total, Matrix) and isinstance(factor, Matrix)):
            total = _product((total, factor))
            continue
        left, right = _alike(total, factor)
        pairs = (zip(*rows, strict=True) for rows in zip(left.rows, right.rows, strict=True))
        total = replace(left, rows=tuple(tuple(Product(pair) for pair in row) for row in pairs))
    return total


def _cases(made: Cases) -> Expr:
    """Return cases of matrices as a matrix of cases."""
    found = [*_matrices(made)]
    if len({size(part) for part in found}) != 1:
        return made
    rows, columns = size(found[0])
    return Matrix(tuple(tuple(_entry(made, i, j) for j in range(columns)) for i in range(rows)))


def _entry(tree: Expr, i: int, j: int) -> Expr:
    if isinstance(tree, (Matrix, Entry)):
        return tree.rows[i][j] if isinstance(tree, Matrix) else tree
    return rebuild(tree, lambda part: _entry(part, i, j))


def _matrices(tree: Expr) -> Iterator[Matrix]:
    if isinstance(tree, Matrix):
        yield tree
    elif not isinstance(tree, Entry):
        for part in children(tree):
            yield from _matrices(part)


def _whole(made: ArrayCall) -> Expr:
    """Return a function of whole arrays; softmax row by row, of a column of all of it."""
    inner = made.args[0]
    if made.function == "softmax" and not made.options and isinstance(inner, Matrix):
        matrix = _transposed(inner) if len(inner.rows[0]) == 1 else inner
        done = tuple(tuple(Call("softmax", row, component=k) for k in range(len(row))) for row in matrix.rows)
        return replace(inner, rows=done) if matrix is inner else _transposed(replace(matrix, rows=done))
    if not any(isinstance(part, Matrix) for part in made.args):
        raise UnreadableError(f"{made.function} of numbers alone")
    return entries_of_call(made)


def _call(made: Call | Prime) -> Expr:
    """Return a function of every entry; softmax of all of a row or column."""
    inner, *others = made.args
    if made.function == "diag" and isinstance(inner, Matrix) and 1 in size(inner) and not others:
        cells = sum(inner.rows, ())
        return Matrix(tuple(tuple(cell if i == j else ZERO for j in range(len(cells))) for i, cell in enumerate(cells)))
    if not isinstance(inner, Matrix) or others:
        raise UnreadableError("a function of several matrices is not read")
    if made.function == "softmax":
        cells = sum(inner.rows, ())
        if 1 not in size(inner):
            raise UnreadableError("softmax of a matrix is not read")
        made_of = [Call("softmax", cells, component=k) for k in range(len(cells))]
        return replace(inner, rows=(tuple(made_of),) if size(inner)[0] == 1 else tuple((cell,) for cell in made_of))
    return _each(inner, lambda entry: replace(made, args=(entry,)))


def _gradient(tree: Partial, named: Callable[[str], Names | None]) -> Expr:
    """Return the derivatives of a number by every entry of a matrix, or of every entry by a number."""
    of, by = named(tree.of.name), named(tree.by.name)
    if of is not None and by is not None:
        raise UnreadableError("a matrix' derivative by a matrix is not read")
    if by is not None:
        return Matrix(tuple(tuple(replace(tree, by=Sym(name)) for name in row) for row in by))
    if of is not None:
        return Matrix(tuple(tuple(replace(tree, of=Sym(name)) for name in row) for row in of))
    return tree


def names_of_entries(name: str, matrix: Matrix) -> Names:
    """Return names for the entries of a matrix that a file has given a name."""
    rows, columns = size(matrix)
    return tuple(tuple(f"{name}[{i},{j}]" for j in range(1, columns + 1)) for i in range(1, rows + 1))
