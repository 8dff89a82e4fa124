"""Checked files → a page to look at, and annotations for GitHub's logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from derivgen.claims.claim import VERDICTS, Checked, Claim
from derivgen.claims.sources import Source
from derivgen.frozen import dataclass

SIGNS: Mapping[str, str] = MappingProxyType({"true": "✓", "rounded": "≈", "false": "✗", "carried": "↳", "unread": "?"})
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "true": "both sides are the same",
        "rounded": "right to the digits printed",
        "false": "it is not",
        "carried": "it rests on something false",
        "unread": "it was not judged",
    }
)
_WORST = ("true", "rounded", "unread", "carried", "false")
_LEVELS = MappingProxyType({"false": "error", "carried": "warning"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line: with the verdict of a claim, or without one."""

    text: str
    verdict: str = ""

    @property
    def sign(self) -> str:
        """Return the verdict's sign."""
        return SIGNS.get(self.verdict, "")


@dataclass(frozen=True, slots=True)
class Note:
    """What is said of a claim, where, and what would be right."""

    verdict: str
    message: str
    right: str
    where: str
    anchor: str

    @property
    def sign(self) -> str:
        """Return the verdict's sign."""
        return SIGNS[self.verdict]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file: its pieces, and what is said of the claims in it."""

    number: int
    anchor: str
    pieces: tuple[Piece, ...]
    notes: tuple[Note, ...]


def counts_of(checked: Checked) -> str:
    """Return how many claims have which verdict, in words."""
    return ", ".join(f"{number} {verdict}" for verdict, number in checked.counts.items() if number) or "no claims found"


def workflow_commands(checked: Checked) -> Iterator[str]:
    """Yield a workflow command of GitHub Actions for each claim that is false or rests on a false one.

    A claim of a notebook is said to be of its cell: the lines of its file are those of JSON.
    """
    for claim in checked.claims:
        if level := _LEVELS.get(claim.verdict):
            place, cell = claim.place, f"cell {claim.cell}, line {claim.place.line}: " if claim.cell else ""
            where = {} if claim.cell else {"line": place.line, "col": place.column, "endColumn": place.column + place.length}
            told = {"file": checked.file, **where, "title": f"derivgen: {claim.verdict}"}
            properties = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in told.items())
            message = f"{cell}{claim.message}" + (f"\nright: {claim.line}" if claim.line else "")
            yield f"::{level} {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for sign in ("%", "\r", "\n", *more):
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def page(files: Sequence[Checked]) -> str:
    """Return a web page with the files' lines and every claim in them marked, by colour and by sign."""
    from derivgen.present.mathml import escaped
    from derivgen.rendering.templates import environment

    verdicts = [{"name": verdict, "sign": SIGNS[verdict], "meaning": MEANINGS[verdict]} for verdict in VERDICTS]
    return (
        environment(("check",), escaped)
        .get_template("page.html.j2")
        .render(
            title=", ".join(checked.file for checked in files),
            verdicts=verdicts,
            files=[_file(number, checked) for number, checked in enumerate(files, 1)],
        )
    )


def _file(number: int, checked: Checked) -> dict[str, object]:
    parts = [
        {"cell": source.cell, "lines": tuple(_lines(source, [c for c in checked.claims if c.cell == source.cell], number))}
        for source in checked.sources
    ]
    findings = list(dict.fromkeys(_note(claim, number) for claim in checked.claims if claim.verdict in _LEVELS))
    return {"number": number, "name": checked.file, "counts": counts_of(checked), "findings": findings, "parts": parts}


def _note(claim: Claim, file: int) -> Note:
    cell = f"cell {claim.cell}, " if claim.cell else ""
    return Note(
        claim.verdict, claim.message, claim.line, f"{cell}line {claim.place.line}", _anchor(file, claim.cell, claim.place.line)
    )


def _anchor(file: int, cell: int, line: int) -> str:
    return f"f{file}c{cell}l{line}"


def _lines(source: Source, claims: Sequence[Claim], file: int) -> Iterator[SourceLine]:
    by_line: dict[int, list[Claim]] = {}
    for claim in claims:
        by_line.setdefault(claim.place.line, []).append(claim)
    for number, text in enumerate(source.document.text.splitlines(), 1):
        here = by_line.get(number, [])
        notes = tuple(dict.fromkeys(_note(claim, file) for claim in here if claim.message and claim.verdict != "true"))
        yield SourceLine(number, _anchor(file, source.cell, number) if here else "", tuple(_pieces(text, here)), notes)


def _pieces(text: str, claims: Sequence[Claim]) -> Iterator[Piece]:
    """Yield a line cut at its claims; of several at one place the worst one is shown."""
    marked: dict[int, Claim] = {}
    for claim in claims:
        start = claim.place.column - 1
        if start not in marked or _WORST.index(claim.verdict) > _WORST.index(marked[start].verdict):
            marked[start] = claim
    at = 0
    for start, claim in sorted(marked.items()):
        if start < at:
            continue
        end = start + claim.place.length
        yield Piece(text[at:start])
        yield Piece(text[start:end], claim.verdict)
        at = end
    yield Piece(text[at:])
