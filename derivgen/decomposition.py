"""An expression taken apart, one operation a line, under the author's own letters (`P_1 = a*b`, `S_1 = P_1 + P_2`, …)."""

from __future__ import annotations

from fractions import Fraction

from derivgen.errors import Place, Problem, SpecError
from derivgen.maths.tree import (
    Call,
    Cases,
    Expr,
    Neg,
    Num,
    Pi,
    Power,
    Product,
    Quotient,
    Reduce,
    Sum,
    Sym,
    number,
    rebuild,
    symbols,
)
from derivgen.spec.model import Decompose, Equation, Spec


def decomposed(equations: tuple[Equation, ...], spec: Spec) -> tuple[tuple[Equation, ...], dict[str, Fraction]]:
    """Return `(equations with one operation each, constants made)`; the last operation of an equation keeps the equation's name.

    A subtraction is a product with the constant -1 (V_1) and a sum. Raises SpecError where a new name is already the author's.
    """
    assert spec.decompose is not None
    taker = _Taker(spec.decompose, equations)
    for equation in equations:
        if equation.names[0] in spec.open_constants:
            taker.lines.append(equation)  # a number, written by an expression
        else:
            taker.take(equation)
    return tuple(taker.lines), taker.constants


class _Taker:
    """Takes expressions apart from the inside out and numbers the pieces as they come."""

    def __init__(self, letters: Decompose, equations: tuple[Equation, ...]):
        self.letters = letters
        self.lines: list[Equation] = []
        self.counts: dict[str, int] = {}
        self.constants: dict[str, Fraction] = {}
        self.taken = {name: equation.places[0] for equation in equations for name in (*equation.names, *symbols(equation.body))}

    def take(self, equation: Equation) -> None:
        if len(equation.names) > 1:
            self.lines.append(Equation(equation.names, equation.places, self._parts(equation.body, equation.places[0])))
            return
        self.lines.append(Equation(equation.names, equation.places, self._operation(equation.body, equation.places[0])))

    def _fresh(self, letter: str, place: Place) -> str:
        self.counts[letter] = self.counts.get(letter, 0) + 1
        name = f"{letter}_{self.counts[letter]}"
        if name in self.taken:
            raise SpecError(
                Problem(
                    f"decompose would call a piece {name}, which is already a name",
                    place,
                    "choose another letter under decompose:",
                )
            )
        return name

    def _named(self, expr: Expr, letter: str, place: Place) -> Expr:
        name = self._fresh(letter, place)
        self.lines.append(Equation((name,), (place,), expr))
        return Sym(name)

    def _atom(self, expr: Expr, place: Place) -> Expr:
        """The expression as a single name or number, its pieces written on lines before."""
        if isinstance(expr, (Sym, Num, Pi)):
            return expr
        if isinstance(expr, Neg) and isinstance(expr.arg, Num):
            return number(-expr.arg.value)
        return self._named(self._operation(expr, place), self._letter(expr), place)

    def _letter(self, expr: Expr) -> str:
        letters = {
            Sum: self.letters.sums,
            Product: self.letters.products,
            Neg: self.letters.products,
            Quotient: self.letters.quotients,
            Power: self.letters.powers,
        }
        return letters.get(type(expr), self.letters.calls)

    def _operation(self, expr: Expr, place: Place) -> Expr:
        """The expression as one operation on names and numbers."""
        place = expr.at or place
        if isinstance(expr, Sum):
            return self._sum(expr, place)
        if isinstance(expr, Product):
            return self._grouped([self._atom(f, place) for f in expr.factors], Product, self.letters.products, place)
        if isinstance(expr, Neg):
            return Product((self._atom(expr.arg, place), self._minus_one(place)))
        if isinstance(expr, (Sym, Num, Pi)):
            return expr
        return self._parts(expr, place)

    def _parts(self, expr: Expr, place: Place) -> Expr:
        if isinstance(expr, Cases):
            return expr
        if isinstance(expr, Reduce):
            return Reduce(expr.kind, self._atom(expr.body, place))
        if isinstance(expr, Power) and not symbols(expr.exponent):
            return Power(self._atom(expr.base, place), expr.exponent)
        if isinstance(expr, (Quotient, Power, Call)):
            return rebuild(expr, lambda part: self._atom(part, place))
        return expr

    def _minus_one(self, place: Place) -> Sym:
        if not self.constants:
            self.constants[self._fresh(self.letters.negative_one, place)] = Fraction(-1)
        return Sym(next(iter(self.constants)))

    def _sum(self, expr: Sum, place: Place) -> Expr:
        terms = [self._atom(term, place) if not isinstance(term, Neg) else self._negative(term, place) for term in expr.terms]
        if len(terms) == 2 and isinstance(expr.terms[1], Neg) and not isinstance(expr.terms[0], Neg):
            terms.reverse()
        return self._grouped(terms, Sum, self.letters.sums, place)

    def _negative(self, term: Neg, place: Place) -> Expr:
        if isinstance(term.arg, Num):
            return number(-term.arg.value)
        return self._named(Product((self._atom(term.arg, place), self._minus_one(place))), self.letters.products, place)

    def _grouped(self, parts: list[Expr], join: type, letter: str, place: Place) -> Expr:
        """Many operands joined two at a time: in pairs, or from the left."""
        while len(parts) > 2:
            if self.letters.grouping == "left":
                parts = [self._named(join((parts[0], parts[1])), letter, place), *parts[2:]]
            else:
                pairs = [parts[k : k + 2] for k in range(0, len(parts), 2)]
                parts = [self._named(join(tuple(pair)), letter, place) if len(pair) == 2 else pair[0] for pair in pairs]
        return join(tuple(parts))
