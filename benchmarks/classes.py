"""A class of 300: worksheet and key of each student as PDFs, by the command itself with two workers, against one run of TeX for
every document from the same templates. Then how time and memory grow with the class.

`DERIVGEN_CLASS=10000 python -m benchmarks classes` takes the growth as far as that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import ROOT, Row, at_least, at_most
from derivgen.classes.job import derivation_of, serialize
from derivgen.documents.compose import compose, style_of
from derivgen.errors import ToolError
from derivgen.rendering.latex import render_latex
from derivgen.spec.load import load
from derivgen.typeset.engines import find_engine
from derivgen.typeset.pdf import typeset
from derivgen.variants.records import variant
from derivgen.variants.search import draw

TITLE = "A class as PDFs: 300 students, worksheet and key, two workers"
SPEC = ROOT / "specs" / "class" / "and_gate.yaml"
STUDENTS, ALONE, TURNS = 300, 6, 3
FASTER, WALL, MEMORY = 25, 20, 1.5


def rows() -> list[Row]:
    """The class against single runs, then growth."""
    try:
        find_engine()
    except ToolError:
        return [Row("no TeX engine was found", "not measured")]
    largest = int(os.environ.get("DERIVGEN_CLASS", STUDENTS))
    small, _ = _class(10)
    singles, walls = [], []
    for _ in range(TURNS):
        singles.append(_alone())
        walls.append(_class(STUDENTS))
    single, (wall, memory) = min(singles), min(walls)
    each = wall / STUDENTS / 2
    found = [
        at_least("one run of TeX for each document, in times of a document of the class", single / each, FASTER),
        at_most("milliseconds of wall time for a document, everything included", 1000 * each, WALL),
        Row("PDFs a second", f"{1 / each:.0f}"),
        Row("a class of 10, in times of a document of 300", f"{small / 20 / each:.1f}"),
        Row("most memory of a process, MB", f"{memory:.0f}"),
    ]
    if largest > STUDENTS:
        longer, more = _class(largest)
        found += [
            at_most(f"{largest:,} students: a document in times of one of 300", longer / largest / 2 / each, 1.25),
            at_most(f"{largest:,} students: memory in times of that of 300", more / memory, MEMORY),
        ]
    return found


def _alone() -> float:
    """Seconds of wall time for a document on its way from the template through one run of TeX, the full preamble read."""
    derivation = derivation_of(serialize(load(str(SPEC))))
    spec, engine = derivation.graph.spec, find_engine()
    seconds = 0.0
    for number in range(ALONE):
        evaluation = variant(derivation, draw(spec, "benchmark", str(number)))
        for audience in ("worksheet", "key"):
            text = render_latex(compose(evaluation, audience), style_of(evaluation))
            start = time.perf_counter()
            typeset(text, engine=engine)
            seconds += time.perf_counter() - start
    return seconds / ALONE / 2


def _class(students: int) -> tuple[float, float]:
    """Seconds of wall time of the command, drawing, checks, cutting and the collected files included; the most memory, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "-m",
            "derivgen",
            "class",
            str(SPEC),
            "-n",
            str(students),
            "--seed",
            "1",
            "--jobs",
            "2",
            "--quiet",
            "-o",
            folder,
        ]
        program = (
            "import resource, subprocess, sys;"
            "subprocess.run([sys.executable, *sys.argv[1:]], check=True, stderr=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        start = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-c", program, *command], check=True, capture_output=True, text=True, env=environment
        )
        seconds = time.perf_counter() - start
        made = len(list(Path(folder).glob("*/*.pdf")))
        assert made == 2 * students, made
    return seconds, int(ran.stdout.split()[-1]) / 1024
