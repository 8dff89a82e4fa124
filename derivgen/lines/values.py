"""What the page says a gradient is: the figure that the lines before it lead to."""

from __future__ import annotations

from fractions import Fraction

from derivgen.derivation.derive import Gradient
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import value_line
from derivgen.lines.every import uses_chains
from derivgen.lines.paper import number_format
from derivgen.lines.tables import chain_tables
from derivgen.maths.numbers import as_printed, shown
from derivgen.maths.tree import Marked, Num, Shown


def gradient_value(evaluation: Evaluation, gradient: Gradient) -> Num | Shown:
    """The gradient's value as printed (of one that has a single value); with numbers carried on as printed, what they lead to."""
    style = number_format(evaluation)
    exact = shown(evaluation.adjoints[gradient.name][0], style)
    if not style.carry or not uses_chains(evaluation, gradient) or not gradient.paths:
        return exact
    line = value_line(evaluation, gradient)
    if line is not None and isinstance(line.last, (Num, Shown)):
        return line.last
    totals = [table.total for table in chain_tables(evaluation, gradient)]
    if len(totals) < len(gradient.paths):
        return exact
    figures = [as_printed(total.content if isinstance(total, Marked) else total) for total in totals if total is not None]
    return shown(sum((figure.value for figure in figures if isinstance(figure, Num)), Fraction(0)), style)
