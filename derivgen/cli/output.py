"""What commands print: problems on stderr, tables and documents in the terminal, a bar while something takes long."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from derivgen.documents.document import Document
    from derivgen.errors import Problem
    from derivgen.maths.style import Style
    from derivgen.pieces import Listed

MOST_NAMED = 60  # names of one kind of piece in the table
WIDTH = 120  # columns where there is no terminal
Item = TypeVar("Item")


def tell(problems: Iterable[Problem]) -> None:
    """Print problems on stderr, one under the other."""
    for problem in problems:
        click.echo("\n".join(problem.lines()), err=True)


@contextmanager
def progress(what: str, total: int, quiet: bool, least: int = 1) -> Iterator[Callable[[int], None]]:
    """Show a bar with the time left while the body runs; yield what is to be called with the number of things done.

    Args:
        what: a word for the things that are counted.
        total: how many there are.
        quiet: whether to show nothing, as where stderr is no terminal.
        least: of fewer there is no bar.
    """
    if quiet or total < least or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (what, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


def tracked(items: Iterable[Item], what: str, total: int, quiet: bool, least: int = 1) -> Iterator[Item]:
    """Yield the items, with a bar as of `progress`."""
    with progress(what, total, quiet, least) as done:
        for item in items:
            yield item
            done(1)


def _console() -> Any:
    from rich.console import Console

    given = os.environ.get("COLUMNS", "")
    width = None if sys.stdout.isatty() else int(given) if given.isdecimal() and int(given) > 0 else WIDTH
    return Console(width=width, no_color=bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty(), highlight=False)


def print_document(document: Document, style: Style) -> None:
    """Print a document."""
    from derivgen.rendering.terminal import renderables

    console = _console()
    for part in renderables(document, style, console.width):
        console.print(part)


def print_functions() -> None:
    """Print the table of functions: names, value, derivative, convention, meaning."""
    from rich.box import SIMPLE
    from rich.table import Table

    from derivgen.maths.functions import FUNCTIONS

    table = Table("names", "value", "derivative (f: its own value)", "at a kink", "meaning", box=SIMPLE, pad_edge=False)
    for function in FUNCTIONS.values():
        value = function.value or function.names[0] + ("(x_1, x_2, …)" if function.many else "(x)")
        slope = function.derivative(0) if function.derivatives else _special(function.key)
        table.add_row(", ".join(function.names), value, slope, function.convention, function.meaning)
    _console().print(table)


def print_pieces(listed: Sequence[Listed]) -> None:
    """Print the pieces of a derivation: a row for each kind, with all that there is of it, or the first of very many."""
    from itertools import groupby

    from rich.box import SIMPLE
    from rich.table import Table

    table = Table("piece", "of", "what it is", "formats", box=SIMPLE, pad_edge=False)
    for (kind, means, formats), group in groupby(listed, lambda one: (one.name.partition(" ")[0], one.means, one.formats)):
        words = [one.name.partition(" ")[2] for one in group]
        named = [word or "(alone)" for word in words[:MOST_NAMED]] if words != [""] else []
        more = [f"… {len(words)} in all: --json"] if len(words) > MOST_NAMED else []
        table.add_row(kind, ", ".join((*named, *more)), means, ", ".join(formats))
    _console().print(table, markup=False)


def pieces_as_json(listed: Sequence[Listed]) -> str:
    """Return the pieces as a JSON list of objects: name, means, formats."""
    import json

    rows = [{"name": one.name, "means": one.means, "formats": one.formats} for one in listed]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def print_rows(title: str, columns: list[str], rows: list[tuple[str, list[str]]]) -> None:
    """Print a row for each student, in as many tables below each other as the width asks for."""
    from rich.box import SIMPLE
    from rich.table import Table

    console = _console()
    widths = [max(len(name), *(len(cells[k]) for _, cells in rows)) + 3 for k, name in enumerate(columns)]
    first = max(len(title), *(len(student) for student, _ in rows)) + 4
    start = 0
    while start < len(columns):
        end, used = start + 1, first + widths[start]
        while end < len(columns) and used + widths[end] <= console.width:
            used += widths[end]
            end += 1
        table = Table(box=SIMPLE, pad_edge=False)
        table.add_column(title, no_wrap=True)
        for name in columns[start:end]:
            table.add_column(name, justify="right", no_wrap=True)
        for student, cells in rows:
            table.add_row(student, *cells[start:end])
        console.print(table, markup=False)
        start = end


def _special(key: str) -> str:
    """Return the derivative of a function of any number of arguments, in words."""
    return {"softmax": "f_k*(1 - f_k), by another argument -f_k*f_j"}.get(key, "1 for the one that counts, else 0")


def print_diagnosis() -> bool:
    """Print what `doctor` found; return whether a PDF can be made."""
    from derivgen import __version__
    from derivgen.typeset.doctor import diagnose

    found = diagnose()
    console = _console()
    console.print(f"derivgen {__version__}, Python {found.python}, {found.platform}")
    for engine in found.engines:
        mark = "→" if engine == found.best else " "
        console.print(f" {mark} {engine.name:10} {engine.version}", markup=False)
    if not found.engines:
        console.print("   no TeX engine found: .tex files are written, PDFs are not")
    if found.trial is not None:
        trial = found.trial
        console.print(
            f"one page: {trial.problem or f'{trial.pages} page, {trial.size} bytes, {trial.seconds:.2f} s'}", markup=False
        )
    for warning in found.warnings:
        console.print(f"warning: {warning}", markup=False)
    return found.healthy
