"""What a file has said so far: the values of its names and derivatives, the figures it has printed, and which were false."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from typing import Any

from derivgen.claims import judging
from derivgen.claims.names import in_words
from derivgen.claims.sides import Side
from derivgen.frozen import dataclass, field, fields
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import Number, real
from derivgen.maths.tree import Expr, Neg, Partial, Product, Sum, Sym, walk

SAME = Fraction(1, 10**40)
RATES = ("eta", "alpha", "lr", "epsilon", "gamma", "mu")
"""What a learning rate is called."""
MOST_FORERUNNERS = 200
"""How many of the figures printed last a shorter one may be rounded from."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a name is worth in the file: as printed last, and unrounded (of a false figure: what is right).

    `given`: not worked out. `step` is by how much a rounded figure can be off whose unrounded value is not known.
    """

    printed: Number
    exact: Number
    given: bool = False
    wrong: bool = False
    line: int = 0
    step: Fraction = Fraction(0)


@dataclass
class Said:
    """Names and derivatives with their values, and by the text of a figure its unrounded value and whether it was false.

    `before`: what was found for a decimal in the figures, until another is printed; `worked`: what was worked out, until more is
    said.

    `formulas`: what a name was last said to be in symbols; `derivatives`: of what by what something was said; `put_in`: numbers
    that a line put in the place of names.
    Of a matrix, the names of its entries; of a function that the file defines, its arguments and its formula.
    """

    names: dict[str, Known] = field(default_factory=dict)
    partials: dict[Partial, Known] = field(default_factory=dict)
    figures: dict[str, tuple[Number, bool]] = field(default_factory=dict)
    givens: set[str] = field(default_factory=set)
    before: dict[str, tuple[Number, bool] | None] = field(default_factory=dict)
    worked: dict[tuple[object, ...], tuple[Expr, Any]] = field(default_factory=dict)
    formulas: dict[str, Expr] = field(default_factory=dict)
    derivatives: dict[Partial, None] = field(default_factory=dict)
    put_in: dict[str, Fraction] = field(default_factory=dict)
    matrices: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    functions: dict[str, tuple[tuple[str, ...], Expr]] = field(default_factory=dict)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Return a context after which all is as before it."""
        before = {each.name: getattr(self, each.name).copy() for each in fields(self)}
        yield
        self.__dict__.update(before)

    def find(self, name: str) -> str | None:
        """Return a name as it was defined; upper and lower case of its index count only where there are several."""
        if name in self.names:
            return name
        base, mark, rest = name.partition("_")
        if not mark:
            return None
        near = [
            other for other in self.names if other.partition("_")[0] == base and other.partition("_")[2].lower() == rest.lower()
        ]
        return near[0] if len(near) == 1 else None

    def value_of(self, name: str) -> Known | None:
        """Return what a name is worth; None where the file has not said so."""
        key = self.find(name)
        return None if key is None else self.names[key]

    def partial(self, node: Partial) -> Known | None:
        """Return what a derivative is worth; None where the file has not said so."""
        return None if node.direct else self.partials.get(node)

    def step_of(self, name: str) -> Expr | None:
        """Return old − rate · gradient of a name, where the file has given all three a value; None where it has not."""
        rate = next((each for each in RATES if each in self.names), None)
        by = [partial for partial in self.partials if partial.by.name == name and partial.then is None]
        if rate is None or len(by) != 1 or self.find(name) is None:
            return None
        return Sum((Sym(name), Neg(Product((Sym(rate), by[0])))))

    def forerunners(self, tree: Expr) -> dict[str, tuple[Number, bool]]:
        """Return what decimals in a tree are unrounded, by their text: figures printed before, or rounded from one."""
        found: dict[str, tuple[Number, bool]] = {}
        for text, value in judging.decimals([tree]).items():
            if text in self.givens or judging.significant(text) < 2:
                continue
            if text not in self.before:
                self.before[text] = self.figures.get(text) or self._longer(text, value)
            if (before := self.before[text]) is not None:
                found[text] = before
        return found

    def _longer(self, text: str, value: Fraction) -> tuple[Number, bool] | None:
        """Return the figure printed last that rounds to a decimal; None for one of so few digits that many do."""
        if judging.significant(text) < 3:
            return None
        unit, about = judging.unit_of(text), float(value)
        far = 2 * float(unit) + 1e-9 * abs(about)
        for printed, (exact, wrong) in islice(reversed(self.figures.items()), MOST_FORERUNNERS):
            near = abs(abs(float(printed)) - abs(about)) <= far
            if near and abs(real(arithmetic.add(exact, -value))) <= real(unit) / 2:
                return exact, wrong
        return None

    def rounded(self, tree: Expr) -> dict[str, Fraction]:
        """Return by how much decimals that may be rounded figures can be off."""
        before = self.forerunners(tree)
        found = {}
        for text, value in judging.decimals([tree]).items():
            if text in self.givens:
                continue
            if judging.significant(text) > 3 or (
                text in before and not before[text][1] and not arithmetic.near(before[text][0], value, SAME)
            ):
                found[text] = judging.unit_of(text) / 2
        return found

    def steps(self, tree: Expr) -> dict[str, Fraction]:
        """Return by how much the names and derivatives in a tree can be off, as they were rounded."""
        found = {name: known.step for name in judging.names_in(tree) if (known := self.value_of(name))}
        for node in walk(tree):
            if isinstance(node, Partial) and (known := self.partial(node)):
                found[in_words(node)] = known.step
        return {name: step for name, step in found.items() if step}

    def rests_on_wrong(self, side: Side) -> bool:
        """Tell whether a side has a name, a derivative or a figure in it that was false."""
        for tree in side.trees[:1]:
            known = [self.value_of(name) for name in judging.names_in(tree)]
            known += [self.partial(node) for node in walk(tree) if isinstance(node, Partial)]
            if any(one is not None and one.wrong for one in known):
                return True
            for text in judging.decimals([tree]):
                if judging.significant(text) > 1 and self.figures.get(text, (0, False))[1]:
                    return True
        return False

    def remember(self, side: Side, exact: Number | None, wrong: bool) -> None:
        """Note what a printed figure is unrounded, or what would be right in its place."""
        if side.figure is None or exact is None or "." not in side.figure.text:
            return
        text = side.figure.text
        self.before.clear()
        self.worked.clear()
        value = exact if side.figure.value >= 0 or side.figure.text.startswith("-") else -exact
        if arithmetic.near(value, abs(side.figure.value), SAME):
            self.figures.pop(text, None)
            self.givens.add(text)
        else:
            self.givens.discard(text)
            self.figures[text] = value, wrong

    def define(self, labels: Iterable[Side], known: Known) -> None:
        """Give names and derivatives a value."""
        self.worked.clear()
        for side in labels:
            if side.partial is not None:
                self.partials[side.partial] = known
            else:
                self.names[side.name] = known

    def give(self, text: str) -> None:
        """Note that a figure is given, not worked out."""
        self.worked.clear()
        self.givens.add(text)

    def name(self, name: str, known: Known | None) -> None:
        """Give a name a value, or take it away."""
        self.worked.clear()
        if known is None:
            del self.names[name]
        else:
            self.names[name] = known

    def forget(self, labels: Iterable[Side]) -> None:
        """Take their values from names: they were defined anew by something that is not known."""
        self.worked.clear()
        for side in labels:
            self.names.pop(side.name, None)
