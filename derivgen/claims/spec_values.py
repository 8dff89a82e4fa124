"""A spec as the measure: which of its quantities a name in a file means, and what they and the derivatives are worth.

A spec's matrices and vectors by their printed names, W^2, b^2, z^2, a^2, and the names of their entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from derivgen.claims.general import Sizes
from derivgen.claims.matrices import Names
from derivgen.claims.points import environment_of, given_numbers_of, points_of
from derivgen.claims.tokens import Token
from derivgen.derivation.matrices import layered
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, field, replace
from derivgen.maths.arithmetic import Number
from derivgen.maths.evaluate import Environment
from derivgen.maths.names import split
from derivgen.maths.tree import ONE, ZERO, Expr, MatrixSym, Partial, Sym, number, symbols
from derivgen.memo import kept_with_owner
from derivgen.spec.roles import count_names
from derivgen.updates import descent, page_letters

UPDATED = frozenset(("+", "new", "neu", "novo", "nova", "nuevo", "'", "n+1", "t+1", "k+1", "1"))
"""Superscripts of a parameter after its update; without a layer's number."""
_MARKS = re.compile(r"[\s,{}_()\[\]]")
_NEW = re.compile(r"(.*?)(?:new|neu|novo|nova|nuevo)(.*)")
_PARTS = re.compile(r"(?P<base>[^_^'+*\-]+)(?:_(?P<below>[^^'+*]*))?(?P<above>.*)", re.DOTALL)


def parts_of(name: str) -> tuple[str, str, str]:
    """Return a name's letter, what is below it and what is above it, without brackets and commas.

    >>> parts_of("W_11^(1)"), parts_of("w_5^+"), parts_of("yhat")
    (('W', '11', '1'), ('w', '5', '+'), ('yhat', '', ''))
    """
    found = _PARTS.fullmatch(name)
    if found is None:
        return name, "", ""
    above = found["above"].removeprefix("^")
    return (
        found["base"].replace(" ", ""),
        re.sub(r"[\s,{}_()\[\]]", "", found["below"] or ""),
        re.sub(r"[\s,{}()\[\]]", "", above),
    )


def spec_parts(name: str) -> tuple[str, str, str]:
    """Return the same of a name as specs have it."""
    parts = split(name)
    return parts.base + parts.accent, "".join(parts.subscripts), parts.superscript


def loose_parts(name: str) -> tuple[str, str, str]:
    """Return a name's parts as they are compared: a single letter in lower case, indices too, without an arrow for a vector.

    >>> loose_parts("W_13") == loose_parts("w_{13}"), loose_parts("avec_H1"), loose_parts("Loss") == loose_parts("loss")
    (True, ('a', 'h1', ''), False)
    """
    base, below, above = parts_of(name)
    base = base.removesuffix("vec") or base
    return base.lower() if len(base) == 1 else base, below.lower(), above.lower()


@dataclass(frozen=True, slots=True)
class Meant:
    """The quantity that a name means: in a spec of several samples in one of them (from 1), or in each (`every`)."""

    name: str
    sample: int | None = None
    every: bool = False

    def symbol(self, letter: str) -> Sym:
        """Return it as a symbol; `letter` is the index of the samples."""
        return Sym(self.name, letter if self.every else self.sample)


@dataclass(frozen=True)
class Measure:
    """A spec's evaluation to compare a file with. `given` says what names of the file mean; None: nothing in the spec."""

    evaluation: Evaluation
    given: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))

    has_chains = True
    """Its derivatives are chains of those of numbers: slips in them can be tried, and their formulas be shown."""

    @property
    def environment(self) -> Environment:
        """Return all values and derivatives."""
        return environment_of(self.evaluation, False)

    @property
    def letter(self) -> str:
        """Return the index of the samples."""
        return self.evaluation.graph.index

    @property
    def samples(self) -> int:
        """Return how many samples there are."""
        return self.evaluation.graph.samples

    @property
    def points(self) -> tuple[tuple[Evaluation, ...], tuple[Evaluation, ...]]:
        """Return the spec at made-up values: at any, and at positive ones."""
        return _points(self.evaluation)

    @property
    def given_numbers(self) -> tuple[Evaluation, ...]:
        """Return the spec at the numbers it gives and made-up ones for the others; nothing if it gives none or all."""
        return _given_numbers(self.evaluation)

    def with_names(self, given: Mapping[str, str | None]) -> Measure:
        """Return the same spec, names of the file meaning what is `given`."""
        other = replace(self, given=given)
        other.__dict__.update({name: kept for name, kept in self.__dict__.items() if name.startswith("_by_")})
        return other

    @cached_property
    def _given(self) -> dict[tuple[str, str, str], str | None]:
        return {loose_parts(name): meant for name, meant in self.given.items()}

    @cached_property
    def _by_parts(self) -> dict[tuple[str, str, str], list[str]]:
        found: dict[tuple[str, str, str], list[str]] = {}
        graph = self.evaluation.graph
        update = graph.spec.update
        for name in (*graph.quantities, *graph.aliases, *((update.symbol,) if update is not None else ())):
            found.setdefault(spec_parts(name), []).append(name)
        return found

    @cached_property
    def _by_text(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for parts, names in self._by_parts.items():
            found.setdefault("".join(parts).lower(), []).extend(names)
        return found

    def find(self, written: str) -> Meant | None:
        """Return what a name of the file means; None for no quantity, or where it could be several."""
        loose = loose_parts(written)
        if loose in self._given:
            name = self._given[loose]
            return None if name is None else Meant(name, every=self._per_sample(name))
        base, below, above = parts_of(written)
        base = base.removesuffix("vec") or base
        for parts, sample, every in self._readings(base, below, above):
            names = self._by_parts.get(parts), self._by_text.get("".join(parts).lower()), self._of_one_unit(parts)
            name = next((found for found in map(self._single, names) if found is not None), None)
            if name is None:
                continue
            per_sample = self._per_sample(name)
            if sample is None and not every:
                return Meant(name) if not per_sample else Meant(name, every=True)
            if per_sample and (every or (sample is not None and 0 < sample <= self.samples)):
                return Meant(name, sample, every)
        return None

    def matrix(self, name: str) -> Names | None:
        """Return the names of the entries of a matrix or vector; None for anything else."""
        return matrix_of(self.evaluation, name)

    def is_of_every_entry(self, side: Sequence[Token]) -> bool:
        """Tell whether a side is the loss' derivative by an entry with letters, so that what it is holds for every one."""
        return False

    def is_told(self, written: str) -> bool:
        """Tell whether what a name means is given, not found."""
        return loose_parts(written) in self._given

    def quantity(self, *written: str) -> str | None:
        """Return the quantity that the first of these texts names which names one: as in the spec, or as it is printed."""
        names = (name if name in self.evaluation.graph.quantities else getattr(self.find(name), "name", None) for name in written)
        return next((name for name in names if name is not None), None)

    def _per_sample(self, name: str) -> bool:
        graph = self.evaluation.graph
        return self.samples > 1 and graph.aliases.get(name, name) in graph.quantities and graph.indexed(name)

    def _readings(self, base: str, below: str, above: str) -> Iterator[tuple[tuple[str, str, str], int | None, bool]]:
        """Yield the ways to read indices: all of the name, or the last one, below or above, that of a sample."""
        yield (base, below, above), None, False
        if self.samples > 1:
            for number, letter in ((None, self.letter), *((k, str(k)) for k in range(1, min(self.samples, 99) + 1))):
                if below.endswith(letter):
                    yield (base, below.removesuffix(letter), above), number, number is None
                if above == letter:
                    yield (base, below, ""), number, number is None

    def _of_one_unit(self, parts: tuple[str, str, str]) -> list[str]:
        """Return the quantities that a name without an index can be: a^3 of a layer that has one unit."""
        base, below, above = parts
        if below or not above:
            return []
        found = [
            names for (letter, _, layer), names in self._by_parts.items() if (letter.lower(), layer) == (base.lower(), above)
        ]
        return [name for names in found for name in names]

    def _single(self, names: list[str] | None) -> str | None:
        return names[0] if names is not None and len(names) == 1 else None

    def updated(self, written: str) -> Number | None:
        """Return what a parameter is after one step of the spec's update, if a name means that: old − rate · gradient."""
        base, below, above = parts_of(written)
        if found := _NEW.fullmatch(below):
            below, above = found[1] + found[2], "new"  # w_{2,new}, w_{new}
        if above not in UPDATED or self.find(written) is not None:
            return None
        return self.after_update(f"{base}_{below}" if below else base)

    def after_update(self, written: str) -> Number | None:
        """Return what a parameter is after one step of the spec's update; None where that is not known."""
        meant = self.find(written)
        steps = descent(self.evaluation).steps if meant is not None else ()
        return steps[0].after.get(meant.name) if steps and meant is not None else None

    @cached_property
    def assignments(self) -> tuple[tuple[str, Number], ...]:
        """Return what the steps of the spec's update assign, in the order of its rules: g, m, v, …, w for each parameter."""
        return _assignments(self.evaluation)

    def assigned(self, written: str) -> str | None:
        """Return the name in `assignments` that a name of the file means: a parameter, or a letter of the update's rules."""
        meant, letters = self.find(written), {name for name, _ in self.assignments}
        name = written if meant is None else meant.name
        return next((each for each in letters if spec_parts(each) == parts_of(name) or each == name), None)

    def is_leaf(self, name: str) -> bool:
        """Tell whether a quantity is given, not worked out."""
        quantity = self.evaluation.graph.quantities.get(name)
        return quantity is None or quantity.definition is None

    def own_function(self, written: str) -> str | None:
        """Return the key of a function that the spec defines, or has given this name; of a derivative with a prime."""
        if written in self.evaluation.graph.library.own:
            return written
        notation = self.evaluation.graph.spec.notation
        derivatives = {short.name: f"{short.of}'" for short in notation.shorthands if short.is_function}
        return {**derivatives, **{name: key for key, name in notation.names.items()}}.get(written)

    def slope(self, of: str, by: str) -> Expr | None:
        """Return the derivative of a name of the file by another in the spec, as a formula of their names; None where unknown."""
        one, other = self.find(of), self.find(by)
        if of == self.evaluation.graph.count:
            return ZERO
        if one is None or other is None:
            return None
        if one.name == other.name:
            return ONE
        return ZERO if self.is_leaf(one.name) else Partial(Sym(of), Sym(by))

    def takes(self, written: str, arguments: Sequence[str]) -> bool:
        """Tell whether a name means a quantity whose definition has these names in it."""
        meant = self.find(written)
        quantity = self.evaluation.graph.quantities.get(meant.name) if meant is not None else None
        if quantity is None or quantity.definition is None:
            return False
        return {found.name if (found := self.find(one)) else "" for one in arguments} <= set(symbols(quantity.definition))

    def resolved(self, node: Sym | Partial) -> Expr | None:
        """Return a name or derivative of the file in the spec's names; None where it is none of them."""
        if isinstance(node, Sym):
            meant = self.find(node.name)
            if meant is not None:
                return meant.symbol(self.letter)
            graph = self.evaluation.graph
            if node.name == graph.count or node.name in count_names(graph.spec.data):
                return number(self.samples)
            return self._shorthand(node.name) or self._of_unit(node.name)
        of, by, then = (
            self.find(node.of.name),
            self.find(node.by.name),
            self.find(node.then.name) if node.then is not None else None,
        )
        if of is None or by is None or (node.then is not None and then is None):
            return None
        return Partial(self._symbol(of), self._symbol(by), node.direct, None if then is None else self._symbol(then))

    def _symbol(self, meant: Meant) -> Sym:
        return meant.symbol(self.letter) if self._per_sample(meant.name) else Sym(meant.name)

    def _derivative(self, of: str, by: str) -> Partial:
        """Return the derivative of one of the spec's quantities by another, in every sample."""
        return Partial(self._symbol(Meant(of, every=True)), self._symbol(Meant(by, every=True)))

    def _shorthand(self, written: str) -> Expr | None:
        """Return the derivative that a shorthand of the spec stands for; None for no shorthand."""
        shorts = self.evaluation.graph.spec.notation.shorthands
        found = [each for each in shorts if not each.is_function and spec_parts(each.name) == parts_of(written)]
        return self._derivative(found[0].of, found[0].by) if found else None

    def _of_unit(self, written: str) -> Expr | None:
        """Return what δ of a unit in a layer mostly is, a derivative, and what a of one in layer 0 is, an input; else None."""
        base, below, above = parts_of(written)
        if not (re.fullmatch("[0-9]{1,3}", below) and re.fullmatch("[0-9]{1,3}", above)):
            return None
        network = layered(self.evaluation.derivation)
        layers = {layer.number: layer.nets for layer in network.layers} if network is not None else {}
        names = layers.get(int(above), ()) if base == "delta" else ()
        if network is not None and above == "0" and base == network.inputs.letter:
            names = tuple(str(name) for (name,) in network.names[network.inputs])
        if not 0 < int(below) <= len(names):
            return None
        name = names[int(below) - 1]
        return self._derivative(self.evaluation.graph.loss, name) if base == "delta" else self._symbol(Meant(name, every=True))

    def is_error(self, written: str) -> bool:
        """Tell whether a name is δ of a unit, which authors define in more than one way."""
        return self.find(written) is None and parts_of(written)[0] == "delta"

    @cached_property
    def sizes(self) -> Sizes:
        """Return how many units the layers have; without layers, how far the indices of names go."""
        network, letter = layered(self.evaluation.derivation), self.letter if self.samples > 1 else ""
        if network is not None:
            inputs = {0: len(network.names[network.inputs])}
            return Sizes(inputs | {layer.number: len(layer.neurons) for layer in network.layers}, letter)
        return Sizes(
            {0: max((int(below) for _, below, _ in self._by_parts if below.isdecimal() and len(below) < 3), default=1)}, letter
        )

    def bound(self, sample: int) -> Environment:
        """Return the environment at one sample (from 1)."""
        return self.environment.over(self.letter, sample)


@kept_with_owner
def _points(evaluation: Evaluation) -> tuple[tuple[Evaluation, ...], tuple[Evaluation, ...]]:
    return points_of(evaluation.derivation)


@kept_with_owner
def _given_numbers(evaluation: Evaluation) -> tuple[Evaluation, ...]:
    return given_numbers_of(evaluation.derivation)


@kept_with_owner
def _assignments(evaluation: Evaluation) -> tuple[tuple[str, Number], ...]:
    found: list[tuple[str, Number]] = []
    for step in descent(evaluation).steps:
        called = page_letters(evaluation.graph)
        for each in step.shared:
            found.append((called.get(each.letter, each.letter), each.value))
        for name, after in step.after.items():
            work = step.work.get(name, ())
            found += [(called.get(each.letter, each.letter), each.value) for each in work if each.letter != "w"]
            found.append((name, after))
    return tuple(found)


def matrix_of(evaluation: Evaluation, name: str) -> Names | None:
    """Return the names of the entries of a network's matrix, or of a vector that the notation names; None for anything else.

    Of a vector that has one value in each sample, the name ends with the index of the samples, as the entries' names then do.
    """
    known, letter = _matrices(evaluation), evaluation.graph.index
    if name in known:
        return known[name]
    for ending in (f"^({letter})", f"^{letter}", f"_{letter}"):
        rows = known.get(name.removesuffix(ending)) if name.endswith(ending) else None
        if rows is not None:
            end = ending.removeprefix("_")
            return tuple(tuple(entry + end for entry in row) for row in rows)
    return None


@kept_with_owner
def _matrices(evaluation: Evaluation) -> Mapping[str, Names]:
    vectors = evaluation.graph.spec.notation.vectors
    found: dict[str, Names] = {
        _written(name): tuple((_written(entry),) for entry in entries) for name, entries in vectors.items()
    }
    network = layered(evaluation.derivation)
    if network is None or network.batch:  # the columns of several samples have no names
        return found
    deltas = {layer.delta: layer.number for layer in network.layers}
    for matrix, rows in network.names.items():
        if matrix in deltas:
            found[f"delta^{deltas[matrix]}"] = tuple((f"delta_{k}^{deltas[matrix]}",) for k in range(1, len(rows) + 1))
        elif isinstance(matrix, MatrixSym) and all(name is not None for row in rows for name in row):
            name = matrix.letter if matrix.layer is None else f"{matrix.letter}^{matrix.layer}"
            found[name] = tuple(tuple(_written(str(entry)) for entry in row) for row in rows)
    return found


def _written(name: str) -> str:
    """Return a spec's name as a reader of files has it: w__2_31 is w_31^2."""
    parts = split(name)
    below = "".join(parts.subscripts)
    return parts.base + parts.accent + (f"_{below}" if below else "") + (f"^{parts.superscript}" if parts.superscript else "")
