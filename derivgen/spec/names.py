"""Who is who: every name of a spec gets its role, and every mention of a name is checked against the names there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from derivgen.errors import Problems, closest
from derivgen.spec.definitions import Definitions, idle_reductions, reached, running
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
    """What a network declares by itself: its inputs, targets and values; every other name it makes is a parameter."""

    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    values: Mapping[str, Value] | None = None
    all_declared: bool = False


def assign_roles(
    shape: SpecShape, found: Definitions, data: Data | None, given: Given, complete: bool, problems: Problems
) -> Roles:
    """The role of every name. `complete` says that every equation could be read, so that a missing name is really missing."""
    return _Casting(shape, found, data, given, complete, problems).roles()


class _Casting:
    """Gives the roles away, from the most explicit to the default."""

    def __init__(self, shape: SpecShape, found: Definitions, data: Data | None, given: Given, complete: bool, problems: Problems):
        self.shape, self.found, self.given, self.complete, self.problems = shape, found, given, complete, problems
        self.columns = data.columns if data is not None else ()
        self.constants = {name.text: value for name, value in (shape.constants or {}).items()}
        self.values = {**(given.values or {}), **{name.text: value for name, value in (shape.values or {}).items()}}
        self.strict = bool(self.values) or data is not None
        self.known = tuple(dict.fromkeys((*found.free, *self.columns, *self.constants)))

    def roles(self) -> Roles:
        """Constants and columns first, then targets, inputs and parameters, then the loss."""
        self._check_constants()
        targets = self._chosen(self.shape.targets, "target", self.given.targets)
        inputs = self._chosen(self.shape.inputs, "input", self.given.inputs)
        if self.shape.inputs is None and not inputs:
            inputs = tuple(column for column in self.columns if column not in targets)
        parameters = self._parameters(inputs, targets)
        self._check_values()
        declared = dict.fromkeys((*parameters, *inputs, *targets, *self.constants, *self.columns))
        rest = self._undeclared(declared)
        loss = self._loss()
        values = {name: value for name, value in self.values.items() if name in self.known}
        return Roles(loss, parameters, inputs if self.given.all_declared else (*inputs, *rest), targets, self.constants, values)

    def _check_constants(self) -> None:
        for key in self.shape.constants or {}:
            if key.text in self.found.defined:
                self._defined_already(key, "a constant")
            elif key.text in self.columns:
                self.problems.error(
                    f"{key.text} is a data column; it cannot be a constant as well", key.place, "keep one of the two"
                )
            elif key.text not in self.found.free and self.complete:
                self.problems.warn(f"no equation uses the constant {key.text}", key.place, closest(key.text, self.found.free))

    def _defined_already(self, key: Scalar, what: str) -> None:
        line = self.found.defined[key.text].line
        self.problems.error(f"{key.text} is worked out by the equation on line {line}; it cannot be {what} as well", key.place)

    def _chosen(self, written: tuple[Scalar, ...] | None, what: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """The free names and columns that the author's names and patterns stand for, in the author's order."""
        if written is None:
            return default
        chosen: dict[str, None] = {}
        for pattern in written:
            matches = [name for name in self.known if fnmatchcase(name, pattern.text)]
            chosen.update(dict.fromkeys(matches))
            if not matches and pattern.text in self.found.defined:
                self._defined_already(pattern, f"{'an' if what == 'input' else 'a'} {what}")
            elif not matches and self.complete:
                self.problems.error(
                    _nothing(pattern.text, f"no name for {_article(what)}"), pattern.place, closest(pattern.text, self.known)
                )
        return tuple(chosen)

    def _parameters(self, inputs: tuple[str, ...], targets: tuple[str, ...]) -> tuple[str, ...]:
        taken = {
            **dict.fromkeys(self.columns, "a data column"),
            **dict.fromkeys(inputs, "an input"),
            **dict.fromkeys(targets, "a target"),
            **dict.fromkeys(self.constants, "a constant"),
        }
        if self.shape.parameters is None:
            wanted = self.found.free if not self.strict or self.given.all_declared else self.values
            return tuple(name for name in self.found.free if name not in taken and name in wanted)
        chosen = self._chosen(self.shape.parameters, "parameter", ())
        for pattern in self.shape.parameters:
            if pattern.text in taken:
                hint = "take it out of one of the two; `wrt` differentiates by inputs and constants, too"
                self.problems.error(
                    f"{pattern.text} is {taken[pattern.text]}; it cannot be a parameter as well", pattern.place, hint
                )
        return tuple(name for name in chosen if name not in taken)

    def _check_values(self) -> None:
        for key in self.shape.values or {}:
            if key.text in self.found.defined:
                self._defined_already(key, "given a value")
            elif key.text in self.columns:
                self.problems.error(
                    f"{key.text} is a data column; its values stand in the data", key.place, "take it out of `values`"
                )
            elif key.text in self.constants:
                self.problems.error(f"{key.text} has its value under `constants` already", key.place, "keep one of the two")
            elif key.text not in self.found.free and self.complete:
                self.problems.error(f"no equation uses the name {key.text}", key.place, closest(key.text, self.known))
        self._check_network_values()

    def _check_network_values(self) -> None:
        for name, value in (self.given.values or {}).items():
            if name in self.columns:
                self.problems.error(f"{name} is a data column; the network gives it the value {value.text} as well", value.place)

    def _undeclared(self, declared: Mapping[str, object]) -> tuple[str, ...]:
        """What nobody declared: with values or data a mistake unless it has a value, else a given quantity, so an input."""
        rest = [name for name in self.found.free if name not in declared]
        if self.strict and self.complete:
            for name in rest:
                if name not in self.values:
                    near = closest(
                        name,
                        [
                            n
                            for n in (*self.found.defined, *self.known)
                            if n != name and (n in declared or n in self.found.defined)
                        ],
                    )
                    hint = near or f"list it under `parameters`, or give it a value: values: {{{name}: 1}}"
                    self.problems.error(f"{name} is neither defined, declared nor given a value", self.found.free[name], hint)
        return tuple(rest)

    def _loss(self) -> str:
        written = self.shape.loss
        if written is None:
            last = self.found.equations[-1] if self.found.equations else None
            if last is not None and len(last.names) > 1 and self.complete:
                self.problems.error(
                    "the last equation defines several names, so it is not clear what the loss is",
                    last.places[0],
                    "add  loss: and its name",
                )
            return last.names[0] if last is not None else ""
        if written.text not in self.found.defined and self.complete:
            hint = closest(written.text, self.found.defined) or "the loss is a name that an equation defines"
            self.problems.error(f"no equation defines the loss {written.text}", written.place, hint)
        return written.text


def _article(what: str) -> str:
    return f"an {what}" if what[0] in "aeio" else f"a {what}"


def _nothing(pattern: str, otherwise: str) -> str:
    if re.search(r"[*?\[]", pattern):
        return f"the pattern {pattern} fits no name"
    return f"{pattern} is {otherwise}: no equation uses it"


def check_loss(roles: Roles, found: Definitions, data: Data | None, given: Given, problems: Problems) -> None:
    """The loss is one number; what it does not depend on is worth a warning."""
    columns = data.columns if data is not None else ()
    runs = running(found, columns)
    if runs.get(roles.loss):
        hint = (
            "average it: kind: mse, or an expression: kind: mean(…)"
            if given.all_declared
            else f"average it: {roles.loss} = mean(…)"
        )
        problems.error(
            f"the loss {roles.loss} still runs over the samples: it has one value for each", found.defined[roles.loss], hint
        )
    if data is not None:
        for node in idle_reductions(found, {**runs, **dict.fromkeys(columns, True)}):
            problems.warn(f"what this {node.kind} is taken of is the same for every sample", node.at)
    _warn_unused(roles, found, data, problems)


def _warn_unused(roles: Roles, found: Definitions, data: Data | None, problems: Problems) -> None:
    needed = reached(found, roles.loss)
    for name, place in (*found.defined.items(), *found.free.items()):
        if name not in needed:
            problems.warn(f"the loss {roles.loss} does not depend on {name}; its gradient is 0", place)
    for column in data.columns if data is not None else ():
        if column not in found.free:
            problems.warn(
                f"no equation uses the data column {column}",
                data.place if data is not None else None,
                closest(column, found.free),
            )
