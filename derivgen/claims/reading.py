"""One side of a relation, as tokens → trees: one for each way in which it can be read, or why it cannot be.

d/dw of a formula is worked out as far as a file can say it, with the functions that the file defines itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product

from derivgen.claims.matrices import MOST_NODES, ONE_COLUMN, written_out
from derivgen.claims.names import EULER
from derivgen.claims.spelling import Spelling, Style
from derivgen.claims.tables import Rows, condition
from derivgen.claims.tokens import Token, UnreadableError
from derivgen.claims.whole_arrays import identity
from derivgen.frozen import replace
from derivgen.maths.differentiate import Rules, differentiate
from derivgen.maths.functions import FUNCTIONS, Library
from derivgen.maths.grammar import ARRAY_FUNCTIONS, parser_of
from derivgen.maths.tree import (
    ONE,
    ArrayCall,
    Call,
    Cases,
    Compare,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Neg,
    Num,
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
    rebuild,
    walk,
)
from derivgen.memo import PARSED

MOST_PLACEHOLDERS = 3_000
MOST_READINGS = 8
MOST_IDENTITY = 50


def read(tokens: list[Token], style: Style) -> tuple[Expr, ...]:
    """Return the trees that the tokens of one side can stand for, the likeliest first. Raises UnreadableError."""
    spelled = _spelled(tokens, style)
    tree = _parsed(spelled)
    builder = _Builder(spelled)
    found = [_unwrapped(written_out(builder.expression(tree), style.matrix))]
    for choice in product(*(range(count) for count in builder.met.values())):
        if any(choice) and len(found) < MOST_READINGS:
            again = _Builder(spelled, dict(zip(builder.met, choice, strict=True))).expression(tree)
            found.append(_unwrapped(written_out(again, style.matrix)))
    return tuple(found)


def _unwrapped(tree: Expr) -> Expr:
    """Return the number that a matrix of one entry is."""
    single = isinstance(tree, Matrix) and len(tree.rows) == len(tree.rows[0]) == 1 and not tree.spread
    return tree.rows[0][0] if isinstance(tree, Matrix) and single else tree


def _spelled(tokens: list[Token], style: Style) -> Spelling:
    spelled = Spelling(style)
    spelled.group(tokens, 0)
    if len(spelled.pieces) > MOST_PLACEHOLDERS:
        raise UnreadableError("this is too long to be read", tokens[0].start, tokens[0].end)
    if not spelled.pieces:
        raise UnreadableError("nothing stands on this side")
    return spelled


def _parsed(spelled: Spelling):
    from lark.exceptions import UnexpectedInput

    text = "".join(spelled.pieces)
    try:
        return _tree(text)
    except UnexpectedInput as error:
        raise spelled.wrong(error.pos_in_stream if isinstance(error.pos_in_stream, int) else len(text)) from None


@PARSED
def _tree(text: str):
    return parser_of("written.lark", ("sum",)).parse(text, start="sum")


class _Builder:
    """lark's tree → ours. `met` are the choices that had to be made, each with the number of ways there are."""

    def __init__(self, spelled: Spelling, choices: Mapping[str, int] | None = None, met: dict[str, int] | None = None):
        self.spelled, self.choices = spelled, choices or {}
        self.met: dict[str, int] = {} if met is None else met

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
        factors, pairs = [self.expression(first)], [*zip(rest[::2], rest[1::2], strict=True)]
        while pairs:
            sign, factor = pairs.pop(0)
            if sign == "*":
                factors.append(self.expression(factor))
                continue
            if sign in ("o", "d"):
                other = self.expression(factor)
                scaled = not any(isinstance(node, (Sym, Partial, Matrix, Ones)) for node in walk(other))
                if scaled and pairs[:1] and pairs[0][0] == "*":  # A ⊙ 1/2 · B
                    other = Product((other, self.expression(pairs.pop(0)[1])))
                other = other if sign == "o" else Power(other, Num(Fraction(-1), "-1"))
                factors = [Hadamard((_product(factors), other))]
                continue
            over = _product(factors)
            beside = factor.children if factor.data == "beside" and len(factor.children) > 1 else ()
            if beside and self.choose("slash", 2):
                under, *others = map(self.expression, beside)
                factors = [Quotient(over, under), *others]
            else:
                factors = [Quotient(over, self.expression(factor))]
        return _product(factors)

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
        factors = tuple(map(self.expression, parts))
        return (MatMul if sum(isinstance(factor, Matrix) and not factor.either for factor in factors) > 1 else Product)(factors)

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
        body = self.expression(term)
        if index != self.spelled.style.samples[0] and any(_has_index(node, index) for node in walk(body)):
            if upper * sum(1 for _ in walk(body)) > MOST_NODES:
                raise UnreadableError("a sum of too many terms", *self._where(term))
            return Sum(tuple(_at(body, index, k) for k in range(1, upper + 1)))
        return SumOver(index, Num(Fraction(upper), str(upper)), body)

    def _raised(self, base, _sign, exponent) -> Expr:
        power = self.expression(exponent)
        inner = self.expression(base)
        if inner == Sym(EULER):
            named = isinstance(power, Num) and self.spelled.style.known(EULER)
            ways = 2 if isinstance(power, Num) or self.spelled.style.known(EULER) else 1
            if (ways == 2 and self.choose("e", 2)) == named:
                return Call("exp", (power,))
        return Power(inner, power)

    def _transposed(self, inner) -> Expr:
        return Transpose(self.expression(inner))

    def _derived(self, token, inner) -> Expr:
        style = self.spelled.style
        return derived(written_out(self.expression(inner), style.matrix), self.spelled.derivatives[int(token[1:])], style.slope)

    def _table(self, token) -> Expr:
        kind, rows = self.spelled.tables[int(token[1:])]
        if kind == "cases":
            return self._cases(rows)
        if kind == "ones":
            return ONE_COLUMN
        if kind == "eye":
            return identity(min(int(rows[0][0][0].text), MOST_IDENTITY))
        made = tuple(tuple(map(self._inner, row)) for row in rows)
        return Matrix(made, kind == "list")

    def _inner(self, tokens: list[Token]) -> Expr:
        """Return a cell as a tree, what can be read in several ways chosen as it is around it."""
        spelled = _spelled(tokens, self.spelled.style)
        return _Builder(spelled, self.choices, self.met).expression(_parsed(spelled))

    def _cases(self, rows: Rows) -> Expr:
        """Return cases, each under all conditions of its row; without one that is left over nothing has a value there."""
        found: Expr = Quotient(Num(Fraction(1)), Num(Fraction(0)))
        for place, row in reversed(tuple(enumerate(rows))):
            piece, conditions = self._inner(_without_comma(row[0])), condition([part for cell in row[1:] for part in cell])
            if conditions is None:
                if place != len(rows) - 1:
                    raise UnreadableError("a case without a condition stands before others", row[0][0].start, row[0][-1].end)
                found = piece
                continue
            rest = found
            for sign, left, right in reversed(conditions):
                piece = Cases(((Compare(sign, self._inner(left), self._inner(right)), piece),), rest)
            found = piece
        return found

    def _atom(self, inner) -> Expr:
        return self.expression(inner)

    def _bracket(self, inner) -> Expr:
        return self.expression(inner)

    def _group(self, inner) -> Expr:
        return self.expression(inner)

    def _number(self, token) -> Expr:
        text = self.spelled.numbers[int(token[1:])]
        braced, text = "{" in text, text.replace("{", "").replace("}", "")
        if "," in text:
            whole, *groups = text.split(",")
            thousands = all(len(group.partition(".")[0]) == 3 for group in groups) and 0 < len(whole) < 4 and whole != "0"
            if thousands and braced and self.spelled.style.comma and len(groups) == 1:
                thousands = False
            elif thousands and len(groups) == 1 and "." not in text:
                thousands = bool(self.choose("comma", 2)) is self.spelled.style.comma
            text = text.replace(",", "") if thousands else text.replace(",", ".")
        if text.count(".") > 1:
            raise UnreadableError("a number with two decimal signs")
        return Num(Fraction(text), text)

    def _percent(self, token, _sign) -> Expr:
        number = self._number(token)
        assert isinstance(number, Num)
        return Num(number.value / 100, f"{number.text}e-2" if "e" not in number.text.lower() else "")

    def _name(self, token) -> Expr:
        return Sym(self.spelled.names[int(token[1:])])

    def _partial(self, token) -> Expr:
        return self.spelled.partials[int(token[1:])]

    def _fraction(self, over, under) -> Expr:
        return Quotient(self.expression(over), self.expression(under))

    def _root(self, inner) -> Expr:
        return Call("sqrt", (self.expression(inner),))

    def _applied(self, token, arg) -> Expr:
        return self._call(token, arg)

    def _call(self, token, *args) -> Expr:
        function = self.spelled.functions[int(token[1:])]
        key, written, primes = function.key, function.written, function.primes
        built = tuple(map(self.expression, args))
        if not key:
            return Product((Sym(written), *built)) if not self.choose(f"{written}()", 2) else Sym(written)
        formula = self.spelled.style.formula(written) if function.own else None
        if formula is not None and (key not in FUNCTIONS or not self.choose(f"own {written}", 2)):
            return applied(*formula, built, primes)
        if key == "diag":
            return Call(key, built)
        if self.spelled.style.arrays and key in ARRAY_FUNCTIONS and not (key in FUNCTIONS and (len(built) > 1 or primes)):
            taken = ARRAY_FUNCTIONS[key]
            if len(built) < taken.least or (taken.most is not None and len(built) > taken.most):
                raise UnreadableError(f"{written or key} of {len(built)} arguments cannot be read")
            return ArrayCall(key, built, function.options)
        if key == "softmax" and (len(built) == 1 or function.component is not None) and not primes:
            return self._softmax(built, function.component)
        if written == "log" and self.choose("log", 2):
            key = "common log"
        least, most = FUNCTIONS[key].arity if key in FUNCTIONS else (len(built), len(built))
        if len(built) < least or (most is not None and len(built) > most) or (key in FUNCTIONS and FUNCTIONS[key].vector):
            raise UnreadableError(f"{written or key} of {len(built)} arguments cannot be read")
        if primes > 1:
            raise UnreadableError("only first derivatives of functions are read")
        return Prime(key, built, written) if primes else Call(key, built, written)

    def _softmax(self, args: tuple[Expr, ...], component: int | None) -> Expr:
        if component is not None and not 0 <= component < len(args):
            raise UnreadableError("softmax has no such output")
        if component is None and len(args) > 1:
            return Matrix((tuple(Call("softmax", args, component=k) for k in range(len(args))),), either=True)
        return Call("softmax", args, component=component)


def _has_index(node: Expr, index: str) -> bool:
    return isinstance(node, Sym) and (node.name == index or index in node.name.partition("_")[2].partition("^")[0])


def _at(tree: Expr, index: str, number: int) -> Expr:
    """Return the term of a sum over units at one of them: its number stands for the index in names."""
    if isinstance(tree, Partial):
        of, by = (_at(part, index, number) for part in (tree.of, tree.by))
        assert isinstance(of, Sym) and isinstance(by, Sym)
        return replace(tree, of=of, by=by)
    if not isinstance(tree, Sym):
        return rebuild(tree, lambda part: _at(part, index, number))
    base, mark, rest = tree.name.partition("_")
    below, power, above = rest.partition("^")
    return Sym(base + mark + below.replace(index, str(number)) + power + above) if tree.name != index else Num(Fraction(number))


def _product(factors: list[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _without_comma(cell: list[Token]) -> list[Token]:
    end = len(cell)
    while end > 1 and cell[end - 1].kind in ("space", ",", ";", "apart"):
        end -= 1
    return cell[:end]


def _only(node):
    """Return the node below those that hold one other alone."""
    while node.data in ("atom", "beside") and len(node.children) == 1:
        node = node.children[0]
    return node


def _is_number(node) -> bool:
    only = _only(node)
    return only.data in ("number", "percent") or (only.data == "raised" and _is_number(only.children[0]))


RULES = Rules(Library())


def derived(body: Expr, by: str, slope: Callable[[str, str], Expr | None]) -> Expr:
    """Return d/dby of a formula; `slope` gives the derivative of a name in it by another, None where none is known.

    Raises UnreadableError for a name that may depend on `by`, or what has no rule.

    >>> from derivgen.maths.tree import Power, Num
    >>> from fractions import Fraction
    >>> derived(Power(Sym("w"), Num(Fraction(2))), "w", lambda name, by: None)
    Product(factors=(Num(value=Fraction(2, 1), text=''), Sym(name='w', index=None)))
    """

    def inner(name: str, other: str) -> Expr:
        found = ONE if name == other else slope(name, other)
        if found is None:
            raise UnreadableError(f"whether {name} depends on {other} is not known")
        return found

    return _worked(body, by, replace(RULES, slope=inner))


def _worked(body: Expr, name: str, rules: Rules) -> Expr:
    try:
        return differentiate(body, name, rules)
    except (KeyError, AssertionError):
        raise UnreadableError("this derivative cannot be worked out") from None


def applied(arguments: Sequence[str], body: Expr, values: Sequence[Expr], primes: int) -> Expr:
    """Return a function of the file, or its derivative, with values in the place of its arguments. Raises UnreadableError."""
    if len(arguments) != len(values) or (primes and len(arguments) > 1):
        raise UnreadableError(f"a function of {len(arguments)} arguments has {len(values)} here")
    for _ in range(primes):
        body = _worked(body, arguments[0], RULES)
    return _put_in(body, dict(zip(arguments, values, strict=True)))


def _put_in(body: Expr, values: Mapping[str, Expr]) -> Expr:
    if type(body) is Sym:
        return values.get(body.name, body)
    return body if isinstance(body, Partial) else rebuild(body, lambda part: _put_in(part, values))
