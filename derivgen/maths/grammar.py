"""Text → tree. The grammar stands in `grammar.lark`; here are its limits, its actions and its error messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from derivgen.cache import keep, kept
from derivgen.errors import Place, Problem, SpecError
from derivgen.maths.tree import (
    Call,
    Cases,
    Compare,
    Expr,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Sum,
    Sym,
)

MAX_LENGTH = 20_000
MAX_DEPTH = 60
MAX_NESTING = 150
MAX_NAME = 60
MAX_DIGITS = 60
MAX_EXPONENT = 300
MAX_BITS = 100_000

_ALLOWED = re.compile(r"[\w\s+\-*/^(),.:=<>!']*")
_DASHES = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "÷": "/", "＝": "=", "（": "(", "）": ")"}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The functions an expression may call: `find` gives the key of a name as written, or None."""

    find: Callable[[str], str | None]
    names: tuple[str, ...]
    arity: Callable[[str], tuple[int, int | None]]


def parse_expression(text: str, place: Place, words: Vocabulary) -> Expr:
    """The tree of one expression, e.g. `W_13*x_1 + b_3`; `place` is where its first character stands."""
    return Builder(text, place, words).expression(_tree(text, place, "sum"))


def parse_equation(text: str, place: Place, words: Vocabulary) -> tuple[tuple[Sym, ...], Expr]:
    """`(names on the left, tree on the right)` of one equation, e.g. `Z_3 = W_13*x_1 + b_3`."""
    left, right = _tree(text, place, "equation").children
    builder = Builder(text, place, words)
    return tuple(builder.symbol_of(token) for token in left.children), builder.expression(right)


def parse_signature(text: str, place: Place) -> tuple[Sym, ...]:
    """The function's name and its arguments' names, of `swish(x)`."""
    builder = Builder(text, place, Vocabulary(lambda _: None, (), lambda _: (0, None)))
    return tuple(builder.symbol_of(token) for token in _tree(text, place, "signature").children)


def _problem(message: str, place: Place, hint: str | None = None) -> SpecError:
    return SpecError(Problem(message, place, hint))


@cache
def parser_of(file: str, starts: tuple[str, ...]):
    """The LALR parser of a grammar beside this module, its tables kept in the user's cache folder between runs."""
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
        raise _syntax_problem(text, place, error, start) from None


def check_text(text: str, place: Place) -> None:
    """Refuse what cannot be an expression before the parser sees it: too long, too deep, foreign characters."""
    if len(text) > MAX_LENGTH:
        raise _problem(f"this line has {len(text):,} characters; the limit is {MAX_LENGTH:,}", _cut(place))
    depth = 0
    for position, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        if depth > MAX_DEPTH:
            raise _problem(f"brackets are nested more than {MAX_DEPTH} deep", place.shifted(position))
    match = _ALLOWED.match(text)
    end = match.end() if match else 0
    if end < len(text):
        raise _foreign(text, end, place)


def _cut(place: Place) -> Place:
    return replace(place, text="")


def _foreign(text: str, position: int, place: Place) -> SpecError:
    character = text[position]
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    better = _DASHES.get(character)
    hints = {
        "[": "use round brackets; an index is part of the name: x_1",
        "{": "use round brackets",
        "\\": "TeX commands are not part of the language; write alpha, not \\alpha",
        "@": "matrix products are not part of the language; write the sum out",
        '"': "quotes are not part of an expression",
        "%": "write the fraction: 5/100",
        "_": "a name starts with a letter",
        ";": "one equation a line",
        "&": "one comparison a piece",
        "|": "write abs(x)",
    }
    hint = f"write {better!r} instead" if better else hints.get(character)
    shown = repr(character) if character.isprintable() else name
    return _problem(f"the character {shown} ({name}) is not part of an expression", place.shifted(position), hint)


def _syntax_problem(text: str, place: Place, error, start: str) -> SpecError:
    """A message a person understands, for a place where the grammar expected something else."""
    token = getattr(error, "token", None)
    position = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text)
    if token is not None and token.type == "$END":
        return _unfinished(text, place, start)
    if start == "equation" and "=" not in text:
        return _unfinished(text, place, start)
    where = place.shifted(position, max(1, len(str(token)) if token is not None else 1))
    previous = text[:position].rstrip()[-1:]
    found = str(token) if token is not None else text[position : position + 1]
    if previous.isdigit() and token is not None and token.type in {"NAME", "LPAR", "CASES"}:
        return _problem(
            f"no sign between {_last_word(text[:position])!r} and {found!r}",
            where,
            f"multiplication is written out: {_last_word(text[:position])}*{found}",
        )
    if (
        token is not None
        and (token.type in {"NAME", "NUMBER", "LPAR", "CASES"})
        and (previous.isalnum() or previous in {")", "_", "."})
    ):
        return _problem(
            f"no sign between {_last_word(text[:position])!r} and {found!r}", where, "multiplication is written out, with *"
        )
    if found == "." and previous.isalnum():
        return _problem("a dot after a name is not part of the language", where, "there are no attributes; use _ in names")
    if found == ".":
        return _problem("a dot without digits", where, "write decimals as 0.5")
    if found == "=":
        hint = (
            "one equation a line; compare with == inside cases"
            if start == "equation"
            else "only an expression is wanted here, no equation"
        )
        return _problem("one '=' too many" if start == "equation" else "an '=' has no place here", where, hint)
    if found == ")" and "cases" in text and "else" not in text:
        return _problem("cases needs an else", where, "cases(x > 0: x, else: 0)")
    if found == ")":
        return _problem(
            "')' closes nothing" if text[:position].count("(") <= text[:position].count(")") else "')' comes too early",
            where,
            "something is missing before it" if previous in "+-*/^(," else None,
        )
    if found == "'":
        return _problem("a prime stands only behind a function's name", where, "write ReLU'(x)")
    if text[position : position + 2] == ":=":
        return _problem("':=' cannot stand here", where, "an equation is written with = alone")
    return _problem(f"{found!r} cannot stand here", where, _hint_for(found, previous))


def _hint_for(found: str, previous: str) -> str | None:
    if previous and previous in "+-*/^" and found in "*/^":
        return "two operators in a row"
    if found in {"<", ">", "<=", ">=", "==", "!="}:
        return "comparisons stand only inside cases: cases(x > 0: x, else: 0)"
    if found == "_":
        return "a name starts with a letter"
    if found == ":":
        return "a colon stands only inside cases: cases(x > 0: x, else: 0)"
    if found == "," and previous.isdigit():
        return "decimals take a point: 1.5"
    if found == ",":
        return "a comma stands between a function's arguments, or between names on the left"
    return None


def _unfinished(text: str, place: Place, start: str) -> SpecError:
    where = place.shifted(len(text.rstrip()))
    if not text.strip():
        return _problem("an expression is missing", where)
    if text.count("(") > text.count(")"):
        return _problem("a bracket is never closed", place.shifted(_open_bracket(text)), "add the missing ')'")
    if start == "equation" and "=" not in text:
        return _problem("this line has no '='", place, "an equation reads: name = expression")
    if "cases" in text and "else" not in text:
        return _problem("cases needs an else", where, "cases(x > 0: x, else: 0)")
    return _problem("the line ends where something is still missing", where)


def _open_bracket(text: str) -> int:
    opened: list[int] = []
    for position, character in enumerate(text):
        if character == "(":
            opened.append(position)
        elif character == ")" and opened:
            opened.pop()
    return opened[0] if opened else 0


def _last_word(text: str) -> str:
    match = re.search(r"[\w.]+\s*$|\S\s*$", text)
    return match.group().strip() if match else text


class Builder:
    """Turns lark's tree into ours, without recursion deeper than the brackets' limit."""

    def __init__(self, text: str, place: Place, words: Vocabulary):
        self.text, self.place, self.words = text, place, words
        self.depth = 0

    def at(self, token) -> Place:
        return self.place.shifted(token.start_pos, len(token))

    def expression(self, node) -> Expr:
        if node is None:
            raise _problem("an expression is missing", self.place)
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _problem(f"this expression is nested more than {MAX_NESTING} deep", self.place)
        built = getattr(self, f"_{node.data.removeprefix('grammar__')}")(*node.children)
        self.depth -= 1
        return built

    def symbol_of(self, token) -> Sym:
        name = str(token)
        place = self.at(token)
        if len(name) > MAX_NAME:
            raise _problem(f"the name {name[:12]}… has {len(name)} characters; the limit is {MAX_NAME}", place)
        if unicodedata.normalize("NFC", name) != name:
            name = unicodedata.normalize("NFC", name)
        strange = next((c for c in name if not _letter(c)), None)
        if strange:
            where = place.shifted(name.index(strange))
            raise _problem(
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
            else:
                over = factors[0] if len(factors) == 1 else Product(tuple(factors), at=factors[0].at)
                factors = [Quotient(over, built, at=self.at(sign))]
        return factors[0] if len(factors) == 1 else Product(tuple(factors), at=factors[0].at)

    def _signed(self, sign, arg) -> Expr:
        inner = self.expression(arg)
        return Neg(inner, at=self.at(sign)) if sign == "-" else inner

    def _power(self, base, sign, exponent) -> Expr:
        power = self.expression(exponent)
        value = _literal(power)
        if value is not None and abs(value) > MAX_EXPONENT:
            raise _problem(f"an exponent beyond {MAX_EXPONENT} is not taken", self.at(sign))
        return Power(self.expression(base), power, at=self.at(sign))

    def _call(self, name, primes, *args) -> Expr:
        written, place = str(name), self.at(name)
        built = tuple(self.expression(arg) for arg in args)
        if written in {"mean", "sum"} and primes is None:
            return self._reduce(written, built, place)
        if written in {"mean", "sum"}:
            hint = f"by one sample's value it is {'1/n' if written == 'mean' else '1'}; write out what is meant"
            raise _problem(f"{written} runs over the samples; its derivative is not written with a prime", place, hint)
        key = self.words.find(written)
        if key is None:
            raise self._unknown_function(written, place)
        least, most = self.words.arity(key)
        if len(built) < least or (most is not None and len(built) > most):
            raise _problem(f"{written} takes {_count(least, most)}, not {len(built)}", place)
        if primes is None:
            return Call(key, built, written, at=place)
        if len(primes) > 1 or len(built) > 1:
            raise _problem("only the first derivative of a function of one argument is written with a prime", place)
        return Prime(key, built, written, at=place)

    def _reduce(self, written: str, args: tuple[Expr, ...], place: Place) -> Expr:
        if len(args) == 1:
            return Reduce(written, args[0], at=place)
        if written == "sum":
            return Sum(args, at=place)
        return Quotient(Sum(args, at=place), Num(Fraction(len(args)), str(len(args))), at=place)

    def _unknown_function(self, written: str, place: Place) -> SpecError:
        from derivgen.errors import closest

        hint = closest(written, (*self.words.names, "mean", "sum", "cases"))
        if written in SPELLED_OUT:
            hint = f"write it out: {SPELLED_OUT[written]}"
        if hint is None:
            hint = (
                f"if {written} is a name, multiplication is written out: {written}*(…); "
                "a function of your own goes under functions:"
            )
        return _problem(f"there is no function {written}", place, hint)

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


def read_number(text: str, place: Place | None = None) -> Fraction:
    """The exact value of `3`, `0.15`, `.5`, `1e-3`, `1/3`, `-2/7`.

    Raises SpecError for anything else, for more than 60 digits and for exponents beyond 300.

    >>> read_number("0.1"), read_number("-1/3"), read_number("1e-3")
    (Fraction(1, 10), Fraction(-1, 3), Fraction(1, 1000))
    """
    match = _NUMBER.fullmatch(text.strip())
    where = place or Place("<number>", 1, 1, len(text), text)
    if not match:
        comma = re.fullmatch(r"([+-]?\d+),(\d+)", text.strip(), re.ASCII)
        hint = f"decimals take a point: {comma[1]}.{comma[2]}" if comma else "write 3, -0.25, 1e-3 or 1/3"
        raise _problem(f"{text[:40]!r} is not a number", where, hint)
    if len(re.sub(r"\D", "", text)) > MAX_DIGITS:
        raise _problem(f"a number of more than {MAX_DIGITS} digits is not taken", where)
    exponents = [int(e) for e in re.findall(r"[eE]([+-]?\d+)", text)]
    if any(abs(e) > MAX_EXPONENT for e in exponents):
        raise _problem(f"an exponent beyond {MAX_EXPONENT} is not taken", where)
    over, _, under = text.strip().partition("/")
    bottom = Fraction(under.strip() or "1")
    if bottom == 0:
        raise _problem("division by zero", where)
    return Fraction(over.strip()) / bottom


SPELLED_OUT = {
    "mse": "mean((y - a)^2)",
    "dot": "w_1*x_1 + w_2*x_2",
    "avg": "mean(…)",
    "average": "mean(…)",
    "square": "x^2",
    "pow": "x^n",
}
"""What other languages have a function for and this one has not."""

_PLAIN = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?"
_NUMBER = re.compile(rf"[+-]?\s*{_PLAIN}(?:\s*/\s*{_PLAIN})?", re.ASCII)


def calls(expr: Expr) -> Iterator[Call]:
    """Every function call of an expression, outermost first."""
    from derivgen.maths.tree import walk

    return (node for node in walk(expr) if isinstance(node, Call))
