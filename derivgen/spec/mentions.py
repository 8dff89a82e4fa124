"""Every name or pattern that a spec mentions besides its equations has to name something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase

from derivgen.errors import Place, Problems, closest
from derivgen.spec.definitions import Definitions
from derivgen.spec.model import Data, Decompose
from derivgen.spec.names import Roles
from derivgen.spec.shape import TASKS, SpecShape
from derivgen.spec.yaml_text import Scalar


def check_mentions(
    shape: SpecShape, roles: Roles, found: Definitions, data: Data | None, decompose: Decompose | None, problems: Problems
) -> None:
    """Every name or pattern under `wrt`, `symbols`, `notes` and in the worksheet names something."""
    names = tuple(dict.fromkeys((*found.defined, *found.free, *(data.columns if data else ()), *roles.constants)))
    check = _Mentions(names, decompose, problems)
    sheet = shape.worksheet
    for where, patterns in (("wrt", shape.wrt), ("ask", sheet and sheet.ask), ("given", sheet and sheet.given)):
        check.patterns(where, patterns or ())
    own = tuple(key.text.partition("(")[0].strip() for key in shape.functions or {})
    check.keys("symbols", shape.symbols or {}, (*own, *((data.index, str(data.count)) if data else ())))
    check.keys("notes", shape.notes or {})
    if sheet is not None:
        check.keys("hints", sheet.hints or {}, TASKS)
        check.keys("points", sheet.points or {}, TASKS)


@dataclass(frozen=True)
class _Mentions:
    names: tuple[str, ...]
    decompose: Decompose | None
    problems: Problems

    def patterns(self, where: str, patterns: Iterable[Scalar]) -> None:
        for pattern in patterns:
            if not self._names_something(pattern.text, self.names, pattern=True):
                self._error(where, pattern.text, pattern.place, self.names)

    def keys(self, where: str, keys: Iterable[Scalar], more: tuple[str, ...] = ()) -> None:
        for key in keys:
            if not self._names_something(key.text, (*self.names, *more), pattern=False):
                self._error(where, key.text, key.place, (*self.names, *more))

    def _names_something(self, text: str, known: tuple[str, ...], pattern: bool) -> bool:
        if self._may_be_piece(text) or text in known:
            return True
        return pattern and any(fnmatchcase(name, text) for name in known)

    def _may_be_piece(self, text: str) -> bool:
        """Whether `decompose` may make this name (P_1, V_*): the pieces exist only once the expression is taken apart."""
        if self.decompose is None:
            return False
        letters = [getattr(self.decompose, field.name) for field in fields(self.decompose) if field.name != "grouping"]
        return any(re.fullmatch(rf"{re.escape(letter)}_[\d*?]+", text) for letter in letters)

    def _error(self, where: str, text: str, place: Place, known: tuple[str, ...]) -> None:
        hint = closest(text, known)
        if re.search(r"[*?\[]", text):
            self.problems.error(f"the pattern {text} under {where} fits no name", place, hint)
        else:
            self.problems.error(f"{text} under {where} is no name of this spec", place, hint)
