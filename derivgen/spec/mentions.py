"""Every name or pattern that a spec mentions besides its equations has to name something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase

from derivgen.errors import Place, Problems
from derivgen.spec.definitions import Definitions
from derivgen.spec.known import MAX_PATTERNS, Known, is_pattern
from derivgen.spec.model import Data, Decompose
from derivgen.spec.names import Roles, count_names
from derivgen.spec.notation import check_notation
from derivgen.spec.shape import ALL_TASKS, TASKS, NotationShape, SpecShape, WorksheetShape
from derivgen.spec.yaml_text import Scalar


def check_mentions(
    shape: SpecShape,
    roles: Roles,
    found: Definitions,
    data: Data | None,
    decompose: Decompose | None,
    aliases: tuple[str, ...],
    problems: Problems,
) -> None:
    """Check what stands under `wrt`, `symbols`, `notes` and in the worksheet."""
    names = (*found.defined, *found.free, *(data.columns if data else ()), *roles.constants)
    check, sheet = _Mentions(names, decompose, problems), shape.worksheet
    wanted = [half for pattern in shape.wrt or () for half in halves(pattern)]
    check.patterns("wrt", [half for half in wanted if half.text not in count_names(data)])
    for half in wanted:
        if half.text in count_names(data):
            problems.error(f"{half.text} is the number of samples; nothing is differentiated by it", half.place)
    check_notation(shape.notation or NotationShape(), (*names, *aliases), (*found.defined, *aliases), problems)
    if sheet is not None:
        check.patterns("ask", sheet.ask or ())
        check.patterns("given", (name for name in sheet.given or () if name.text not in ALL_TASKS), ALL_TASKS)
        check.keys("hints", sheet.hints or (), ALL_TASKS)
        check.keys("points", sheet.points or (), ALL_TASKS)
        usual = (*TASKS, *(("update",) if shape.update is not None else ()))
        tasks = tuple(task.text for task in sheet.tasks) if sheet.tasks is not None else usual
        _check_tasks(sheet, tasks, problems)
        _check_points(shape, sheet, tasks, roles, Known(names), problems)
    own = tuple(key.text.partition("(")[0].strip() for key in shape.functions or {})
    notation = shape.notation or NotationShape()
    own += (*aliases, *(key.text for key in notation.vectors or ()), *(key.text for key in notation.shorthands or ()))
    check.keys("symbols", shape.symbols or (), (*own, *((data.index, *count_names(data)) if data else ())))
    check.keys("notes", shape.notes or ())
    if not (roles.parameters if shape.wrt is None else shape.wrt):
        problems.warn("nothing is differentiated: there is no parameter", hint='ask for more with  wrt: ["*"]')


def _check_tasks(sheet: WorksheetShape, tasks: tuple[str, ...], problems: Problems) -> None:
    """What is given, worth points or hinted at is one of the worksheet's tasks."""
    for where, names in (("given", sheet.given), ("points", sheet.points), ("hints", sheet.hints)):
        for name in names or ():
            if name.text in ALL_TASKS and name.text not in tasks:
                message = f"{name.text} under {where} is no task of this worksheet"
                problems.warn(message, name.place, f"its tasks: {', '.join(tasks)}")


def _check_points(
    shape: SpecShape, sheet: WorksheetShape, tasks: tuple[str, ...], roles: Roles, known: Known, problems: Problems
) -> None:
    """Points by name are a gradient's: one that the worksheet asks for, in its task `gradients`."""
    wrt = [glob.text for glob in shape.wrt] if shape.wrt is not None else list(roles.parameters)
    asked = [glob.text for glob in sheet.ask] if sheet.ask is not None else ["*"]
    hint = f"points go to a task ({', '.join(tasks)}) or to a name that the gradients are asked for"
    for key in sheet.points or ():
        wanted = all(any(fnmatchcase(key.text, glob) for glob in globs) for globs in (wrt, asked))
        if key.text in known and key.text not in ALL_TASKS and not (wanted and "gradients" in tasks):
            message = f"the worksheet does not ask for the gradient by {key.text}, so it can have no points"
            problems.error(message, key.place, hint)


def check_patterns(shape: SpecShape, problems: Problems) -> None:
    """A spec has only so many patterns: each is held against every name."""
    sheet = shape.worksheet
    wanted = tuple(half for pattern in shape.wrt or () for half in halves(pattern))
    blocks = (shape.parameters, shape.inputs, shape.targets, wanted, *((sheet.ask, sheet.given) if sheet else ()))
    patterns = [glob for block in blocks for glob in block or () if is_pattern(glob.text)]
    if len(patterns) > MAX_PATTERNS:
        problems.error(f"a spec of more than {MAX_PATTERNS} patterns is not taken", patterns[MAX_PATTERNS].place)
        problems.stop_if_any()


def halves(pattern: Scalar) -> tuple[Scalar, ...]:
    """A pattern, or the two on either side of its slash."""
    return tuple(replace(pattern, text=part) for part in pattern.text.split("/"))


@dataclass(frozen=True)
class _Mentions:
    names: tuple[str, ...]
    decompose: Decompose | None
    problems: Problems

    def patterns(self, where: str, patterns: Iterable[Scalar], more: tuple[str, ...] = ()) -> None:
        """`more` are words that could have been meant, too."""
        known = Known(self.names)
        for pattern in patterns:
            if not known.matching(pattern.text) and not self._may_be_piece(pattern.text):
                self._error(where, pattern.text, pattern.place, Known((*self.names, *more)))

    def keys(self, where: str, keys: Iterable[Scalar], more: tuple[str, ...] = ()) -> None:
        known = Known((*self.names, *more))
        for key in keys:
            if key.text not in known and not self._may_be_piece(key.text):
                self._error(where, key.text, key.place, known)

    def _may_be_piece(self, text: str) -> bool:
        """Whether `decompose` may make this name (P_1, V_*): the pieces exist only once the expression is taken apart."""
        if self.decompose is None:
            return False
        letters = [getattr(self.decompose, field.name) for field in fields(self.decompose) if field.name != "grouping"]
        return any(re.fullmatch(rf"{re.escape(letter)}_[\d*?]+", text) for letter in letters)

    def _error(self, where: str, text: str, place: Place, known: Known) -> None:
        fits_nothing = f"the pattern {text} under {where} fits no name"
        message = fits_nothing if is_pattern(text) else f"{text} under {where} is no name of this spec"
        self.problems.error(message, place, known.near(text, self.problems))
