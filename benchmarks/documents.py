"""Documents: composing worksheet, key and notes of every spec in `specs/`, reading their lines back and rendering them, in times
of typesetting them.

TeX should be what a user waits for. Loading, deriving and the roads to the gradients are not counted here.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.measuring import ROOT, Row, at_most, best
from derivgen.checks.report import check
from derivgen.cli.build import rendered
from derivgen.derivation.derive import derive
from derivgen.documents.compose import AUDIENCES
from derivgen.errors import ToolError
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.spec.load import load
from derivgen.typeset.engines import find_engine
from derivgen.typeset.pdf import typeset

TITLE = "Documents: compose, read back and render, in times of typesetting"
LIMIT = 1.0


def rows() -> list[Row]:
    """One row per spec, the worst first, and all together."""
    try:
        find_engine()
    except ToolError:
        return [Row("no TeX engine was found", "not measured")]
    specs = sorted((ROOT / "specs").glob("*/*.yaml"))
    times = {spec.stem: _times(spec) for spec in specs}
    ratios = {name: ours / tex for name, (ours, tex) in times.items()}
    worst = sorted(ratios, key=lambda name: -ratios[name])[:3]
    ours, tex = (sum(column) for column in zip(*times.values(), strict=True))
    return [at_most(f"all {len(specs)} specs", ours / tex, LIMIT), *(Row(name, f"{ratios[name]:.2f}") for name in worst)]


def _times(spec: Path) -> tuple[float, float]:
    evaluation = run(derive(build(load(spec))))
    check(evaluation)

    def pages() -> list[str]:
        return [rendered([evaluation], audience) for audience in AUDIENCES]

    written = pages()
    times = best({"ours": pages, "tex": lambda: [typeset(text) for text in written]}, 1)
    return times["ours"], times["tex"]
