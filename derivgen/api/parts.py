"""What of a derivation can stand elsewhere: pieces, and the pages (worksheet, key, notes)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import Protocol

from derivgen.array_evaluation import Evaluated
from derivgen.checks.pages import verify_document
from derivgen.documents import pieces
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Block, Document, Equations, Figure, Task, children
from derivgen.errors import Problem, ToolError, UserError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.pieces import written
from derivgen.rendering import FORMATS, Format
from derivgen.rendering.markdown_words import escaped
from derivgen.typeset.pictures import drawing_png, with_pictures


class Renderable(Protocol):
    """A derivation, one of its pieces or pages: anything that can be had as text in a format."""

    def render(self, to: str = "tex") -> str:
        """Return the text."""


def render(part: Renderable, to: str = "tex") -> str:
    """Return a part of a derivation as text in a format: `tex`, `md`, `html`, of a drawing `svg`.

    Raises UserError where there is none in that format.
    """
    return part.render(to)


@dataclass(frozen=True, eq=False, repr=False)
class _Part:
    """Something that can be had in several formats."""

    evaluation: Evaluated
    name: str

    def render(self, to: str = "tex") -> str:
        """Return its text in a format. Raises UserError where there is none."""
        raise NotImplementedError

    @property
    def tex(self) -> str:
        """Return it as LaTeX."""
        return self.render("tex")

    @property
    def md(self) -> str:
        """Return it as Markdown."""
        return self.render("md")

    @property
    def html(self) -> str:
        """Return it as HTML."""
        return self.render("html")

    def _repr_markdown_(self) -> str | None:
        return self.render("md")


@dataclass(frozen=True, eq=False, repr=False)
class Piece(_Part):
    """A piece of a derivation by its name, `chain W_13`: shows itself as Markdown, a drawing as SVG."""

    found: pieces.Piece

    def render(self, to: str = "tex", width: float | None = None) -> str:
        """Return its text in a format, ready to stand in a document of that format; `width`: how many em wide its lines may be.

        Raises UserError where there is none.
        """
        text = written(self.found, self.evaluation, to, width)
        return with_pictures(text) if to == "md" else text

    @property
    def is_drawing(self) -> bool:
        """Return whether it is one drawing and nothing else."""
        return len(pieces.figures(self.found.blocks)) == 1

    @property
    def svg(self) -> str:
        """Return it as SVG, if it is one drawing. Raises UserError where it is not."""
        return self.render("svg")

    def __repr__(self) -> str:
        return f"<piece {self.name!r}>"

    def _ipython_display_(self) -> None:
        """Show words and the drawings in the middle of them one after the other, each in its own way."""
        runs = tuple(pieces.Piece(self.name, run) for run in in_runs(self.found.blocks))
        if len(runs) < 2:
            raise NotImplementedError  # this is how a notebook is told to take what stands below
        from IPython.display import display

        display(*(_Picture(part) if part.is_drawing else part for part in (replace(self, found=each) for each in runs)))

    def _repr_markdown_(self) -> str | None:
        return None if self.is_drawing else self.render("md")

    def _repr_latex_(self) -> str | None:
        """Return the same `$$` as in Markdown where there is nothing but equations; with words, Markdown says it better."""
        return self.render("md") if all(isinstance(block, Equations) for block in self.found.blocks) else None

    def _repr_svg_(self) -> str | None:
        return self.render("svg") if self.is_drawing else None

    def _repr_html_(self) -> str | None:
        """Return a drawing as an image, which shows in notebooks that are not trusted yet, too; there SVG by itself does not."""
        return self._image if self.is_drawing else None

    @property
    def _image(self) -> str:
        source = b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self._alternative)}" src="data:image/svg+xml;base64,{source}">'

    @property
    def _alternative(self) -> str:
        """Return a drawing in words."""
        return " ".join(pieces.figures(self.found.blocks)[0].alternative.split())

    def _repr_pdf_(self) -> bytes | None:
        """Return a drawing as PDF, which `nbconvert --to latex` takes; without it, it would ask for Inkscape."""
        from derivgen.typeset.pdf import drawing_pdf

        try:
            return drawing_pdf(self.tex) if self.is_drawing else None
        except ToolError:
            return None


@dataclass(frozen=True, eq=False, repr=False)
class _Picture:
    """A drawing among words: an image of HTML, for LaTeX a picture. (A PDF of each would take a second for three.)"""

    piece: Piece

    def __repr__(self) -> str:
        return f"<drawing: {self.piece._alternative}>"

    def _repr_markdown_(self) -> str:
        return f"*{escaped(self.piece._alternative)}*"

    def _repr_html_(self) -> str:
        return self.piece._image

    def _repr_png_(self) -> bytes | None:
        try:
            return drawing_png(self.piece.svg)
        except ToolError:
            return None


@dataclass(frozen=True, eq=False, repr=False)
class Page(_Part):
    """A worksheet, its key, or the notes, as a whole document: shows itself as Markdown, is saved in any format."""

    @property
    def document(self) -> Document:
        """Return what stands on the page; every line of it has been found true."""
        return _believed(self.evaluation, self.name)

    def render(self, to: str = "tex") -> str:
        """Return its text in a format; a worksheet in HTML can be filled in. Raises UserError where there is none."""
        record, style = _whole(to), style_of(self.evaluation)
        if record.practice is not None and self.name == "worksheet" and isinstance(self.evaluation, Evaluation):
            return record.practice(self.document, _believed(self.evaluation, "key"), (self.evaluation,), style)
        assert record.render is not None
        return record.render(self.document, style)

    def _ipython_display_(self) -> None:
        found = pieces.Piece(self.name, self.document.blocks)
        Piece(self.evaluation, self.name, found)._ipython_display_()

    def pdf(self) -> bytes:
        """Return it as PDF. Raises ToolError where there is no TeX."""
        from derivgen.typeset.pdf import typeset

        return typeset(self.tex, name=f"{self.name}.tex")

    def save(self, folder: str | PathLike[str], *formats: str) -> tuple[Path, ...]:
        """Write it into a folder, in the formats asked for, `tex` and `pdf` unless said otherwise: `worksheet.tex`, ….

        Returns the files' paths. Raises UserError, with nothing written, where that cannot be done.
        """
        from derivgen.typeset.files import write_all

        made: dict[Path, bytes] = {}
        for to in formats or ("tex", "pdf"):
            made |= {Path(folder, name): content for name, content in self._files(to).items()}
        write_all(made)
        return tuple(made)

    def _files(self, to: str) -> dict[str, bytes]:
        """Return the file in a format, and what belongs beside it, by name."""
        if to == "pdf":
            return {f"{self.name}.pdf": self.pdf()}
        record = _whole(to)
        companions = record.companions(self.document, style_of(self.evaluation))
        texts = {f"{self.name}.{record.extension}": self.render(to), **companions}
        return {name: text.encode() for name, text in texts.items()}

    def __repr__(self) -> str:
        return f"<{self.name} of {self.evaluation.graph.spec.title or self.evaluation.graph.spec.name!r}>"


def _believed(evaluation: Evaluated, audience: str) -> Document:
    document = compose(evaluation, audience)
    verify_document(document, (as_printed(evaluation),))
    return document


def _whole(to: str) -> Format:
    record = FORMATS.get(to)
    if record is None or record.render is None:
        known = ", ".join(name for name, one in FORMATS.items() if one.render is not None)
        raise UserError(Problem(f"there are no whole pages in the format {to!r}", hint=f"there are: {known}, and pdf to save"))
    return record


def in_runs(blocks: Iterable[Block]) -> Iterator[tuple[Block, ...]]:
    """Yield the blocks in order, each drawing alone, what stands between two of them together."""
    for drawn, run in groupby(_flat(blocks), lambda block: isinstance(block, Figure)):
        if drawn:
            yield from ((block,) for block in run)
        else:
            yield tuple(run)


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks, those that hold a drawing taken apart."""
    for block in blocks:
        inner = children(block)
        if not any(isinstance(each, Figure) for each in _flat(inner)):
            yield block
            continue
        if isinstance(block, Task):
            yield replace(block, blocks=())
        yield from _flat(inner)
