"""LaTeX → PDF, one document per run: a sandboxed run, its error as TeX's log tells it, a drawing as a figure of its own size."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from itertools import takewhile
from pathlib import PurePath

from derivgen.errors import Place, Problem, ToolError
from derivgen.frozen import dataclass
from derivgen.typeset.engines import EMBEDDED, TYPST, Engine, find_engine
from derivgen.typeset.sandbox import Expired, Limits, Outcome, Running

QUICK, SLOW = (
    20.0,
    120.0,
)  # CPU seconds: pdflatex needs about one for most documents; the others may have to build font caches first
PER_SECOND = 10_000  # characters of TeX a slow machine sets in a second of CPU time
PATIENCE = 10  # wall-clock seconds for each CPU second: a busy machine gives a run a small part of its time
TIME = "DERIVGEN_TEX_TIME"
MOST_TIME = 1_000_000
JOB = "document"
FORMAT = "preamble.fmt"
"""What a dumped format is called in the folder of a run."""
_TEX, _PDF, _LOG = f"{JOB}.tex", f"{JOB}.pdf", f"{JOB}.log"
LOG_READ = 256 * 1024
_COMMON = ("-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "-file-line-error")
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "pdflatex": (*_COMMON, "-no-parse-first-line"),
    "xelatex": (*_COMMON, "-no-parse-first-line"),
    "lualatex": _COMMON,
    "latexmk": ("-norc", "-pdf", *_COMMON),
    "tectonic": ("--untrusted", "--keep-logs", "--chatter=minimal", "--color=never"),
}
# Where an engine of the user's keeps its formats, fonts and downloads; without them it may find nothing.
_TREE_VARIABLES = ("TEXMFHOME", "TEXMFVAR", "TEXMFCONFIG", "TEXMFLOCAL", "TEXMFCNF", "XDG_CACHE_HOME", "TECTONIC_CACHE_DIR")
# Long lines, so that neither a message nor the line it quotes is broken.
_LOG_WIDTH = {"max_print_line": "8000", "error_line": "254", "half_error_line": "238"}
_INFO_KEPT = ("/Title", "/Author", "/Subject", "/Keywords", "/Producer")


class TooBusyError(ToolError):
    """A run was ended by the wall clock: on a machine that is less busy it may come through."""


def limits_for(tex: str, kind: str) -> Limits:
    """Return the time a run of TeX on a text may take: by the variable `DERIVGEN_TEX_TIME`, else by its length.

    Args:
        tex: what is typeset.
        kind: whose options the engine takes, one of `engines.ON_PATH`.

    Raises:
        ToolError: the variable holds no number of CPU seconds.
    """
    chosen = os.environ.get(TIME, "").strip()
    usual = (QUICK if kind in ("pdflatex", TYPST) else SLOW) + len(tex) / PER_SECOND
    cpu = _seconds(chosen) if chosen else usual
    return Limits(cpu=cpu, wall=60 + PATIENCE * cpu)


def _seconds(text: str) -> float:
    """Read a number of seconds that somebody has chosen."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MOST_TIME:
        raise ToolError(Problem(f"{TIME} is {text!r}", hint=f"it takes a number of CPU seconds, up to {MOST_TIME:,}"))
    return seconds


def out_of_time(outcome: Outcome, limits: Limits, name: str = "") -> Problem:
    """Tell which limit in time ended a run of a document called `name`, and what to do about it."""
    if outcome.expired is Expired.CPU:
        what, hint = f"{limits.cpu:g} s of CPU time", f"if it really needs more: --tex-time {2 * limits.cpu:.0f}"
    else:
        what = f"{limits.wall:g} s of waiting"
        hint = f"the machine may be too busy: try again, or wait longer with --tex-time {2 * limits.cpu:.0f}"
    whose = f"{name}: " if name else ""
    return Problem(f"{whose}typesetting was stopped at its time limit, {what}", hint=f"{hint} (or the variable {TIME})")


class Typesetting:
    """A document that is being typeset, in a process of its own: `pdf` waits for it, `close` ends it."""

    def __init__(
        self,
        tex: str,
        *,
        engine: Engine | None = None,
        limits: Limits | None = None,
        name: str = _TEX,
        preamble: str = "",
        format: bytes | None = None,
    ):
        """Start the run.

        Args:
            tex: a whole document; it must need one pass only, and no file but those of the engine's tree.
            engine: what to run; default: `find_engine()`.
            limits: what the run may use; default: `limits_for` the text, some ten times what it should take.
            name: what messages call the document.
            preamble: what the document begins with and the `format` holds.
            format: a format dumped from the preamble by the same engine.

        Raises:
            ToolError: no engine, or one that cannot be started.
        """
        self._tex, self._name = tex, name
        self._engine = engine or find_engine()
        self._limits = limits or limits_for(tex, self._engine.kind)
        options, inputs, read = list(OPTIONS[self._engine.kind]), {}, tex
        if format is not None and tex.startswith(preamble):
            options.append(f"-fmt={FORMAT}")
            inputs[FORMAT] = format
            read = "\n" * preamble.count("\n") + tex[len(preamble) :]  # errors keep their lines
        command = [str(self._engine.program), *options, _TEX]
        inputs[_TEX] = read.encode()
        try:
            self._running = Running(command, inputs, (_PDF, _LOG), environment(self._engine), self._limits)
        except OSError as error:
            raise ToolError(Problem(f"{name}: {self._engine.program} could not be run: {error}")) from error

    def pdf(self) -> bytes:
        """Wait for the PDF and return it; the same document and engine give the same bytes.

        Raises:
            TooBusyError: the limit in wall-clock time is reached.
            ToolError: an error in the document, with its place; no PDF; the limit in CPU time is reached.
        """
        outcome = self._running.outcome()
        pdf = outcome.files.get(_PDF, b"")
        if outcome.expired:
            kind = TooBusyError if outcome.expired is Expired.WALL else ToolError
            raise kind(out_of_time(outcome, self._limits, self._name))
        if outcome.code != 0 or not pdf:
            raise ToolError(_failure(outcome, self._tex, self._engine, self._name))
        return stable(pdf, self._engine, self._name)

    def close(self) -> None:
        """End the run and remove its folder."""
        self._running.close()


def typeset(tex: str, *, engine: Engine | None = None, limits: Limits | None = None, name: str = _TEX) -> bytes:
    """Return the PDF of a LaTeX document, as `Typesetting` makes it, with the same arguments and errors."""
    with closing(Typesetting(tex, engine=engine, limits=limits, name=name)) as run:
        return run.pdf()


def environment(engine: Engine) -> dict[str, str]:
    """Return the search path and the trees the engine needs: its own folder for the embedded one, else the user's."""
    if engine.name == EMBEDDED:
        # TeX's search takes the home folder's name apart at braces and dollars; "here" has none.
        return {"PATH": str(engine.program.parent), "HOME": ".", **_LOG_WIDTH}
    # Tectonic would download everything anew if it did not find its cache, which lies in the home folder.
    names = (*_TREE_VARIABLES, "HOME") if engine.kind == "tectonic" else _TREE_VARIABLES
    trees = {variable: os.environ[variable] for variable in names if variable in os.environ}
    return {"PATH": os.environ.get("PATH", os.defpath), **trees, **_LOG_WIDTH}


def _failure(outcome: Outcome, tex: str, engine: Engine, name: str) -> Problem:
    """Tell why there is no PDF: an error in the document, or whatever the program printed last."""
    who = f"{engine.name} ({engine.program})"
    log = outcome.files.get(_LOG, b"")[-LOG_READ:].decode(errors="replace") or outcome.output
    if outcome.code != 0 and (problem := first_error(log, tex, _TEX, name)):
        return problem
    said = outcome.output.strip().split("\n")[-1].strip()
    last = f"it said last: {said}" if said else "it said nothing"
    if outcome.code == 0:
        empty = "the document has no pages" if "No pages of output" in log else last
        return Problem(f"{name}: {who} wrote no PDF", hint=empty)
    how = f"failed with exit code {outcome.code}" if outcome.code > 0 else f"was ended by signal {-outcome.code}"
    return Problem(f"{name}: {who} {how}", hint=last)


def stable(pdf: bytes, engine: Engine, name: str) -> bytes:
    """Return the same PDF without dates, paths and random numbers. Raises ToolError where it is damaged."""
    import pikepdf

    result = BytesIO()
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            for key in [str(key) for key in document.docinfo if str(key) not in _INFO_KEPT]:
                del document.docinfo[key]
            # The first half of an identifier is kept when there is one, and TeX makes it from the folder and the time.
            if "/ID" in document.trailer:
                del document.trailer["/ID"]
            document.save(result, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except pikepdf.PdfError as error:
        raise ToolError(Problem(f"{name}: {engine.name} ({engine.program}) wrote a damaged PDF: {error}")) from error
    return result.getvalue()


_LOCATED = re.compile(r"^(?:error: )?(?P<file>[^\s:][^:\n]*\.\w+):(?P<line>\d+): *(?P<message>.*)$", re.MULTILINE)
_BARE = re.compile(r"^!\s*(?P<message>\S.*)$", re.MULTILINE)
_READ = re.compile(r"^l\.(?P<line>\d+) (?P<read>.*)$", re.MULTILINE)
_MISSING_FILE = re.compile(r"File [`'](?P<file>[^']+)' not found")
_MISSING_FONT = re.compile(r"\(file (?P<file>[^)]+)\): cannot open")
_LAST_TOKEN = re.compile(r"(?:\\[A-Za-z@]+|\\.|.)$")


@dataclass(frozen=True, slots=True)
class _Complaint:
    """An error in the log: its words, the file and line it gives, how far TeX had read in that line."""

    message: str
    file: str
    line: int
    read: str


def first_error(log: str, tex: str, document: str, name: str) -> Problem | None:
    """Return the first error of a TeX log, or None where the log has none.

    Args:
        log: what TeX wrote, with `-file-line-error`.
        tex: the document, to show the line from.
        document: the document's file name within the log.
        name: the file name to tell the user.
    """
    complaint = _first_complaint(log)
    if complaint is None:
        return None
    hint = _hint(complaint.message)
    if PurePath(complaint.file).name != document:
        where = f" ({PurePath(complaint.file).name}:{complaint.line})" if complaint.file else ""
        return Problem(f"{name}: {complaint.message}{where}", hint=hint)
    return Problem(complaint.message, _place(complaint, tex, name), hint)


def _first_complaint(log: str) -> _Complaint | None:
    located, bare = _LOCATED.search(log), _BARE.search(log)
    if located is None:
        return _Complaint(_whole_message(log, bare), "", 0, "") if bare else None
    # A missing file is reported without a place, and the place follows with a second error, "Emergency stop".
    first = bare if bare and bare.start() < located.start() else located
    line = int(located["line"])
    read = next((found["read"] for found in _READ.finditer(log, first.end()) if int(found["line"]) == line), "")
    return _Complaint(_whole_message(log, first), located["file"], line, read)


def _whole_message(log: str, found: re.Match[str]) -> str:
    """The message and the indented lines that continue it, as one line."""
    following = log[found.end() + 1 :].split("\n", 4)[:4]
    more = takewhile(lambda line: line.startswith("   ") and line.strip(), following)
    message = " ".join([found["message"].strip(), *(line.strip() for line in more)])
    # Fatal errors of pdfTeX begin with the path of the program, which says nothing.
    return re.sub(r"^(pdfTeX error: ).*?pdflatex(\.exe)?\s", r"\1", message)


def _place(complaint: _Complaint, tex: str, name: str) -> Place:
    """The last thing TeX read in the line before it stopped."""
    lines = tex.split("\n")
    text = lines[complaint.line - 1] if complaint.line <= len(lines) else ""
    read = complaint.read.removeprefix("...").rstrip()
    start = text.find(read) if read else -1
    if start < 0:
        return Place(name, complaint.line, 1, max(1, len(text)), text)
    last = _LAST_TOKEN.search(read)
    length = len(last[0]) if last else 1
    return Place(name, complaint.line, start + len(read) - length + 1, length, text)


def _hint(message: str) -> str | None:
    if missing := _MISSING_FILE.search(message):
        return f"this TeX does not carry {missing['file']}, or may not read it; `derivgen doctor` lists the engines"
    if missing := _MISSING_FONT.search(message):
        return rf"this TeX does not carry the font {missing['file']}: \usepackage[T1]{{fontenc}}\usepackage{{lmodern}}"
    if message == "Emergency stop.":
        return r"the text ends before \end{document}, or something in it is never closed"
    return None


_BEGIN, _END = r"\begin{tikzpicture}", r"\end{tikzpicture}"


def drawing_pdf(tex: str) -> bytes | None:
    """Return the PDF of the one picture in a piece of LaTeX; None where the engine at hand does not set pages of any size.

    Raises ToolError where there is no TeX, or where it fails.
    """
    engine = find_engine()
    if engine.kind != "pdflatex":
        return None
    picture = tex[tex.index(_BEGIN) : tex.rindex(_END) + len(_END)]
    document = rf"""\documentclass{{article}}
\usepackage[T1]{{fontenc}}
\usepackage{{lmodern,amsmath,tikz}}
\begin{{document}}
\setbox0\hbox{{{picture}}}
\pdfpagewidth=\wd0
\pdfpageheight=\dimexpr\ht0+\dp0\relax
\hoffset=-1in
\voffset=-1in
\shipout\box0
\end{{document}}
"""
    return typeset(document, engine=engine, name="drawing.tex")
