"""Who is who: every name of a spec gets its role, and every name or pattern that a spec mentions has to name something.

Clashes, misspellings and names nobody declared are problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from derivgen.errors import Place, Problems, closest
from derivgen.frozen import dataclass, field, fields, replace
from derivgen.maths.names import numbered
from derivgen.spec.constants import valued_constants
from derivgen.spec.equations import Definitions, check_euler, idle_reductions, reached, running
from derivgen.spec.model import Data, Decompose, Value
from derivgen.spec.reading import is_pattern
from derivgen.spec.shape import ALL_TASKS, TASKS, NotationShape, SpecShape, WorksheetShape
from derivgen.spec.yaml_nodes import Scalar

MAX_HINTS = 40
"""With more problems than this, or more names than `MAX_NEAR`, no name is looked for that might have been meant."""

MAX_NEAR = 3_000
MAX_PATTERNS = 100


class NameIndex:
    """Names in the order given, each once."""

    def __init__(self, names: Iterable[str]):
        self.names = dict.fromkeys(names)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Return the names that a name or a pattern (`W_*`) stands for."""
        if not is_pattern(pattern):
            return (pattern,) if pattern in self.names else ()
        return tuple(name for name in self.names if fnmatchcase(name, pattern))

    def near(self, name: str, problems: Problems) -> str | None:
        """Return a "did you mean …", as long as it is cheap to find."""
        if len(problems.found) > MAX_HINTS or len(self.names) > MAX_NEAR:
            return None
        return closest(name, (known for known in self.names if known != name))


@dataclass(frozen=True, slots=True)
class Roles:
    """The names by role, each in the order of its first use unless the author gave an order."""

    loss: str
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    constants: Mapping[str, Value]
    open_constants: tuple[str, ...]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a network declares by itself: its inputs, targets and values, and the names it has made; and what is drawn."""

    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    drawn: Mapping[str, Value] = field(default_factory=dict)
    """What is drawn for variants, each with a number that may be drawn: it has a value, whichever."""

    @property
    def by_network(self) -> bool:
        """Return whether there is a network at all."""
        return bool(self.made)


class RoleResolver:
    """Gives the roles away, from the most explicit to the default.

    `complete` says that all equations and blocks could be read, so that what is missing is really missing.
    """

    def __init__(
        self, shape: SpecShape, found: Definitions, data: Data | None, given: Declared, complete: bool, problems: Problems
    ):
        self.shape, self.found, self.given, self.complete, self.problems = shape, found, given, complete, problems
        self.columns = dict.fromkeys(data.columns) if data is not None else {}
        self.constants = valued_constants(shape)
        self.open_constants = tuple(dict.fromkeys(key.text for key in shape.constants or () if key.text not in self.constants))
        self.counts = dict.fromkeys(count_names(data))
        drawn = {name: value for name, value in given.drawn.items() if name not in self.columns and name not in self.constants}
        written = {name.text: value for name, value in (shape.values or {}).items() if isinstance(value, Value)}
        self.values = {**drawn, **given.values, **written}
        self.has_numbers = bool(self.values) or (data is not None and data.rows is not None)
        self.known = NameIndex((*found.free, *self.columns, *self._constants()))

    def roles(self) -> Roles:
        """Return the roles: constants and columns first, then targets, inputs and parameters, then the loss."""
        self._check_constants()
        targets = self._chosen(self.shape.targets, "a target", self.given.targets)
        inputs = self._inputs(targets)
        parameters = self._parameters(inputs, targets)
        self._check_values()
        if check_euler(self.found, (*self.values, *self.given.made, *self._declared(), *self.columns), self.problems):
            self.complete = False
        declared = dict.fromkeys((*parameters, *inputs, *targets, *self._constants(), *self.columns, *self.counts))
        rest = self._undeclared(declared)
        if not self.has_numbers:
            others, rest = tuple(name for name in rest if name not in self.given.made), ()
            self.open_constants = (*self.open_constants, *others)
        values = {name: value for name, value in self.values.items() if name in self.known}
        return Roles(
            loss=self._loss(),
            parameters=parameters,
            inputs=inputs if self.given.by_network else (*inputs, *rest),
            targets=targets,
            constants=MappingProxyType(self.constants),
            open_constants=self.open_constants,
            values=MappingProxyType(values),
        )

    def _constants(self) -> tuple[str, ...]:
        """Return the names of the constants, with a value and without."""
        return (*self.constants, *self.open_constants)

    def _check_constants(self) -> None:
        for key in self.shape.constants or ():
            if self.found.defined.get(key.text) == key.place:
                continue  # given by an expression
            if key.text in self.found.defined:
                self._defined_already(key, "a constant")
            elif key.text in self.columns or key.text in self.counts:
                what = "a data column" if key.text in self.columns else "the number of samples"
                self.problems.error(f"{key.text} is {what}; it cannot be a constant as well", key.place, "keep one of the two")
            elif key.text not in self.found.free and self.complete:
                hint = NameIndex(self.found.free).near(key.text, self.problems)
                self.problems.warn(f"no equation uses the constant {key.text}", key.place, hint)

    def _declared(self) -> tuple[str, ...]:
        """Return the names that the author gives a role by name."""
        written = (
            *(self.shape.parameters or ()),
            *(self.shape.inputs or ()),
            *(self.shape.targets or ()),
            *(self.shape.wrt or ()),
        )
        return (*(name.text for name in written), *self._constants())

    def _defined_already(self, key: Scalar, what: str) -> None:
        line = self.found.defined[key.text].line
        self.problems.error(f"{key.text} is worked out by the equation on line {line}; it cannot be {what} as well", key.place)

    def _chosen(self, written: tuple[Scalar, ...] | None, what: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the free names and columns that the author's names and patterns stand for, in the author's order."""
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
            **dict.fromkeys(self._constants(), "a constant"),
            **dict.fromkeys(self.counts, "the number of samples"),
        }
        if self.shape.parameters is None:
            wanted = {**self.values, **dict.fromkeys(self.given.made)} if self.has_numbers else self.found.free
            return numbered(name for name in self.found.free if name not in taken and name in wanted)
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
        """Return the names nobody declared: as soon as there are numbers, a mistake unless they have one themselves."""
        rest = tuple(name for name in self.found.free if name not in declared)
        missing = [name for name in rest if name not in self.values] if self.has_numbers and self.complete else []
        others = NameIndex((*self.found.defined, *declared)) if missing else NameIndex(())
        for name in missing:
            hint = others.near(name, self.problems) or f"list it under `parameters`, or give it a value: values: {{{name}: 1}}"
            place = self.found.free[name]
            if name == "T" and place.text[: place.column - 1].endswith("^"):
                hint = "the transpose of A is A.T"
            self.problems.error(f"{name} is neither defined, declared nor given a value", place, hint)
        return rest

    def _loss(self) -> str:
        """Return the name asked for, else the last one defined."""
        written = self.shape.loss
        if written is None:
            return self._last()
        if written.text not in self.found.defined and self.complete:
            hint = (
                NameIndex(self.found.defined).near(written.text, self.problems) or "the loss is a name that an equation defines"
            )
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
    """Return what the number of samples is called, where it has a name."""
    if data is None:
        return ()
    return (data.count,) if isinstance(data.count, str) else (data.name,) if data.name else ()


def _unmatched(pattern: str, what: str) -> str:
    if is_pattern(pattern):
        return f"the pattern {pattern} fits no name"
    return f"{pattern} is given as {what}, but no equation uses it"


def check_loss(
    roles: Roles, found: Definitions, data: Data | None, given: Declared, problems: Problems, arrays: bool = False
) -> None:
    """Check that the loss is one number (with `arrays`, shapes say so later); what it does not depend on is worth a warning."""
    if arrays:
        _warn_unused(roles, found, data, problems)
        return
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
    free = NameIndex(found.free)
    for column in data.columns if data is not None else ():
        if column not in free and data is not None:
            problems.warn(f"no equation uses the data column {column}", data.place, free.near(column, problems))


def usual_tasks(shape: SpecShape) -> tuple[str, ...]:
    """Return the tasks of a worksheet that lists none."""
    further = (("second", shape.second is not None), ("update", shape.update is not None))
    return (*TASKS, *(task for task, asked in further if asked))


def check_mentions(
    shape: SpecShape,
    roles: Roles,
    names: tuple[str, ...],
    data: Data | None,
    decompose: Decompose | None,
    aliases: tuple[str, ...],
    problems: Problems,
) -> None:
    """Check what stands under `wrt`, `symbols`, `notes` and in the worksheet."""
    check, sheet = _Mentions(names, decompose, problems), shape.worksheet
    wanted = [half for pattern in shape.wrt or () for half in halves(pattern)]
    check.patterns("wrt", [half for half in wanted if half.text not in count_names(data)])
    for half in wanted:
        if half.text in count_names(data):
            problems.error(f"{half.text} is the number of samples; nothing is differentiated by it", half.place)
    if sheet is not None:
        check.patterns("ask", sheet.ask or ())
        check.patterns("given", (name for name in sheet.given or () if name.text not in ALL_TASKS), ALL_TASKS)
        check.keys("hints", sheet.hints or (), ALL_TASKS)
        check.keys("points", sheet.points or (), ALL_TASKS)
        tasks = tuple(task.text for task in sheet.tasks) if sheet.tasks is not None else usual_tasks(shape)
        _check_tasks(sheet, tasks, problems)
        _check_points(shape, sheet, tasks, roles, NameIndex(names), problems)
    own = tuple(key.text.partition("(")[0].strip() for key in shape.functions or {})
    notation = shape.notation or NotationShape()
    own += (*aliases, *(key.text for key in notation.vectors or ()), *(key.text for key in notation.shorthands or ()))
    check.keys("symbols", shape.symbols or (), (*own, *((data.index, *count_names(data)) if data else ())))
    check.keys("notes", shape.notes or ())
    if not (roles.parameters if shape.wrt is None else shape.wrt):
        problems.warn("nothing is differentiated: there is no parameter", hint='ask for more with  wrt: ["*"]')


def _check_tasks(sheet: WorksheetShape, tasks: tuple[str, ...], problems: Problems) -> None:
    """Check that what is given, worth points or hinted at is one of the worksheet's tasks."""
    for where, names in (("given", sheet.given), ("points", sheet.points), ("hints", sheet.hints)):
        for name in names or ():
            if name.text in ALL_TASKS and name.text not in tasks:
                message = f"{name.text} under {where} is no task of this worksheet"
                problems.warn(message, name.place, f"its tasks: {', '.join(tasks)}")


def _check_points(
    shape: SpecShape, sheet: WorksheetShape, tasks: tuple[str, ...], roles: Roles, known: NameIndex, problems: Problems
) -> None:
    """Check that points by name are a gradient's that the worksheet asks for, in its task `gradients`."""
    wrt = [glob.text for glob in shape.wrt] if shape.wrt is not None else list(roles.parameters)
    asked = [glob.text for glob in sheet.ask] if sheet.ask is not None else ["*"]
    hint = f"points go to a task ({', '.join(tasks)}) or to a name that the gradients are asked for"
    for key in sheet.points or ():
        wanted = all(any(fnmatchcase(key.text, glob) for glob in globs) for globs in (wrt, asked))
        if key.text in known and key.text not in ALL_TASKS and not (wanted and "gradients" in tasks):
            message = f"the worksheet does not ask for the gradient by {key.text}, so it can have no points"
            problems.error(message, key.place, hint)


def check_patterns(shape: SpecShape, problems: Problems) -> None:
    """Check that a spec has only so many patterns: each is compared with every name."""
    sheet = shape.worksheet
    wanted = tuple(half for pattern in shape.wrt or () for half in halves(pattern))
    blocks = (shape.parameters, shape.inputs, shape.targets, wanted, *((sheet.ask, sheet.given) if sheet else ()))
    patterns = [glob for block in blocks for glob in block or () if is_pattern(glob.text)]
    if len(patterns) > MAX_PATTERNS:
        problems.error(f"a spec of more than {MAX_PATTERNS} patterns is not taken", patterns[MAX_PATTERNS].place)
        problems.stop_if_any()


def halves(pattern: Scalar) -> tuple[Scalar, ...]:
    """Return a pattern, or the two on either side of its slash."""
    return tuple(replace(pattern, text=part) for part in pattern.text.split("/"))


@dataclass(frozen=True)
class _Mentions:
    names: tuple[str, ...]
    decompose: Decompose | None
    problems: Problems

    def patterns(self, where: str, patterns: Iterable[Scalar], more: tuple[str, ...] = ()) -> None:
        """Check names and patterns; `more` are words that could have been meant, too."""
        known = NameIndex(self.names)
        for pattern in patterns:
            if not known.matching(pattern.text) and not self._may_be_piece(pattern.text):
                self._error(where, pattern.text, pattern.place, NameIndex((*self.names, *more)))

    def keys(self, where: str, keys: Iterable[Scalar], more: tuple[str, ...] = ()) -> None:
        known = NameIndex((*self.names, *more))
        for key in keys:
            if key.text not in known and not self._may_be_piece(key.text):
                self._error(where, key.text, key.place, known)

    def _may_be_piece(self, text: str) -> bool:
        """Return whether `decompose` may make this name (P_1, V_*): the pieces exist only once the expression is taken apart."""
        if self.decompose is None:
            return False
        letters = [getattr(self.decompose, field.name) for field in fields(self.decompose) if field.name != "grouping"]
        return any(re.fullmatch(rf"{re.escape(letter)}_[\d*?]+", text) for letter in letters)

    def _error(self, where: str, text: str, place: Place, known: NameIndex) -> None:
        fits_nothing = f"the pattern {text} under {where} fits no name"
        message = fits_nothing if is_pattern(text) else f"{text} under {where} is no name of this spec"
        self.problems.error(message, place, known.near(text, self.problems))
