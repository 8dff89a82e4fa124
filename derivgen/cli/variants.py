"""`derivgen variants`: records of variants, every one verified, with their values and answers in a table; `derivgen stress`: many
variants put to the test, and what came of it as text, as a picture and as records of what failed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from math import expm1, log1p
from pathlib import Path
from time import perf_counter

from derivgen.cli.output import json_text, print_rows, progress, say, tell, tracked
from derivgen.derivation.arrays import derived
from derivgen.documents.uniform_layout import lengths_of
from derivgen.drawings.plot import histograms
from derivgen.errors import CheckError, Problem
from derivgen.frozen import dataclass
from derivgen.rendering.svg import svg
from derivgen.spec.load import load
from derivgen.spec.model import Spec
from derivgen.typeset.files import write_all
from derivgen.variants.draws import draws_of
from derivgen.variants.records import Record, as_lines, variant
from derivgen.variants.search import Search, accepted_space, collision_chance, duplicates, make_distinct, odds
from derivgen.variants.stress import Stress, stress
from derivgen.variants.verifying import Verified, Verifier

MOST_ROWS = 200
"""How many variants the tables show; a file of records holds them all."""
MOST_ALIKE = 20
MANY = 2_000  # variants, that a bar is shown while they are verified
MOST_NAMED = 20


@dataclass(frozen=True)
class Drawn:
    """Verified variants, those that failed, and what is to be said about how they were found."""

    verified: tuple[Verified, ...]
    failed: tuple[Verified, ...]
    notes: tuple[str, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """Return the records that may be handed out."""
        return tuple(each.record for each in self.verified)

    def stop_if_false(self) -> None:
        """Raise CheckError that names every variant that failed."""
        if self.failed:
            raise CheckError([Problem(f"{each.name} is refused: {each.failure}") for each in self.failed])


def searched(spec: Path | str, seed: str) -> Search:
    """Return the search for a spec's variants; its warnings go to stderr."""
    loaded = load(str(spec))
    tell(loaded.warnings)
    return Search(derived(loaded), seed)


def draw_all(search: Search, students: Sequence[str], distinct: bool, quiet: bool) -> Drawn:
    """Draw variants for these students and verify each."""
    records = tuple(search.records([(student, "") for student in students]))
    told = search.tally
    if distinct:
        records = make_distinct(search, records)
    checked = tuple(tracked(Verifier(search.derivation).verified(records), "variants", len(records), quiet, MANY))
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
    """Return a large number in two figures.

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
        for line in as_lines(drawn.records).splitlines() if output is None else ():
            say(json_text(json.loads(line), indent=None))
    elif not quiet:
        print_variants(drawn, search.spec)
    if not quiet:
        for note in drawn.notes:
            print(note, file=sys.stderr if as_json else sys.stdout)
    drawn.stop_if_false()


def print_variants(drawn: Drawn, spec: Spec) -> None:
    """Print what was drawn and what the answers are, a row for each student; as many columns at a time as there is room for."""
    if not drawn.verified:
        return
    first = drawn.verified[0]
    told = [(each.record.student, _values(each.record, spec), each.answers) for each in drawn.verified[:MOST_ROWS]]
    print_rows("drawn", list(told[0][1]), [(student, list(values.values())) for student, values, _ in told])
    answers = [(student, [" ".join(texts) for texts in found.values()]) for student, _, found in told]
    print_rows("answers", [name if not place else f"∂/∂{name}" for place, name in enumerate(first.answers)], answers)


def _values(record: Record, spec: Spec) -> dict[str, str]:
    """Return the numbers that were drawn by name; of a data column sample after sample."""
    data = spec.data
    drawn = [name for draw in draws_of(spec) for name in draw.names]
    columns = dict(zip(data.columns, zip(*(record.rows or ()), strict=True), strict=False)) if data is not None else {}
    return {**record.values, **{name: " ".join(cells) for name, cells in columns.items() if name in drawn}}


def run_stress(spec: Path, seed: str, count: int, output: Path | None, quiet: bool) -> None:
    """Draw, verify, report. Raises CheckError that names the variants that failed, once everything is out."""
    search = searched(spec, seed)
    begin = perf_counter()
    with progress("variants", count, quiet) as tick:
        found = stress(search, count, tick)
    seconds = perf_counter() - begin
    told = "".join(f"{line}\n" for line in report(found, search))
    if output is not None:
        loss = search.derivation.graph.loss
        picture = svg(histograms(found, loss), f"The answers of {count} variants of {found.name}: a histogram of each.")
        failed = as_lines(each.record for each in found.failures)
        write_all(
            {
                output / "stress.txt": told.encode(),
                output / "stress.svg": picture.encode(),
                output / "failures.jsonl": failed.encode(),
            }
        )
    if not quiet:
        print(told, end="")
        print(f"time: {seconds:.1f} s, {1000 * seconds / count:.2g} ms a variant")
    if found.failures:
        raise CheckError([Problem(f"{each.name} is wrong: {each.failure}") for each in found.failures[:MOST_NAMED]])


def report(found: Stress, search: Search) -> Iterator[str]:
    """Yield the whole report, line by line; the same for the same spec, seed and number."""
    wrong = f"{len(found.failures):,} WRONG" if found.failures else "none wrong"
    yield f"{found.name}, seed {found.seed}: {found.count:,} variants, {wrong}"
    yield f"checked with more digits than double precision has: {found.alone:,}"
    yield from _conditions(found)
    yield from ("", "How the answers are spread")
    yield from _table(
        ("", "least", "quarter", "median", "3 quarters", "greatest", "is 0", "longest"),
        [(s.name, *(f"{mark:.4g}" for mark in s.marks), _percent(s.zero), s.longest) for s in found.spreads],
    )
    if found.dead or found.saturated:
        yield from ("", "Units")
        rows: list[tuple[str, ...]] = [
            (name, _unit_share(found.dead, name), _unit_share(found.saturated, name))
            for name in {**found.dead, **found.saturated}
        ]
        yield from _table(("", "dead", "saturated in a sample"), rows)
    yield from ("", *_twins(found))
    yield from ("", "The sheets with the longest answers")
    yield from _table(("student", "longest line", "widest gap"), _lengths(found, search))
    for each in found.failures:
        yield f"WRONG: {each.name}: {each.failure}"


def _conditions(found: Stress) -> Iterator[str]:
    if found.tally.conditions:
        yield f"{100 * found.tally.share:.3g} % of the draws meet the conditions"
        yield from (f"  {line}" for line in found.tally.table())


def _percent(share: float) -> str:
    return "never" if not share else "always" if share == 1 else f"{100 * share:.2g} %"


def _unit_share(shares: Mapping[str, float], name: str) -> str:
    return _percent(shares[name]) if name in shares else ""


def _twins(found: Stress) -> Iterator[str]:
    expected = found.count + found.space * expm1(found.count * log1p(-1 / found.space)) if found.space > 1 else found.count - 1
    yield f"Alike: {found.twins:,} have the numbers of one before them; by chance about {about(max(0.0, expected))} would"
    yield f"  of about {about(found.space)} variants; that two of {found.count:,} are alike: {odds(found.chance)}"


def _lengths(found: Stress, search: Search) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for each in found.longest:
        lengths = lengths_of(variant(search.whole, each.record))
        rows.append((each.record.student, f"{lengths.line:.1f} em", f"{lengths.gap:.1f} em"))
    return rows


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows of aligned columns, the first to the left, the others to the right."""
    widths = [max(len(row[k]) for row in (header, *rows)) for k in range(len(header))]
    for row in (header, *rows):
        cells = (
            cell.ljust(width) if not k else cell.rjust(width) for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()
