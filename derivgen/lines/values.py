"""What the page says a gradient is: the figure that the lines before it lead to."""

from __future__ import annotations

from derivgen.derivation.derive import Gradient
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import value_line
from derivgen.lines.every import uses_chains
from derivgen.lines.paper import number_format
from derivgen.lines.results import result_line
from derivgen.maths.numbers import shown
from derivgen.maths.tree import Num, Shown


def gradient_value(evaluation: Evaluation, gradient: Gradient) -> Num | Shown:
    """The gradient's value as printed (of one that has a single value); with numbers carried on as printed, what they lead to."""
    style = number_format(evaluation)
    if style.carry and uses_chains(evaluation, gradient) and gradient.paths:
        line = value_line(evaluation, gradient) or result_line(evaluation, gradient)
        if line is not None and isinstance(line.last, (Num, Shown)):
            return line.last
    return shown(evaluation.adjoints[gradient.name][0], style)
