"""What commands print: problems on stderr, tables and documents in the terminal, a bar while something takes long."""

from __future__ import annotations

import codecs
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path
from shutil import get_terminal_size
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from derivgen.documents.document import Document
    from derivgen.errors import Problem
    from derivgen.maths.style import Style
    from derivgen.pieces import Listed

MOST_NAMED = 60  # names of one kind of piece in the table
WIDTH, WIDEST = 120, 10_000  # columns where there is no terminal; of more nobody has any use
Item = TypeVar("Item")


def prepare_streams() -> None:
    """See to it that everything can be printed: a closed stream swallows it, and a sign that an encoding lacks is spelled out.

    For the process of a command alone, at its very beginning.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    codecs.register_error("derivgen.readable", _spelled_out)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="derivgen.readable")


def _spelled_out(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what is read in the place of signs that an encoding lacks; bytes of a file's name that are no text stay."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    is_byte, signs = next(groupby(error.object[error.start : error.end], lambda sign: "\udc80" <= sign <= "\udcff"))
    run = "".join(signs)
    shown = run.encode("ascii", "surrogateescape") if is_byte else "".join(map(readable, run))
    return shown, error.start + len(run)


def readable(sign: str) -> str:
    """Return a sign in ASCII, as a spec would spell it where it has a name there.

    >>> "".join(map(readable, "∂L/∂ŷ₁ ≈ σ(z) · x² → Ω, você"))
    'dL/dyhat_1 ~ sigma(z) * x^2 -> Omega, voce'
    """
    name = unicodedata.name(sign, "")
    if sign.isascii() or sign in _SIGNS:
        return _SIGNS.get(sign, sign)
    if name.startswith("GREEK ") and " LETTER " in name and " WITH " not in name:
        letter = name.rpartition(" ")[2].lower().replace("lamda", "lambda")
        return letter if "SMALL" in name else letter.capitalize()
    kind, *parts = unicodedata.decomposition(sign).split() or ("",)
    if not kind:
        return _MARKS.get(sign, "") if unicodedata.combining(sign) else sign.encode("ascii", "backslashreplace").decode()
    if kind.startswith("<"):
        return {"<sub>": "_", "<super>": "^"}.get(kind, "") + "".join(readable(chr(int(part, 16))) for part in parts)
    letter, mark = readable(chr(int(kind, 16))), "".join(chr(int(part, 16)) for part in parts)
    return letter if letter in _IN_WORDS else letter + _MARKS.get(mark, "")


_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        **{"∂": "d", "·": "*", "×": "x", "⊙": "(.)", "≈": "~", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "←": "<-", "−": "-"},
        **{"√": "sqrt", "∑": "sum", "ᵀ": "^T", "†": "+", "⋮": ":", "∇": "grad ", "∞": "infinity", "′": "'", "⁄": "/"},
        **{"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "--", "─": "-", "…": "..."},
        **{"ß": "ss", "ø": "o", "æ": "ae", "ł": "l"},
    }
)
"""Signs by what is read in their place."""
_MARKS: Mapping[str, str] = MappingProxyType({"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"})
"""Marks over letters, as names in specs have them."""
_IN_WORDS = tuple("aeiounAEIOUN")
"""Letters whose marks belong to words of many languages, and are left out."""


def print_json(value: Any, indent: int | None = 1) -> None:
    """Print a value as JSON."""
    say(json_text(value, indent))


def json_text(value: Any, indent: int | None = 1) -> str:
    """Return a value as JSON; signs that stdout's encoding lacks are written as JSON escapes them."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text if _can_print(text) else json.dumps(value, indent=indent)


def print_source(text: str, form: str) -> None:
    """Print a text in a format of documents; signs that stdout's encoding lacks are written as HTML and Markdown escape them."""
    if form != "tex" and not _can_print(text):
        text = text.encode("ascii", "xmlcharrefreplace").decode()
    say(text)


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def say(text: object, err: bool = False) -> None:
    """Print a text on stdout, or on stderr, at once."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)


def say_parts(parts: Iterable[str]) -> None:
    """Print a text on stdout part by part, as they come, so that the whole of it is never held."""
    sys.stdout.writelines(parts)
    sys.stdout.flush()


def tell(problems: Iterable[Problem]) -> None:
    """Print problems on stderr, one under the other."""
    for problem in problems:
        say("\n".join(problem.lines()), err=True)


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

    plain = bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()
    return Console(width=_width(), no_color=plain, highlight=False)


def _width() -> int:
    """Return how many columns there are: as COLUMNS says where it is a number that can be, else as the terminal says."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and 0 < int(given[:9]) <= WIDEST:
        return int(given)
    return get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


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
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table("piece", "of", "what it is", "formats", box=SIMPLE, pad_edge=False)
    for (kind, means, formats), group in groupby(listed, lambda one: (one.name.partition(" ")[0], one.means, one.formats)):
        words = [one.name.partition(" ")[2] for one in group]
        named = [word or "(alone)" for word in words[:MOST_NAMED]] if words != [""] else []
        more = [f"… {len(words)} in all: --json"] if len(words) > MOST_NAMED else []
        table.add_row(kind, ", ".join((*named, *more)), means, ", ".join(formats))
    _console().print(table, markup=False)


def print_pieces_as_json(listed: Sequence[Listed]) -> None:
    """Print the pieces as a JSON list of objects: name, means, formats."""
    print_json([{"name": one.name, "means": one.means, "formats": one.formats} for one in listed])


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
        console.print("   neither TeX nor Typst found: .tex files are written, PDFs are not")
    if found.trial is not None:
        trial = found.trial
        console.print(
            f"one page: {trial.problem or f'{trial.pages} page, {trial.size} bytes, {trial.seconds:.2f} s'}", markup=False
        )
    for warning in found.warnings:
        console.print(f"warning: {warning}", markup=False)
    return found.healthy


def print_faults(files: Iterable[Path]) -> bool:
    """Print what keeps people out of each PDF; return whether nothing does."""
    from derivgen.typeset.accessibility import faults_of

    clean = True
    for file in files:
        found = faults_of(file)
        clean = clean and not found
        say(f"{file}: {'; '.join(found)}" if found else f"{file}: nothing found that keeps people out")
    if clean:
        say("A machine cannot tell whether the words are the right ones.")
    return clean
