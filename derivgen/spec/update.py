"""The block `update` → the learning rate and the number of steps of a gradient descent."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.errors import Problems
from derivgen.spec.model import Update, Value
from derivgen.spec.shape import UpdateShape


def read_update(shape: UpdateShape | None, problems: Problems) -> Update | None:
    """The block as the rest of the line reads it; a learning rate that is a name stays open."""
    if shape is None:
        return None
    rate, symbol = shape.learning_rate, shape.symbol
    if isinstance(rate, Value):
        if rate.value <= 0:
            problems.error("the learning rate is greater than 0", rate.place)
        return Update(symbol.text if symbol else "eta", rate, shape.steps, symbol.place if symbol else rate.place)
    if symbol is not None and symbol.text != rate.text:
        problems.error(f"the learning rate is called {rate.text} already", symbol.place, "keep one of the two names")
    return Update(rate.text, None, shape.steps, rate.place)


def check_update(update: Update | None, names: Iterable[str], problems: Problems) -> None:
    """The learning rate's symbol is no name of the computation: it would print alike and mean something else."""
    if update is None or update.symbol not in names:
        return
    taken = dict.fromkeys(names)
    free = next((letter for letter in ("alpha", "eta", "gamma", "mu") if letter not in taken), "rate")
    message = f"the learning rate is printed as {update.symbol}, which is a name of the computation already"
    problems.error(message, update.place, f"call it something else: symbol: {free}")
