"""What the commands make of a spec with vectors or matrices."""

from __future__ import annotations

from collections.abc import Sequence

from derivgen.array_evaluation import ArrayEvaluation, shapes_of, short_body
from derivgen.array_machine import gradient_body, nested, text_of
from derivgen.checks.arrays import ArrayReport, check_arrays
from derivgen.cli.output import say, tell
from derivgen.derivation.array_gradients import adjoint_name
from derivgen.derivation.index_view import index_view
from derivgen.derivation.matrix_view import matrix_view
from derivgen.errors import Problem, SpecError
from derivgen.maths.arithmetic import Number, to_float
from derivgen.maths.array_values import is_infinite
from derivgen.maths.plain import plain
from derivgen.spec.model import Spec
from derivgen.work import evaluate_arrays

MOST_SHOWN = 64


def checked_arrays(spec: Spec, wrt: Sequence[str] = (), seed: str | None = None) -> tuple[ArrayEvaluation, ArrayReport]:
    """Return the evaluation of a spec with arrays and what the checks say of it. Raises SpecError."""
    if seed is not None:
        raise SpecError(Problem("a spec with vectors or matrices has no variants yet"))
    evaluation = evaluate_arrays(spec, wrt)
    tell(evaluation.derivation.warnings)
    return evaluation, check_arrays(evaluation)


def print_arrays(evaluation: ArrayEvaluation) -> None:
    """Print the derivation as text: forward, then backward in matrices, with one entry in letters, and the numbers."""
    derivation = evaluation.derivation
    for name, definition in derivation.definitions.items():
        assert definition.written is not None
        say(f"{name} = {plain(definition.written)}{_size(derivation.shapes[name].shape)}")
        _print_numbers(evaluation.values.get(name))
    say("")
    shapes = shapes_of(derivation)
    for name, adjoint in derivation.adjoints.items():
        if name == derivation.loss:
            continue
        tree = matrix_view(adjoint.body, adjoint.axes, shapes)
        short = matrix_view(short_body(evaluation, name), adjoint.axes, shapes)
        if tree is not None:
            tail = f" = {plain(short)}" if short is not None and plain(short) != plain(tree) else ""
            say(f"{adjoint_name(name)} = {plain(tree)}{tail}{_size(derivation.shapes[name].shape)}")
        letters = plain(index_view(adjoint.body, adjoint.axes, derivation.shapes))
        entry = plain(index_view(_own(adjoint_name(name), adjoint.axes), adjoint.axes, derivation.shapes))
        if adjoint.axes:
            say(f"  {entry} = {letters}")
        elif tree is None:
            say(f"{entry} = {letters}")
        _print_numbers(evaluation.adjoints.get(name))
    entries = [key for key, (_, indices) in derivation.wanted.items() if indices is not None]
    for key in entries:
        body, axes = gradient_body(evaluation, key)
        say(f"{adjoint_name(key)} = {plain(index_view(body, axes, derivation.shapes))}")


def _own(name: str, axes):
    from derivgen.maths.tree import Element

    return Element(name, axes)


def _size(shape: tuple[int | str, ...]) -> str:
    return f"   ({' × '.join(map(str, shape))})" if shape else ""


def _print_numbers(array) -> None:
    if array is not None and array.size <= MOST_SHOWN:
        say(f"  = {_row(nested(array, _short))}")


def _row(numbers) -> str:
    return f"[{', '.join(map(_row, numbers))}]" if isinstance(numbers, list) else numbers


def _short(value: Number) -> str:
    if not isinstance(value, float) and is_infinite(value):
        return "-∞"
    text = text_of(value)
    return text if len(text) <= 12 else f"{to_float(value):.6g}"
