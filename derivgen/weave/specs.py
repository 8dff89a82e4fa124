"""The specs that regions name: each worked through once, and again only when one of its files has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from derivgen.array_evaluation import Evaluated
from derivgen.errors import Problem, UserError
from derivgen.pieces import piece_text
from derivgen.spec.data import files_named
from derivgen.weave.files import State, state_of
from derivgen.work import work


@dataclass
class _Kept:
    """A spec as its files were: what came of it, and the pieces that were made of it."""

    state: State
    outcome: Evaluated | UserError
    warnings: tuple[Problem, ...]
    pieces: dict[tuple[str, str, float | None, str], str | UserError] = field(default_factory=dict)


class Specs:
    """A store of worked specs. What fails is kept as well: fifty regions of a broken spec cost one reading."""

    def __init__(self) -> None:
        self._kept: dict[Path, _Kept] = {}

    def piece(self, path: Path, name: str, to: str, width: float | None = None, label: str = "") -> str:
        """Return the text of a piece. Raises UserError: the spec's own mistakes, or that there is no such piece."""
        kept = self._of(path)
        if isinstance(kept.outcome, UserError):
            raise kept.outcome
        evaluation, key = kept.outcome, (" ".join(name.split()), to, width, label)
        if key not in kept.pieces:
            kept.pieces[key] = _tried(lambda: piece_text(evaluation, name, to, width, label), path)
        found = kept.pieces[key]
        if isinstance(found, UserError):
            raise found
        return found

    def mistakes(self, path: Path) -> UserError | None:
        """Return what is wrong with a spec as a whole."""
        outcome = self._of(path).outcome
        return outcome if isinstance(outcome, UserError) else None

    def warnings(self, path: Path) -> tuple[Problem, ...]:
        """Return what a user should hear of a spec."""
        return self._of(path).warnings

    def state(self, path: Path) -> State:
        """Return how the spec's files were when it was read."""
        return self._of(path).state

    def refresh(self) -> None:
        """Forget every spec of which a file has changed."""
        self._kept = {path: kept for path, kept in self._kept.items() if state_of(kept.state.files) == kept.state}

    def _of(self, path: Path) -> _Kept:
        if path not in self._kept:
            state = state_of((path, *files_named(path)))
            worked = _tried(lambda: work(path), path)
            if isinstance(worked, UserError):
                self._kept[path] = _Kept(state, worked, ())
            else:
                self._kept[path] = _Kept(state, worked.evaluation, worked.said)
        return self._kept[path]


Result = TypeVar("Result")


def _tried(work: Callable[[], Result], path: Path) -> Result | UserError:
    """Do the work; return what comes of it, or what is wrong."""
    try:
        return work()
    except UserError as error:
        return error
    except RecursionError:
        return UserError(Problem(f"{path}: this computation is too deep to work through", hint="split it over several names"))
