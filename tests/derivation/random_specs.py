"""Specs made up from a seed: nested expressions, data with means, networks, the author's own functions, awkward names."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.oracle import names, parse

NAMES = (
    "E",
    "I",
    "S",
    "N",
    "O",
    "Q",
    "beta",
    "lambda",
    "gamma",
    "zeta",
    "pi",
    "sin",
    "exp",
    "dot_",
    "e",
    "f",
    "d",
    "n",
    "i",
    "x",
    "x_1",
    "w",
    "W_13",
    "a__2_1",
    "yhat",
    "alpha",
    "None",
    "self",
    "oo",
    "Sum",
    "α",
    "varepsilon",
    "ϵ2",
    "is",
    "L_1",
    "d_L",
    "h",
    "t",
    "k",
    "max",
    "ln",
)
SMOOTH = (
    "sig",
    "tanh",
    "softplus",
    "SiLU",
    "gelu",
    "sin",
    "cos",
    "erf",
    "arctan",
    "normcdf",
    "normpdf",
    "linear",
    "σ",
    "Sigmoid",
)
KINKED = ("ReLU", "abs", "LeakyReLU", "elu", "step", "relu")
ROUNDINGS = ("significant", "decimals")
ACTIVATIONS = (
    "ReLU",
    "sigmoid",
    "tanh",
    "softplus",
    "SiLU",
    "GELU",
    "LeakyReLU",
    "ELU",
    "linear",
    "atan",
    "abs",
    "erf",
    "sin",
    "step",
    None,
)
LOSSES = ("squared_error", "half_squared_error", "mse", "half_mse", "binary_cross_entropy", "cross_entropy")
OWN = (
    ("swish(x)", "swish", 1, "x*sig(x)"),
    ("gap(x, y)", "gap", 2, "ReLU(x - y)^2/(1 + y^2)"),
    ("bump(t)", "bump", 1, "exp(-t^2)*cases(t > 0: t, else: -2*t)"),
    ("mish(x)", "mish", 1, "x*tanh(softplus(x))"),
    ("hinge(m)", "hinge", 1, "max(0, 1 - m)"),
)


class Maker:
    """One spec's worth of choices."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.columns: list[str] = []
        self.own = self.random.sample(OWN, 2) if self.random.random() < 0.3 else []
        self.coarse = self.random.random() < 0.5
        self.kinked = self.random.random() < 0.6

    def spec(self) -> str:
        """The YAML text."""
        return self.random.choices((self.single, self.data, self.network, self.taken_apart), (4, 4, 3, 1))[0]()

    # numbers

    def number(self) -> str:
        pick = self.random
        if self.coarse:
            return str(pick.choice((-2, -1, -1, 0, 1, 1, 2, 3)))
        return pick.choice(
            (
                lambda: f"{pick.randint(-30, 30) / 10}",
                lambda: f"{pick.choice('- ')}{pick.randint(1, 9)}/{pick.randint(2, 12)}".strip(),
                lambda: str(pick.randint(-3, 3)),
                lambda: f"{pick.randint(-999, 999)}e-3",
                lambda: f"{pick.uniform(-2, 2):.5f}",
            )
        )()

    def literal(self) -> str:
        return self.random.choice(("2", "3", "0.5", "1.5", "4", "0.1", "1", "10", "1e-2", "7"))

    # expressions

    def expression(self, names: list[str], depth: int, samples: bool = False) -> str:
        pick = self.random
        if depth == 0 or pick.random() < 0.1:
            return pick.choice(names) if pick.random() < 0.85 else self.literal()
        sub: Callable[[], str] = lambda: self.expression(names, depth - 1, samples)  # noqa: E731
        shapes = [
            self._sum,
            self._product,
            self._quotient,
            self._power,
            self._call,
            self._repeated,
            self._negative,
            self._vector_free,
        ]
        weights = [4, 4, 3, 3, 4, 2, 1, 1]
        if samples:
            shapes.append(self._reduced)
            weights.append(1.2)
        return pick.choices(shapes, weights)[0](sub, names)

    def _sum(self, sub: Callable[[], str], names: list[str]) -> str:
        return (
            "("
            + "".join(f"{self.random.choice((' + ', ' - '))}{sub()}" if k else sub() for k in range(self.random.randint(2, 3)))
            + ")"
        )

    def _product(self, sub: Callable[[], str], names: list[str]) -> str:
        return "*".join(sub() for _ in range(self.random.randint(2, 3)))

    def _quotient(self, sub: Callable[[], str], names: list[str]) -> str:
        under = self.random.choice(("({})", "(1 + ({})^2)", "(2 + sin({}))", "(exp({}) + 1)", "(3*({}))", "(1 + abs({}))"))
        return f"({sub()})/{under.format(sub())}"

    def _power(self, sub: Callable[[], str], names: list[str]) -> str:
        return self.random.choice(
            (
                "({a})^2",
                "({a})^3",
                "({a})**2",
                "({a})^-1",
                "({a})^-2",
                "(1 + ({a})^2)^(1/2)",
                "(1 + ({a})^2)^0.5",
                "(1 + ({a})^2)^({b})",
                "exp({a})^{b}",
                "2^({a})",
                "-({a})^2",
                "({a})^1",
                "({a})^0",
                "({a})^(2 - 1)",
                "2^-({a})^2",
                "(1 + ({a})^2)^1.5",
                "({a})^4",
            )
        ).format(a=sub(), b=sub())

    def _call(self, sub: Callable[[], str], names: list[str]) -> str:
        pick = self.random
        if self.own and pick.random() < 0.3:
            _, name, count, _ = pick.choice(self.own)
            return f"{name}({', '.join(sub() for _ in range(count))})"
        if self.kinked and pick.random() < 0.4:
            return pick.choice(
                (
                    lambda: f"{pick.choice(KINKED)}({sub()})",
                    lambda: f"max({sub()}, {sub()})",
                    lambda: f"min({sub()}, {sub()}, {self.literal()})",
                    lambda: f"max(0, {sub()})",
                    lambda: f"LeakyReLU({sub()}, {pick.choice(names)})",
                    lambda: f"ELU({sub()}, 1.5)",
                    lambda: f"cases({sub()} {pick.choice(('<', '<=', '>', '>=', '==', '!='))} {sub()}: {sub()}, else: {sub()})",
                    lambda: f"cases({sub()} > 1: {sub()}, {sub()} < 0: {sub()}, else: {sub()})",
                )
            )()
        return pick.choice(
            (
                lambda: f"{pick.choice(SMOOTH)}({sub()})",
                lambda: f"exp({sub()})",
                lambda: f"exp(-({sub()})^2)",
                lambda: f"ln(1 + ({sub()})^2)",
                lambda: f"log(2 + cos({sub()}))",
                lambda: f"sqrt(1 + ({sub()})^2)",
                lambda: f"sqrt({sub()})",
                lambda: f"ln({sub()})",
                lambda: f"ln(sig({sub()}))",
                lambda: f"{pick.choice(('tanh', 'sig', 'sin', 'SiLU'))}'({sub()})",
            )
        )()

    def _repeated(self, sub: Callable[[], str], names: list[str]) -> str:
        a = self.random.choice(names)
        return self.random.choice(
            (
                "{a}*{a}",
                "{a}*exp({a})/(1 + {a}*{a})",
                "({a} - {b})*({a} + {b})",
                "{a}/(1 + {a}^2)",
                "{a}*{b}*{a}",
                "({a} + {a})*{b}",
            )
        ).format(a=a, b=sub())

    def _negative(self, sub: Callable[[], str], names: list[str]) -> str:
        return self.random.choice(("(-{})", "-{}", "(0 - {})", "(-(-{}))", "(+{})")).format(f"({sub()})")

    def _vector_free(self, sub: Callable[[], str], names: list[str]) -> str:
        return self.random.choice(
            ("sum({a}, {b}, {a})", "mean({a}, {b})", "(({a}))", "{a}*0", "(1*({b}))", "({a}/2)*(2/3)*({b})*(-1)*0.25")
        ).format(a=sub(), b=sub())

    def _reduced(self, sub: Callable[[], str], names: list[str]) -> str:
        """A mean over the samples inside a per-sample definition."""
        return f"{self.random.choice(('mean', 'sum'))}({self.random.choice(self.columns)} + {sub()})"

    # whole specs

    def drawn(self, count: int) -> list[str]:
        return self.random.sample(NAMES, count)

    def equations(self, leaves: list[str], names: list[str], samples: bool = False) -> list[str]:
        known, lines = list(leaves), []
        for name in names:
            if self.random.random() < 0.1 and len(known) >= 3:
                chosen = self.random.sample(known, 3)
                outputs = [f"{name}_p{k}" for k in range(3)]
                lines.append(f"{', '.join(outputs)} = softmax({', '.join(chosen)})")
                known += outputs
            else:
                lines.append(f"{name} = {self.expression(known[-4:], self.random.randint(1, 3), samples)}")
                known.append(name)
        return lines

    def tail(self) -> list[str]:
        """What any spec may have besides."""
        lines = ['wrt: ["*"]'] if self.random.random() < 0.8 else []
        if self.own:
            lines.append("functions: {" + ", ".join(f'"{signature}": "{body}"' for signature, _, _, body in self.own) + "}")
        if self.kinked and self.random.random() < 0.15:
            lines.append(
                f"kinks: {{{self.random.choice(('ReLU', 'abs', 'LeakyReLU'))}: {self.random.choice(('1/2', '1', '0.25'))}}}"
            )
        if self.random.random() < 0.3:
            lines.append(
                f"notation: {{chain: {self.random.choice(('full', 'reuse'))}, paths: {self.random.choice((1, 3, 8, 40))}}}"
            )
        if self.random.random() < 0.2:
            lines.append(f"numbers: {{digits: {self.random.choice((2, 3, 4))}, rounding: {self.random.choice(ROUNDINGS)}}}")
        return lines

    def single(self) -> str:
        """Some equations, every name one number."""
        names = self.drawn(self.random.randint(3, 8))
        cut = self.random.randint(1, min(4, len(names) - 1))
        leaves, inner = names[:cut], names[cut:]
        equations = self.equations(leaves, inner)
        last = equations[-1].partition("=")[0].split(",")[0].strip()
        equations.append(f"Loss = {self.expression([last, *leaves], 2)} + {last}")
        return self._text(equations, leaves, [])

    def data(self) -> str:
        """Equations over samples, a mean or sum at the end."""
        names = self.drawn(self.random.randint(5, 9))
        cut = self.random.randint(1, 2)
        self.columns = names[:cut]
        leaves, inner = names[cut : cut + 2], names[cut + 2 :]
        equations = self.equations([*self.columns, *leaves], inner, samples=True)
        last = equations[-1].partition("=")[0].split(",")[0].strip()
        names_ = [last, *self.columns, *leaves]
        body = self.random.choice(
            (
                "mean({e})",
                "mean(({e} - {c})^2)",
                "sum({e})",
                "mean({e})*sum({c})",
                "sqrt(1 + mean(({e})^2))",
                "mean({e}) + 0.1*({w})^2",
                "mean({e} + {c}) - {w}*mean({c})",
                "mean(({c} - mean({e}))^2)",
                "1/2*mean(({e})^2) + {w}/3",
                "exp(-mean({e})^2)",
                "mean({e})^2 + mean(({e})^2)",
                "max(mean({e}), sum({c}))",
            )
        )
        equations.append(
            "Loss = "
            + body.format(e=self.expression(names_, 1), c=self.random.choice(self.columns), w=self.random.choice(leaves))
        )
        rows = [[self.number() for _ in self.columns] for _ in range(self.random.choice((1, 2, 2, 3, 4, 5, 9)))]
        return self._text(
            equations,
            leaves,
            [f"data: {{columns: [{', '.join(self.columns)}], rows: [{', '.join('[' + ', '.join(row) + ']' for row in rows)}]}}"],
        )

    def _text(self, equations: list[str], leaves: list[str], more: list[str]) -> str:
        used = {name for line in equations for name in names(parse(line.partition("=")[2].strip()))}
        values = ", ".join(f'"{leaf}": {self.number()}' for leaf in leaves if leaf in used)
        return (
            "\n".join(["equations: |", *(f"  {line}" for line in equations), f"values: {{{values}}}", *more, *self.tail()]) + "\n"
        )

    def taken_apart(self) -> str:
        """A spec of one line that is decomposed."""
        leaves = self.drawn(self.random.randint(2, 4))
        letters = [name for name in ("P", "S", "V", "Q", "R", "F") if name not in leaves]
        self.own = []
        text = self._text([f"Loss = {self.expression(leaves, 3)} + {leaves[0]}"], leaves, ["decompose: true"])
        if len(letters) < 6:
            return text.replace(
                "decompose: true",
                "decompose: {products: P_p, sums: S_s, quotients: Q_q, powers: R_r, calls: F_f, negative_one: V_v}",
            )
        return text

    def network(self) -> str:
        """A network of numbered neurons."""
        pick = self.random
        inputs = pick.randint(1, 3)
        sizes = [pick.randint(1, 3) for _ in range(pick.randint(1, 3))]
        first = pick.choice((inputs + 1, 9, 11))
        numbers = iter(range(first, 99))
        layers, shapes, below = [], [], [str(k) for k in range(1, inputs + 1)]
        weights: list[str] = []
        kind = pick.choice(LOSSES)
        for depth, size in enumerate(sizes):
            units = [str(next(numbers)) for _ in range(size)]
            activation = pick.choice(ACTIVATIONS)
            if depth == len(sizes) - 1:
                activation = {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}.get(kind, activation)
            layers.append(f"    - {{neurons: [{', '.join(units)}]" + (f", activation: {activation}}}" if activation else "}"))
            shapes.append(size)
            for unit in units:
                weights += [f"W_{source}{unit}" if len(source + unit) == 2 else f"W_{source}_{unit}" for source in below] + [
                    f"b_{unit}"
                ]
            below = units
        samples = kind in ("mse", "half_mse") or (kind not in ("squared_error", "half_squared_error") and pick.random() < 0.7)
        names = [f"x_{k}" for k in range(1, inputs + 1)] + (
            ["y"] if sizes[-1] == 1 else [f"y_{k}" for k in range(1, sizes[-1] + 1)]
        )
        rows = [
            [self.number() for _ in range(inputs)] + self._targets(kind, sizes[-1])
            for _ in range(pick.randint(1, 4) if samples else 1)
        ]
        values = {weight: self.number() for weight in weights}
        if not samples:
            values |= dict(zip(names, rows[0], strict=True))
        target = "y" if sizes[-1] == 1 else f"[{', '.join(names[inputs:])}]"
        lines = [
            "network:",
            f"  inputs: [{', '.join(names[:inputs])}]",
            "  layers:",
            *layers,
            f"  loss: {{name: Loss, kind: {kind}, target: {target}}}",
            "values: {" + ", ".join(f"{k}: {v}" for k, v in values.items()) + "}",
        ]
        if samples:
            lines.append(
                f"data: {{columns: [{', '.join(names)}], rows: [{', '.join('[' + ', '.join(row) + ']' for row in rows)}]}}"
            )
        self.own = []
        return "\n".join([*lines, *self.tail()]) + "\n"

    def _targets(self, kind: str, count: int) -> list[str]:
        if kind == "cross_entropy":
            hot = self.random.randrange(count)
            return [str(int(k == hot)) for k in range(count)]
        return [str(self.random.randint(0, 1)) if kind == "binary_cross_entropy" else self.number() for _ in range(count)]


def random_spec(seed: int) -> str:
    """The YAML text of a made-up spec."""
    return Maker(seed).spec()
