"""Random computations with arrays, each as our language has it and as JAX has it; they share no code with the package."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]
Pair = tuple[str, str]
"""An expression in our language, and in Python with `jnp`, both in brackets where they need them."""


@dataclass
class Program:
    """A computation: its equations, the same in Python, and the leaves with their numbers, in nested lists of text."""

    ours: list[str] = field(default_factory=list)
    python: list[str] = field(default_factory=list)
    leaves: dict[str, Any] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)

    @property
    def spec(self) -> str:
        """The spec's text, which asks for the gradient by every leaf and every result."""
        used = set(re.findall(r"\w+", " ".join(self.ours)))
        for name in [name for name in self.leaves if name not in used]:
            del self.leaves[name], self.shapes[name]
        values = "".join(f"  {name}: {_written(numbers)}\n" for name, numbers in self.leaves.items())
        return "equations: |\n" + "".join(f"  {line}\n" for line in self.ours) + f'values:\n{values}wrt: ["*"]\n'


def _written(numbers: Any) -> str:
    return f"[{', '.join(map(_written, numbers))}]" if isinstance(numbers, list) else str(numbers)


class Maker:
    """Makes a program of random equations of arrays up to rank 3."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.program = Program()

    def made(self, equations: int = 3) -> Program:
        """Return a program; its last equation is the loss, a sum over all that came before."""
        for number in range(equations):
            shape = self.shape()
            ours, python = self.expression(shape, 3)
            self.define(f"u_{'abcdef'[number]}", shape, ours, python)
        names = [name for name in self.program.shapes if name.startswith("u_")]
        ours = " + ".join(f"sum(tanh({name})*{self.leaf(self.program.shapes[name])[0]})" for name in names)
        self.define("L", (), ours, ours.replace("tanh", "jnp.tanh").replace("sum(", "jnp.sum("))
        return self.program

    def define(self, name: str, shape: Shape, ours: str, python: str) -> None:
        """Add an equation."""
        self.program.ours.append(f"{name} = {ours}")
        self.program.python.append(f"{name} = {python}")
        self.program.shapes[name] = shape

    def shape(self, most: int = 3) -> Shape:
        """Return a shape of rank 0 to 3; most often a vector or a matrix."""
        rank = self.random.choice([0, 1, 1, 2, 2, 2, 3][: 4 + most])
        return tuple(self.random.randint(1, 3) for _ in range(rank))

    def leaf(self, shape: Shape) -> Pair:
        """Return a name of this shape: an old one, or a new one with numbers of its own."""
        old = [name for name, known in self.program.shapes.items() if known == shape]
        if old and self.random.random() < 0.5:
            name = self.random.choice(old)
            return name, name
        count = len(self.program.leaves)
        name = f"{'xyzw'[len(shape)]}{'abcdefghijklmnopqrstuvwxyz'[count % 26]}{'n' * (count // 26)}"
        self.program.leaves[name] = self.numbers(shape)
        self.program.shapes[name] = shape
        return name, name

    def numbers(self, shape: Shape) -> Any:
        """Return nested lists of numbers, none twice, so that nothing ties and nothing sits on a kink."""
        if not shape:
            return f"{self.random.randint(-9_999, 9_999)}/7001"
        return [self.numbers(shape[1:]) for _ in range(shape[0])]

    def expression(self, shape: Shape, depth: int) -> Pair:
        """Return a random expression of this shape."""
        if depth == 0:
            return self.leaf(shape)
        makers = [self.entrywise, self.sum, self.product, self.quotient, self.broadcast, self.reduced]
        if len(shape) == 1:
            makers += [self.matrix_vector, self.softmax, self.picked, self.vector_of]
        if len(shape) == 2:
            makers += [self.matmul, self.matmul, self.transpose, self.softmax, self.outer, self.reshaped]
            makers += [self.joined, self.rows, self.inverse, self.causal]
        if len(shape) == 0:
            makers += [self.number, self.number]
        if len(shape) == 3:
            makers += [self.matmul, self.softmax]
        return self.random.choice(makers)(shape, depth - 1)

    def entrywise(self, shape: Shape, depth: int) -> Pair:
        ours, python = self.expression(shape, depth)
        return self.random.choice(
            [
                (f"tanh({ours})", f"jnp.tanh({python})"),
                (f"sig({ours})", f"(1/(1 + jnp.exp(-({python}))))"),
                (f"sin({ours})", f"jnp.sin({python})"),
                (f"ReLU({ours})", f"jnp.maximum({python}, 0)"),
                (f"exp(tanh({ours}))", f"jnp.exp(jnp.tanh({python}))"),
                (f"ln(1 + ({ours})^2)", f"jnp.log(1 + ({python})**2)"),
                (f"sqrt(1 + ({ours})^2)", f"jnp.sqrt(1 + ({python})**2)"),
                (f"({ours})^3", f"({python})**3"),
                (f"cases({ours} > 1/10: {ours}, else: 2*{ours})", f"jnp.where({python} > 0.1, {python}, 2*{python})"),
            ]
        )

    def sum(self, shape: Shape, depth: int) -> Pair:
        (a, pa), (b, pb) = self.expression(shape, depth), self.expression(self.smaller(shape), depth)
        sign = self.random.choice("+-")
        return f"({a} {sign} {b})", f"({pa} {sign} {pb})"

    def product(self, shape: Shape, depth: int) -> Pair:
        (a, pa), (b, pb) = self.expression(shape, depth), self.expression(self.smaller(shape), depth)
        return (f"({a}*{b})", f"({pa}*{pb})") if self.random.random() < 0.5 else (f"({b}*{a})", f"({pb}*{pa})")

    def quotient(self, shape: Shape, depth: int) -> Pair:
        (a, pa), (b, pb) = self.expression(shape, depth), self.expression(self.smaller(shape), depth)
        return f"({a}/(2 + ({b})^2))", f"({pa}/(2 + ({pb})**2))"

    def smaller(self, shape: Shape) -> Shape:
        """Return a shape that is broadcast to this one, or the same."""
        kind = self.random.random()
        if kind < 0.5 or not shape:
            return shape
        if kind < 0.75:
            return shape[1:]
        return tuple(self.random.choice([1, size]) for size in shape)

    def broadcast(self, shape: Shape, depth: int) -> Pair:
        if len(shape) != 2:
            return self.sum(shape, depth)
        (a, pa), (b, pb) = self.expression((shape[0], 1), depth), self.expression((1, shape[1]), depth)
        return f"({a} + {b})", f"({pa} + {pb})"

    def reduced(self, shape: Shape, depth: int) -> Pair:
        if len(shape) > 2:
            return self.entrywise(shape, depth)
        name = self.random.choice(["sum", "mean", "max", "min", "var"])
        place = self.random.randint(0, len(shape))
        inner = (*shape[:place], self.random.randint(1, 3), *shape[place:])
        a, pa = self.expression(inner, depth)
        axis = self.random.choice([place, place - len(inner)])
        return f"{name}({a}, axis={axis})", f"jnp.{name}({pa}, axis={axis})"

    def number(self, shape: Shape, depth: int) -> Pair:
        n = self.random.randint(1, 3)
        (v, pv), (w, pw), (m, pm) = self.expression((n,), depth), self.expression((n,), depth), self.expression((n, n), depth)
        any_shape = self.shape()
        a, pa = self.expression(any_shape, depth)
        return self.random.choice(
            [
                (f"dot({v}, {w})", f"jnp.dot({pv}, {pw})"),
                (f"({v} @ {w})", f"jnp.dot({pv}, {pw})"),
                (f"trace({m})", f"jnp.trace({pm})"),
                (f"det({m})", f"jnp.linalg.det({pm})"),
                (f"norm({v} + 3)", f"jnp.sqrt(jnp.sum(({pv} + 3)**2))"),
                (f"sum({a})", f"jnp.sum({pa})"),
                (f"mean({a})", f"jnp.mean({pa})"),
                (f"max({v})", f"jnp.max({pv})"),
                (f"({v} @ {m} @ {w})", f"({pv} @ {pm} @ {pw})"),
            ]
        )

    def matrix_vector(self, shape: Shape, depth: int) -> Pair:
        n = self.random.randint(1, 3)
        v, pv = self.expression((n,), depth)
        if self.random.random() < 0.5:
            m, pm = self.expression((shape[0], n), depth)
            return f"({m} @ {v})", f"({pm} @ {pv})"
        m, pm = self.expression((n, shape[0]), depth)
        return f"({v} @ {m})", f"({pv} @ {pm})"

    def matmul(self, shape: Shape, depth: int) -> Pair:
        n = self.random.randint(1, 3)
        left = (*shape[:-1], n)
        right = (*self.random.choice([shape[:-2], ()]), n, shape[-1])
        (a, pa), (b, pb) = self.expression(left, depth), self.expression(right, depth)
        return f"({a} @ {b})", f"({pa} @ {pb})"

    def transpose(self, shape: Shape, depth: int) -> Pair:
        a, pa = self.expression(shape[::-1], depth)
        return f"({a}).T", f"({pa}).T"

    def softmax(self, shape: Shape, depth: int) -> Pair:
        a, pa = self.expression(shape, depth)
        name = self.random.choice(["softmax", "log_softmax"])
        axis = self.random.choice([-1, 0])
        option = f", axis={axis}" if axis == 0 else ""
        return f"{name}({a}{option})", f"jax.nn.{name}({pa}, axis={axis})"

    def causal(self, shape: Shape, depth: int) -> Pair:
        a, pa = self.expression(shape, depth)
        masked = f"jnp.where(jnp.tril(jnp.ones({shape})) > 0, {pa}, -jnp.inf)"
        return f"softmax(causal({a}))", f"jax.nn.softmax({masked})"

    def outer(self, shape: Shape, depth: int) -> Pair:
        (a, pa), (b, pb) = self.expression(shape[:1], depth), self.expression(shape[1:], depth)
        return f"outer({a}, {b})", f"jnp.outer({pa}, {pb})"

    def vector_of(self, shape: Shape, depth: int) -> Pair:
        n = shape[0]
        if n == 3 and self.random.random() < 0.5:
            (a, pa), (b, pb) = self.expression((1,), depth), self.expression((2,), depth)
            return f"concat({a}, {b})", f"jnp.concatenate([{pa}, {pb}])"
        (x, px), (k, pk) = self.expression((n + 1,), depth), self.expression((2,), depth)
        if self.random.random() < 0.5:
            return f"conv({x}, {k})", f"jnp.convolve({px}, ({pk})[::-1], mode='valid')"
        y, py = self.expression((2 * n,), depth)
        kind = self.random.choice(["max", "mean"])
        return f"{kind}pool({y}, 2)", f"jnp.{kind}(({py}).reshape({n}, 2), axis=1)"

    def picked(self, shape: Shape, depth: int) -> Pair:
        n = self.random.randint(1, 3)
        k = self.random.randint(1, n)
        if self.random.random() < 0.5:
            a, pa = self.expression((n, shape[0]), depth)
            return f"row({a}, {k})", f"({pa})[{k - 1}]"
        a, pa = self.expression((shape[0], n), depth)
        return f"column({a}, {k})", f"({pa})[:, {k - 1}]"

    def rows(self, shape: Shape, depth: int) -> Pair:
        n = self.random.randint(1, 3)
        numbers = [self.random.randint(1, n) for _ in range(shape[0])]
        a, pa = self.expression((n, shape[1]), depth)
        picked = ", ".join(map(str, numbers))
        return f"rows({a}, {picked})", f"({pa})[jnp.array([{', '.join(str(k - 1) for k in numbers)}])]"

    def reshaped(self, shape: Shape, depth: int) -> Pair:
        source = self.random.choice([(shape[0] * shape[1],), shape[::-1], (1, *shape)])
        a, pa = self.expression(source, depth)
        sizes = f"{shape[0]}, {shape[1]}"
        return f"reshape({a}, {sizes})", f"({pa}).reshape({sizes})"

    def joined(self, shape: Shape, depth: int) -> Pair:
        axis = self.random.choice([place for place in (0, 1) if shape[place] > 1] or [-1])
        if axis < 0:
            return self.entrywise(shape, depth)
        first = self.random.randint(1, shape[axis] - 1)
        left, right = ([*shape], [*shape])
        left[axis], right[axis] = first, shape[axis] - first
        (a, pa), (b, pb) = self.expression(tuple(left), depth), self.expression(tuple(right), depth)
        return f"concat({a}, {b}, axis={axis})", f"jnp.concatenate([{pa}, {pb}], axis={axis})"

    def inverse(self, shape: Shape, depth: int) -> Pair:
        n = shape[0]
        (a, pa), (b, pb) = self.expression((n, n), depth), self.expression(shape, depth)
        return f"(inv(tanh({a}) + 5*eye({n})) @ {b})", f"(jnp.linalg.inv(jnp.tanh({pa}) + 5*jnp.eye({n})) @ {pb})"
