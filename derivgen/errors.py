"""What a user did wrong: problems with a place in the file, collected and raised together.

One user-facing error type (`UserError` and its children). Anything else that escapes is a bug of ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a text the user wrote: `file:line:column`, both counted from 1.

    `text` is the whole line, so that a message can show it with a caret; `length` is how many characters are meant.
    """

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def shifted(self, columns: int, length: int = 1) -> Place:
        """Return the place `columns` further to the right on the same line."""
        return Place(self.file, self.line, self.column + columns, length, self.text)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: what is wrong, where, and what to do about it."""

    message: str
    place: Place | None = None
    hint: str | None = None
    severity: str = "error"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Return `file:line:col: message`, then the line with a caret below it, then the hint."""
        note = "warning: " if self.severity == "warning" else ""
        if self.place is None:
            shown = [f"{note}{self.message}"]
        else:
            shown = [f"{self.place}: {note}{self.message}", *_excerpt(self.place)]
        return [*shown, f"  hint: {self.hint}"] if self.hint else shown


def _excerpt(place: Place, width: int = 96) -> list[str]:
    """Return the line around the place, cut to `width` characters, and a caret under the spot."""
    if not place.text.strip():
        return []
    start = max(0, place.column - 1 - width // 2) if len(place.text) > width else 0
    window = place.text[start : start + width]
    shown = "".join(c if c.isprintable() else " " for c in window)
    column = place.column - 1 - start
    carets = "^" * max(1, min(place.length, len(shown) - column))
    return [f"  {shown}", f"  {' ' * column}{carets}"]


class UserError(Exception):
    """Something the user can mend. `exit_code` is what the command line returns."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem] | Problem | str):
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the message, without the lines of ours that led to it."""
        return str(self).split("\n")


class SpecError(UserError):
    """The spec is wrong: exit code 2."""


class CheckError(UserError):
    """A printed line or a gradient is false: exit code 1, nothing is written."""

    exit_code = 1


class ToolError(UserError):
    """A program outside derivgen is missing or failed: exit code 3."""

    exit_code = 3


MAX_REPORTED = 1_000
"""How many mistakes of a file are reported in one go; of more, only the number."""


@dataclass
class Problems:
    """Collects problems so that all mistakes of a file are reported in one go."""

    found: list[Problem] = field(default_factory=list)

    def add(self, error: UserError) -> None:
        """Note the mistakes of an error that was raised."""
        self.found.extend(error.problems)

    def error(self, message: str, place: Place | None = None, hint: str | None = None) -> None:
        """Note a mistake; nothing is raised yet."""
        self.found.append(Problem(message, place, hint))

    def warn(self, message: str, place: Place | None = None, hint: str | None = None) -> None:
        """Note something that is allowed but probably not meant."""
        self.found.append(Problem(message, place, hint, "warning"))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the errors so far, in the order of their places in the file, each once."""
        unique = dict.fromkeys(p for p in self.found if p.severity == "error")
        return tuple(sorted(unique, key=_position))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return the warnings so far, in the order of their places in the file, each once."""
        unique = dict.fromkeys(p for p in self.found if p.severity == "warning")
        return tuple(sorted(unique, key=_position))

    def stop_if_any(self) -> None:
        """Raise `SpecError` with every error found so far, if there is one."""
        errors = self.errors
        if errors:
            more = len(errors) - MAX_REPORTED
            rest = [Problem(f"and {more:,} more mistakes")] if more > 0 else []
            raise SpecError([*errors[:MAX_REPORTED], *rest])


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.place.line, problem.place.column) if problem.place else (0, 0)


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return a "did you mean …" for a misspelled word, in upper or lower case, or None when nothing known is near.

    >>> closest("sgi", ["sin", "sig"]), closest("RELO", ["elu", "ReLU"]), closest("momentum", ["sin", "sig"])
    ('did you mean sig?', 'did you mean ReLU?', None)
    """
    from difflib import get_close_matches

    folded: dict[str, str] = {}
    for candidate in known:
        if candidate != name:
            folded.setdefault(candidate.lower(), candidate)
    wanted = name.lower()
    near = [wanted] if wanted in folded else get_close_matches(wanted, folded, n=5, cutoff=0.6)
    return (
        f"did you mean {folded[min(near, key=lambda word: (_slips(wanted, word), sorted(word) != sorted(wanted)))]}?"
        if near
        else None
    )


def _slips(a: str, b: str) -> int:
    """Return how many slips of the pen lead from one word to the other: a letter too many, too few, another, or two swapped."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            swapped = i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y
            row.append(min(best, before[j - 2] + 1) if swapped else best)
        before, last = last, row
    return last[-1]
