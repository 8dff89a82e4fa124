"""`derivgen variants`: records of variants, every one verified, with their values and answers in a table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derivgen.derivation.derive import derive
from derivgen.errors import CheckError, Problem
from derivgen.graph import build
from derivgen.spec.load import load
from derivgen.spec.model import Spec
from derivgen.typeset.files import write_all
from derivgen.variants.alike import accepted_space, collision_chance, duplicates, odds, settled
from derivgen.variants.records import Record, as_lines
from derivgen.variants.search import Search
from derivgen.variants.stream import draws_of
from derivgen.variants.verifying import Verified, Verifier

MOST_ROWS = 200
"""How many variants the tables show; a file of records holds them all."""


MOST_ALIKE = 20


@dataclass(frozen=True)
class Drawn:
    """Verified variants, those that failed, and what is to be said about how they were found."""

    verified: tuple[Verified, ...]
    failed: tuple[Verified, ...]
    notes: tuple[str, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """The records that may be handed out."""
        return tuple(each.record for each in self.verified)

    def stop_if_false(self) -> None:
        """Raise CheckError that names every variant that failed."""
        if self.failed:
            raise CheckError([Problem(f"{each.name} is refused: {each.failure}") for each in self.failed])


def searched(spec: Path | str, seed: str) -> Search:
    """The search for a spec's variants; its warnings go to stderr."""
    loaded = load(str(spec))
    for warning in loaded.warnings:
        print("\n".join(warning.lines()), file=sys.stderr)
    return Search(derive(build(loaded)), seed)


def draw_all(search: Search, students: Sequence[str], distinct: bool, quiet: bool) -> Drawn:
    """Variants for these students, each verified."""
    records = tuple(search.records([(student, "") for student in students]))
    told = search.tally
    if distinct:
        records = settled(search, records)
    checked = tuple(progress(Verifier(search.derivation).verified(records), len(records), "variants", quiet))
    failed = tuple(each for each in checked if each.failure)
    good = tuple(each for each in checked if not each.failure)
    size, space = len(records), accepted_space(search)
    notes = [f"… and {len(good) - MOST_ROWS:,} more; -o FILE writes the records of all"] if len(good) > MOST_ROWS else []
    notes += [f"{_count(len(good))} of {search.spec.name}, seed {search.seed}: each verified"]
    if told.conditions:
        notes.append(f"{_share(told.share)} of the draws meet the conditions ({told.tried:,} tried)")
    notes.append(f"there are about {about(space)} variants{_alike(space, size)}")
    if search.spec.numbers.carry == "shown":
        notes.append("the answers are rounded once; the sheets carry rounded figures on, so that last figures may differ")
    alike = () if distinct else duplicates(records)
    notes += [f"alike: {', '.join(record.student for record in group)}" for group in alike[:MOST_ALIKE]]
    notes += [f"… and {len(alike) - MOST_ALIKE:,} more groups that are alike"] if len(alike) > MOST_ALIKE else []
    return Drawn(good, failed, tuple(notes))


def _alike(space: float, size: int) -> str:
    return f"; that two of {size:,} are alike: {odds(collision_chance(space, size))}" if size > 1 else ""


def _count(number: int) -> str:
    return "1 variant" if number == 1 else f"{number:,} variants"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"


def about(size: float) -> str:
    """A large number in two figures.

    >>> about(27), about(318938), about(1.42e10), about(3e30)
    ('27', '320,000', '14 billion', '3e+30')
    """
    if size >= 1e15:
        return f"{size:.2g}"
    unit, word = next(((unit, word) for unit, word in _UNITS if size >= unit), (1, ""))
    step = 10 ** max(0, len(str(int(size / unit))) - 2)
    return f"{round(size / unit / step) * step:,}{word}"


_UNITS = ((10**12, " trillion"), (10**9, " billion"), (10**6, " million"))


def run_variants(
    spec: Path, seed: str, count: int, students: Sequence[str], as_json: bool, output: Path | None, distinct: bool, quiet: bool
) -> None:
    """Draw, verify, and print or write. Raises CheckError, after the good ones are out, for variants that failed."""
    search = searched(spec, seed)
    drawn = draw_all(search, list(dict.fromkeys(students)) or [str(k) for k in range(1, count + 1)], distinct, quiet)
    if output is not None:
        write_all({output: as_lines(drawn.records).encode()})
    if as_json:
        sys.stdout.write(as_lines(drawn.records) if output is None else "")
    elif not quiet:
        print_variants(drawn, search.spec)
    if not quiet:
        for note in drawn.notes:
            print(note, file=sys.stderr if as_json else sys.stdout)
    drawn.stop_if_false()


def print_variants(drawn: Drawn, spec: Spec) -> None:
    """What was drawn and what the answers are, a row for each student; as many columns at a time as there is room for."""
    from derivgen.cli.tables import print_rows

    if not drawn.verified:
        return
    first = drawn.verified[0]
    told = [(each.record.student, _values(each.record, spec), each.answers) for each in drawn.verified[:MOST_ROWS]]
    print_rows("drawn", list(told[0][1]), [(student, list(values.values())) for student, values, _ in told])
    answers = [(student, [" ".join(texts) for texts in found.values()]) for student, _, found in told]
    print_rows("answers", [_answer(name, place) for place, name in enumerate(first.answers)], answers)


def _answer(name: str, place: int) -> str:
    return name if not place else f"∂/∂{name}"


def _values(record: Record, spec: Spec) -> dict[str, str]:
    """The numbers that were drawn by name; of a data column sample after sample."""
    data = spec.data
    drawn = [name for draw in draws_of(spec) for name in draw.names]
    columns = dict(zip(data.columns, zip(*(record.rows or ()), strict=True), strict=False)) if data is not None else {}
    return {**record.values, **{name: " ".join(cells) for name, cells in columns.items() if name in drawn}}


def progress(items: Iterable[Any], total: int, what: str, quiet: bool) -> Iterator[Any]:
    """The items, with a progress bar on a terminal where there are many."""
    if quiet or total < 2_000 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, total=total, description=what, console=Console(stderr=True), transient=True)
