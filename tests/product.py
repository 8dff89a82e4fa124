"""The product as its users have it: every spec of specs/ built by the command itself, twice, and what is on its pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from derivgen.checks.report import Report
from derivgen.cli.checking import checked
from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Block, Document, Equations, Line, Prose, Table
from derivgen.evaluation import Evaluation
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.rendering import FORMATS
from derivgen.typeset.engines import EMBEDDED, find_engine
from derivgen.typeset.typst import find_typesetter, typeset_typst

ROOT = Path(__file__).parent.parent
ARRAY_SPECS = tuple(sorted((ROOT / "specs/arrays").glob("*.yaml")))
"""Specs with vectors and matrices, whose pages have tests of their own."""
SPECS = tuple(path for path in sorted((ROOT / "specs").rglob("*.yaml")) if path not in ARRAY_SPECS)
AUDIENCES = ("worksheet", "key", "notes")
FILES = tuple(sorted(f"{audience}.{ending}" for audience in AUDIENCES for ending in ("tex", "pdf")))


def heeding_interrupts(command: list[str]) -> list[str]:
    """The command so that it hears Ctrl-C, even if the tests run in the background of a script, which ignores it.

    Not by `preexec_fn`, which forks this process with all its threads.
    """
    start = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", start, *command]


@dataclass(frozen=True)
class Sheets:
    """One spec: taken through the line here, and built twice by the command in two folders."""

    spec: Path
    first: Path
    second: Path

    @cached_property
    def believed(self) -> tuple[Evaluation, Report]:
        """The evaluation and what the checks say of it."""
        return checked(self.spec)

    @property
    def style(self) -> Style:
        """How the spec's mathematics is printed."""
        return style_of(self.believed[0])

    def document(self, audience: str) -> Document:
        """What stands on the pages, before it is LaTeX."""
        return compose(self.believed[0], audience)

    def tex(self, audience: str) -> str:
        """The LaTeX file."""
        return (self.first / f"{audience}.tex").read_text(encoding="utf-8")

    def pdf(self, audience: str) -> Pdf:
        """The PDF file."""
        return Pdf((self.first / f"{audience}.pdf").read_bytes())

    def typst(self, audience: str) -> Pdf:
        """The PDF that Typst makes."""
        return Pdf(by_typst(self.document(audience), self.style))

    def log(self, audience: str) -> str:
        """What the TeX engine said when it typeset the document."""
        source = (self.second / f"{audience}.tex").read_bytes()
        for run in sorted((self.second.parent / "runs").iterdir()):
            if (run / "document.tex").read_bytes() == source:
                return (run / "document.log").read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"no run of the engine for {self.spec.name}, {audience}")


@dataclass(frozen=True)
class Pdf:
    """A PDF, read back."""

    data: bytes

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The text of each page."""
        return tuple(page.extract_text() for page in PdfReader(BytesIO(self.data)).pages)

    @cached_property
    def pieces(self) -> tuple[tuple[int, float, float, str], ...]:
        """(page, x, y, text) of every piece of text."""
        found: list[tuple[int, float, float, str]] = []
        for number, page in enumerate(PdfReader(BytesIO(self.data)).pages):

            def note(text: str, _cm: object, at: list[float], *_: object, number: int = number) -> None:
                if text.strip():
                    found.append((number, at[4], at[5], " ".join(text.split())))

            page.extract_text(visitor_text=note)
        return tuple(found)

    @cached_property
    def boxes(self) -> tuple[tuple[int, float, float], ...]:
        """(page, x, y) of the centre of every framed box: between two upright rules of one height that stand side by side."""
        found = []
        for number, page in enumerate(PdfReader(BytesIO(self.data)).pages):
            upright: list[tuple[float, float, float]] = []

            def note(operator: bytes, operands: list, at: list[float], *_: object, upright: list = upright) -> None:
                numbers = [float(value) for value in operands if isinstance(value, (int, float))]
                if operator == b"re" and numbers[2] < 2 and numbers[3] > 6:
                    upright.append((at[4] + numbers[0], at[5] + numbers[1], numbers[3]))
                if operator == b"l" and numbers[1] > 6 and abs(numbers[0]) < 2:  # a thin rule is a stroke
                    upright.append((at[4], at[5], numbers[1]))

            page.extract_text(visitor_operand_before=note)
            for (left, low, height), (right, other, same) in pairwise(upright):
                if right > left and abs(other - low) < 0.01 and abs(same - height) < 0.01:
                    found.append((number, (left + right) / 2, low + height / 2))
        return tuple(found)

    @cached_property
    def strings(self) -> str:
        """Every string in the file that is not set on its pages: title, alternative texts, whatever a program left behind."""
        import pikepdf

        with pikepdf.open(BytesIO(self.data)) as document:
            found = [text for item in (*document.objects, document.trailer) for text in _strings(item)]
            for page in document.pages:
                for instruction in pikepdf.parse_content_stream(page):
                    if str(instruction.operator) in {"BDC", "DP"}:
                        found += [text for operand in instruction.operands for text in _strings(operand)]
            streams = [
                item.read_bytes()
                for item in document.objects
                if isinstance(item, pikepdf.Stream) and item.get("/Type") == "/Metadata"
            ]
        return "\n".join([*found, *(stream.decode(errors="replace") for stream in streams)])


def by_typst(document: Document, style: Style) -> bytes:
    """A document typeset by Typst."""
    record = FORMATS["typ"]
    return typeset_typst(record.render(document, style), record.companions(document, style), engine=find_typesetter("typst"))


def _strings(item: object) -> Iterator[str]:
    """The strings in an object; what it refers to is an object of its own."""
    import pikepdf

    if isinstance(item, pikepdf.String):
        yield str(item)
    elif isinstance(item, pikepdf.Array):
        for inner in item:
            yield from _direct(inner)
    elif isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        for _, inner in item.items():
            yield from _direct(inner)


def _direct(inner: object) -> Iterator[str]:
    if not getattr(inner, "is_indirect", False):
        yield from _strings(inner)


def build(
    folder: Path, *specs: Path, hash_seed: str = "0", engine: Path | None = None, options: Iterable[str] = ()
) -> subprocess.Popen:
    """Start `derivgen build` in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    environment.pop("DERIVGEN_TEX", None)
    if engine is not None:
        environment["DERIVGEN_TEX"] = str(engine)
    command = [sys.executable, "-W", "error", "-m", "derivgen", "build", *map(str, specs), "-o", str(folder), *options]
    return subprocess.Popen(
        command, cwd=folder.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def witness(folder: Path) -> Path | None:
    """The real engine behind a script that keeps each document and its log; None where there are no scripts."""
    if os.name != "posix":
        return None
    engine = find_engine()
    kind = "pdflatex" if engine.name == EMBEDDED else engine.kind
    (folder / "runs").mkdir(parents=True)
    script = folder / "bin" / kind
    script.parent.mkdir()
    keep = f'here="{folder / "runs"}/$$"; mkdir "$here"; cp document.tex document.log "$here"'
    script.write_text(f'#!/bin/sh\n"{engine.program}" "$@"\ncode=$?\n{keep}\nexit $code\n', encoding="utf-8")
    script.chmod(0o755)
    return script


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Sheets]:
    """Every spec, built once into each of two folders, under different seeds of Python's hashes; by one process for all."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "built_specs"
    first, second = shared / "one" / "output", shared / "another_one" / "o"
    with alone(shared):
        if not (shared / "done").exists():
            build_twice(first, second)
            (shared / "done").touch()
    return {spec: Sheets(spec, first / spec.stem, second / spec.stem) for spec in SPECS}


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, which is made if it is not there, against the other processes of the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        if os.name == "posix":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        else:
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        yield


def build_twice(first: Path, second: Path) -> None:
    """Build every spec into two folders by two processes at once."""
    first.parent.mkdir()
    second.mkdir(parents=True)
    plain = witness(first.parent / "engine")  # both by a program without a kept format, whose pages have other bytes
    runs = [build(first, *SPECS, hash_seed="1", engine=plain), build(second, *SPECS, hash_seed="2", engine=witness(second))]
    for run, (said, complaint) in [(run, run.communicate(timeout=3600)) for run in runs]:
        assert run.returncode == 0, complaint
        assert complaint == f"{len(SPECS)} specs: {3 * len(SPECS)} pdf, {3 * len(SPECS)} tex files made, none failed\n"
        assert len(said.splitlines()) == len(FILES) * len(SPECS)


@pytest.fixture(params=SPECS, ids=lambda spec: spec.stem)
def sheets(request: pytest.FixtureRequest, built: Mapping[Path, Sheets]) -> Sheets:
    """One spec's sheets; the test runs for each spec."""
    return built[request.param]


def every_block(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every block, and those within it."""
    for block in blocks:
        yield block
        for name in ("blocks", "left", "right", "answer"):
            inner = getattr(block, name, ())
            yield from every_block(inner if isinstance(inner, tuple) else ())


def every_line(blocks: Iterable[Block]) -> Iterator[Line]:
    """Every line of equations."""
    return (line for block in every_block(blocks) if isinstance(block, Equations) for line in block.lines)


def every_formula(value: object) -> Iterator[Expr]:
    """Every whole formula in a block, a line, a prose, a drawing: found by looking into whatever is there."""
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from every_formula(item)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from every_formula(getattr(value, name))


def words(prose: Prose) -> str:
    """A prose's words, without its formulas."""
    return "".join(getattr(part, "words", "") for part in prose)


__all__ = [
    "ARRAY_SPECS",
    "AUDIENCES",
    "FILES",
    "ROOT",
    "SPECS",
    "Pdf",
    "Sheets",
    "Table",
    "build",
    "built",
    "every_block",
    "every_formula",
    "every_line",
    "sheets",
    "witness",
    "words",
]
