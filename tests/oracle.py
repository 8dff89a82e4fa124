"""An outside judge of gradients: reverse-mode differentiation that shares no code with the package.

It has its own reading of the expression language (tokens to Python's `ast`), its own arithmetic (fractions as long as it can,
then 80-digit decimals), its own table of functions with slopes in other forms than the textbook's, its own conventions at kinks,
and its own idea of what a network's YAML means. A sample at a time: whatever runs over samples is a list of nodes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import yaml
from mpmath.ctx_mp import MPContext

MP = MPContext()
MP.dps = 80
HUGE = 8_000
STEP = MP.mpf(10) ** -25

Number = Any


class NoValueError(Exception):
    """The expression has no value or no slope here."""


class MissingError(KeyError):
    """A name has no value."""


# --- numbers: Fraction while it is short, else 80 digits -----------------------------------------------------------------


def mp(value: Number) -> Any:
    """The number as an 80-digit decimal."""
    return MP.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _both(a: Number, b: Number) -> tuple[Number, Number]:
    if isinstance(a, Fraction) and isinstance(b, Fraction) and max(map(_bits, (a, b))) < HUGE:
        return a, b
    return mp(a), mp(b)


def _bits(a: Fraction) -> int:
    return max(a.numerator.bit_length(), a.denominator.bit_length())


def add(a: Number, b: Number) -> Number:
    a, b = _both(a, b)
    return a + b


def mul(a: Number, b: Number) -> Number:
    a, b = _both(a, b)
    return a * b


def div(a: Number, b: Number) -> Number:
    if not b:
        raise NoValueError("division by zero")
    a, b = _both(a, b)
    return a / b


def power(a: Number, b: Number) -> Number:
    if isinstance(b, Fraction) and b.denominator == 1:
        if not a and b < 0:
            raise NoValueError("0 to a negative power")
        return a ** int(b) if isinstance(a, Fraction) and abs(b) * _bits(a) < HUGE else mp(a) ** int(b)
    if a <= 0:
        raise NoValueError("a power of a number that is not positive")
    if isinstance(b, Fraction) and b == Fraction(1, 2):
        return root(a)
    return MP.power(mp(a), mp(b))


def root(a: Number) -> Number:
    if a <= 0:
        raise NoValueError("a root of a number that is not positive")
    if isinstance(a, Fraction):
        found = Fraction(int(MP.nint(MP.sqrt(a.numerator))), int(MP.nint(MP.sqrt(a.denominator))))
        if found * found == a:
            return found
    return MP.sqrt(mp(a))


# --- the tape ------------------------------------------------------------------------------------------------------------


class Node:
    """A number, what it was made from and how fast it changes with each of that."""

    __slots__ = ("adjoint", "parents", "value")

    def __init__(self, value: Number, *parents: tuple[Node, Number]):
        self.value = value
        self.parents = parents
        self.adjoint: Number = Fraction(0)


def backward(root_: Node) -> None:
    """Fill in the adjoint of every node below the root."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root_, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.parents)
    for node in order:
        node.adjoint = Fraction(0)
    root_.adjoint = Fraction(1)
    for node in reversed(order):
        for parent, slope in node.parents:
            parent.adjoint = add(parent.adjoint, mul(node.adjoint, slope))


# --- functions: value and slopes, in forms other than the package's ------------------------------------------------------

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)


def _exp(x: Number) -> Number:
    if x > 10**6:
        raise NoValueError("exp of too large a number")
    return MP.exp(mp(x)) if x else ONE


def _ln(x: Number) -> Number:
    if x <= 0:
        raise NoValueError("logarithm")
    return MP.log(mp(x)) if x != 1 else ZERO


def _sigmoid(x: Number) -> Number:
    return HALF if not x else (1 / (1 + MP.exp(-mp(x))))


def _sigmoid_slope(x: Number) -> Number:
    return Fraction(1, 4) if not x else 1 / (2 * MP.cosh(mp(x) / 2)) ** 2


def _phi(x: Number) -> Number:
    return MP.exp(-(mp(x) ** 2) / 2) / MP.sqrt(2 * MP.pi)


def _cdf(x: Number) -> Number:
    return HALF if not x else MP.erfc(-mp(x) / MP.sqrt(2)) / 2


Pair = tuple[Number, tuple[Number, ...]]
UNARY: dict[str, Callable[[Number], tuple[Number, Number]]] = {
    "linear": lambda x: (x, ONE),
    "relu": lambda x: (x, ONE) if x > 0 else (ZERO, ZERO),
    "sigmoid": lambda x: (_sigmoid(x), _sigmoid_slope(x)),
    "tanh": lambda x: (MP.tanh(mp(x)), MP.sech(mp(x)) ** 2) if x else (ZERO, ONE),
    "softplus": lambda x: (MP.log1p(MP.exp(mp(x))), _sigmoid(x)),
    "silu": lambda x: (mul(x, _sigmoid(x)), add(_sigmoid(x), mul(x, _sigmoid_slope(x)))),
    "gelu": lambda x: (mul(x, _cdf(x)), add(_cdf(x), mul(x, _phi(x)))),
    "exp": lambda x: (_exp(x), _exp(x)),
    "ln": lambda x: (_ln(x), div(ONE, x)),
    "sqrt": lambda x: (root(x), div(HALF, root(x))),
    "sin": lambda x: (MP.sin(mp(x)), MP.cos(mp(x))) if x else (ZERO, ONE),
    "cos": lambda x: (MP.cos(mp(x)), -MP.sin(mp(x))) if x else (ONE, ZERO),
    "abs": lambda x: (abs(x), Fraction((x > 0) - (x < 0))),
    "step": lambda x: (Fraction(int(x >= 0)), ZERO),
    "erf": lambda x: (MP.erf(mp(x)), 2 * _phi(mp(x) * MP.sqrt(2)) * MP.sqrt(2)) if x else (ZERO, 2 / MP.sqrt(MP.pi)),
    "atan": lambda x: (MP.atan(mp(x)), 1 / (1 + mp(x) ** 2)) if x else (ZERO, ONE),
    "normcdf": lambda x: (_cdf(x), _phi(x)),
    "normpdf": lambda x: (_phi(x), -mp(x) * _phi(x)),
    "relu6": lambda x: (min(max(x, ZERO), Fraction(6)), Fraction(int(0 < x < 6))),
    "hard_sigmoid": lambda x: (min(max(add(div(x, Fraction(6)), HALF), ZERO), ONE), Fraction(int(-3 < x < 3), 6)),
    "hard_swish": lambda x: (
        mul(x, min(max(add(div(x, Fraction(6)), HALF), ZERO), ONE)),
        Fraction(int(x > 0)) if abs(x) >= 3 else add(div(x, Fraction(3)), HALF),
    ),
    "hard_tanh": lambda x: (min(max(x, -ONE), ONE), Fraction(int(-1 < x < 1))),
    "selu": lambda x: _selu(x),
    "log_sigmoid": lambda x: (MP.log(_sigmoid(mp(x))), _sigmoid(-mp(x))),
    "softsign": lambda x: (div(x, add(ONE, abs(x))), power(add(ONE, abs(x)), Fraction(-2))),
    "mish": lambda x: _differenced(lambda t: t * (1 - 2 / ((1 + MP.exp(t)) ** 2 + 1)), x),
    "expm1": lambda x: (MP.expm1(mp(x)), _exp(x)) if x else (ZERO, ONE),
    "log1p": lambda x: (MP.log1p(mp(x)), div(ONE, add(ONE, x))),
    "binary log": lambda x: (div(_ln(x), MP.log(2)), div(ONE, mul(x, MP.log(2)))),
    "common log": lambda x: (MP.log10(mp(x)), div(ONE, mul(x, MP.log(10)))),
    "logit": lambda x: (MP.log(mp(x)) - MP.log(1 - mp(x)), add(div(ONE, x), div(ONE, add(ONE, -x)))),
    "tan": lambda x: (MP.tan(mp(x)), MP.sec(mp(x)) ** 2) if x else (ZERO, ONE),
    "sinh": lambda x: (MP.sinh(mp(x)), MP.cosh(mp(x))) if x else (ZERO, ONE),
    "cosh": lambda x: (MP.cosh(mp(x)), MP.sinh(mp(x))) if x else (ONE, ZERO),
    "asin": lambda x: (MP.asin(mp(x)), MP.sec(MP.asin(mp(x)))) if x else (ZERO, ONE),
    "acos": lambda x: (MP.acos(mp(x)), -MP.csc(MP.acos(mp(x)))),
    "stop gradient": lambda x: (x, ZERO),
    "sign": lambda x: (Fraction((x > 0) - (x < 0)), ZERO),
}


_SELU = Fraction("1.0507009873554805"), Fraction("1.6732632423543772")


def _selu(x: Number) -> tuple[Number, Number]:
    scale, shape = _SELU
    if x > 0:
        return mul(scale, x), scale
    return mul(scale * shape, add(_exp(x), -ONE)), mul(scale * shape, _exp(x))


def _differenced(function: Callable[[Number], Number], x: Number) -> tuple[Number, Number]:
    """A function and the difference of it over a small step; its slope to about 50 digits."""
    x = mp(x)
    return function(x), (function(x + STEP) - function(x - STEP)) / (2 * STEP)


def _celu(x: Number, a: Number = ONE) -> Pair:
    if x > 0:
        return x, (ONE, ZERO)
    power_ = _exp(div(x, a))
    return mul(a, add(power_, -ONE)), (power_, add(add(power_, -ONE), -mul(div(x, a), power_)))


def _leaky(x: Number, a: Number = Fraction(1, 100)) -> Pair:
    return (x, (ONE, ZERO)) if x > 0 else (mul(a, x), (a, x))


def _elu(x: Number, a: Number = ONE) -> Pair:
    return (x, (ONE, ZERO)) if x > 0 else (mul(a, add(_exp(x), -ONE)), (mul(a, _exp(x)), add(_exp(x), -ONE)))


def _extreme(best: Number, args: Sequence[Number]) -> Pair:
    ties = [arg == best for arg in args]
    return best, tuple(Fraction(int(tie), sum(ties)) for tie in ties)


MANY: dict[str, Callable[..., Pair]] = {
    "leaky_relu": _leaky,
    "elu": _elu,
    "celu": _celu,
    "max": lambda *args: _extreme(max(args), args),
    "min": lambda *args: _extreme(min(args), args),
}
ALIASES = {
    "identity": "linear",
    "id": "linear",
    "leakyrelu": "leaky_relu",
    "lrelu": "leaky_relu",
    "sig": "sigmoid",
    "σ": "sigmoid",
    "logistic": "sigmoid",
    "log": "ln",
    "heaviside": "step",
    "arctan": "atan",
    "arcsin": "asin",
    "arccos": "acos",
    "expit": "sigmoid",
    "prelu": "leaky_relu",
    "hardsigmoid": "hard_sigmoid",
    "hardswish": "hard_swish",
    "hswish": "hard_swish",
    "hardtanh": "hard_tanh",
    "htanh": "hard_tanh",
    "logsigmoid": "log_sigmoid",
    "log2": "binary log",
    "log_2": "binary log",
    "log10": "common log",
    "log_10": "common log",
    "sgn": "sign",
    "stop": "stop gradient",
}
KINKED: dict[str, dict[int, tuple[Number, ...]]] = {
    "relu": {0: (ZERO,)},
    "leaky_relu": {0: (Fraction(1, 100), ZERO)},
    "elu": {0: (ONE, ZERO)},
    "selu": {0: (_SELU[0] * _SELU[1],)},
    "abs": {0: (ZERO,)},
    "step": {0: (ZERO,)},
    "sign": {0: (ZERO,)},
    "relu6": {0: (ZERO,), 6: (ZERO,)},
    "hard_sigmoid": {-3: (ZERO,), 3: (ZERO,)},
    "hard_swish": {-3: (ZERO,), 3: (ONE,)},
    "hard_tanh": {-1: (ZERO,), 1: (ZERO,)},
}
"""The points at which a slope jumps, and the slope by each argument taken there."""


def key_of(written: str) -> str:
    """The oracle's own key for a function's name."""
    low = written.lower()
    return ALIASES.get(low, low)


def slopes(function: str, args: Sequence[Number], kinks: Mapping[str, Fraction]) -> Pair:
    """A function's value and its slope by each argument."""
    if not all(isinstance(arg, Fraction) for arg in args):
        args = [mp(arg) for arg in args]
    try:
        if function in UNARY:
            value, slope = UNARY[function](args[0])
            found: Pair = value, (slope,)
        else:
            found = MANY[function](*args)
    except (ZeroDivisionError, OverflowError) as error:
        raise NoValueError(str(error)) from None
    taken = KINKED.get(function, {})
    if function in kinks and args[0] in taken:
        chosen = kinks[function]
        slope = chosen[list(taken).index(args[0])] if isinstance(chosen, tuple) else chosen
        return found[0], (slope, *found[1][1:])
    return found


# --- reading -------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d_]\w*)(?P<prime>'?(?:(?<=')_\d+)?)|(?P<sign>\*\*|[<>=!]=|.))"
)


def _mangled(name: str) -> str:
    return name.encode().hex()


@cache
def parse(text: str) -> ast.expr:
    """The expression as a Python syntax tree: `v_…` is a name, `f_…` a call, `p_…` an f' (in hexadecimal)."""
    text = text.rstrip()
    out: list[str] = []
    position, brackets = 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match, text[position:]
        position = match.end()
        if match["number"]:
            out.append(f"n_({match['number']!r})")
        elif match["name"]:
            out.append(_word(match, text[position:].lstrip()))
        elif match["sign"] == ":":
            out.append(",")
        else:
            brackets += {"(": 1, ")": -1}.get(match["sign"], 0)
            out.append({"^": "**"}.get(match["sign"], match["sign"]))
    source = re.sub(r"@else\s*,", "", "".join(out))
    return ast.parse(source, mode="eval").body


def _word(match: re.Match[str], after: str) -> str:
    name = match["name"]
    if name == "else" and after.startswith(":"):
        return "@else"
    if not after.startswith("("):
        return f"v_{_mangled(name)}"
    return f"p_{_mangled(name + '|' + match['prime'][2:])}" if match["prime"] else f"f_{_mangled(name)}"


def _unmangled(identifier: str) -> str:
    return bytes.fromhex(identifier[2:]).decode()


def names(tree: ast.AST) -> Iterator[str]:
    """Every name in an expression, once for each time it is written."""
    return (_unmangled(node.id) for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id.startswith("v_"))


def _over_samples(tree: ast.AST) -> bool:
    """Whether a call is a mean or sum over the samples."""
    return (
        isinstance(tree, ast.Call)
        and isinstance(tree.func, ast.Name)
        and len(tree.args) == 1
        and tree.func.id in (f"f_{_mangled('mean')}", f"f_{_mangled('sum')}")
    )


def outside_means(tree: ast.AST) -> Iterator[str]:
    """The names outside every mean or sum over the samples."""
    if _over_samples(tree):
        return
    if isinstance(tree, ast.Name) and tree.id.startswith("v_"):
        yield _unmangled(tree.id)
    for child in ast.iter_child_nodes(tree):
        yield from outside_means(child)


# --- evaluating ----------------------------------------------------------------------------------------------------------

Column = list[Node]


@dataclass
class Scene:
    """What names stand for: one node each, or one per sample."""

    columns: dict[str, Column]
    samples: int = 1
    functions: Mapping[str, tuple[list[str], ast.expr]] = field(default_factory=dict)
    kinks: Mapping[str, Fraction] = field(default_factory=dict)

    def at(self, tree: ast.expr, sample: int) -> Node:
        """The expression's node for one sample."""
        return getattr(self, f"_{type(tree).__name__.lower()}")(tree, sample)

    def _name(self, tree: ast.Name, sample: int) -> Node:
        name = _unmangled(tree.id)
        if name not in self.columns:
            raise MissingError(name)
        column = self.columns[name]
        return column[sample if len(column) > 1 else 0]

    def _unaryop(self, tree: ast.UnaryOp, sample: int) -> Node:
        inner = self.at(tree.operand, sample)
        return Node(-inner.value, (inner, -ONE)) if isinstance(tree.op, ast.USub) else inner

    def _binop(self, tree: ast.BinOp, sample: int) -> Node:
        a, b = self.at(tree.left, sample), self.at(tree.right, sample)
        if isinstance(tree.op, ast.Add):
            return Node(add(a.value, b.value), (a, ONE), (b, ONE))
        if isinstance(tree.op, ast.Sub):
            return Node(add(a.value, -b.value), (a, ONE), (b, -ONE))
        if isinstance(tree.op, ast.Mult):
            return Node(mul(a.value, b.value), (a, b.value), (b, a.value))
        if isinstance(tree.op, ast.Div):
            value = div(a.value, b.value)
            return Node(value, (a, div(ONE, b.value)), (b, -div(value, b.value)))
        assert isinstance(tree.op, ast.Pow)
        return self._pow(a, b)

    def _pow(self, a: Node, b: Node) -> Node:
        """The slope by the exponent is left out where it has none (a base that is not positive)."""
        value = power(a.value, b.value)
        slope = ZERO if not b.value else mul(b.value, power(a.value, add(b.value, -ONE)))
        if a.value <= 0:
            return Node(value, (a, slope))
        return Node(value, (a, slope), (b, mul(value, _ln(a.value))))

    def _call(self, tree: ast.Call, sample: int) -> Node:
        assert isinstance(tree.func, ast.Name)
        if tree.func.id == "n_":
            return Node(Fraction(ast.literal_eval(tree.args[0])))
        word = _unmangled(tree.func.id)
        if _over_samples(tree):
            return self._reduced(word, [self.at(tree.args[0], k) for k in range(self.samples)])
        if word == "cases":
            return self._cases(tree.args, sample)
        args = [self.at(arg, sample) for arg in tree.args]
        if tree.func.id.startswith("p_"):
            return self._prime(word, args)
        if word in ("mean", "sum"):
            return self._reduced(word, args)
        return self._applied(word, args)

    def _reduced(self, kind: str, parts: list[Node]) -> Node:
        weight = Fraction(1, len(parts)) if kind == "mean" else ONE
        total: Number = ZERO
        for part in parts:
            total = add(total, part.value)
        return Node(mul(total, weight), *((part, weight) for part in parts))

    def _cases(self, args: list[ast.expr], sample: int) -> Node:
        for condition, piece in zip(args[:-1:2], args[1:-1:2], strict=True):
            assert isinstance(condition, ast.Compare)
            a, b = (self.at(side, sample).value for side in (condition.left, condition.comparators[0]))
            lead = add(a, -b)
            holds = {
                ast.Lt: lead < 0,
                ast.LtE: lead <= 0,
                ast.Gt: lead > 0,
                ast.GtE: lead >= 0,
                ast.Eq: lead == 0,
                ast.NotEq: lead != 0,
            }
            if holds[type(condition.ops[0])]:
                return self.at(piece, sample)
        return self.at(args[-1], sample)

    def _applied(self, word: str, args: list[Node]) -> Node:
        if word in self.functions:
            arguments, body = self.functions[word]
            inside = Scene({name: [arg] for name, arg in zip(arguments, args, strict=True)}, 1, self.functions, self.kinks)
            return inside.at(body, 0)
        component = re.fullmatch(r"softmax_(\d+)", word)
        if component:
            return softmax(args)[int(component[1]) - 1]
        value, gradient = slopes(key_of(word), [arg.value for arg in args], self.kinks)
        return Node(value, *zip(args, gradient, strict=False))

    def _slope(self, word: str, numbers: list[Number], slot: int) -> Number:
        leaves = [Node(number) for number in numbers]
        backward(self._applied(word, leaves))
        return leaves[slot].adjoint

    def _prime(self, word: str, args: list[Node]) -> Node:
        """f'(u), and how it changes with u: by differences of f' itself; not at all where it jumps."""
        function, _, slot = word.partition("|")
        place = int(slot) - 1 if slot else 0
        numbers = [arg.value for arg in args]
        value = self._slope(function, numbers, place)
        if len(args) > 1:
            return Node(value)
        above, below = (self._slope(function, [mp(numbers[0]) + h], place) for h in (STEP, -STEP))
        slope = (mp(above) - mp(below)) / (2 * STEP)
        return Node(value, (args[0], slope if abs(slope) < 1e20 else ZERO))


def softmax(args: list[Node]) -> list[Node]:
    """One node per output."""
    top = max(mp(arg.value) for arg in args)
    powers = [MP.exp(mp(arg.value) - top) for arg in args]
    shares = [p / sum(powers) for p in powers]
    return [
        Node(p, *((arg, p * ((j == k) - q)) for j, (arg, q) in enumerate(zip(args, shares, strict=True))))
        for k, p in enumerate(shares)
    ]


# --- a whole spec --------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    """Every quantity's values and the loss's gradient by each of them, one entry per sample where it runs over samples."""

    values: dict[str, list[Number]]
    gradients: dict[str, list[Number]]
    definitions: dict[str, ast.expr]
    scene: Scene
    loss: str

    def expression(self, text: str, sample: int) -> Number:
        """The value of another expression in this answer's names, with d_x for the gradient by x."""
        return self.scene_with_adjoints().at(parse(text), sample).value

    def scene_with_adjoints(self) -> Scene:
        """The names, and for each of them its gradient under the name d_….

        A name of the author's own comes first.
        """
        columns = {f"d_{name}": [Node(v) for v in numbers] for name, numbers in self.gradients.items()}
        return Scene({**columns, **self.scene.columns}, self.scene.samples, self.scene.functions, self.scene.kinks)

    def paths(self, name: str) -> list[list[str]]:
        """Every path from the loss to a name, an operand written twice making two."""
        if name == self.loss:
            return [[]]
        return [
            [*path, f"{user}/{name}"]
            for user, tree in self.definitions.items()
            for _ in range(list(names(tree)).count(name))
            for path in self.paths(user)
        ]


def solve(text: str, more: Mapping[str, Fraction] | None = None) -> Answer:
    """Everything about a spec's YAML text; `more` gives values to names that have none."""
    raw = yaml.load(text, Loader=yaml.BaseLoader)
    layered = "network" in raw and "neurons" not in raw["network"]["layers"][0]
    if layered:
        lines = layered_lines(raw["network"], "data" in raw)
    else:
        lines = network_lines(raw["network"], "data" in raw) if "network" in raw else raw["equations"].splitlines()
    named = [raw[part] for part in ("constants", "values") if isinstance(raw.get(part), dict)]
    given = {name: Fraction(value) for part in named for name, value in part.items()}
    if "network" in raw:
        given |= _layered_values(raw["network"]) if layered else _network_values(raw["network"])
    columns = {name: [Node(value)] for name, value in {**(more or {}), **given}.items()}
    data = raw.get("data", {})
    rows = data.get("rows", [])
    for place, name in enumerate(data.get("columns", ())):
        columns[name] = [Node(Fraction(row[place])) for row in rows]
    functions = {}
    for signature, body in raw.get("functions", {}).items():
        function, *arguments = re.findall(r"\w+", signature)
        functions[function] = arguments, parse(body)
    kinks = {key_of(name): Fraction(slope) for name, slope in raw.get("kinks", {}).items()}
    return answer(lines, raw.get("loss"), Scene(columns, max(1, len(rows)), functions, kinks), set(data.get("columns", ())))


def answer(lines: Sequence[str], loss: str | None, scene: Scene, running: set[str]) -> Answer:
    """Work out equations, one after another, and then the loss's gradient by everything."""
    definitions: dict[str, ast.expr] = {}
    running = set(running)
    for line in lines:
        left, _, right = line.partition("#")[0].partition("=")
        if right.strip():
            targets = [name.strip() for name in left.split(",")]
            tree = parse(right.strip())
            per_sample = any(name in running for name in outside_means(tree))
            running |= set(targets) if per_sample else set()
            _define(targets, tree, per_sample, scene)
            definitions |= dict.fromkeys(targets, tree)
            loss_name = loss or targets[-1]
    backward(scene.columns[loss_name][0])
    values = {name: [node.value for node in column] for name, column in scene.columns.items()}
    gradients = {name: [node.adjoint for node in column] for name, column in scene.columns.items()}
    return Answer(values, gradients, definitions, scene, loss_name)


def _define(targets: list[str], tree: ast.expr, per_sample: bool, scene: Scene) -> None:
    made: list[Column] = [[] for _ in targets]
    for sample in range(scene.samples) if per_sample else (0,):
        if isinstance(tree, ast.Call) and _is_softmax(tree):
            outputs = softmax([scene.at(arg, sample) for arg in tree.args])
        else:
            outputs = [scene.at(tree, sample)]
        for column, output in zip(made, outputs, strict=True):
            column.append(Node(output.value, (output, ONE)))
    scene.columns |= dict(zip(targets, made, strict=True))


def _is_softmax(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == f"f_{_mangled('softmax')}"


# --- a network in neurons form, as the documentation describes it --------------------------------------------------------


def network_lines(network: Mapping[str, Any], samples: bool) -> list[str]:
    """The equations that a network's YAML stands for."""
    patterns = {"weight": "W_{from}{to}", "bias": "b_{to}", "net": "Z_{to}", "output": "A_{to}"} | network.get("names", {})
    below = [
        (name, re.search(r"[1-9]\d*$", name)[0] if re.search(r"[1-9]\d*$", name) else str(k))
        for k, name in enumerate(_inputs(network), 1)
    ]
    lines: list[str] = []
    for layer in network["layers"]:
        numbers, activation = layer["neurons"], layer.get("activation")
        linear = activation is None or key_of(activation) == "linear"
        outputs = [_name(patterns["output"], n) for n in numbers]
        nets = outputs if linear else [_name(patterns["net"], n) for n in numbers]
        for number, net, output in zip(numbers, nets, outputs, strict=True):
            terms = [f"{_name(patterns['weight'], number, source)}*{name}" for name, source in below]
            lines.append(f"{net} = {' + '.join(terms)} + {_name(patterns['bias'], number)}")
            if not linear and activation != "softmax":
                lines.append(f"{output} = {activation}({net})")
        if activation == "softmax":
            lines.append(f"{', '.join(outputs)} = softmax({', '.join(nets)})")
        below = list(zip(outputs, numbers, strict=True))
    return [*lines, _loss_line(network["loss"], [name for name, _ in below], samples)]


def _inputs(network: Mapping[str, Any]) -> list[str]:
    written = network["inputs"]
    if isinstance(written, str):
        return [f"x_{k}" for k in range(1, int(written) + 1)] if written.isdigit() else [written]
    return [f"x_{k}" if _is_number(entry) else entry for k, entry in enumerate(written, 1)]


def _is_number(text: str) -> bool:
    return re.match(r"[-+.\d]", text) is not None


def _network_values(network: Mapping[str, Any]) -> dict[str, Fraction]:
    written = network["inputs"] if isinstance(network["inputs"], list) else []
    targets = network["loss"].get("target", [])
    targets = [targets] if isinstance(targets, str) else targets
    found = {f"x_{k}": Fraction(entry) for k, entry in enumerate(written, 1) if _is_number(entry)}
    return found | {
        ("y" if len(targets) == 1 else f"y_{k}"): Fraction(entry) for k, entry in enumerate(targets, 1) if _is_number(entry)
    }


def _name(pattern: str, to: str, source: str = "") -> str:
    if len(to) > 1 or len(source) > 1:
        pattern = pattern.replace("}{", "}_{")
    return pattern.replace("{from}", source).replace("{to}", to)


def _loss_line(loss: Mapping[str, Any], outputs: list[str], samples: bool) -> str:
    kind, name = loss["kind"], loss.get("name", "Loss")
    targets = loss.get("target", "y" if len(outputs) == 1 else [f"y_{k}" for k in range(1, len(outputs) + 1)])
    targets = [targets] if isinstance(targets, str) else targets
    targets = [("y" if len(outputs) == 1 else f"y_{k}") if _is_number(t) else t for k, t in enumerate(targets, 1)]
    squares = "+".join(f"({a} - {y})^2" for a, y in zip(outputs, targets, strict=False))
    pairs = list(zip(outputs, targets, strict=False))
    averaged = "mean({})" if samples else "({})"
    bodies = {
        "squared_error": squares,
        "half_squared_error": f"({squares})/2",
        "mse": averaged.format(squares),
        "half_mse": f"{averaged.format(squares)}/2",
        "binary_cross_entropy": "0 - " + averaged.format("+".join(f"{y}*ln({a}) + (1 - {y})*ln(1 - {a})" for a, y in pairs)),
        "cross_entropy": "0 - " + averaged.format("+".join(f"{y}*ln({a})" for a, y in pairs)),
    }
    return f"{name} = {bodies.get(kind, kind)}"


# --- a network in layers form --------------------------------------------------------------------------------------------


def weight_names(network: Mapping[str, Any]) -> list[list[list[str]]]:
    """For each layer, the name at every place of its matrix of weights."""
    below, found = len(_inputs(network)), []
    for depth, layer in enumerate(network["layers"], 1):
        units = unit_count(layer)
        written = layer.get("weights", [["1"] * below] * units)
        found.append(
            [
                [_at(entry, "w", depth, *((m, n) if max(m, n) < 10 else (m, "_", n))) for n, entry in enumerate(row, 1)]
                for m, row in enumerate(written, 1)
            ]
        )
        below = units
    return found


def bias_names(network: Mapping[str, Any]) -> list[list[str]]:
    """For each layer, the name of every bias; none where it has none."""
    layers = enumerate(network["layers"], 1)
    return [
        []
        if layer.get("bias") in ("none", "false")
        else [_at(entry, "b", depth, m) for m, entry in enumerate(layer.get("bias", ["1"] * unit_count(layer)), 1)]
        for depth, layer in layers
    ]


def unit_count(layer: Mapping[str, Any]) -> int:
    """How many units a layer has."""
    return len(layer["weights"]) if "weights" in layer else int(layer["units"])


def _at(entry: str, letter: str, depth: int, *indices: object) -> str:
    return f"{letter}__{depth}_{''.join(map(str, indices))}" if _is_number(entry) else entry


def layered_lines(network: Mapping[str, Any], samples: bool) -> list[str]:
    """The equations that a network of layers stands for."""
    below, lines = _inputs(network), []
    for depth, layer in enumerate(network["layers"], 1):
        weights, biases = weight_names(network)[depth - 1], bias_names(network)[depth - 1]
        nets, outputs = (
            layer.get(key, [f"{letter}__{depth}_{m}" for m in range(1, len(weights) + 1)])
            for key, letter in (("net", "z"), ("output", "a"))
        )
        for m, row in enumerate(weights):
            terms = [f"{x}*{w}" for w, x in zip(row, below, strict=True)]
            lines.append(f"{nets[m]} = {'+'.join([*biases[m : m + 1], *terms])}")
        activation = layer.get("activation", "linear")
        if activation == "softmax":
            lines.append(f"{', '.join(outputs)} = softmax({', '.join(nets)})")
        else:
            lines += [f"{a} = {activation}({z})" for a, z in zip(outputs, nets, strict=True)]
        below = outputs
    return [*lines, _loss_line({**network["loss"], "target": layered_targets(network)}, below, samples)]


def layered_targets(network: Mapping[str, Any]) -> list[str]:
    """The targets' names."""
    count = unit_count(network["layers"][-1])
    written = network.get("target", network["loss"].get("target", ["1"] * count))
    return [f"y_{k}" if _is_number(t) else t for k, t in enumerate([written] if isinstance(written, str) else written, 1)]


def _layered_values(network: Mapping[str, Any]) -> dict[str, Fraction]:
    inputs = network["inputs"] if isinstance(network["inputs"], list) else []
    found = {f"x_{k}": entry for k, entry in enumerate(inputs, 1)}
    target = network.get("target", [])
    found |= {f"y_{k}": entry for k, entry in enumerate([target] if isinstance(target, str) else target, 1)}
    for layer, rows, biases in zip(network["layers"], weight_names(network), bias_names(network), strict=True):
        for row, entries in zip(rows, layer.get("weights", []), strict=False):
            found |= dict(zip(row, entries, strict=True))
        if isinstance(layer.get("bias"), list):
            found |= dict(zip(biases, layer["bias"], strict=True))
    return {name: Fraction(entry) for name, entry in found.items() if _is_number(entry)}
