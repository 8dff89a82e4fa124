"""A derivation as Python sees it: its values and gradients by name, its pieces, its pages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any

from derivgen import machine
from derivgen.api.parts import Page, Piece
from derivgen.array_evaluation import ArrayEvaluation
from derivgen.array_machine import gradient_object, whole_object
from derivgen.checks.report import Report
from derivgen.derivation.derive import Gradient as Derived
from derivgen.documents.compose import style_of
from derivgen.documents.pieces import piece_names
from derivgen.errors import Problem
from derivgen.evaluation import Evaluation, Values
from derivgen.frozen import dataclass
from derivgen.maths.arithmetic import is_exact, to_float
from derivgen.maths.brackets import level
from derivgen.maths.numbers import exact_text
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Partial, Sym
from derivgen.pieces import believed_piece
from derivgen.present.latex import latex
from derivgen.present.unicode import text
from derivgen.spec.model import Spec
from derivgen.work import Worked

Number = Fraction | Decimal
"""A fraction where the arithmetic is exact, else a decimal of 30 digits."""


@dataclass(frozen=True, eq=False, repr=False)
class Gradient:
    """∂loss/∂name: its number, its formula, its chain. Shows itself as mathematics."""

    name: str
    derivation: Derivation

    @cached_property
    def value(self) -> Number | tuple[Number, ...] | None:
        """Return the exact value; a tuple, one entry per sample, of what runs over the samples; None without numbers."""
        known = self._evaluation.adjoints.get(self._local)
        return None if known is None else _numbers(known, self._evaluation, self._local)

    @property
    def decimal(self) -> float | tuple[float, ...] | None:
        """Return the value as a float."""
        value = self.value
        if value is None:
            return None
        return tuple(map(to_float, value)) if isinstance(value, tuple) else to_float(value)

    @property
    def expression(self) -> str:
        """Return the formula in the language of specs: `-2*(y - A_5)*A_5*(1 - A_5)*…`."""
        return plain(level(self._derived.expression))

    @property
    def latex(self) -> str:
        """Return the formula as LaTeX, without ∂loss/∂name and without dollars."""
        return latex(self._written, style_of(self._evaluation))

    @property
    def chain(self) -> Piece:
        """Return the chain of partial derivatives. Raises UserError where it is written without one (by adjoints)."""
        return self.derivation.piece(f"chain {self.name}")

    def sympy(self) -> Any:
        """Return the formula as a SymPy expression; a derivative that is taken up from before is a symbol d_…."""
        return self._derived.sympy()

    def render(self, to: str = "tex") -> str:
        """Return the whole derivation of this gradient in a format."""
        return self.derivation.piece(f"gradient {self.name}").render(to)

    @property
    def _found(self) -> tuple[Evaluation, str]:
        return machine.wanted(self.derivation.evaluation)[self.name]

    @property
    def _evaluation(self) -> Evaluation:
        return self._found[0]

    @property
    def _local(self) -> str:
        return self._found[1]

    @property
    def _derived(self) -> Derived:
        return self._evaluation.derivation.gradients[self._local]

    @property
    def _written(self) -> Expr:
        return machine.printed(self._evaluation, self._derived)

    def __repr__(self) -> str:
        return f"{text(self._partial)} = {text(self._written, style_of(self._evaluation))}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {latex(self._partial, style_of(self._evaluation))} = {self.latex}$"

    @property
    def _partial(self) -> Expr:
        from derivgen.lines.notation import partial

        graph = self._evaluation.graph
        return partial(graph, graph.loss, self._local)


@dataclass(frozen=True, eq=False, repr=False)
class ArrayGradient:
    """∂loss/∂name of a spec with vectors or matrices: its numbers in nested tuples, its formula in matrices."""

    name: str
    derivation: Derivation

    @property
    def value(self) -> Any:
        """Return the exact numbers, row by row, with samples one for each outside; None without numbers."""
        array = self.derivation.evaluation.gradient(self.name)
        return None if array is None else _nested(array)

    @property
    def expression(self) -> str:
        """Return the formula in the language of specs, in matrices where it has such a form: `outer(d_z, x)`."""
        return self._told["expression"]

    @property
    def entry(self) -> str:
        """Return the formula of one entry, with letters for its indices: `d_z_i*x_j`."""
        return self._told["index"]

    @property
    def latex(self) -> str:
        """Return the formula as LaTeX, without ∂loss/∂name and without dollars."""
        return self._told["latex"]

    def render(self, to: str = "tex") -> str:
        """Return the whole derivation of this gradient in a format."""
        return self.derivation.piece(f"gradient {self.name}").render(to)

    @cached_property
    def _told(self) -> Mapping[str, Any]:
        evaluation = self.derivation.evaluation
        return gradient_object(evaluation, self.name, style_of(evaluation))

    def __repr__(self) -> str:
        return f"d{self.derivation.loss}/d{self.name} = {self.expression}"

    def _repr_latex_(self) -> str:
        partial = latex(Partial(Sym(self.derivation.loss), Sym(self.name)), style_of(self.derivation.evaluation))
        return rf"$\displaystyle {partial} = {self.latex}$"


@dataclass(frozen=True, eq=False, repr=False)
class Derivation:
    """A spec worked through and checked (`derivgen.derive`). Shows itself as the notes, in Markdown."""

    worked: Worked

    @property
    def evaluation(self) -> Any:
        """Return the evaluation behind it, for those who want to go deeper."""
        return self.worked.evaluation

    @property
    def spec(self) -> Spec:
        """Return the spec."""
        return self.evaluation.graph.spec

    @property
    def loss(self) -> str:
        """Return the name of the loss."""
        return self.evaluation.graph.loss

    @property
    def report(self) -> Report:
        """Return what was checked, and how."""
        return self.worked.report

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return what a user should hear of: probable oversights, and what could not be checked."""
        return self.worked.said

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Return the values of quantities by name, in the order of the computation; a tuple where one runs over the samples.

        Vectors and matrices are nested tuples, row by row, with samples one for each outside.
        """
        known = self.evaluation.values
        names = (name for name in self.evaluation.graph.quantities if name in known)
        if isinstance(self.evaluation, ArrayEvaluation):
            return MappingProxyType({name: _nested(known[name]) for name in names})
        found = {name: _numbers(known[name], self.evaluation, name) for name in names}
        return MappingProxyType(found)

    @cached_property
    def gradients(self) -> Mapping[str, Gradient | ArrayGradient]:
        """Return the gradients asked for, by name; `yhat/a_1` for one quantity by another."""
        if isinstance(self.evaluation, ArrayEvaluation):
            return MappingProxyType({name: ArrayGradient(name, self) for name in self.evaluation.derivation.wanted})
        return MappingProxyType({name: Gradient(name, self) for name in machine.wanted(self.evaluation)})

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """Return the names of all pieces."""
        return piece_names(self.evaluation)

    def piece(self, name: str) -> Piece:
        """Return a piece by its name. Raises UserError, with the nearest name, where there is none."""
        found = believed_piece(self.evaluation, name)
        return Piece(self.evaluation, found.name, found)

    def worksheet(self) -> Page:
        """Return the worksheet, with gaps."""
        return Page(self.evaluation, "worksheet")

    def key(self) -> Page:
        """Return the answer key: the worksheet with its gaps filled."""
        return Page(self.evaluation, "key")

    def notes(self) -> Page:
        """Return the notes: the whole derivation."""
        return Page(self.evaluation, "notes")

    def render(self, to: str = "tex") -> str:
        """Return the notes in a format."""
        return self.notes().render(to)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain Python objects: what `derivgen derive --json` prints."""
        return whole_object(self.evaluation, self.report)

    def __repr__(self) -> str:
        names = ", ".join(self.gradients)
        title = f"{self.spec.title}: " if self.spec.title else ""
        return f"<derivation {title}{self.loss} by {names if len(names) < 60 else f'{len(self.gradients)} names'}>"

    def _ipython_display_(self) -> None:
        self.notes()._ipython_display_()

    def _repr_markdown_(self) -> str | None:
        return self.piece("notes").md


def _nested(array: Any) -> Any:
    """Return an array as nested tuples of numbers; one number of an array without axes."""
    if array.ndim:
        return tuple(_nested(array[place, ...]) for place in range(len(array)))
    value = array[()]
    return Fraction(value) if is_exact(value) else _decimal(value)


def _numbers(values: Values, evaluation: Evaluation, name: str) -> Number | tuple[Number, ...]:
    found = tuple(Fraction(value) if is_exact(value) else _decimal(value) for value in values)
    return found if evaluation.graph.per_sample(name) else found[0]


def _decimal(value: Any) -> Decimal:
    """The number as a decimal; 0 where it is smaller than any of them (exp(-1e20))."""
    try:
        return Decimal(exact_text(value))
    except InvalidOperation:
        return Decimal(0)
