"""Text → tree. The grammar stands in `grammar.lark`; here are its limits and its actions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from derivgen.cache import keep, kept
from derivgen.errors import Place, SpecError, closest
from derivgen.frozen import dataclass, replace
from derivgen.maths.numerals import MAX_EXPONENT, read_number
from derivgen.maths.syntax_errors import foreign, problem, syntax_error
from derivgen.maths.tree import (
    ArrayCall,
    Call,
    Cases,
    Compare,
    Expr,
    MatMul,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Sum,
    Sym,
    Transpose,
    Words,
)
from derivgen.memo import READ_ONCE


@dataclass(frozen=True, slots=True)
class ArrayFunction:
    """A function of whole arrays: how many arguments it takes, those it takes by name, and what it is."""

    least: int
    most: int | None
    options: tuple[str, ...] = ()
    meaning: str = ""


_REDUCED = ("axis", "keepdims")
_WINDOW = ("stride", "padding")
ARRAY_FUNCTIONS: Mapping[str, ArrayFunction] = MappingProxyType(
    {
        "sum": ArrayFunction(1, 1, _REDUCED, "sum of the entries, of all or along an axis"),
        "mean": ArrayFunction(1, 1, _REDUCED, "mean of the entries"),
        "max": ArrayFunction(1, 1, _REDUCED, "largest entry"),
        "min": ArrayFunction(1, 1, _REDUCED, "smallest entry"),
        "var": ArrayFunction(1, 1, _REDUCED, "mean of the squared deviations from the mean"),
        "softmax": ArrayFunction(1, 1, ("axis",), "softmax along the last axis"),
        "log_softmax": ArrayFunction(1, 1, ("axis",), "logarithm of softmax"),
        "dot": ArrayFunction(2, 2, (), "inner product of two vectors"),
        "outer": ArrayFunction(2, 2, (), "a bᵀ of two vectors"),
        "trace": ArrayFunction(1, 1, (), "sum of the diagonal"),
        "inv": ArrayFunction(1, 1, (), "inverse matrix"),
        "det": ArrayFunction(1, 1, (), "determinant"),
        "norm": ArrayFunction(1, 1, (), "square root of the sum of squares"),
        "diag": ArrayFunction(1, 1, (), "the matrix with this diagonal"),
        "concat": ArrayFunction(1, None, ("axis",), "one behind the other, along the first axis unless `axis` says otherwise"),
        "reshape": ArrayFunction(2, 5, (), "the same entries, row by row, in another shape"),
        "flatten": ArrayFunction(1, 1, (), "all entries, row by row, as a vector"),
        "row": ArrayFunction(2, 2, (), "a row, counted from 1"),
        "column": ArrayFunction(2, 2, (), "a column, counted from 1"),
        "rows": ArrayFunction(2, None, (), "rows (of a vector: entries) picked by their numbers, counted from 1"),
        "flip": ArrayFunction(1, 1, (), "the entries of each axis in reverse order: a kernel turned by 180 degrees"),
        "upsample": ArrayFunction(2, 2, (), "each entry repeated along every axis, as a window of equal entries"),
        "ones": ArrayFunction(1, 4, (), "an array of ones"),
        "zeros": ArrayFunction(1, 4, (), "an array of zeros"),
        "eye": ArrayFunction(1, 1, (), "identity matrix"),
        "causal": ArrayFunction(1, 1, (), "entries above the diagonal become minus infinity"),
        "conv": ArrayFunction(2, 2, _WINDOW, "what deep learning calls convolution"),
        "maxpool": ArrayFunction(2, 2, ("stride",), "largest entry of each window"),
        "meanpool": ArrayFunction(2, 2, ("stride",), "mean of each window"),
    }
)
"""The functions of whole arrays; `sum`, `mean`, `max`, `min` and `softmax` are such where an axis is named, or their argument is
an array."""
_BOTH = ("sum", "mean", "max", "min", "softmax")

MAX_LENGTH = 20_000
MAX_DEPTH = 60
MAX_NESTING = 150
MAX_NAME = 60
MAX_BITS = 100_000

_ALLOWED = re.compile(r"[\w\s+\-*/@^(),.:=<>!']*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The functions an expression may call: `find` gives the key of a name as written, or None."""

    find: Callable[[str], str | None]
    names: tuple[str, ...]
    arity: Callable[[str], tuple[int, int | None]]


def parse_expression(text: str, place: Place, words: Vocabulary) -> Expr:
    """Parse one expression, e.g. `W_13*x_1 + b_3`; `place` is where its first character stands."""
    return Builder(text, place, words).expression(_tree(text, place, "sum"))


def parse_equation(text: str, place: Place, words: Vocabulary) -> tuple[tuple[Sym, ...], Expr]:
    """Return `(names on the left, tree on the right)` of one equation, e.g. `Z_3 = W_13*x_1 + b_3`."""
    left, right = _tree(text, place, "equation").children
    builder = Builder(text, place, words)
    return tuple(builder.symbol_of(token) for token in left.children), builder.expression(right)


def parse_signature(text: str, place: Place) -> tuple[Sym, ...]:
    """Return the function's name and its arguments' names, of `swish(x)`."""
    builder = Builder(text, place, Vocabulary(lambda _: None, (), lambda _: (0, None)))
    return tuple(builder.symbol_of(token) for token in _tree(text, place, "signature").children)


@READ_ONCE
def parser_of(file: str, starts: tuple[str, ...]):
    """Return the LALR parser of a grammar beside this module, its tables kept in the user's cache folder between runs."""
    import io

    from lark import Lark

    here = Path(__file__).parent
    source = (here / file).read_text(encoding="utf-8")
    name = _tables_name("".join(other.read_text(encoding="utf-8") for other in sorted(here.glob("*.lark"))), file)
    tables = kept(name)
    if tables is not None:
        try:
            return Lark.load(io.BytesIO(tables))
        except Exception:  # a cache that cannot be read is made anew, whatever is wrong with it
            pass
    parser = Lark(
        source,
        parser="lalr",
        start=list(starts),
        propagate_positions=True,
        maybe_placeholders=True,
        import_paths=[str(here)],
    )
    stream = io.BytesIO()
    parser.save(stream)
    keep(name, stream.getvalue())
    return parser


def _tables_name(source: str, file: str) -> str:
    """The tables' file: another one for every grammar, lark and Python."""
    import hashlib
    import sys

    import lark

    version = f"{lark.__version__} {sys.version_info[:3]} {sys.implementation.name} {file}"
    return f"grammar-{hashlib.sha256(f'{version} {source}'.encode()).hexdigest()[:24]}"


def _tree(text: str, place: Place, start: str):
    from lark.exceptions import UnexpectedInput

    check_text(text, place)
    try:
        return parser_of("grammar.lark", ("sum", "equation", "signature")).parse(text, start=start)
    except UnexpectedInput as error:
        raise syntax_error(text, place, error, start) from None


def check_text(text: str, place: Place) -> None:
    """Refuse what cannot be an expression before the parser sees it: too long, too deep, foreign characters."""
    if len(text) > MAX_LENGTH:
        raise problem(f"this line has {len(text):,} characters; the limit is {MAX_LENGTH:,}", replace(place, text=""))
    depth = 0
    for position, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        if depth > MAX_DEPTH:
            raise problem(f"brackets are nested more than {MAX_DEPTH} deep", place.shifted(position))
    match = _ALLOWED.match(text)
    end = match.end() if match else 0
    if end < len(text):
        raise foreign(text, end, place)


class Builder:
    """Turns lark's tree into ours, without recursion deeper than the brackets' limit."""

    def __init__(self, text: str, place: Place, words: Vocabulary):
        self.text, self.place, self.words = text, place, words
        self.depth = 0

    def at(self, token) -> Place:
        return self.place.shifted(token.start_pos, len(token))

    def expression(self, node) -> Expr:
        if node is None:
            raise problem("an expression is missing", self.place)
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise problem(f"this expression is nested more than {MAX_NESTING} deep", self.place)
        built = getattr(self, f"_{node.data.removeprefix('grammar__')}")(*node.children)
        self.depth -= 1
        return built

    def symbol_of(self, token) -> Sym:
        name = str(token)
        place = self.at(token)
        if len(name) > MAX_NAME:
            raise problem(f"the name {name[:12]}… has {len(name)} characters; the limit is {MAX_NAME}", place)
        if unicodedata.normalize("NFC", name) != name:
            name = unicodedata.normalize("NFC", name)
        strange = next((c for c in name if not _letter(c)), None)
        if strange:
            where = place.shifted(name.index(strange))
            raise problem(
                f"{strange!r} ({unicodedata.name(strange, 'unnamed')}) cannot stand in a name",
                where,
                "names use Latin and Greek letters, digits and _",
            )
        return Sym(name, at=place)

    def _symbol(self, token) -> Expr:
        return self.symbol_of(token)

    def _number(self, token) -> Expr:
        return Num(read_number(str(token), self.at(token)), str(token), at=self.at(token))

    def _group(self, inner) -> Expr:
        return self.expression(inner)

    def _sum(self, first, *rest) -> Expr:
        terms = [self.expression(first)]
        for sign, term in zip(rest[::2], rest[1::2], strict=True):
            built = self.expression(term)
            terms.append(Neg(built, at=self.at(sign)) if sign == "-" else built)
        return Sum(tuple(terms), at=terms[0].at)

    def _term(self, first, *rest) -> Expr:
        factors = [self.expression(first)]
        for sign, factor in zip(rest[::2], rest[1::2], strict=True):
            built = self.expression(factor)
            if sign == "*":
                factors.append(built)
                continue
            left = factors[0] if len(factors) == 1 else Product(tuple(factors), at=factors[0].at)
            at = self.at(sign)
            factors = [MatMul((left, built), at=at) if sign == "@" else Quotient(left, built, at=at)]
        return factors[0] if len(factors) == 1 else Product(tuple(factors), at=factors[0].at)

    def _signed(self, sign, arg) -> Expr:
        inner = self.expression(arg)
        return Neg(inner, at=self.at(sign)) if sign == "-" else inner

    def _power(self, base, sign, exponent) -> Expr:
        power = self.expression(exponent)
        value = _literal(power)
        if value is not None and abs(value) > MAX_EXPONENT:
            raise problem(f"an exponent beyond {MAX_EXPONENT} is not taken", self.at(sign))
        return Power(self.expression(base), power, at=self.at(sign))

    def _transpose(self, inner, sign) -> Expr:
        arg = self.expression(inner)
        if isinstance(arg, Num):
            raise problem("a number has no transpose", self.at(sign))
        return Transpose(arg, at=self.at(sign))

    def _call(self, name, primes, *args) -> Expr:
        written, place = str(name), self.at(name)
        options = [arg for arg in args if getattr(arg, "data", "") == "option"]
        built = tuple(self.expression(arg) for arg in args if arg not in options)
        if primes is None and (options or self._is_of_arrays(written) or (written in {"max", "min"} and len(built) == 1)):
            return self._array_call(written, built, options, place)
        if written in {"mean", "sum"} and primes is None:
            return self._reduce(written, built, place)
        if written in {"mean", "sum"}:
            hint = f"by one sample's value it is {'1/n' if written == 'mean' else '1'}; write out what is meant"
            raise problem(f"{written} runs over the samples; its derivative is not written with a prime", place, hint)
        key = self.words.find(written)
        if key is None:
            raise self._unknown_function(written, place)
        least, most = self.words.arity(key)
        if len(built) < least or (most is not None and len(built) > most):
            raise problem(f"{written} takes {_count(least, most)}, not {len(built)}", place)
        if primes is None:
            return Call(key, built, written, at=place)
        if len(primes) > 1 or len(built) > 1:
            raise problem("only the first derivative of a function of one argument is written with a prime", place)
        return Prime(key, built, written, at=place)

    def _is_of_arrays(self, written: str) -> bool:
        return written in ARRAY_FUNCTIONS and written not in _BOTH and self.words.find(written) is None

    def _array_call(self, written: str, args: tuple[Expr, ...], options, place: Place) -> ArrayCall:
        known = ARRAY_FUNCTIONS.get(written)
        if known is None or (self.words.find(written) is not None and written not in _BOTH):
            token = options[0].children[0]
            raise problem(f"{written} has no argument by the name {token}", self.at(token), "an equation stands on its own line")
        given: dict[str, Expr] = {}
        for option in options:
            token, value = option.children
            if str(token) not in known.options:
                hint = f"{written} takes {', '.join(known.options)}" if known.options else None
                raise problem(f"{written} has no argument by the name {token}", self.at(token), hint)
            if str(token) in given:
                raise problem(f"{token} is given twice", self.at(token))
            built = self.expression(value)
            said = built.name.lower() if isinstance(built, Sym) else ""
            given[str(token)] = Words(said, at=built.at) if said in {"true", "false"} else built
        if len(args) < known.least or (known.most is not None and len(args) > known.most):
            raise problem(f"{written} takes {_count(known.least, known.most)}, not {len(args)}", place)
        return ArrayCall(written, args, tuple(given.items()), at=place)

    def _reduce(self, written: str, args: tuple[Expr, ...], place: Place) -> Expr:
        if len(args) == 1:
            return Reduce(written, args[0], at=place)
        if written == "sum":
            return Sum(args, at=place)
        return Quotient(Sum(args, at=place), Num(Fraction(len(args)), str(len(args))), at=place)

    def _unknown_function(self, written: str, place: Place) -> SpecError:
        hint = function_hint(written, (*self.words.names, "mean", "sum", "cases", *ARRAY_FUNCTIONS))
        if written in {"transpose", "t"}:
            hint = "the transpose of A is A.T"
        if hint is None:
            hint = (
                f"if {written} is a name, multiplication is written out: {written}*(…); "
                "a function of your own goes under functions:"
            )
        return problem(f"there is no function {written}", place, hint)

    def _cases(self, _word, *parts) -> Expr:
        *pieces, _else, otherwise = parts
        built = tuple(self._piece(*piece.children) for piece in pieces)
        return Cases(built, self.expression(otherwise), at=self.at(_word))

    def _piece(self, left, op, right, value) -> tuple[Compare, Expr]:
        condition = Compare(str(op), self.expression(left), self.expression(right), at=self.at(op))
        return condition, self.expression(value)


def _count(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} or more arguments"
    if least == most:
        return "one argument" if least == 1 else f"{least} arguments"
    return f"{least} to {most} arguments"


def _literal(expr: Expr) -> Fraction | None:
    """The value of an exponent that is a plain number, with or without signs; of a tower of them as far as it matters.

    One far beyond the limit is the limit and one; one too small to write down is a number about as small as can be.
    """
    if isinstance(expr, Num):
        return expr.value
    if isinstance(expr, Neg):
        inner = _literal(expr.arg)
        return None if inner is None else -inner
    if isinstance(expr, Power):
        base, exponent = _literal(expr.base), _literal(expr.exponent)
        if base is None or exponent is None or exponent.denominator != 1 or base == 0:
            return None
        return _raised(base, exponent.numerator)
    return None


def _raised(base: Fraction, exponent: int) -> Fraction:
    size = base.numerator.bit_length() - base.denominator.bit_length()
    if abs(exponent) * max(base.numerator.bit_length(), base.denominator.bit_length()) <= MAX_BITS:
        return base**exponent
    return Fraction(MAX_EXPONENT + 1) if (size > 0) is (exponent > 0) else Fraction(1, 1 << MAX_BITS)


def _letter(character: str) -> bool:
    if character == "_" or character in "0123456789":
        return True
    name = unicodedata.name(character, "")
    return character.isalpha() and name.startswith(("LATIN ", "GREEK ")) and "FULLWIDTH" not in name


SPELLED_OUT = {
    "mse": "mean((y - a)^2)",
    **dict.fromkeys(("detach", "sg", "stopgradient", "stopgrad", "nograd"), "stop(x)"),
    "avg": "mean(…)",
    "average": "mean(…)",
    "square": "x^2",
    "pow": "x^n",
    "cbrt": "x^(1/3)",
    "rsqrt": "1/sqrt(x)",
    "exp2": "2^x",
    "clip": "min(max(x, a), b)",
    "clamp": "min(max(x, a), b)",
    "sec": "1/cos(x)",
    "csc": "1/sin(x)",
    "cot": "1/tan(x)",
    "sech": "1/cosh(x)",
    "csch": "1/sinh(x)",
    "coth": "1/tanh(x)",
    "asinh": "ln(x + sqrt(x^2 + 1))",
    "acosh": "ln(x + sqrt(x^2 - 1))",
    "atanh": "ln((1 + x)/(1 - x))/2",
    "logsumexp": "ln(exp(z_1) + exp(z_2))",
    "tanhshrink": "x - tanh(x)",
}
"""What other languages have a function for and this one has not."""
UNLIKE = ("round", "floor", "ceil", "mod", "std", "median", "prod", "argmax", "argmin")
"""Functions of other languages that no function here stands in for, however near its name is."""


def function_hint(written: str, names: tuple[str, ...]) -> str | None:
    """Return what to write for a function that there is not: written out, or by the name it was meant to have; None: no idea.

    Only a slip of the pen is put right. A name that a letter more or less makes another function is none.

    >>> function_hint("sigm", ("sig", "sin")), function_hint("sech", ("sec", "tanh")), function_hint("detach", ("tanh",))
    ('did you mean sig?', 'write it out: 1/cosh(x)', 'write it out: stop(x)')
    """
    bare = written.lower().replace("_", "")
    if bare in SPELLED_OUT:
        return f"write it out: {SPELLED_OUT[bare]}"
    return None if bare in UNLIKE else closest(written, names)
