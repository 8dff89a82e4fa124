"""A document and the specs it names → the document with its regions filled, and what is to be said of each."""

from __future__ import annotations

import os
import re
import time
from base64 import b64decode
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path

from derivgen import temporary
from derivgen.errors import CheckError, Problem, UserError
from derivgen.frozen import dataclass, replace
from derivgen.rendering.markdown import DRAWING
from derivgen.rendering.markdown_words import escaped
from derivgen.typeset.files import rewrite, write_all
from derivgen.typeset.pictures import drawing_png, is_png_of
from derivgen.weave.files import State, stamp_of, state_of
from derivgen.weave.marks import BOM, DocumentText, Region, Wish, decoded, regions
from derivgen.weave.notebook import Cell, markdown_cells, with_texts
from derivgen.weave.specs import Specs
from derivgen.weave.syntaxes import MYST, NOTEBOOK, QUARTO, SYNTAXES, Syntax, strangers

TRIES = 5
PAUSE = 0.05
"""Seconds between two looks at the files: a few microseconds' work for each of them."""
_JUPYTEXT = re.compile(r"---\r?\n(?:(?!---).*\r?\n)*?[ \t]*jupytext:")
"""The head of a Markdown file that jupytext keeps in step with a notebook."""
_CLASS = re.compile(r"^[^%\n]*\\documentclass\s*(?:\[([^\]]*)\])?\s*\{([^}]*)\}", re.MULTILINE)
PNG = ".png"
_NARROW = {"twocolumn", "sigconf", "sigplan", "reprint"}
NARROW_COLUMN = 22.0
"""Em that a column of two has room for."""
_CENTRED = re.compile(r"\\begin\{center\}\n(\\begin\{tikzpicture\}.*?\\end\{tikzpicture\})\n\\end\{center\}", re.DOTALL)
"""A drawing of a piece of LaTeX."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a document: how many regions it has, those that were stale, what is wrong, and how its files were.

    `state` is that of the document and of every file behind it, as they were read; with `written` the document is new.
    """

    path: Path
    regions: int
    stale: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    state: State
    written: bool = False
    false: bool = False

    @property
    def exit_code(self) -> int:
        """Return 2 for a mistake, 1 for a false line, 0 where all is well; a stale region counts for `--check` alone."""
        return max(2 * bool(self.problems) - self.false, 0)


@dataclass(frozen=True, slots=True)
class _Woven:
    """A text with its regions filled, and what was found on the way."""

    text: str
    regions: int = 0
    stale: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    refusals: tuple[UserError, ...] = ()
    used: tuple[Path, ...] = ()


def weave(path: Path, specs: Specs, check: bool = False) -> Outcome:
    """Fill the regions of a file in place, or with `check` only say which are stale.

    A region that cannot be filled stays as it was; the others are filled all the same. Nothing is written where nothing changes,
    and nothing over what somebody else wrote meanwhile: then the file is read anew. The places of problems are those in the file
    as it is afterwards.
    """
    for _ in range(TRIES):
        before = state_of((path,))
        try:
            outcome = _tried(path, specs, check, before)
        except UserError as error:
            return Outcome(path, 0, (), error.problems, (), before)
        if outcome is not None:
            return outcome
    return Outcome(path, 0, (), (Problem(f"{path} is being changed all the time, so nothing is woven into it"),), (), before)


def _tried(path: Path, specs: Specs, check: bool, before: State) -> Outcome | None:
    """Fill the regions once; return None where somebody else was writing to the file."""
    data = _read(path)
    drawings = Drawings(path.resolve(), _image(path, text := decoded(data, str(path))))
    woven = _woven_file(text, path, specs, drawings)
    drawings.refuse_link()
    if not check:
        drawings.clear()
        write_all(drawings.due())
    content = (BOM if data.startswith(BOM) else b"") + woven.text.encode()
    if check or content == data:
        return _outcome(path, woven, specs, before)
    written = rewrite(path, content, partial(_is_still, before))
    if written is None:
        return None
    if woven.problems:
        woven = replace(woven, problems=_woven_file(woven.text, path, specs, drawings).problems)
    return _outcome(path, woven, specs, State((path,), (stamp_of(written),)), True)


def _is_still(state: State) -> bool:
    return state_of(state.files) == state


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UserError(Problem(f"{path} is not a file"))
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(Problem(f"there is no file {path}")) from None
    except OSError as error:
        raise UserError(Problem(f"the file {path} cannot be read: {error.strerror}")) from None


def _outcome(path: Path, woven: _Woven, specs: Specs, state: State, written: bool = False) -> Outcome:
    """Return what is to be said, each spec's own mistakes once."""
    mistakes = [error for spec in woven.used if (error := specs.mistakes(spec)) is not None]
    own = dict.fromkeys(problem for error in mistakes for problem in error.problems if problem.place is not None)
    warnings = dict.fromkeys(problem for spec in woven.used for problem in specs.warnings(spec))
    false = len(woven.refusals) == len(woven.problems) and all(isinstance(error, CheckError) for error in woven.refusals)
    for spec in woven.used:
        state += specs.state(spec)
    return Outcome(path, woven.regions, woven.stale, (*woven.problems, *own), tuple(warnings), state, written, false)


def _image(path: Path, text: str) -> str:
    """Return what drawings are where the marks do not say: in a notebook, and in its pair in Markdown, what LaTeX takes."""
    return "png" if path.suffix.lower() == NOTEBOOK or _JUPYTEXT.match(text) else "svg"


def _woven_file(text: str, path: Path, specs: Specs, drawings: Drawings) -> _Woven:
    ending = path.suffix.lower()
    folder = Path(os.path.relpath(path.resolve().parent)) if not path.is_absolute() else path.resolve().parent
    if ending == NOTEBOOK:
        return _woven_notebook(DocumentText(text, str(path)), folder, specs, drawings)
    if ending not in SYNTAXES:
        known = ", ".join((*SYNTAXES, NOTEBOOK))
        raise UserError(Problem(f"{path} is of a kind that nothing is woven into", hint=f"the endings are {known}"))
    return _woven_text(DocumentText(text, str(path)), SYNTAXES[ending], folder, specs, drawings)


def _woven_notebook(document: DocumentText, folder: Path, specs: Specs, drawings: Drawings) -> _Woven:
    changed: dict[Cell, str] = {}
    parts = []
    for cell in markdown_cells(document):
        if "derivgen" in cell.text:
            text = DocumentText(cell.text, f"{document.file}:cell {cell.number}")
            parts.append(_woven_text(text, MYST, folder, specs, drawings))
            if parts[-1].text != cell.text:
                changed[cell] = parts[-1].text
    return _Woven(
        with_texts(document.text, changed),
        sum(part.regions for part in parts),
        tuple(stale for part in parts for stale in part.stale),
        tuple(problem for part in parts for problem in part.problems),
        tuple(refusal for part in parts for refusal in part.refusals),
        tuple(dict.fromkeys(spec for part in parts for spec in part.used)),
    )


def _woven_text(document: DocumentText, syntax: Syntax, folder: Path, specs: Specs, drawings: Drawings) -> _Woven:
    """Return a text with its regions filled."""
    if "derivgen" not in document.text:
        return _Woven(document.text)
    problems: list[Problem] = list(strangers(document, syntax))
    found = tuple(regions(document, syntax.marks(document), problems))
    used = {region.wish.spec: _spec_path(folder, region.wish.spec) for region in found}
    stale, refusals, done, position = [], [], [], 0
    page = _page(document.text) if syntax.format == "tex" else _Page()
    for region in found:
        try:
            filled, drawn = _filled(region, page, syntax, used[region.wish.spec], specs, drawings)
        except UserError as error:
            problems.append(_refused(region, used[region.wish.spec], error, specs))
            refusals.append(error)
            continue
        if not drawn or filled != document.text[region.start : region.end]:
            stale.append(Problem(f"this region is stale: {region.wish.piece} of {region.wish.spec}", region.place))
        done += [document.text[position : region.start], filled]
        position = region.end
    text = "".join((*done, document.text[position:]))
    specs_used = tuple(dict.fromkeys(used.values()))
    return _Woven(text, len(found), tuple(stale), tuple(sorted(problems, key=_place)), tuple(refusals), specs_used)


@dataclass(frozen=True, slots=True)
class _Page:
    """What a document's class says: how wide lines may be, None for as usual; whether the page is one line, cut to its size."""

    room: float | None = None
    one_line: bool = False


def _page(text: str) -> _Page:
    found = _CLASS.search(text)
    if found is None:
        return _Page()
    options = {option.strip() for option in (found[1] or "").split(",")}
    two = bool(options & _NARROW) or (found[2] == "IEEEtran" and "onecolumn" not in options)
    return _Page(NARROW_COLUMN if two else None, found[2] == "standalone")


def _filled(region: Region, page: _Page, syntax: Syntax, spec: Path, specs: Specs, drawings: Drawings) -> tuple[str, bool]:
    """Return what stands in a region, each line behind the indentation of its marks; and whether its drawings are there."""
    wish = region.wish
    if wish.image and syntax.format != "md":
        raise UserError(Problem("in a document of this kind drawings have one form", hint="leave image= out"))
    piece = specs.piece(spec, wish.piece, syntax.format, wish.width or page.room, _label(wish, syntax))
    piece = _CENTRED.sub(lambda found: found[1], piece) if page.one_line else piece
    piece, names = drawings.extract(piece, wish)
    drawn = all(drawings.is_there(name) for name in names)
    lines = piece.strip("\n").split("\n")
    lines = ["", *lines, ""] if syntax.spaced else lines
    body = "".join(f"{f'{region.prefix}{line}' if line else region.prefix.rstrip()}{region.newline}" for line in lines)
    return f"{region.newline * region.opens}{body}{region.prefix * region.closes}", drawn


def _label(wish: Wish, syntax: Syntax) -> str:
    """Return a display's label as such a document has it. Raises UserError where it has none, or none of that name."""
    if wish.label and not syntax.label:
        raise UserError(Problem("a document of this kind has no labels", hint="a .tex, .md (MyST) or .qmd (Quarto) file has"))
    if wish.label and syntax is QUARTO and not wish.label.startswith("eq-"):
        raise UserError(
            Problem(f"{wish.label!r} is no label of Quarto's", hint=f"there they begin with eq-, as label=eq-{wish.label}")
        )
    return syntax.label.format(wish.label) if wish.label else ""


def _spec_path(folder: Path, name: str) -> Path:
    """Return the spec's path as messages show it; `..` is taken away where it leads to the same place."""
    path = folder / name
    short = Path(os.path.normpath(path))
    try:
        return short if short.samefile(path) else path
    except (OSError, ValueError):
        return short


def _refused(region: Region, spec: Path, error: UserError, specs: Specs) -> Problem:
    """Return why a region stays as it was: at its own place, with the place in the spec."""
    first = error.problems[0]
    if specs.mistakes(spec) is None:
        return Problem(f"{first.message} in {spec}", region.wish.piece_place, first.hint)
    if first.place is None:
        return Problem(f"this region stays as it was: {first.message}", region.wish.spec_place, first.hint)
    return Problem(f"this region stays as it was: {first.place}: {first.message}", region.wish.spec_place)


def _place(problem: Problem) -> tuple[int, int]:
    assert problem.place is not None
    return problem.place.line, problem.place.column


class Drawings:
    """The drawings of one document, as SVG by the names that it links to: `notes.derivgen/net-drawing.svg`.

    What is linked to as `.png` is a picture of that drawing.
    """

    def __init__(self, document: Path, image: str):
        self.folder, self.place, self.image = document.parent, f"{document.stem}.derivgen", image
        self.files: dict[str, bytes] = {}

    def extract(self, text: str, wish: Wish) -> tuple[str, tuple[str, ...]]:
        """Return a piece with links to files in the place of its drawings, and the files' names."""
        base = f"{self.place}/{_plain(f'{Path(wish.spec).stem}-{wish.piece}')}"
        names: list[str] = []

        def link(found: re.Match[str]) -> str:
            names.append(self._named(base, wish.image or self.image, b64decode(found[2])))
            return f"![{escaped(unescape(found[1]))}]({names[-1].replace(' ', '%20')})"

        return DRAWING.sub(link, text), tuple(names)

    def _named(self, base: str, image: str, content: bytes) -> str:
        """Return a name for a drawing: the base, with a number where another drawing has it."""
        name, number = f"{base}.{image}", 2
        while self.files.get(name, content) != content:
            name, number = f"{base}-{number}.{image}", number + 1
        self.files[name] = content
        return name

    def refuse_link(self) -> None:
        """Raise UserError where a link stands in the place of the drawings' folder: they would be written who knows where."""
        folder = self.folder / self.place
        if self.files and folder.is_symlink():
            hint = "drawings are written into a folder beside the document: take the link away"
            raise UserError(Problem(f"{folder} is a link, so nothing is written there", hint=hint))

    def clear(self) -> None:
        """Remove what killed runs left beside the document and its drawings, where nothing may be due."""
        for folder in (self.folder, self.folder / self.place):
            temporary.clear_once(folder)

    def due(self) -> dict[Path, bytes]:
        """Return the files that are missing, or that are not as they should be. Raises ToolError."""
        due = {name: content for name, content in self.files.items() if not self.is_there(name)}
        return {
            self.folder / name: drawing_png(content.decode()) if name.endswith(PNG) else content for name, content in due.items()
        }

    def is_there(self, name: str) -> bool:
        """Return whether a drawing's file is as it should be, with whichever line ends Git has given it."""
        try:
            found = (self.folder / name).read_bytes()
        except OSError:
            return False
        if name.endswith(PNG):
            return is_png_of(found, self.files[name].decode())
        return found.replace(b"\r\n", b"\n") == self.files[name]


def _plain(words: str) -> str:
    """Return words as letters, digits and underscores, hyphens between them: `net-chain yhat/a_1` → `net-chain-yhat-a_1`."""
    return re.sub(r"[^\w]+", "-", words).strip("-")


def watch(paths: tuple[Path, ...], pause: float = PAUSE) -> Iterator[Outcome]:
    """Weave each document at first and after every save, without end; yield what came of it.

    A file that is gone for a moment, as some programs save, is waited for.
    """
    specs = Specs()
    seen: dict[Path, State] = {}
    while True:
        for path in _due(paths, seen):
            specs.refresh()
            outcome = weave(path, specs)
            seen[path] = outcome.state
            yield outcome
        time.sleep(pause)


def _due(paths: tuple[Path, ...], seen: dict[Path, State]) -> Iterator[Path]:
    for path in paths:
        before = seen.get(path)
        if before is None:
            yield path
            continue
        now = state_of(before.files)
        if now != before and now.stamps[0] is not None:
            yield path
