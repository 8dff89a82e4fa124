"""How mathematics is to look: what the printers need to know beside the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from derivgen.frozen import dataclass, field, replace
from derivgen.language import Wording
from derivgen.maths.names import split
from derivgen.maths.tree import (
    Call,
    Expr,
    Neg,
    Num,
    Prime,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    number,
    rebuild,
    substitute,
)

_NO_SYMBOLS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Style:
    """How expressions are printed.

    `product` is dot, juxtapose, star or brackets; `derivative` leibniz or prime. With `samples` (a number or the name of
    one) a mean prints as 1/n Σ over `index`, and within it each name in `per_sample` carries that index; of one sample it is
    the body itself. `symbols` are LaTeX overrides of names, already checked; `functions` says how a function of the table
    (`sigmoid`) and its derivative (`sigmoid'`) are called. `decimal` is the decimal sign; `otherwise` the word in the last
    case, `direct` the one at a partial derivative that counts only what a definition itself names.
    Which sample a name is of stands `below` it, as in c_p, or `above`, as in c^(p). exp prints as e to a power with `euler`, and
    as exp(…) without it, where an e is something else (`uses_letter_e`). `dialect` is the LaTeX's (see
    `derivgen.present.dialects`).
    """

    product: str = "dot"
    derivative: str = "leibniz"
    samples: int | str | None = None
    index: str = "i"
    per_sample: tuple[str, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=lambda: _NO_SYMBOLS)
    functions: Mapping[str, str] = field(default_factory=lambda: _NO_SYMBOLS)
    decimal: str = "."
    otherwise: str = "else"
    direct: str = "direct"
    sample: str = "below"
    euler: bool = True
    dialect: str = "sheet"

    def __hash__(self) -> int:
        mappings = tuple(self.symbols.items()), tuple(self.functions.items())
        words = self.decimal, self.otherwise, self.direct
        rest = self.samples, self.index, self.per_sample, words, self.sample, self.euler, self.dialect
        return hash((self.product, self.derivative, *mappings, *rest))


DEFAULT = Style()


def in_language(style: Style, words: Wording) -> Style:
    """Return the style with a language's decimal sign and its words among formulas."""
    return replace(style, decimal=words.decimal, otherwise=words.say("else"), direct=words.say("direct"))


def uses_letter_e(names: Iterable[str]) -> bool:
    """Return whether one of the names, or of the symbols in LaTeX, is an e, alone or with indices or an accent.

    >>> uses_letter_e(["w", "e_1"]), uses_letter_e(["ehat", "eta"]), uses_letter_e([r"\\mathrm{e}_{t}"])
    (True, True, True)
    >>> uses_letter_e(["eta", "err", r"\\tilde{y}"])
    False
    """
    possible = (name for name in names if "e" in name or not name.isascii())
    return any(split(name).base == "e" or _LETTER_E.search(name) is not None for name in possible)


_LETTER_E = re.compile(r"(?<![A-Za-z])e(?![A-Za-z])")


def unfold(expr: Expr, style: Style) -> Expr:
    """Return the expression with every `mean` and `sum` over samples written as a sum over the index, if the style says so."""
    if style.samples is None:
        return expr
    if not isinstance(expr, Reduce):
        return rebuild(expr, lambda node: unfold(node, style))
    if style.samples == 1:
        return unfold(expr.body, style)
    body = substitute(
        unfold(expr.body, style),
        lambda sym: Sym(sym.name, style.index) if sym.index is None and sym.name in style.per_sample else sym,
    )
    upper = number(style.samples) if isinstance(style.samples, int) else Sym(style.samples)
    total = SumOver(style.index, upper, body)
    return total if expr.kind == "sum" else _share(upper, total)


def _share(upper: Expr, total: Expr) -> Expr:
    """1/n Σ …"""
    share = Num(1 / upper.value) if isinstance(upper, Num) else Quotient(number(1), upper)
    return Product((share, total))


def is_raised(expr: Expr, style: Style) -> bool:
    """Return whether a name's sample stands above it, so that as the base of a power it needs brackets: (c^(p))²."""
    return style.sample == "above" and isinstance(expr, Sym) and expr.index is not None


def called(expr: Call | Prime, style: Style) -> str:
    """Return what a function is called on the page, its derivative with `'` behind it or by a name of its own: sgn of abs."""
    if isinstance(expr, Prime) and expr.function + "'" in style.functions:
        return style.functions[expr.function + "'"]
    name = style.functions.get(expr.function) or expr.written or expr.function
    if not isinstance(expr, Prime):
        return name
    return "sgn" if expr.function == "abs" and expr.function not in style.functions else name + "'"


def is_coefficient(expr: Expr) -> bool:
    """Return whether this is a plain number, with or without a minus: what may stand before a symbol without a sign."""
    return isinstance(expr.arg if isinstance(expr, Neg) else expr, Num)


def stands_before_bracket(left: Expr, right: Expr) -> bool:
    """Return whether `left` is a share like 1/N that stands directly before a bracket, as a number does: `-1/N (y - z)`."""
    share = left.arg if isinstance(left, Neg) else left
    if not (isinstance(share, Quotient) and isinstance(share.over, Num) and isinstance(share.under, (Num, Sym))):
        return False
    return isinstance(right, Sum)
