"""A small class: a spec that draws, a roster with all that names may hold, and what the command makes of them, once for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from derivgen.classes.assignments import Assignment, assign_variants
from derivgen.derivation.derive import derive
from derivgen.graph import build
from derivgen.spec.load import loads
from derivgen.variants.roster import Student
from tests.cli.conftest import Said, Shell

SPEC = """\
title: One neuron
equations: |
  z = w*x + b
  a = sig(z)
  L = (y - a)^2
inputs: [x]
targets: [y]
random:
  w: {integers: [-9, 9], nonzero: true}
  b: {halves: [-9, 9]}
  x: {tenths: [1, 9]}
values: {y: 1}
worksheet: {course: Neural networks, fields: [name, id, date], points: {forward: 4, chains: 2, factors: 3, w: 1, b: 1/2}}
"""

ROSTER = """\
id,name,group
2023_017,"Sousa, Ana & Cia",A
9,José Łoś,B
10,王芳,A

a@b.c,"50% \\input{x} #1",B
"""
IDS = ("2023_017", "9", "10", "a@b.c")


def drawn(spec: str, students: Sequence[Student], seed: str = "7", **options: bool) -> tuple[Assignment, ...]:
    """Who gets which variant."""
    return assign_variants(derive(build(loads(spec))), students, seed, **options).assignments


def a_class(folder: Path) -> Shell:
    """A folder with the spec and the roster."""
    shell = Shell(folder)
    shell.write("exam.yaml", SPEC)
    shell.write("students.csv", ROSTER)
    return shell


@pytest.fixture
def derivgen(tmp_path: Path) -> Shell:
    """A folder with the spec and the roster, of the test's own."""
    return a_class(tmp_path)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Said]:
    """The class in `out`, made by one process; not to be changed."""
    shell = a_class(tmp_path_factory.mktemp("class"))
    return shell, shell("class", "exam.yaml", "--students", "students.csv", "--seed", "7", "-o", "out", "--jobs", "1")
