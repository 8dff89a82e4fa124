"""What is said of a relation: its verdict, the right value, what it was compared with, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from derivgen.claims.sources import Source
from derivgen.errors import Place
from derivgen.frozen import dataclass, field

Verdict = Literal["true", "rounded", "false", "carried", "unread"]
VERDICTS: tuple[Verdict, ...] = ("true", "rounded", "false", "carried", "unread")


@dataclass(frozen=True, slots=True)
class Change:
    """What stands from `start` to `end` of a text becomes `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A relation and what is to be said of it; the fields are those of `check --json`, but for the last ones.

    `line`: the right line in the author's notation; `changes`: the right figures, where the slip is certain.
    """

    place: Place
    left: str
    relation: str
    right: str
    verdict: Verdict
    value: str | None = None
    printed: str | None = None
    against: str = "own"
    cause: str = ""
    message: str = ""
    cell: int = 0
    line: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Checked:
    """A file's claims, in the order in which they are written, and the texts they stand in.

    `names`: what names of the file that look otherwise mean in the spec.
    """

    file: str
    claims: tuple[Claim, ...]
    sources: tuple[Source, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def counts(self) -> dict[str, int]:
        """Return how many claims have each verdict."""
        return {verdict: sum(claim.verdict == verdict for claim in self.claims) for verdict in VERDICTS}

    @property
    def failed(self) -> bool:
        """Tell whether a claim is false or rests on a false one."""
        return any(claim.verdict in ("false", "carried") for claim in self.claims)


def claims_as_objects(checked: Checked) -> Iterator[dict[str, Any]]:
    """Yield a file's claims as `check --json` prints them."""
    for claim in checked.claims:
        yield {
            **({"cell": claim.cell} if claim.cell else {}),
            "line": claim.place.line,
            "column": claim.place.column,
            "left": claim.left,
            "relation": claim.relation,
            "right": claim.right,
            "verdict": claim.verdict,
            "value": claim.value,
            "printed": claim.printed,
            "against": claim.against,
            "cause": claim.cause,
            "message": claim.message + (f"; right: {claim.line}" if claim.line else ""),
        }
