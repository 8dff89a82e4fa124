"""Who is who: every name of a spec gets its role. Clashes, misspellings and names nobody declared are problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from derivgen.errors import Problems
from derivgen.spec.definitions import Definitions, idle_reductions, reached, running
from derivgen.spec.known import Known, is_pattern
from derivgen.spec.model import Data, Value
from derivgen.spec.shape import SpecShape
from derivgen.spec.yaml_text import Scalar


@dataclass(frozen=True, slots=True)
class Roles:
    """The names by role, each in the order of its first use unless the author gave an order."""

    loss: str
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    constants: Mapping[str, Value]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Given:
    """What a network declares by itself: its inputs, targets and values, and the names it has made; and what is drawn."""

    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    drawn: Mapping[str, Value] = field(default_factory=dict)
    """What is drawn for variants, each with a number that may be drawn: it has a value, whichever."""

    @property
    def by_network(self) -> bool:
        """Whether there is a network at all."""
        return bool(self.made)


class Casting:
    """Gives the roles away, from the most explicit to the default.

    `complete` says that all equations and blocks could be read, so that what is missing is really missing.
    """

    def __init__(self, shape: SpecShape, found: Definitions, data: Data | None, given: Given, complete: bool, problems: Problems):
        self.shape, self.found, self.given, self.complete, self.problems = shape, found, given, complete, problems
        self.columns = dict.fromkeys(data.columns) if data is not None else {}
        self.constants = {name.text: value for name, value in (shape.constants or {}).items()}
        self.counts = dict.fromkeys(count_names(data))
        drawn = {name: value for name, value in given.drawn.items() if name not in self.columns and name not in self.constants}
        self.values = {**drawn, **given.values, **{name.text: value for name, value in (shape.values or {}).items()}}
        self.strict = bool(self.values) or data is not None
        self.known = Known((*found.free, *self.columns, *self.constants))

    def roles(self) -> Roles:
        """Constants and columns first, then targets, inputs and parameters, then the loss."""
        self._check_constants()
        targets = self._chosen(self.shape.targets, "a target", self.given.targets)
        inputs = self._inputs(targets)
        parameters = self._parameters(inputs, targets)
        self._check_values()
        declared = dict.fromkeys((*parameters, *inputs, *targets, *self.constants, *self.columns, *self.counts))
        rest = self._undeclared(declared)
        values = {name: value for name, value in self.values.items() if name in self.known}
        return Roles(
            loss=self._loss(),
            parameters=parameters,
            inputs=inputs if self.given.by_network else (*inputs, *rest),
            targets=targets,
            constants=MappingProxyType(self.constants),
            values=MappingProxyType(values),
        )

    def _check_constants(self) -> None:
        for key in self.shape.constants or {}:
            if key.text in self.found.defined:
                self._defined_already(key, "a constant")
            elif key.text in self.columns or key.text in self.counts:
                what = "a data column" if key.text in self.columns else "the number of samples"
                self.problems.error(f"{key.text} is {what}; it cannot be a constant as well", key.place, "keep one of the two")
            elif key.text not in self.found.free and self.complete:
                hint = Known(self.found.free).near(key.text, self.problems)
                self.problems.warn(f"no equation uses the constant {key.text}", key.place, hint)

    def _defined_already(self, key: Scalar, what: str) -> None:
        line = self.found.defined[key.text].line
        self.problems.error(f"{key.text} is worked out by the equation on line {line}; it cannot be {what} as well", key.place)

    def _chosen(self, written: tuple[Scalar, ...] | None, what: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """The free names and columns that the author's names and patterns stand for, in the author's order."""
        if written is None:
            return default
        chosen: dict[str, None] = {}
        for pattern in written:
            matches = self.known.matching(pattern.text)
            chosen.update(dict.fromkeys(matches))
            if matches or not self.complete:
                continue
            if pattern.text in self.found.defined:
                self._defined_already(pattern, what)
            else:
                hint = self.known.near(pattern.text, self.problems)
                self.problems.error(_unmatched(pattern.text, what), pattern.place, hint)
        return tuple(chosen)

    def _inputs(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        chosen = self._chosen(self.shape.inputs, "an input", self.given.inputs or tuple(self.columns))
        for pattern in self.shape.inputs or ():
            if pattern.text in targets:
                self.problems.error(f"{pattern.text} is a target; it cannot be an input as well", pattern.place)
        return tuple(name for name in chosen if name not in targets)

    def _parameters(self, inputs: tuple[str, ...], targets: tuple[str, ...]) -> tuple[str, ...]:
        taken = {
            **dict.fromkeys(self.columns, "a data column"),
            **dict.fromkeys(inputs, "an input"),
            **dict.fromkeys(targets, "a target"),
            **dict.fromkeys(self.constants, "a constant"),
            **dict.fromkeys(self.counts, "the number of samples"),
        }
        if self.shape.parameters is None:
            wanted = {**self.values, **dict.fromkeys(self.given.made)} if self.strict else self.found.free
            return tuple(name for name in self.found.free if name not in taken and name in wanted)
        chosen = self._chosen(self.shape.parameters, "a parameter", ())
        hint = "take it out of one of the two; `wrt` differentiates by inputs and constants, too"
        for pattern in self.shape.parameters:
            if pattern.text in taken:
                message = f"{pattern.text} is {taken[pattern.text]}; it cannot be a parameter as well"
                self.problems.error(message, pattern.place, hint)
        return tuple(name for name in chosen if name not in taken)

    def _check_values(self) -> None:
        for key in self.shape.values or {}:
            if key.text in self.found.defined:
                self._defined_already(key, "given a value")
            elif key.text in self.columns:
                hint = "take it out of `values`"
                self.problems.error(f"{key.text} is a data column; its values stand in the data", key.place, hint)
            elif key.text in self.counts:
                hint = "for a number, write it in the data:  count: 4"
                self.problems.error(f"{key.text} is the number of samples; it has no other value", key.place, hint)
            elif key.text in self.constants:
                self.problems.error(f"{key.text} has its value under `constants` already", key.place, "keep one of the two")
            elif key.text in self.given.values:
                self.problems.error(f"the network gives {key.text} a value already", key.place, "keep one of the two")
            elif key.text not in self.found.free and self.complete:
                near = self.known.near(key.text, self.problems)
                self.problems.error(f"no equation uses the name {key.text}", key.place, near)
        for name, value in self.given.values.items():
            if name in self.columns:
                message = f"{name} is a data column; the network gives it the value {value.text} as well"
                self.problems.error(message, value.place, "write its name there, or take the column out of the data")

    def _undeclared(self, declared: Mapping[str, object]) -> tuple[str, ...]:
        """What nobody declared: with values or data a mistake unless it has a value, else a given quantity, so an input."""
        rest = tuple(name for name in self.found.free if name not in declared)
        missing = [name for name in rest if name not in self.values] if self.strict and self.complete else []
        others = Known((*self.found.defined, *declared)) if missing else Known(())
        for name in missing:
            hint = others.near(name, self.problems) or f"list it under `parameters`, or give it a value: values: {{{name}: 1}}"
            self.problems.error(f"{name} is neither defined, declared nor given a value", self.found.free[name], hint)
        return rest

    def _loss(self) -> str:
        """The name asked for, else the last one defined."""
        written = self.shape.loss
        if written is None:
            return self._last()
        if written.text not in self.found.defined and self.complete:
            hint = Known(self.found.defined).near(written.text, self.problems) or "the loss is a name that an equation defines"
            self.problems.error(f"no equation defines the loss {written.text}", written.place, hint)
        return written.text

    def _last(self) -> str:
        if not self.found.equations:
            return ""
        last = self.found.equations[-1]
        if len(last.names) > 1 and self.complete:
            message = "the last equation defines several names, so it is not clear what the loss is"
            self.problems.error(message, last.places[0], f"say which it is: loss: {last.names[0]}")
        return last.names[0]


def count_names(data: Data | None) -> tuple[str, ...]:
    """What the number of samples is called, where it has a name."""
    if data is None:
        return ()
    return (data.count,) if isinstance(data.count, str) else (data.name,) if data.name else ()


def _unmatched(pattern: str, what: str) -> str:
    if is_pattern(pattern):
        return f"the pattern {pattern} fits no name"
    return f"{pattern} is given as {what}, but no equation uses it"


def check_loss(roles: Roles, found: Definitions, data: Data | None, given: Given, problems: Problems) -> None:
    """The loss is one number; what it does not depend on is worth a warning."""
    columns = data.columns if data is not None else ()
    runs = running(found, columns)
    if runs.get(roles.loss):
        by_hand = f"average it: {roles.loss} = mean(…)"
        hint = "average it: kind: mse, or an expression: kind: mean(…)" if given.by_network else by_hand
        message = f"the loss {roles.loss} still runs over the samples: it has one value for each"
        problems.error(message, found.defined[roles.loss], hint)
    if data is not None:
        for node in idle_reductions(found, {**runs, **dict.fromkeys(columns, True)}):
            problems.warn(f"what this {node.kind} is taken of is the same for every sample", node.at)
    _warn_unused(roles, found, data, problems)


def _warn_unused(roles: Roles, found: Definitions, data: Data | None, problems: Problems) -> None:
    needed = reached(found, roles.loss)
    for equation in found.equations:  # an output that is not used comes with those that are
        if any(name in needed for name in equation.names):
            needed.update(dict.fromkeys(equation.names))
    for name, place in (*found.defined.items(), *found.free.items()):
        if name not in needed:
            problems.warn(f"the loss {roles.loss} does not depend on {name}; its gradient is 0", place)
    free = Known(found.free)
    for column in data.columns if data is not None else ():
        if column not in free and data is not None:
            problems.warn(f"no equation uses the data column {column}", data.place, free.near(column, problems))
