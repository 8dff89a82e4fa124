"""`derivgen build`: specs in, worksheets, keys and notes out; a folder for each spec, every file whole or not there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from derivgen.checks.pages import believe
from derivgen.checks.report import Report
from derivgen.cli.work import checked, each
from derivgen.documents.compose import as_printed, style_of, together
from derivgen.errors import Problem, ToolError, UserError
from derivgen.evaluation import Evaluation
from derivgen.render.latex import render_latex
from derivgen.typeset.engines import Engine, find_engine
from derivgen.typeset.files import write_all
from derivgen.typeset.pdf import typeset

Part = tuple[Evaluation, Report]


def build_all(
    specs: Sequence[Path],
    output: Path,
    audiences: tuple[str, ...],
    formats: tuple[str, ...],
    wrt: Sequence[str],
    name: str | None,
    engine: str | None,
    quiet: bool,
) -> list[Path]:
    """Build every spec; the files written, in order.

    A spec that fails is reported with the others, and the rest are still built. Raises UserError with everything that went
    wrong: exit code 1 for a false line, 2 for a wrong spec, 3 where TeX failed (the .tex files are then written).
    """
    found = find_engine(engine) if engine else None
    if name is not None:
        return _written(_safe_name(name), [part_of(spec, wrt) for spec in specs], output, audiences, formats, found)
    written: list[Path] = []
    errors: list[UserError] = []
    taken: dict[str, Path] = {}
    for spec, outcome in each(specs, lambda spec: _one(spec, output, audiences, formats, wrt, found, taken), quiet):
        del spec
        if isinstance(outcome, UserError):
            errors.append(outcome)
        else:
            written += outcome
    if errors:
        raise _joined(errors)
    return written


def part_of(spec: Path, wrt: Sequence[str]) -> Part:
    """A spec's evaluation, believed: raises CheckError when a line is false, and warns of what could not be checked."""
    evaluation, report = checked(spec, wrt)
    report.stop_if_false()
    for gap in report.gaps():
        print("\n".join(gap.lines()), file=sys.stderr)
    return evaluation, report


def _one(spec: Path, output: Path, audiences, formats, wrt, engine, taken: dict[str, Path]) -> list[Path]:
    part = part_of(spec, wrt)
    name = part[0].graph.spec.name
    if name in taken:
        raise UserError(
            Problem(f"{spec} and {taken[name]} would both be written to {output / name}", hint="give the files different names")
        )
    taken[name] = spec
    return _written(name, [part], output, audiences, formats, engine)


def _safe_name(name: str) -> str:
    if not name or name in {".", ".."} or any(c in name for c in "/\\\0"):
        raise UserError(Problem(f"{name!r} cannot be a folder's name", hint="--together takes a plain name"))
    return name


def _written(name: str, parts: list[Part], output: Path, audiences, formats, engine: Engine | None) -> list[Path]:
    """Render and typeset the documents of one sheet; when TeX fails, the .tex files are written and said so."""
    folder = output / name
    texts = {audience: rendered(parts, audience, name) for audience in audiences}
    files = {folder / f"{audience}.tex": text.encode() for audience, text in texts.items() if "tex" in formats}
    if "pdf" in formats:
        try:
            for audience, text in texts.items():
                files[folder / f"{audience}.pdf"] = typeset(text, engine=engine, name=f"{audience}.tex")
        except ToolError as error:
            sources = {folder / f"{audience}.tex": text.encode() for audience, text in texts.items()}
            write_all(sources)
            note = Problem(f"no PDF; the LaTeX files are in {folder}", hint="try: derivgen doctor")
            raise ToolError([*error.problems, note]) from None
    write_all(files)
    return sorted(files, key=lambda path: (audiences.index(path.stem), path.suffix))


def rendered(parts: list[Part], audience: str, name: str = "") -> str:
    """The LaTeX text of one sheet for one audience, once each of its lines is found true."""
    document = together(parts, audience, "" if len(parts) == 1 else name.replace("_", " "))
    believe(document, tuple(as_printed(evaluation) for evaluation, _ in parts))
    return render_latex(document, style_of(parts[0][0]))


def _joined(errors: list[UserError]) -> UserError:
    """All errors as one, of the gravest kind."""
    gravest = max(errors, key=lambda error: (error.exit_code == 1, error.exit_code))
    return type(gravest)([problem for error in errors for problem in error.problems])
