"""The table of functions: the one place to add one.

A function is an entry of data: its names, its value, its textbook derivative and its kinks, written in the expression language.
`x` (or `x_1`, `x_2`, …) is the argument, `f` stands for the function's own value, as in `f*(1 - f)` for the sigmoid. What reads
the table (pages, `derivgen functions`, practice pages, conditions on variants, tests) needs nothing else about a function whose
value is a formula of others; a primitive, whose `value` is empty, stands in the tables of each kind of number as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations, islice
from math import prod
from types import MappingProxyType
from typing import Literal

from derivgen.errors import Place
from derivgen.frozen import dataclass, replace
from derivgen.maths.grammar import Vocabulary, parse_expression
from derivgen.maths.tree import STOP, Call, Cases, Expr, Neg, Num, Product, Quotient, Sum, Sym, children, rebuild
from derivgen.memo import PARSED

Ties = Literal["share", "first"]
"""How arguments of max or min that tie share the derivative: equally, or the first of them takes all."""
SHARE: Ties = "share"
FIRST: Ties = "first"
TIES: tuple[Ties, ...] = (SHARE, FIRST)

MOST_BORDERS = 1_000
"""Of an author's own function so many places are looked at where its pieces, or those of what it calls, meet."""

Taken = Literal["left", "right"] | Fraction
Convention = tuple[Fraction, ...] | Ties
"""A spec's own convention: the slope at each kink from left to right (one number: at all of them), or how ties are settled."""


@dataclass(frozen=True, slots=True)
class Kink:
    """A point at which the derivative jumps.

    `left` and `right` are the derivative's formulas on either side, each up to the next kink. `taken` is what counts at the
    point itself: the formula of one side, or a number.
    """

    point: Fraction
    left: str
    right: str
    taken: Taken = "left"


@dataclass(frozen=True, slots=True)
class Function:
    """An entry of the table.

    `value` is empty for the primitives, whose value the arithmetic itself knows; `spelled` writes one with other functions.
    `derivatives` has one text per argument; the first is empty where `kinks`, from left to right, make it up. `prime` says that
    a chain prints it as f'(x) and works it out beside it (a derivative in pieces has no shorter form). `states` are the words
    that conditions on variants may use of an activation: `off` up to the first kink (and dead where it is off in every sample),
    `saturated` where its slope is small. `yields`: an author's own function of the same name takes its place.
    `familiar`: pages that use it need not say what it is.
    """

    key: str
    names: tuple[str, ...]
    value: str = ""
    derivatives: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ("x",)
    optional: tuple[tuple[str, str], ...] = ()
    many: bool = False
    vector: bool = False
    prime: bool = False
    kinks: tuple[Kink, ...] = ()
    ties: Ties | None = None
    remark: str = ""
    meaning: str = ""
    source: str = ""
    activation: bool = False
    states: tuple[Literal["off", "saturated"], ...] = ()
    spelled: str = ""
    yields: bool = False
    familiar: bool = False
    body: Expr | None = None

    @property
    def arity(self) -> tuple[int, int | None]:
        """Return the least and the most arguments a call may have; None: any number."""
        if self.many:
            return (1 if self.vector else 2), None
        return len(self.arguments) - len(self.optional), len(self.arguments)

    def derivative(self, slot: int) -> str:
        """Return the text of the derivative by argument `slot`, put together from the kinks where there are some.

        >>> FUNCTIONS["abs"].derivative(0), FUNCTIONS["step"].derivative(0)
        ('cases(x > 0: 1, x == 0: 0, else: -1)', '0')
        """
        return self.derivatives[slot] or _in_pieces(self.kinks)

    @property
    def convention(self) -> str:
        """Return what is taken at each kink or tie, as `derivgen functions` says it; empty for a function without one."""
        if self.ties is not None:
            return "arguments that tie share equally" if self.ties == SHARE else "the first of the arguments that tie takes all"
        return self.remark or ", ".join(f"{self.names[0]}'({kink.point}) = {_slope_at(kink)}" for kink in self.kinks)

    def with_convention(self, convention: Convention) -> Function:
        """Return the same function with a spec's convention at its kinks: their number of slopes, or one slope for all."""
        if isinstance(convention, str):
            return replace(self, ties=convention)
        return self._taking(self.kinks, convention)

    def _taking(self, kinks: tuple[Kink, ...], slopes: tuple[Fraction, ...]) -> Function:
        """The function with slopes of a spec at kinks."""
        slopes = slopes * len(kinks) if len(slopes) == 1 else slopes
        taken = tuple(replace(kink, taken=slope) for kink, slope in zip(kinks, slopes, strict=True))
        return replace(self, kinks=taken, prime=True, remark="")

    def own_with_convention(self, points: tuple[Fraction, ...], slopes: tuple[Fraction, ...]) -> Function:
        """Return an author's own function with a spec's slopes at its kinks, which are at these points."""
        return self._taking(tuple(Kink(point, "", "") for point in points), slopes)


def _in_pieces(kinks: tuple[Kink, ...]) -> str:
    """The derivative from its kinks as `cases`, from the right to the left; one formula where it is the same everywhere."""
    pieces: list[str] = []
    for kink in reversed(kinks):
        if kink.left != kink.right:
            pieces.append(f"x {'>=' if kink.taken == 'right' else '>'} {kink.point}: {kink.right}")
        if isinstance(kink.taken, Fraction) and not kink.left == kink.right == str(kink.taken):
            pieces.append(f"x == {kink.point}: {kink.taken}")
    last = kinks[0].left
    return f"cases({', '.join(pieces)}, else: {last})" if pieces else last


def _slope_at(kink: Kink) -> str:
    """The slope taken at a kink: a number, or the formula of one side."""
    if isinstance(kink.taken, Fraction):
        return str(kink.taken)
    return kink.left if kink.taken == "left" else kink.right


_GOODFELLOW = "Goodfellow, Bengio, Courville: Deep Learning (2016)"
_DLMF = "NIST Digital Library of Mathematical Functions"
_HOWARD = "Howard, Sandler, Chu et al.: Searching for MobileNetV3 (2019)"
_SCALE, _SHAPE = "1.0507009873554805", "1.6732632423543772"
"""The constants of SELU, as TensorFlow and JAX round them."""


def _kink(at: int | Fraction, left: str, right: str, taken: Taken = "left") -> Kink:
    return Kink(Fraction(at), left, right, taken)


_ENTRIES = (
    Function("linear", ("linear", "identity", "id"), "x", ("1",), familiar=True, meaning="the argument itself", source=f"{_GOODFELLOW}, 6.2.2.1"),
    Function("relu", ("ReLU", "relu"), "cases(x > 0: x, else: 0)", ("",), kinks=(_kink(0, "0", "1"),), prime=True, activation=True,
             states=("off",), meaning="rectified linear unit", source=f"{_GOODFELLOW}, 6.3.1"),
    Function("leaky_relu", ("LeakyReLU", "leaky_relu", "lrelu", "PReLU"), "cases(x > 0: x, else: a*x)",
             ("", "cases(x > 0: 0, else: x)"), ("x", "a"), (("a", "0.01"),), prime=True, activation=True, states=("off",),
             kinks=(_kink(0, "a", "1"),), remark="LeakyReLU'(0) = a, the slope on the left",
             meaning="ReLU with a small slope a (0.01) on the left",
             source="Maas, Hannun, Ng: Rectifier nonlinearities improve neural network acoustic models (2013)"),
    Function("elu", ("ELU", "elu"), "cases(x > 0: x, else: a*(exp(x) - 1))",
             ("", "cases(x > 0: 0, else: exp(x) - 1)"), ("x", "a"), (("a", "1"),), prime=True, activation=True, states=("off",),
             kinks=(_kink(0, "a*exp(x)", "1"),), remark="ELU'(0) = a, the slope on the left (1 unless a is given)",
             meaning="exponential linear unit", source="Clevert, Unterthiner, Hochreiter: ELUs (2016), eq. 15"),
    Function("selu", ("SELU", "selu"), f"cases(x > 0: {_SCALE}*x, else: {_SCALE}*{_SHAPE}*(exp(x) - 1))", ("",), prime=True, activation=True,
             states=("off",), kinks=(_kink(0, f"{_SCALE}*{_SHAPE}*exp(x)", _SCALE),), yields=True,
             remark="SELU'(0) = 1.758…, the slope on the left", meaning="self-normalizing exponential linear unit",
             source="Klambauer, Unterthiner, Mayr, Hochreiter: Self-normalizing neural networks (2017), eq. 2"),
    Function("celu", ("CELU", "celu"), "cases(x > 0: x, else: a*(exp(x/a) - 1))",
             ("cases(x > 0: 1, else: exp(x/a))", "cases(x > 0: 0, else: exp(x/a) - 1 - x/a*exp(x/a))"), ("x", "a"), (("a", "1"),),
             prime=True, activation=True, yields=True, meaning="continuously differentiable exponential linear unit",
             source="Barron: Continuously differentiable exponential linear units (2017), eq. 2"),
    Function("relu6", ("ReLU6", "relu6"), "cases(x >= 6: 6, x > 0: x, else: 0)", ("",), prime=True, activation=True,
             states=("off", "saturated"), kinks=(_kink(0, "0", "1"), _kink(6, "1", "0", "right")), yields=True,
             meaning="ReLU cut off at 6", source="Krizhevsky: Convolutional deep belief networks on CIFAR-10 (2010), 2.1"),
    Function("hard_sigmoid", ("HardSigmoid", "hard_sigmoid"), "cases(x >= 3: 1, x > -3: (x + 3)/6, else: 0)",
             ("",), prime=True, activation=True, states=("saturated",), yields=True,
             kinks=(_kink(-3, "0", "1/6"), _kink(3, "1/6", "0", "right")), meaning="sigmoid in three straight pieces",
             source=f"{_HOWARD}, 5.2"),
    Function("hard_swish", ("HardSwish", "hard_swish", "hswish"), "cases(x >= 3: x, x > -3: x*(x + 3)/6, else: 0)",
             ("",), prime=True, activation=True, states=("off",), yields=True,
             kinks=(_kink(-3, "0", "(2*x + 3)/6"), _kink(3, "(2*x + 3)/6", "1", "right")), meaning="x times the hard sigmoid",
             source=f"{_HOWARD}, 5.2"),
    Function("hard_tanh", ("HardTanh", "hard_tanh", "htanh"), "cases(x >= 1: 1, x > -1: x, else: -1)", ("",),
             prime=True, activation=True, states=("saturated",), kinks=(_kink(-1, "0", "1"), _kink(1, "1", "0", "right")),
             yields=True, meaning="tanh in three straight pieces",
             source="Collobert, Weston, Bottou et al.: Natural language processing (almost) from scratch (2011), 3.2"),
    Function("sigmoid", ("sig", "sigmoid", "σ", "logistic", "expit"), "1/(1 + exp(-x))", ("f*(1 - f)",), activation=True,
             states=("saturated",), meaning="logistic sigmoid", source=f"{_GOODFELLOW}, 3.10"),
    Function("tanh", ("tanh",), "", ("1 - f^2",), activation=True, states=("saturated",),
             spelled="(exp(x) - exp(-x))/(exp(x) + exp(-x))", meaning="hyperbolic tangent", source=f"{_DLMF}, 4.34.9"),
    Function("softplus", ("softplus", "Softplus"), "ln(1 + exp(x))", ("sig(x)",), activation=True, meaning="smooth ReLU",
             source=f"{_GOODFELLOW}, 3.10"),
    Function("log_sigmoid", ("LogSigmoid", "log_sigmoid"), "-ln(1 + exp(-x))", ("1 - sig(x)",), activation=True, yields=True,
             meaning="logarithm of the sigmoid", source=f"{_GOODFELLOW}, 3.10"),
    Function("softsign", ("softsign", "Softsign"), "x/(1 + abs(x))", ("1/(1 + abs(x))^2",), activation=True, states=("saturated",),
             yields=True, meaning="sigmoid without exponentials",
             source="Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks (2010), 3"),
    Function("silu", ("SiLU", "silu"), "x*sig(x)", ("f + sig(x)*(1 - f)",), activation=True, meaning="sigmoid linear unit (swish)",
             source="Elfwing, Uchibe, Doya: Sigmoid-weighted linear units (2018), eq. 5"),
    Function("gelu", ("GELU", "gelu"), "x*normcdf(x)", ("normcdf(x) + x*normpdf(x)",), activation=True,
             meaning="Gaussian error linear unit, the exact one", source="Hendrycks, Gimpel: Gaussian error linear units (2016)"),
    Function("mish", ("Mish", "mish"), "x*tanh(softplus(x))", ("tanh(softplus(x)) + x*sig(x)*(1 - tanh(softplus(x))^2)",),
             activation=True, yields=True, meaning="x times tanh of softplus", source="Misra: Mish (2020), eq. 1"),
    Function("exp", ("exp",), "", ("f",), meaning="exponential", source=f"{_DLMF}, 4.2"),
    Function("expm1", ("expm1",), "exp(x) - 1", ("f + 1",), yields=True, meaning="exp(x) - 1", source=f"{_DLMF}, 4.2"),
    Function("ln", ("ln", "log"), "", ("1/x",), meaning="natural logarithm", source=f"{_DLMF}, 4.2"),
    Function("log1p", ("log1p",), "ln(1 + x)", ("1/(1 + x)",), yields=True, meaning="ln(1 + x)", source=f"{_DLMF}, 4.2"),
    Function("binary log", ("log2", "log_2"), "ln(x)/ln(2)", ("1/(x*ln(2))",), yields=True, familiar=True, meaning="logarithm to base 2",
             source=f"{_DLMF}, 4.2.11"),
    Function("common log", ("log10", "log_10"), "ln(x)/ln(10)", ("1/(x*ln(10))",), yields=True, familiar=True, meaning="logarithm to base 10",
             source=f"{_DLMF}, 4.2.11"),
    Function("logit", ("logit",), "ln(x/(1 - x))", ("1/(x*(1 - x))",), yields=True, meaning="log-odds, the inverse of the sigmoid",
             source="Berkson: Application of the logistic function to bio-assay (1944)"),
    Function("sqrt", ("sqrt",), "", ("1/(2*f)",), meaning="square root", source=f"{_DLMF}, 4.2"),
    Function("sin", ("sin",), "", ("cos(x)",), meaning="sine", source=f"{_DLMF}, 4.20.1"),
    Function("cos", ("cos",), "", ("-sin(x)",), meaning="cosine", source=f"{_DLMF}, 4.20.2"),
    Function("tan", ("tan",), "sin(x)/cos(x)", ("1 + f^2",), yields=True, familiar=True, meaning="tangent", source=f"{_DLMF}, 4.20.3"),
    Function("sinh", ("sinh",), "(exp(x) - exp(-x))/2", ("cosh(x)",), yields=True, meaning="hyperbolic sine",
             source=f"{_DLMF}, 4.34.7"),
    Function("cosh", ("cosh",), "(exp(x) + exp(-x))/2", ("sinh(x)",), yields=True, meaning="hyperbolic cosine",
             source=f"{_DLMF}, 4.34.8"),
    Function("asin", ("asin", "arcsin"), "2*atan(x/(1 + sqrt(1 - x^2)))", ("1/sqrt(1 - x^2)",), yields=True, familiar=True, meaning="inverse sine",
             source=f"{_DLMF}, 4.24.1"),
    Function("acos", ("acos", "arccos"), "2*atan(1) - asin(x)", ("-1/sqrt(1 - x^2)",), yields=True, familiar=True, meaning="inverse cosine",
             source=f"{_DLMF}, 4.24.2"),
    Function("abs", ("abs",), "cases(x > 0: x, else: -x)", ("",), prime=True, kinks=(_kink(0, "-1", "1", Fraction(0)),),
             meaning="absolute value", source="one-sided limits; 0 is their mean"),
    Function("sign", ("sign", "sgn"), "cases(x > 0: 1, x == 0: 0, else: -1)", ("",), kinks=(_kink(0, "0", "0"),), yields=True,
             remark="sign(0) = 0, sign'(0) = 0", meaning="sign: -1, 0 or 1", source=f"{_DLMF}, front matter: common notations"),
    Function("max", ("max",), many=True, prime=True, ties=SHARE, meaning="largest argument",
             source="mean of the one-sided limits at a tie"),
    Function("min", ("min",), many=True, prime=True, ties=SHARE, meaning="smallest argument",
             source="mean of the one-sided limits at a tie"),
    Function("step", ("step", "heaviside"), "cases(x >= 0: 1, else: 0)", ("",), kinks=(_kink(0, "0", "0", "right"),),
             remark="step(0) = 1, step'(0) = 0", meaning="unit step", activation=True, states=("off",),
             source="Rosenblatt: The perceptron (1958), threshold unit"),
    Function("softmax", ("softmax",), many=True, vector=True, activation=True,
             meaning="exp(x_k) over the sum of all exp(x_j), one output per argument", source=f"{_GOODFELLOW}, 6.2.2.3"),
    Function(STOP, ("stop",), "x", ("0",), yields=True, familiar=True, meaning="the argument itself, a constant in differentiation",
             source="Sutton, Barto: Reinforcement learning (2018), 9.3: semi-gradients"),
    Function("erf", ("erf",), "", ("2*exp(-x^2)/sqrt(4*atan(1))",), meaning="error function", source=f"{_DLMF}, 7.2.1"),
    Function("atan", ("atan", "arctan"), "", ("1/(1 + x^2)",), meaning="inverse tangent", source=f"{_DLMF}, 4.24.3"),
    Function("normcdf", ("normcdf",), "(1 + erf(x/sqrt(2)))/2", ("normpdf(x)",), meaning="distribution function of the standard normal",
             source=f"{_DLMF}, 7.20"),
    Function("normpdf", ("normpdf",), "exp(-x^2/2)/sqrt(8*atan(1))", ("-x*f",), meaning="density of the standard normal",
             source=f"{_DLMF}, 7.20"),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = MappingProxyType({entry.key: entry for entry in _ENTRIES})
OUTPUT = "f"
LOGARITHMS = ("ln", "binary log", "common log")


_ALIASES = {name: entry.key for entry in _ENTRIES for name in (*entry.names, entry.key)}
_FOLDED = {name.lower(): key for name, key in _ALIASES.items()}


def find(written: str) -> str | None:
    """Return the key of a function by any of its names, upper or lower case; None when there is none.

    >>> find("ReLU"), find("RELU"), find("σ"), find("swish")
    ('relu', 'relu', 'sigmoid', None)
    """
    return _ALIASES.get(written) or _FOLDED.get(written.lower())


def vocabulary(own: Mapping[str, tuple[int, int | None]] = MappingProxyType({})) -> Vocabulary:
    """Return what an expression may call: the table, and a spec's own functions by (least, most) number of arguments."""
    return Vocabulary(
        find=lambda written: written if written in own else find(written),
        names=(*own, *_ALIASES),
        arity=lambda key: own[key] if key in own else FUNCTIONS[key].arity,
    )


class Library:
    """The table together with a spec's own functions and its conventions at kinks.

    Args:
        own: each function of the spec's, by name, as (arguments, body).
        conventions: what the spec takes at the kinks or ties of functions of the table, by key.
        primes: the keys of functions whose derivative a chain prints by its name.
    """

    def __init__(
        self,
        own: Mapping[str, tuple[tuple[str, ...], Expr]] = MappingProxyType({}),
        conventions: Mapping[str, Convention] = MappingProxyType({}),
        primes: tuple[str, ...] = (),
    ):
        made = {
            name: Function(name, (name,), arguments=arguments, body=body, prime=True, activation=True)
            for name, (arguments, body) in own.items()
        }
        self._functions = {**FUNCTIONS, **made}
        self._hidden = tuple(name for name in made if name in FUNCTIONS)
        for key, convention in conventions.items():
            function = self._functions[key]
            if function.body is not None and not isinstance(convention, str):
                self._functions[key] = function.own_with_convention(self.kinks_of_own(key), convention)
            else:
                self._functions[key] = function.with_convention(convention)
        for key in primes:
            self._functions[key] = replace(self._functions[key], prime=True)

    def __getitem__(self, key: str) -> Function:
        return self._functions[key]

    @property
    def changes(self) -> tuple[tuple[str, Function], ...]:
        """Return the functions that are the spec's own, or for which it has other conventions than the table."""
        return tuple((key, function) for key, function in self._functions.items() if FUNCTIONS.get(key) is not function)

    @property
    def own(self) -> tuple[str, ...]:
        """Return the names of the functions that the spec itself defines."""
        return tuple(key for key, function in self._functions.items() if function.body is not None)

    def is_own(self, key: str) -> bool:
        """Tell whether the spec itself defines this function."""
        return self._functions[key].body is not None

    def kinks_of_own(self, key: str) -> tuple[Fraction, ...]:
        """Return the numbers at which an author's own function of one argument may have a kink, from left to right.

        Only what can be solved by hand counts: borders of its pieces, ties and kinks of what it calls at a x + b.
        """
        function = self._functions[key]
        if function.body is None or len(function.arguments) != 1:
            return ()
        name = function.arguments[0]
        lines = [_line_of(border, name) for border in islice(self._borders(function.body), MOST_BORDERS)]
        return tuple(sorted({-offset / slope for slope, offset in (line for line in lines if line is not None) if slope}))

    def _borders(self, expr: Expr) -> Iterator[Expr]:
        """What is 0 where pieces of an expression meet."""
        if isinstance(expr, Cases):
            yield from (_difference(condition.left, condition.right) for condition, _ in expr.pieces)
        if isinstance(expr, Call):
            function = self._functions[expr.function]
            yield from (_difference(expr.args[0], Num(kink.point)) for kink in function.kinks)
            if function.ties is not None:
                yield from (_difference(a, b) for a, b in combinations(expr.args, 2))
            if function.body is not None:
                yield from self._borders(bound(function.body, self.arguments(expr.function, expr.args)))
        for part in children(expr):
            yield from self._borders(part)

    def value(self, key: str) -> Expr | None:
        """Return the function's value as a tree in its argument names; None for a primitive."""
        function = self._functions[key]
        if function.body is not None:
            return function.body
        return self._of_table(function.value) if function.value else None

    def derivative(self, key: str, slot: int) -> Expr | None:
        """Return the textbook derivative by argument `slot`, as a tree in the argument names and `f`.

        An author's own function has none: it is differentiated from its body.
        """
        function = self._functions[key]
        return self._of_table(function.derivative(slot)) if function.derivatives else None

    def _of_table(self, text: str) -> Expr:
        """The tree of a formula of the table; a function in it that the spec defines anew is written out as the table has it."""
        return _written_out(written(text), self._hidden) if self._hidden else written(text)

    def arguments(self, key: str, args: tuple[Expr, ...]) -> dict[str, Expr]:
        """Return the argument names bound to what a call passes, optional ones to their defaults."""
        function = self._functions[key]
        bound = dict(zip(function.arguments, args, strict=False))
        for name, default in function.optional:
            bound.setdefault(name, written(default))
        return bound


def _difference(a: Expr, b: Expr) -> Expr:
    return Sum((a, Neg(b)))


def _line_of(expr: Expr, name: str) -> tuple[Fraction, Fraction] | None:
    """`(a, b)` of an expression that is written as a x + b with plain numbers; None for any other."""
    if isinstance(expr, Num):
        return Fraction(0), expr.value
    if isinstance(expr, Sym):
        return (Fraction(1), Fraction(0)) if expr.name == name else None
    parts = [_line_of(part, name) for part in children(expr)]
    lines = [part for part in parts if part is not None]
    if len(lines) < len(parts) or not lines:
        return None
    if isinstance(expr, Neg):
        return -lines[0][0], -lines[0][1]
    if isinstance(expr, Sum):
        return sum((a for a, _ in lines), Fraction(0)), sum((b for _, b in lines), Fraction(0))
    if isinstance(expr, Product) and sum(a != 0 for a, _ in lines) <= 1:
        numbers = prod((b for a, b in lines if not a), start=Fraction(1))
        slope, offset = next(((a, b) for a, b in lines if a), (Fraction(0), Fraction(1)))
        return slope * numbers, offset * numbers
    if isinstance(expr, Quotient) and not lines[1][0] and lines[1][1]:
        return lines[0][0] / lines[1][1], lines[0][1] / lines[1][1]
    return None


@PARSED
def written(text: str) -> Expr:
    """Return the tree of a formula of the table."""
    return _worked_out(parse_expression(text, Place("<table>", 1, 1, 1, text), vocabulary()))


def _worked_out(expr: Expr) -> Expr:
    """Without places and without the signs and bars of plain numbers spelled as operations (`1/2` is the number one half)."""
    expr = rebuild(expr, _worked_out)
    if isinstance(expr, Quotient) and isinstance(expr.over, Num) and isinstance(expr.under, Num):
        return Num(expr.over.value / expr.under.value)
    if isinstance(expr, Neg) and isinstance(expr.arg, Num):
        return Num(-expr.arg.value)
    return expr


def _written_out(expr: Expr, keys: tuple[str, ...]) -> Expr:
    """The expression with the values of these functions of the table in place of their calls."""
    expr = rebuild(expr, lambda part: _written_out(part, keys))
    if isinstance(expr, Call) and expr.function in keys:
        entry = FUNCTIONS[expr.function]
        return _written_out(bound(written(entry.value), dict(zip(entry.arguments, expr.args, strict=True))), keys)
    return expr


def bound(expr: Expr, names: Mapping[str, Expr]) -> Expr:
    """Return the expression with its symbols replaced where `names` has something for them."""
    if isinstance(expr, Sym):
        return names.get(expr.name, expr)
    return rebuild(expr, lambda node: bound(node, names))
