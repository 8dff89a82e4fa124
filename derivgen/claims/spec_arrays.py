"""A spec with vectors and matrices as the measure: its entries by their names on the board, W_{12} or h_{3,1}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from derivgen.array_evaluation import ArrayEvaluation
from derivgen.claims.general import Sizes
from derivgen.claims.matrices import Names
from derivgen.claims.spec_values import Meant, Measure, loose_parts, parts_of, spec_parts
from derivgen.claims.tokens import Token
from derivgen.claims.whole_arrays import places
from derivgen.derivation.array_gradients import adjoint_name
from derivgen.frozen import dataclass
from derivgen.maths.array_values import array_of, numpy
from derivgen.maths.evaluate import Environment
from derivgen.maths.tree import ONE, ZERO, Expr, Partial, Sym
from derivgen.memo import kept_with_owner
from derivgen.spec.load import load
from derivgen.work import evaluate


@dataclass(frozen=True)
class ArrayMeasure(Measure):
    """An evaluation of arrays to compare a file with. Within the checks an entry is called `W[1,2]`, of a vector `h[2,1]`."""

    evaluation: Any

    letter = ""
    samples = 1
    points = ((), ())
    given_numbers = ()
    assignments = ()
    has_chains = False

    @property
    def environment(self) -> Environment:
        """Return all entries and derivatives."""
        return _environment(self.evaluation)

    @cached_property
    def _by_parts(self) -> dict[tuple[str, str, str], list[str]]:
        found: dict[tuple[str, str, str], list[str]] = {}
        for name, shape in _shapes(self.evaluation).items():
            base, below, above = spec_parts(name)
            if not shape:
                found.setdefault((base, below, above), []).append(name)
            for at in places(shape) if shape else ():
                numbers = "".join(str(k + 1) for k in at)
                found.setdefault((base, below + numbers, above), []).append(_entry(name, at))
        return found

    @cached_property
    def _by_array(self) -> dict[tuple[str, str, str], list[str]]:
        found: dict[tuple[str, str, str], list[str]] = {}
        for name, shape in _shapes(self.evaluation).items():
            parts = spec_parts(name)
            for key in dict.fromkeys((parts, loose_parts("_".join(filter(None, parts[:2])) + parts[2]))) if shape else ():
                found.setdefault(key, []).append(name)
        return found

    def find(self, written: str) -> Meant | None:
        """Return which number a name of the file means; None for none, or where it could be several."""
        array, _, rest = written.partition("[")
        if rest:
            return Meant(written) if array in _shapes(self.evaluation) else None
        return super().find(written)

    def matrix(self, name: str) -> Names | None:
        """Return the names of the entries of a vector or matrix; None for anything else."""
        given = self._given.get(loose_parts(name), name)
        names = self._by_array.get(parts_of(name)) or self._by_array.get(loose_parts(name)) or [given or ""]
        shape = _shapes(self.evaluation).get(names[0]) if len(names) == 1 else None
        if not shape or len(shape) > 2:
            return None
        columns = (*shape, 1)[1]
        return tuple(tuple(f"{names[0]}[{i + 1},{j + 1}]" for j in range(columns)) for i in range(shape[0]))

    def is_of_every_entry(self, side: Sequence[Token]) -> bool:
        """Tell whether a side is the loss' derivative by an entry with letters, so that what it is holds for every one."""
        shown = [token.text for token in side if token.kind != "space" and token.text not in ("{", "}")]
        return shown[:1] == [r"\frac"] and shown[1:3] in (
            [sign, self.evaluation.derivation.loss] for sign in (r"\partial", "∂", "d")
        )

    def is_leaf(self, name: str) -> bool:
        """Tell whether a quantity is given, not worked out."""
        return name.partition("[")[0] not in self.evaluation.derivation.definitions

    def updated(self, written: str) -> None:
        """Return nothing: updates of arrays are not known."""

    def after_update(self, written: str) -> None:
        """Return nothing: updates of arrays are not known."""

    def assigned(self, written: str) -> None:
        """Return nothing: updates of arrays are not known."""

    def takes(self, written: str, arguments: object) -> bool:
        """Tell whether a name means a quantity whose definition has these names in it: not asked of arrays."""
        return False

    def slope(self, of: str, by: str) -> Expr | None:
        """Return the derivative of a name of the file by another in the spec, as a formula of their names; None where unknown."""
        one, other = self.find(of), self.find(by)
        if one is None or other is None:
            return None
        return ONE if one == other else ZERO if self.is_leaf(one.name) else Partial(Sym(of), Sym(by))

    def resolved(self, node: Sym | Partial) -> Expr | None:
        """Return a name or derivative of the file in the spec's names; None where it is none of them."""
        if isinstance(node, Sym):
            meant = self.find(node.name)
            return None if meant is None else Sym(meant.name)
        of, by = self.find(node.of.name), self.find(node.by.name)
        return None if of is None or by is None or node.then else Partial(Sym(of.name), Sym(by.name), node.direct)

    @cached_property
    def sizes(self) -> Sizes:
        """Return how far the indices of entries go."""
        return Sizes({0: max((size for shape in _shapes(self.evaluation).values() for size in shape), default=1)})


class _Slopes(Mapping[tuple[str, ...], tuple[Any, ...]]):
    """By (u, v): ∂u/∂v, of the loss by an entry, or of an entry by one that its definition names."""

    def __init__(self, evaluation: ArrayEvaluation):
        self.evaluation = evaluation

    def __getitem__(self, key: tuple[str, ...]) -> tuple[Any, ...]:
        of, by, *direct = key
        derivation, place = self.evaluation.derivation, _place(by)
        array = by.partition("[")[0]
        if of == derivation.loss and not direct:
            return (_at(self.evaluation.adjoints[array], place),)  # KeyError: not asked for, or not known
        share = _share(self.evaluation, of, array)
        if share is None:
            raise KeyError(key)
        return (_at(share, place),)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(())

    def __len__(self) -> int:
        return 0


@kept_with_owner
def _share(evaluation: ArrayEvaluation, of: str, array: str) -> Any:
    """Return what the definition of one entry says of its derivatives by an array; None where it does not name it."""
    derivation, consumer = evaluation.derivation, of.partition("[")[0]
    adjoint = derivation.adjoints.get(array)
    found = [share for share in adjoint.shares if share.consumer == consumer] if adjoint is not None else []
    if not found or consumer not in evaluation.values:
        return None
    seed = numpy().zeros(_shape(derivation.full_shape(consumer)), dtype=object)
    seed[_place(of)[: seed.ndim]] = 1
    known = {**evaluation.known, adjoint_name(consumer): seed}
    env = Environment(known, derivation.library)
    return sum(array_of(share.body, share.axes, env, evaluation.algebra) for share in found)


@kept_with_owner
def _shapes(evaluation: ArrayEvaluation) -> Mapping[str, tuple[int, ...]]:
    """Return the shapes of the quantities, of those whose size is known."""
    derivation = evaluation.derivation
    shapes = {name: derivation.full_shape(name) for name in derivation.shapes}
    return {name: _shape(shape) for name, shape in shapes.items() if all(isinstance(size, int) for size in shape)}


@kept_with_owner
def _environment(evaluation: ArrayEvaluation) -> Environment:
    numbers: dict[str, tuple[Any, ...]] = {}
    for name, shape in _shapes(evaluation).items():
        if name in evaluation.values:
            array = evaluation.values[name]
            numbers.update({_entry(name, at) if shape else name: (array[at],) for at in places(shape)})
    digits = evaluation.digits
    return Environment(numbers, evaluation.derivation.library, partials=_Slopes(evaluation), digits=digits)


def _shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)


def _entry(name: str, at: tuple[int, ...]) -> str:
    row, column = (*at, 0, 0)[:2]
    return f"{name}[{row + 1},{column + 1}]"


def _place(entry: str) -> tuple[int, ...]:
    numbers = entry.partition("[")[2].rstrip("]")
    return tuple(int(each) - 1 for each in numbers.split(",")) if numbers else ()


def measure_of(spec: Path | str, **options: Any) -> tuple[Measure, tuple[Any, ...]]:
    """Return a spec as a measure, and its warnings. Raises SpecError."""
    loaded = load(str(spec))
    evaluation = evaluate(loaded, **options)
    kind = ArrayMeasure if isinstance(evaluation, ArrayEvaluation) else Measure
    return kind(evaluation), loaded.warnings


def _at(array: Any, place: tuple[int, ...]) -> Any:
    return array[place[: array.ndim]]
