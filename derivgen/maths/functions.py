"""The table of functions: the one place to add one.

A function is an entry of data: its names, its value and its textbook derivative, both written in the expression language.
`x` (or `x_1`, `x_2`, …) is the argument, `f` stands for the function's own value, as in `f*(1 - f)` for the sigmoid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from types import MappingProxyType

from derivgen.errors import Place
from derivgen.maths.grammar import Vocabulary, parse_expression
from derivgen.maths.tree import Expr, Num, Sym, rebuild


@dataclass(frozen=True, slots=True)
class Function:
    """One entry. `value` is empty for the primitives, whose value the arithmetic itself knows.

    `derivatives` has one text per argument; `prime` says that a chain prints it as f'(x) and works it out beside it (a
    derivative in pieces has no shorter form). `kinks` are the arguments at which the derivative jumps.
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
    kinks: tuple[Fraction, ...] = ()
    convention: str = ""
    meaning: str = ""
    source: str = ""
    body: Expr | None = None

    @property
    def arity(self) -> tuple[int, int | None]:
        """The least and the most arguments a call may have; None: any number."""
        if self.many:
            return (1 if self.vector else 2), None
        return len(self.arguments) - len(self.optional), len(self.arguments)


_ZERO = (Fraction(0),)
_GOODFELLOW = "Goodfellow, Bengio, Courville: Deep Learning (2016)"
_DLMF = "NIST Digital Library of Mathematical Functions"

_ENTRIES = (
    Function("linear", ("linear", "identity", "id"), "x", ("1",), meaning="the argument itself", source=f"{_GOODFELLOW}, 6.2.2.1"),
    Function("relu", ("ReLU", "relu"), "cases(x > 0: x, else: 0)", ("cases(x > 0: 1, else: 0)",), prime=True, kinks=_ZERO,
             convention="ReLU'(0) = 0", meaning="rectified linear unit", source=f"{_GOODFELLOW}, 6.3.1"),
    Function("leaky_relu", ("LeakyReLU", "leaky_relu", "lrelu"), "cases(x > 0: x, else: a*x)",
             ("cases(x > 0: 1, else: a)", "cases(x > 0: 0, else: x)"), ("x", "a"), (("a", "0.01"),), prime=True,
             kinks=_ZERO, convention="LeakyReLU'(0) = a, the slope on the left", meaning="ReLU with a small slope a (0.01) on the left",
             source="Maas, Hannun, Ng: Rectifier nonlinearities improve neural network acoustic models (2013)"),
    Function("elu", ("ELU", "elu"), "cases(x > 0: x, else: a*(exp(x) - 1))",
             ("cases(x > 0: 1, else: a*exp(x))", "cases(x > 0: 0, else: exp(x) - 1)"), ("x", "a"), (("a", "1"),), prime=True,
             kinks=_ZERO, convention="ELU'(0) = a, the slope on the left (1 unless a is given)", meaning="exponential linear unit",
             source="Clevert, Unterthiner, Hochreiter: ELUs (2016), eq. 15"),
    Function("sigmoid", ("sig", "sigmoid", "σ", "logistic"), "1/(1 + exp(-x))", ("f*(1 - f)",), meaning="logistic sigmoid",
             source=f"{_GOODFELLOW}, 3.10"),
    Function("tanh", ("tanh",), "", ("1 - f^2",), meaning="hyperbolic tangent", source=f"{_DLMF}, 4.34.9"),
    Function("softplus", ("softplus", "Softplus"), "ln(1 + exp(x))", ("sig(x)",), meaning="smooth ReLU", source=f"{_GOODFELLOW}, 3.10"),
    Function("silu", ("SiLU", "silu"), "x*sig(x)", ("f + sig(x)*(1 - f)",), meaning="sigmoid linear unit (swish)",
             source="Elfwing, Uchibe, Doya: Sigmoid-weighted linear units (2018), eq. 5"),
    Function("gelu", ("GELU", "gelu"), "x*normcdf(x)", ("normcdf(x) + x*normpdf(x)",), meaning="Gaussian error linear unit, the exact one",
             source="Hendrycks, Gimpel: Gaussian error linear units (2016)"),
    Function("exp", ("exp",), "", ("f",), meaning="exponential", source=f"{_DLMF}, 4.2"),
    Function("ln", ("ln", "log"), "", ("1/x",), meaning="natural logarithm", source=f"{_DLMF}, 4.2"),
    Function("sqrt", ("sqrt",), "", ("1/(2*f)",), meaning="square root", source=f"{_DLMF}, 4.2"),
    Function("sin", ("sin",), "", ("cos(x)",), meaning="sine", source=f"{_DLMF}, 4.20.1"),
    Function("cos", ("cos",), "", ("-sin(x)",), meaning="cosine", source=f"{_DLMF}, 4.20.2"),
    Function("abs", ("abs",), "cases(x > 0: x, else: -x)", ("cases(x > 0: 1, x == 0: 0, else: -1)",), prime=True, kinks=_ZERO,
             convention="abs'(0) = 0", meaning="absolute value", source="one-sided limits; 0 is their mean"),
    Function("max", ("max",), "", (), many=True, prime=True, convention="arguments that tie share equally", meaning="largest argument",
             source="mean of the one-sided limits at a tie"),
    Function("min", ("min",), "", (), many=True, prime=True, convention="arguments that tie share equally", meaning="smallest argument",
             source="mean of the one-sided limits at a tie"),
    Function("step", ("step", "heaviside"), "cases(x >= 0: 1, else: 0)", ("0",), kinks=_ZERO, convention="step(0) = 1, step'(0) = 0",
             meaning="unit step", source="Rosenblatt: The perceptron (1958), threshold unit"),
    Function("softmax", ("softmax",), "", (), many=True, vector=True, meaning="exp(x_k) over the sum of all exp(x_j), one output per argument",
             source=f"{_GOODFELLOW}, 6.2.2.3"),
    Function("erf", ("erf",), "", ("2*exp(-x^2)/sqrt(4*atan(1))",), meaning="error function", source=f"{_DLMF}, 7.2.1"),
    Function("atan", ("atan", "arctan"), "", ("1/(1 + x^2)",), meaning="inverse tangent", source=f"{_DLMF}, 4.24.3"),
    Function("normcdf", ("normcdf",), "(1 + erf(x/sqrt(2)))/2", ("normpdf(x)",), meaning="distribution function of the standard normal",
             source=f"{_DLMF}, 7.20"),
    Function("normpdf", ("normpdf",), "exp(-x^2/2)/sqrt(8*atan(1))", ("-x*f",), meaning="density of the standard normal",
             source=f"{_DLMF}, 7.20"),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = MappingProxyType({entry.key: entry for entry in _ENTRIES})
OUTPUT = "f"


@cache
def _aliases() -> dict[str, str]:
    return {name: entry.key for entry in _ENTRIES for name in (*entry.names, entry.key)}


def find(written: str) -> str | None:
    """The key of a function by any of its names, upper or lower case; None when there is none.

    >>> find("ReLU"), find("RELU"), find("σ"), find("swish")
    ('relu', 'relu', 'sigmoid', None)
    """
    names = _aliases()
    return names.get(written) or _folded().get(written.lower())


@cache
def _folded() -> dict[str, str]:
    return {name.lower(): key for name, key in _aliases().items()}


def vocabulary(own: Mapping[str, tuple[int, int | None]] = MappingProxyType({})) -> Vocabulary:
    """What an expression may call: the table, and a spec's own functions by (least, most) number of arguments."""
    return Vocabulary(
        find=lambda written: written if written in own else find(written),
        names=(*own, *_aliases()),
        arity=lambda key: own[key] if key in own else FUNCTIONS[key].arity,
    )


class Library:
    """The table together with a spec's own functions and its conventions at kinks.

    `own` maps a name to (arguments, body); `kinks` maps a table key to the slope taken at its kink; `primes` are functions whose
    derivative a chain prints by its name.
    """

    def __init__(
        self,
        own: Mapping[str, tuple[tuple[str, ...], Expr]] = MappingProxyType({}),
        kinks: Mapping[str, Fraction] = MappingProxyType({}),
        primes: tuple[str, ...] = (),
    ):
        made = {
            name: Function(name, (name,), arguments=arguments, body=body, prime=True) for name, (arguments, body) in own.items()
        }
        self._functions = {**FUNCTIONS, **made}
        self.kinks = dict(kinks)
        for key, slope in self.kinks.items():
            self._functions[key] = _with_slope(self._functions[key], slope)
        for key in primes:
            self._functions[key] = replace(self._functions[key], prime=True)

    def __getitem__(self, key: str) -> Function:
        return self._functions[key]

    @property
    def own(self) -> tuple[str, ...]:
        """The names of the functions that the spec itself defines."""
        return tuple(key for key, function in self._functions.items() if function.body is not None)

    def is_own(self, key: str) -> bool:
        """Whether the spec itself defines this function."""
        return self._functions[key].body is not None

    def value(self, key: str) -> Expr | None:
        """The function's value as a tree in its argument names; None for a primitive."""
        function = self._functions[key]
        if function.body is not None:
            return function.body
        return written(function.value) if function.value else None

    def derivative(self, key: str, slot: int) -> Expr | None:
        """The textbook derivative by argument `slot`, as a tree in the argument names and `f`; None for an own function."""
        function = self._functions[key]
        return written(function.derivatives[slot]) if function.derivatives else None

    def arguments(self, key: str, args: tuple[Expr, ...]) -> dict[str, Expr]:
        """The argument names bound to what a call passes, optional ones to their defaults."""
        function = self._functions[key]
        bound = dict(zip(function.arguments, args, strict=False))
        for name, default in function.optional:
            bound.setdefault(name, written(default))
        return bound


def _with_slope(function: Function, slope: Fraction) -> Function:
    """The same function with another slope at its kink at 0: one more piece, `x == 0`, before the others."""
    text = function.derivatives[0]
    pieces = text.removeprefix("cases(").removesuffix(")") if text.startswith("cases(") else f"else: {text}"
    pieces = ", ".join(piece for piece in pieces.split(", ") if not piece.startswith("x == 0"))
    first = f"cases(x == 0: {slope}, {pieces})"
    return replace(
        function, derivatives=(first, *function.derivatives[1:]), prime=True, convention=f"{function.names[0]}'(0) = {slope}"
    )


@lru_cache(maxsize=256)
def written(text: str) -> Expr:
    """The tree of a formula of the table."""
    return _worked_out(parse_expression(text, Place("<table>", 1, 1, 1, text), vocabulary()))


def _worked_out(expr: Expr) -> Expr:
    """Without places and without the signs and bars of plain numbers spelled as operations (`1/2` is the number one half)."""
    from derivgen.maths.tree import Neg, Quotient

    expr = rebuild(expr, _worked_out)
    if isinstance(expr, Quotient) and isinstance(expr.over, Num) and isinstance(expr.under, Num):
        return Num(expr.over.value / expr.under.value)
    if isinstance(expr, Neg) and isinstance(expr.arg, Num):
        return Num(-expr.arg.value)
    return expr


def bound(expr: Expr, names: Mapping[str, Expr]) -> Expr:
    """The expression with its symbols replaced where `names` has something for them."""
    if isinstance(expr, Sym):
        return names.get(expr.name, expr)
    return rebuild(expr, lambda node: bound(node, names))
