"""A stand-in for the specs: pieces that say where they are from, so that only the weaving itself is looked at."""

from __future__ import annotations

from pathlib import Path

from derivgen.errors import Problem, UserError
from derivgen.weave.files import State
from derivgen.weave.specs import Specs
from derivgen.weave.weaving import Outcome, weave


class Told(Specs):
    """Every spec has every piece but `none`; each is two lines with a blank one between them."""

    def piece(self, path: Path, name: str, to: str, width: float | None = None, label: str = "") -> str:
        if name == "none":
            raise UserError(Problem("there is no piece 'none'"))
        return f"{to} {name}\n\n{path.name}\n"

    def mistakes(self, path: Path) -> None:
        return None

    def warnings(self, path: Path) -> tuple[Problem, ...]:
        return ()

    def state(self, path: Path) -> State:
        return State((), ())


def woven(folder: Path, name: str, data: bytes | str) -> tuple[bytes, Outcome]:
    """What a file with these bytes becomes, and what is said of it; weaving it again changes nothing."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    outcome = weave(path, Told())
    once = path.read_bytes()
    again = weave(path, Told())
    assert path.read_bytes() == once, "twice is not the same as once"
    assert not again.written
    assert not again.stale
    assert [str(problem) for problem in again.problems] == [str(problem) for problem in outcome.problems]
    return once, outcome
