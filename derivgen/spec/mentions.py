"""Every name or pattern that a spec mentions besides its equations has to name something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from derivgen.errors import Place, Problems
from derivgen.spec.definitions import Definitions
from derivgen.spec.known import MAX_PATTERNS, Known, is_pattern
from derivgen.spec.model import Data, Decompose
from derivgen.spec.names import Roles
from derivgen.spec.shape import ALL_TASKS, SpecShape
from derivgen.spec.yaml_text import Scalar


def check_mentions(
    shape: SpecShape, roles: Roles, found: Definitions, data: Data | None, decompose: Decompose | None, problems: Problems
) -> None:
    """Check what stands under `wrt`, `symbols`, `notes` and in the worksheet."""
    names = (*found.defined, *found.free, *(data.columns if data else ()), *roles.constants)
    check, sheet = _Mentions(names, decompose, problems), shape.worksheet
    check.patterns("wrt", shape.wrt or ())
    if sheet is not None:
        check.patterns("ask", sheet.ask or ())
        check.patterns("given", sheet.given or ())
        check.keys("hints", sheet.hints or (), ALL_TASKS)
        check.keys("points", sheet.points or (), ALL_TASKS)
    own = tuple(key.text.partition("(")[0].strip() for key in shape.functions or {})
    check.keys("symbols", shape.symbols or (), (*own, *((data.index, str(data.count)) if data else ())))
    check.keys("notes", shape.notes or ())
    if not (roles.parameters if shape.wrt is None else shape.wrt):
        problems.warn("nothing is differentiated: there is no parameter", hint='ask for more with  wrt: ["*"]')


def check_patterns(shape: SpecShape, problems: Problems) -> None:
    """A spec has only so many patterns: each is held against every name."""
    sheet = shape.worksheet
    blocks = (shape.parameters, shape.inputs, shape.targets, shape.wrt, *((sheet.ask, sheet.given) if sheet else ()))
    patterns = [glob for block in blocks for glob in block or () if is_pattern(glob.text)]
    if len(patterns) > MAX_PATTERNS:
        problems.error(f"a spec of more than {MAX_PATTERNS} patterns is not taken", patterns[MAX_PATTERNS].place)
        problems.stop_if_any()


@dataclass(frozen=True)
class _Mentions:
    names: tuple[str, ...]
    decompose: Decompose | None
    problems: Problems

    def patterns(self, where: str, patterns: Iterable[Scalar]) -> None:
        known = Known(self.names)
        for pattern in patterns:
            if not known.matching(pattern.text) and not self._may_be_piece(pattern.text):
                self._error(where, pattern.text, pattern.place, known)

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
