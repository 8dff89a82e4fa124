"""Where an expression needs brackets: the kinds of expressions, and a table of what each position does not take bare.

An expression with as few brackets as it can be written with: nothing is worked out, no factor and no term moves.

A product in a product and a sum in a sum lose their brackets, a minus goes to the first factor, a negative term is taken off.

>>> from derivgen.maths.plain import plain
>>> from derivgen.maths.tree import Neg, Num, Product, Sum, Sym
>>> from fractions import Fraction
>>> a, b = Sym("a"), Sym("b")
>>> plain(level(Product((Num(Fraction(-1, 2)), Product((a, b))))))
'-1/2*a*b'
>>> plain(level(Sum((a, Product((Num(Fraction(-2)), Product((a, b))))))))
'a - 2*a*b'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Literal

from derivgen.maths.names import split
from derivgen.maths.tree import (
    ArrayCall,
    Call,
    Cases,
    Compare,
    Derivative,
    Expr,
    Filled,
    Gap,
    Hadamard,
    HadamardQuotient,
    Indexed,
    IndexedPartial,
    Marked,
    MatMul,
    MatrixPartial,
    MatrixSym,
    Neg,
    Num,
    Partial,
    Power,
    Product,
    Quotient,
    Shown,
    Sized,
    Sum,
    SumOver,
    Sym,
    Transpose,
    UnitCount,
    Written,
    rebuild,
    walk,
)


class Form(Enum):
    """What an expression looks like from outside."""

    ATOM = "atom"
    SUM = "sum"
    NEGATIVE = "opens with a minus"
    PRODUCT = "product"
    HADAMARD = "product entry by entry"
    FRACTION = "fraction"
    POWER = "has a superscript"
    OPERATOR = "ends in a big operator's body"
    DOT = "a product of two vectors"


Position = Literal[
    "whole",
    "term",
    "negated",
    "first factor",
    "factor",
    "last factor",
    "matrix factor",
    "entrywise factor",
    "over",
    "under",
    "base",
    "exponent",
    "body",
]
"""Where an expression stands in another."""

Rules = Mapping[Position, frozenset[Form]]

_LOOSE = frozenset({Form.SUM})
_ALL_BUT_ATOMS = frozenset(Form) - {Form.ATOM}

STACKED: Rules = MappingProxyType(
    {
        "whole": frozenset(),
        "term": _LOOSE,
        "negated": _LOOSE,
        "factor": _LOOSE | {Form.OPERATOR, Form.DOT},
        "last factor": _LOOSE | {Form.DOT},
        "matrix factor": _LOOSE | {Form.HADAMARD},
        "entrywise factor": _LOOSE,
        "base": _ALL_BUT_ATOMS,
        "body": _LOOSE,
    }
)
"""What needs brackets where fractions are stacked and exponents raised (LaTeX, MathML)."""

LINEAR: Rules = MappingProxyType(
    {
        "whole": frozenset(),
        "term": _LOOSE,
        "negated": _LOOSE | {Form.PRODUCT, Form.FRACTION},
        "first factor": _LOOSE | {Form.PRODUCT, Form.OPERATOR, Form.DOT},
        "factor": _LOOSE | {Form.PRODUCT, Form.FRACTION, Form.OPERATOR, Form.DOT},
        "last factor": _LOOSE | {Form.PRODUCT, Form.FRACTION, Form.DOT},
        "over": _LOOSE | {Form.OPERATOR, Form.DOT},
        "under": _LOOSE | {Form.PRODUCT, Form.FRACTION, Form.OPERATOR, Form.NEGATIVE, Form.DOT},
        "matrix factor": _LOOSE | {Form.HADAMARD, Form.FRACTION},
        "entrywise factor": _LOOSE,
        "base": _ALL_BUT_ATOMS,
        "exponent": _ALL_BUT_ATOMS - {Form.POWER, Form.NEGATIVE},
        "body": _LOOSE,
    }
)
"""What needs brackets on one line, where a fraction is written with a slash."""

_FORMS: Mapping[type[Expr], Form] = MappingProxyType(
    {
        Sum: Form.SUM,
        Compare: Form.SUM,
        Neg: Form.NEGATIVE,
        Product: Form.PRODUCT,
        Quotient: Form.FRACTION,
        Partial: Form.FRACTION,
        Power: Form.POWER,
        SumOver: Form.OPERATOR,
        Cases: Form.OPERATOR,
        MatMul: Form.PRODUCT,
        Hadamard: Form.HADAMARD,
        HadamardQuotient: Form.HADAMARD,
        MatrixPartial: Form.FRACTION,
        IndexedPartial: Form.FRACTION,
        Transpose: Form.POWER,
    }
)


_WRITTEN: Mapping[str, Form] = MappingProxyType({"dot": Form.DOT, "of": Form.ATOM, "slope": Form.FRACTION, "at": Form.FRACTION})


def form(expr: Expr) -> Form:
    """Return the form of an expression when it is printed with stacked fractions."""
    if isinstance(expr, (Num, Shown)):
        return _number_form(number_text(expr))
    if isinstance(expr, Indexed):
        return Form.POWER if expr.above else Form.ATOM
    if isinstance(expr, MatrixSym):
        return Form.ATOM if expr.layer is None else Form.POWER
    if isinstance(expr, Sized):
        return form(expr.content)
    if isinstance(expr, Sym):
        return Form.POWER if split(expr.name).superscript else Form.ATOM
    if isinstance(expr, Marked):
        return Form.NEGATIVE if form(expr.content) is Form.NEGATIVE else Form.POWER
    if isinstance(expr, Call):
        return Form.POWER if expr.function == "exp" else Form.ATOM
    if isinstance(expr, ArrayCall):
        return Form.POWER if expr.function == "inv" else Form.ATOM
    if isinstance(expr, Derivative):
        return Form.FRACTION if names_a_quantity(expr) else Form.POWER
    if isinstance(expr, Written):
        return _WRITTEN[expr.kind]
    if isinstance(expr, Product) and form(expr.factors[-1]) is Form.OPERATOR:
        return Form.OPERATOR
    return _FORMS.get(type(expr), Form.ATOM)


def names_a_quantity(expr: Derivative) -> bool:
    """Return whether it is written as one fraction, dz/dx, and not as d/dx before brackets."""
    return isinstance(expr.body, Sym) and expr.body.name != expr.by.name


def _number_form(text: str) -> Form:
    if text.startswith("-"):
        return Form.NEGATIVE
    if "/" in text:
        return Form.FRACTION
    return Form.PRODUCT if re.search(r"\d[eE]", text) else Form.ATOM


def number_text(expr: Num | Shown) -> str:
    """Return a number as it was written, or its exact value."""
    return expr.text or str(expr.value)


def is_numeric(expr: Expr) -> bool:
    """Return whether only numbers stand in it: two such factors never stand together without a sign between them.

    A gap is none, be it empty or filled, so that a worksheet has the signs of its key.
    """
    return not any(isinstance(node, _NAMED) for node in walk(expr))


_NAMED = (Gap, Filled, Sym, Partial, MatrixSym, MatrixPartial, Indexed, IndexedPartial, UnitCount)


def level(expr: Expr) -> Expr:
    """Return the expression without the brackets that its value does not need; equal in value."""
    if isinstance(expr, Sum):
        return _sum(expr)
    if isinstance(expr, Neg):
        return _negated(level(expr.arg))
    inner = rebuild(expr, level)
    return _product(inner) if isinstance(inner, Product) else inner


def _product(expr: Product) -> Product:
    """a (b c) d as a b c d"""
    factors: list[Expr] = []
    for factor in expr.factors:
        factors += factor.factors if isinstance(factor, Product) else (factor,)
    return Product(tuple(factors), at=expr.at)


def _negated(expr: Expr) -> Expr:
    """-(a b) as (-a) b, which reads the same and needs no brackets."""
    if isinstance(expr, Product):
        return _product(Product((_negated(expr.factors[0]), *expr.factors[1:]), at=expr.at))
    if isinstance(expr, Quotient):
        return Quotient(_negated(expr.over), expr.under, at=expr.at)
    if isinstance(expr, Num) and expr.value:
        return Num(-expr.value, expr.text[1:] if expr.text.startswith("-") else expr.text and f"-{expr.text}", at=expr.at)
    return expr.arg if isinstance(expr, Neg) else Neg(expr, at=expr.at)


def _sum(expr: Sum) -> Sum:
    """a + (b + c) as a + b + c, and a + (-2) b as a - 2 b"""
    terms: list[Expr] = []
    for term in map(level, expr.terms):
        inner = term.terms if isinstance(term, Sum) else (term,)
        terms += [_taken_off(part) if terms or place else part for place, part in enumerate(inner)]
    return Sum(tuple(terms), at=expr.at)


def _taken_off(term: Expr) -> Expr:
    return Neg(_negated(term)) if _is_negative(term) else term


def _is_negative(expr: Expr) -> bool:
    if isinstance(expr, (Product, Quotient)):
        return _is_negative(expr.factors[0] if isinstance(expr, Product) else expr.over)
    return isinstance(expr, Neg) or (isinstance(expr, Num) and expr.value < 0)
