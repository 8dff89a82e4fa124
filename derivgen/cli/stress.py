"""`derivgen stress`: many variants put to the test; what came of it as text, as a picture and as records of what failed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import expm1, log1p
from pathlib import Path
from time import perf_counter

from derivgen.cli.variants import about, searched
from derivgen.documents.lengths import lengths_of
from derivgen.drawings.plot import histograms
from derivgen.errors import CheckError, Problem
from derivgen.rendering.svg import svg
from derivgen.typeset.files import write_all
from derivgen.variants.alike import odds
from derivgen.variants.filling import variant
from derivgen.variants.records import as_lines
from derivgen.variants.search import Search
from derivgen.variants.stress import Stress, stress

MOST_NAMED = 20


def run_stress(spec: Path, seed: str, count: int, output: Path | None, quiet: bool) -> None:
    """Draw, verify, report. Raises CheckError that names the variants that failed, once everything is out."""
    search = searched(spec, seed)
    begin = perf_counter()
    with progress(count, quiet) as tick:
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


@contextmanager
def progress(count: int, quiet: bool) -> Iterator:
    """A progress bar with the time left, on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        "variants", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("variants", total=count)
        yield lambda done: bar.advance(task, done)


def report(found: Stress, search: Search) -> Iterator[str]:
    """The whole report, line by line; the same for the same spec, seed and number."""
    wrong = f"{len(found.failures):,} WRONG" if found.failures else "none wrong"
    yield f"{found.name}, seed {found.seed}: {found.count:,} variants, {wrong}"
    yield f"checked with more digits than double precision has: {found.alone:,}"
    yield from _conditions(found)
    yield from ("", "How the answers are spread")
    yield from _table(("", "least", "quarter", "median", "3 quarters", "greatest", "is 0", "longest"), _spreads(found))
    if found.dead or found.saturated:
        yield from ("", "Units")
        rows: list[tuple[str, ...]] = [
            (name, _share(found.dead, name), _share(found.saturated, name)) for name in {**found.dead, **found.saturated}
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


def _spreads(found: Stress) -> list[tuple[str, ...]]:
    return [(s.name, *(f"{mark:.4g}" for mark in s.marks), _percent(s.zero), s.longest) for s in found.spreads]


def _percent(share: float) -> str:
    return "never" if not share else "always" if share == 1 else f"{100 * share:.2g} %"


def _share(shares: Mapping[str, float], name: str) -> str:
    return _percent(shares[name]) if name in shares else ""


def _twins(found: Stress) -> Iterator[str]:
    expected = found.count + found.space * expm1(found.count * log1p(-1 / found.space)) if found.space > 1 else found.count - 1
    yield f"Alike: {found.twins:,} have the numbers of one before them; by chance about {about(max(0.0, expected))} would"
    yield f"  of about {about(found.space)} variants; that two of {found.count:,} are alike: {odds(found.chance)}"


def _lengths(found: Stress, search: Search) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for each in found.longest:
        lengths = lengths_of(variant(search.derivation, each.record))
        rows.append((each.record.student, f"{lengths.line:.1f} em", f"{lengths.gap:.1f} em"))
    return rows


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns below each other, the first to the left, the others to the right."""
    widths = [max(len(row[k]) for row in (header, *rows)) for k in range(len(header))]
    for row in (header, *rows):
        cells = (
            cell.ljust(width) if not k else cell.rjust(width) for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()
