"""One formula for all entries: 2(a_1 - y_1), 2(a_2 - y_2), … is 2(a - y) in matrices, where every entry follows one pattern."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from derivgen.maths.functions import Library
from derivgen.maths.symbolic import sympy, to_sympy
from derivgen.maths.tree import (
    ONE,
    Call,
    Expr,
    Hadamard,
    HadamardQuotient,
    MatrixSym,
    Neg,
    Num,
    Ones,
    Power,
    Prime,
    Product,
    Quotient,
    Sum,
    Sym,
    children,
    hadamard,
    has_matrices,
    substitute,
    walk,
)

Columns = Mapping[MatrixSym, Sequence[str]]
MOST_FACTORS = 3


def lifted(entries: Sequence[Expr], columns: Columns, ones: Ones) -> Expr | None:
    """The entries as one matrix expression in the columns, or None where they follow no common pattern that can be so written.

    `columns` says which name stands in each row of a lettered column; `ones` is a matrix of ones of the size wanted.
    """
    patterns = {_pattern(entry, row, columns) for row, entry in enumerate(entries)}
    pattern = patterns.pop()
    if patterns or any(isinstance(node, Sym) and _placed(node.name, columns) for node in walk(pattern)):
        return None
    found = _entrywise(pattern, ones)
    if found is None:
        return None
    return found if has_matrices(found) else _spread(found, ones)


def _placed(name: str, columns: Columns) -> bool:
    return any(name in names for names in columns.values())


def _pattern(entry: Expr, row: int, columns: Columns) -> Expr:
    held = {names[row]: symbol for symbol, names in columns.items()}
    return substitute(entry, lambda symbol: held.get(symbol.name, symbol))


def _spread(scalar: Expr, ones: Ones) -> Expr:
    """A number in every entry."""
    return ones if scalar == ONE else Product((scalar, ones))


def _entrywise(expr: Expr, ones: Ones) -> Expr | None:
    """Scalar algebra on columns, written entry by entry: products as ⊙, quotients as ⊘, 1 - a as 𝟏 - a."""
    if isinstance(expr, MatrixSym) or not has_matrices(expr):
        return expr
    convert = _CONVERT.get(type(expr))
    return None if convert is None else convert(expr, ones)


def _sum(expr: Sum, ones: Ones) -> Expr | None:
    terms: list[Expr] = []
    for term in expr.terms:
        inner = term.arg if isinstance(term, Neg) else term
        made = _entrywise(inner, ones)
        if made is None:
            return None
        made = made if has_matrices(made) else _spread(made, ones)
        terms.append(Neg(made) if isinstance(term, Neg) else made)
    return Sum(tuple(terms))


def _negative(expr: Neg, ones: Ones) -> Expr | None:
    inner = _entrywise(expr.arg, ones)
    return None if inner is None else Neg(inner)


def _product(expr: Product, ones: Ones) -> Expr | None:
    made = [_entrywise(factor, ones) for factor in expr.factors]
    if any(factor is None for factor in made):
        return None
    scalars = tuple(factor for factor in made if factor is not None and not has_matrices(factor))
    product = hadamard(*(factor for factor in made if factor is not None and has_matrices(factor)))
    return Product((*scalars, product)) if scalars else product


def _quotient(expr: Quotient, ones: Ones) -> Expr | None:
    over, under = _entrywise(expr.over, ones), _entrywise(expr.under, ones)
    if over is None or under is None:
        return None
    if not has_matrices(under):
        return Quotient(over, under)
    return HadamardQuotient(over if has_matrices(over) else _spread(over, ones), under)


def _power(expr: Power, ones: Ones) -> Expr | None:
    base = _entrywise(expr.base, ones)
    exponent = expr.exponent
    if base is None or not isinstance(exponent, Num) or exponent.value.denominator != 1 or not 1 < exponent.value <= MOST_FACTORS:
        return None
    return Hadamard((base,) * int(exponent.value))


def _applied(expr: Call | Prime, ones: Ones) -> Expr | None:
    args = [_entrywise(arg, ones) for arg in expr.args]
    first = args[0] if len(args) == 1 else None
    if first is None or (isinstance(expr, Call) and expr.component is not None):
        return None
    if isinstance(expr, Call):
        return Call(expr.function, (first,), expr.written)
    return Prime(expr.function, (first,), expr.written, expr.slot)


_CONVERT: dict[type[Expr], Callable[..., Expr | None]] = {
    Sum: _sum,
    Neg: _negative,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Call: _applied,
    Prime: _applied,
}


def difference_factor(
    slopes: Sequence[Expr], jacobian: Sequence[Sequence[Expr]], outputs: Sequence[str], targets: Sequence[str], shares: bool
) -> Fraction | None:
    """κ, where Σ_j ∂C/∂a_j ∂a_j/∂z_k comes to κ (a_k - y_k) for every k; None where it does not.

    `jacobian[j][k]` is ∂a_j/∂z_k. With `shares` the targets are taken to add up to 1. SymPy cancels each kind of product once.
    """
    s = sympy()
    known = {*outputs, *targets}
    if len(targets) != len(outputs) or not all(_rational(expr, known) for row in (slopes, *jacobian) for expr in row):
        return None
    cancelled: dict[Expr, object] = {}
    found: list[Fraction] = []
    symbols = {name: s.Symbol(name) for name in (*outputs, *targets)}
    last = 1 - sum(symbols[name] for name in targets[:-1])
    for k, (a, y) in enumerate(zip(outputs, targets, strict=True)):
        total = s.Integer(0)
        for j, slope in enumerate(slopes):
            total += _cancelled(slope, jacobian[j][k], (outputs[j], targets[j], outputs[k]), cancelled)
        if shares:
            total = total.subs(symbols[targets[-1]], last)
        wanted = symbols[y].subs(symbols[targets[-1]], last) if shares else symbols[y]
        factor = s.expand(total).coeff(symbols[a], 1)
        kappa = factor.subs(dict.fromkeys(symbols.values(), 0))
        if not kappa.is_Rational or not kappa or s.expand(total - kappa * (symbols[a] - wanted)) != 0:
            return None
        found.append(Fraction(int(kappa.p), int(kappa.q)))
    return found[0] if len(dict.fromkeys(found)) == 1 else None


def _rational(expr: Expr, known: set[str]) -> bool:
    """Whether only these names and the four operations stand in it."""
    if isinstance(expr, Sym):
        return expr.name in known
    return isinstance(expr, (Num, Neg, Sum, Product, Quotient, Power)) and all(_rational(part, known) for part in children(expr))


def _cancelled(slope: Expr, through: Expr, names: tuple[str, ...], known: dict[Expr, object]):
    """The product of two derivatives, cancelled, in the symbols of its own names."""
    s = sympy()
    slots = {name: f"_{place}" for place, name in reversed(tuple(enumerate(names)))}
    product = substitute(Product((slope, through)), lambda symbol: Sym(slots.get(symbol.name, symbol.name)))
    if product not in known:
        try:
            known[product] = s.cancel(s.together(to_sympy(product, Library())))
        except (s.PolynomialError, NotImplementedError):
            known[product] = to_sympy(product, Library())
    back = {s.Symbol(slot): s.Symbol(name) for name, slot in slots.items()}
    return known[product].xreplace(back)  # type: ignore[attr-defined]


def difference(kappa: Fraction, output: Expr, target: Expr) -> Expr:
    """κ (a - y)"""
    return tidy_factor(kappa, Sum((output, Neg(target))))


def tidy_factor(kappa: Fraction, expr: Expr) -> Expr:
    """κ times an expression, without a 1 and with its sign in front."""
    if abs(kappa) == 1:
        return expr if kappa == 1 else Neg(expr)
    return Product((Num(kappa), expr))
