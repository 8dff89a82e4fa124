"""One side of a relation, as tokens → trees: one for each way in which it can be read, or why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise, product

from derivgen.claims.names import EULER
from derivgen.claims.spelling import Spelling, Style
from derivgen.claims.tokens import Token, UnreadableError
from derivgen.maths.functions import FUNCTIONS
from derivgen.maths.grammar import parser_of
from derivgen.maths.tree import Call, Expr, Neg, Num, Partial, Power, Prime, Product, Quotient, Sum, SumOver, Sym

MOST_PLACEHOLDERS = 3_000


def read(tokens: list[Token], style: Style) -> tuple[Expr, ...]:
    """Return the trees that the tokens of one side can stand for, the likeliest first. Raises UnreadableError."""
    from lark.exceptions import UnexpectedInput

    spelled = Spelling(style)
    spelled.group(tokens, 0)
    if len(spelled.pieces) > MOST_PLACEHOLDERS:
        raise UnreadableError("this is too long to be read", tokens[0].start, tokens[0].end)
    if not spelled.pieces:
        raise UnreadableError("nothing stands on this side")
    text = "".join(spelled.pieces)
    try:
        tree = parser_of("written.lark", ("sum",)).parse(text, start="sum")
    except UnexpectedInput as error:
        raise spelled.wrong(error.pos_in_stream if isinstance(error.pos_in_stream, int) else len(text)) from None
    builder = _Builder(spelled)
    first = builder.expression(tree)
    found = [first]
    for choice in product(*(range(count) for count in builder.met.values())):
        if any(choice):
            found.append(_Builder(spelled, dict(zip(builder.met, choice, strict=True))).expression(tree))
    return tuple(found)


class _Builder:
    """lark's tree → ours. `met` are the choices that had to be made, each with the number of ways there are."""

    def __init__(self, spelled: Spelling, choices: Mapping[str, int] | None = None):
        self.spelled, self.choices = spelled, choices or {}
        self.met: dict[str, int] = {}

    def choose(self, what: str, ways: int) -> int:
        self.met[what] = ways
        return self.choices.get(what, 0)

    def expression(self, node) -> Expr:
        return getattr(self, f"_{node.data}")(*node.children)

    def _sum(self, first, *rest) -> Expr:
        terms = [self.expression(first)]
        for sign, term in zip(rest[::2], rest[1::2], strict=True):
            built = self.expression(term)
            terms.append(Neg(built) if sign == "-" else built)
        return Sum(tuple(terms))

    def _term(self, first, *rest) -> Expr:
        factors = [self.expression(first)]
        for sign, factor in zip(rest[::2], rest[1::2], strict=True):
            if sign == "*":
                factors.append(self.expression(factor))
                continue
            over = factors[0] if len(factors) == 1 else Product(tuple(factors))
            beside = factor.children if factor.data == "beside" and len(factor.children) > 1 else ()
            if beside and self.choose("slash", 2):
                under, *others = map(self.expression, beside)
                factors = [Quotient(over, under), *others]
            else:
                factors = [Quotient(over, self.expression(factor))]
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def _negated(self, sign, arg) -> Expr:
        inner = self.expression(arg)
        return Neg(inner) if sign == "-" else inner

    def _beside(self, *parts) -> Expr:
        if len(parts) == 1:
            return self.expression(parts[0])
        for left, right in pairwise(parts):
            if _is_number(left) and _is_number(right):
                raise UnreadableError("two numbers stand beside each other", *self._where(left, right))
            if _is_number(left) and _only(right).data == "fraction":
                inner = [_only(group.children[0]) for group in _only(right).children]
                if all(part.data == "number" for part in inner):
                    raise UnreadableError("a number beside a fraction may be a sum or a product", *self._where(left, right))
        return Product(tuple(map(self.expression, parts)))

    def _where(self, *nodes) -> tuple[int, int]:
        place = next((token for node in nodes for token in node.scan_values(lambda value: True)), None)
        if place is None:
            return -1, -1
        at = 0
        for piece, token in zip(self.spelled.pieces, self.spelled.places, strict=True):
            if at >= place.start_pos:
                return token.start, token.end
            at += len(piece)
        return -1, -1

    def _summed(self, token, term) -> Expr:
        index, upper = self.spelled.sums[int(token[1:])]
        return SumOver(index, Num(Fraction(upper), str(upper)), self.expression(term))

    def _raised(self, base, _sign, exponent) -> Expr:
        power = self.expression(exponent)
        inner = self.expression(base)
        if inner == Sym(EULER):
            named = isinstance(power, Num) and self.spelled.style.known(EULER)
            ways = 2 if isinstance(power, Num) or self.spelled.style.known(EULER) else 1
            if (ways == 2 and self.choose("e", 2)) == named:
                return Call("exp", (power,))
        return Power(inner, power)

    def _atom(self, inner) -> Expr:
        return self.expression(inner)

    def _bracket(self, inner) -> Expr:
        return self.expression(inner)

    def _group(self, inner) -> Expr:
        return self.expression(inner)

    def _number(self, token) -> Expr:
        text = self.spelled.numbers[int(token[1:])]
        if "," in text:
            whole, *groups = text.split(",")
            thousands = all(len(group.partition(".")[0]) == 3 for group in groups) and 0 < len(whole) < 4 and whole != "0"
            if thousands and len(groups) == 1 and "." not in text:
                thousands = bool(self.choose("comma", 2)) is self.spelled.style.comma
            text = text.replace(",", "") if thousands else text.replace(",", ".")
        return Num(Fraction(text), text)

    def _percent(self, token, _sign) -> Expr:
        number = self._number(token)
        assert isinstance(number, Num)
        return Num(number.value / 100, f"{number.text}e-2" if "e" not in number.text.lower() else "")

    def _name(self, token) -> Expr:
        return Sym(self.spelled.names[int(token[1:])])

    def _partial(self, token) -> Expr:
        of, by = self.spelled.partials[int(token[1:])]
        return Partial(Sym(of), Sym(by))

    def _fraction(self, over, under) -> Expr:
        return Quotient(self.expression(over), self.expression(under))

    def _root(self, inner) -> Expr:
        return Call("sqrt", (self.expression(inner),))

    def _applied(self, token, arg) -> Expr:
        return self._call(token, arg)

    def _call(self, token, *args) -> Expr:
        key, written, primes = self.spelled.functions[int(token[1:])]
        built = tuple(map(self.expression, args))
        if written == "log" and self.choose("log", 2):
            key = "common log"
        least, most = FUNCTIONS[key].arity if key in FUNCTIONS else (len(built), len(built))
        if len(built) < least or (most is not None and len(built) > most) or (key in FUNCTIONS and FUNCTIONS[key].vector):
            raise UnreadableError(f"{written or key} of {len(built)} arguments cannot be read")
        if primes > 1:
            raise UnreadableError("only first derivatives of functions are read")
        return Prime(key, built, written) if primes else Call(key, built, written)


def _only(node):
    """Return the node below those that hold one other alone."""
    while node.data in ("atom", "beside") and len(node.children) == 1:
        node = node.children[0]
    return node


def _is_number(node) -> bool:
    only = _only(node)
    return only.data in ("number", "percent") or (only.data == "raised" and _is_number(only.children[0]))
