"""A derivation with arrays as one plain object, for `derive --json`: names and text, nested lists of exact numbers and floats."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from derivgen import __version__
from derivgen.array_evaluation import ArrayEvaluation, Evaluated, short_body
from derivgen.checks.report import Report
from derivgen.derivation.arrays import shapes_of, with_partials
from derivgen.derivation.index_view import index_view
from derivgen.derivation.matrix_view import matrix_view
from derivgen.lines.array_lines import ArrayLines
from derivgen.machine import array_forms, as_object, checks_as_object, style_of
from derivgen.maths.arithmetic import Number, to_float
from derivgen.maths.array_values import is_infinite
from derivgen.maths.index_form import reindex
from derivgen.maths.numbers import exact_text
from derivgen.maths.plain import plain
from derivgen.maths.style import Style
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import Axis, Expr, Sym
from derivgen.present.latex import latex


def whole_object(evaluation: Evaluated, report: Report) -> dict[str, Any]:
    """Return the object that `derive --json` prints, of scalars or of arrays."""
    return arrays_as_object(evaluation, report) if isinstance(evaluation, ArrayEvaluation) else as_object(evaluation, report)


def arrays_as_object(evaluation: ArrayEvaluation, report: Report) -> dict[str, Any]:
    """Return the object that `derive --json` prints of a spec with arrays."""
    derivation = evaluation.derivation
    style = style_of(evaluation)
    return {
        "derivgen": __version__,
        "title": derivation.spec.title,
        "loss": derivation.loss,
        "samples": derivation.samples,
        "quantities": {name: _quantity(evaluation, name, style) for name in derivation.shapes},
        "gradients": {key: gradient_object(evaluation, key, style) for key in derivation.wanted},
        "checks": checks_as_object(report),
    }


def _quantity(evaluation: ArrayEvaluation, name: str, style: Style) -> dict[str, Any]:
    derivation = evaluation.derivation
    definition = derivation.definitions.get(name)
    known, array = derivation.shapes[name], evaluation.values.get(name)
    if array is not None and not known.shape and not known.sampled:
        array = array.reshape(1)
    return {
        "role": derivation.role(name),
        "latex": latex(Sym(name), style),
        "definition": plain(definition.written) if definition is not None and definition.written is not None else None,
        **({"shape": list(known.shape)} if known.shape else {}),
        "value": nested(array, text_of),
        "decimal": nested(array, decimal_of),
    }


def nested(array: Any, show: Callable[[Number], Any]) -> Any:
    """Return an array as nested lists of what `show` makes of each entry; None of none."""
    if array is None:
        return None
    if not array.ndim:
        return show(array[()])
    return [nested(part, show) if array.ndim > 1 else show(part) for part in array]


def text_of(value: Number) -> str:
    """Return a number as exact text, a decimal with all its digits; minus infinity is -inf."""
    if isinstance(value, float):
        return f"{value:.17g}"
    return "-inf" if is_infinite(value) else exact_text(value)


def decimal_of(value: Number) -> float | None:
    """Return a number as a double, None beyond their range."""
    if not isinstance(value, float) and is_infinite(value):
        return None
    found = to_float(value)
    return found if isfinite(found) else None


def gradient_body(evaluation: ArrayEvaluation, key: str) -> tuple[Expr, tuple[Axis, ...]]:
    """Return a gradient's index form, and the axes of its entries: none of a single entry."""
    derivation = evaluation.derivation
    name, indices = derivation.wanted[key]
    adjoint = derivation.adjoints[name]
    if indices is None:
        return adjoint.body, adjoint.axes
    own = adjoint.axes[len(adjoint.axes) - len(indices) :]
    rest = adjoint.axes[: len(adjoint.axes) - len(indices)]
    return tidy(reindex(adjoint.body, dict(zip(own, indices, strict=True)), derivation.fresh)), rest


def gradient_object(evaluation: ArrayEvaluation, key: str, style: Style) -> dict[str, Any]:
    """Return what `derive --json` says of one gradient."""
    derivation = evaluation.derivation
    name, indices = derivation.wanted[key]
    body, axes = gradient_body(evaluation, key)
    tree = matrix_view(body, axes, shapes_of(derivation))
    entry = index_view(body, axes, derivation.shapes)
    short = None if indices is not None else matrix_view(short_body(evaluation, name), axes, shapes_of(derivation))
    array = evaluation.gradient(key)
    return {
        **array_forms(tree, entry, short, _on_the_board(tree, entry, evaluation), style),
        "value": nested(array, text_of),
        "decimal": nested(array, decimal_of),
    }


def _on_the_board(tree: Expr | None, entry: Expr, evaluation: ArrayEvaluation) -> Expr:
    """Return the form in matrices as a page has it; where there is none, an entry with ∂L/∂z for each adjoint d_z."""
    if tree is not None:
        return ArrayLines(evaluation).board.page(tree)
    return with_partials(entry, evaluation.derivation)
