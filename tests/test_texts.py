"""What README, CONTRIBUTING and docs/ say is true: commands run, examples load, tables match the code, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from derivgen import __version__
from derivgen.array_evaluation import ArrayEvaluation
from derivgen.checks import complex_step, equalities, methods, report
from derivgen.cli import main
from derivgen.cli.checking import checked
from derivgen.maths import arithmetic, functions, numbers
from derivgen.rendering import FORMATS
from derivgen.spec import losses, shape
from tests.product import ROOT

TEXTS = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts),
)
BASE = """\
equations: |
  z = w*x + b
  a = ReLU(z)
  L = (a - y)^2
inputs: [x]
targets: [y]
values: {x: 2, w: 1/2, b: 0.25, y: 1}
"""
FILES = {"yaml": "yaml", "tex": "tex", "csv": "csv", "text": "csv"}
"""Blocks of which language may be a file of which ending."""
ELSEWHERE = ("sphinx-build", "make", "pip", "git", "python3", "npm")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> tuple[tuple[str, str], ...]:
    """Each fenced block of a language: the paragraph before it, and what is in it."""
    found = re.finditer(rf"(?ms)^```{language}\n(.*?)^```", read(name))
    text = read(name)
    return tuple((text[: block.start()].rstrip().split("\n\n")[-1], block[1]) for block in found)


def commands(name: str) -> tuple[tuple[str, ...], ...]:
    """Every command line of a text, in its order."""
    lines = [line for _, block in blocks(name, "console") for line in block.splitlines()]
    return tuple(tuple(shlex.split(line[2:])) for line in lines if line.startswith("$ "))


def test_every_text_is_there() -> None:
    assert all((ROOT / name).is_file() for name in TEXTS)
    assert sum(len(commands(name)) for name in TEXTS) >= 10
    assert sum(len(blocks(name, "yaml")) for name in TEXTS) >= 15


@pytest.mark.parametrize("name", [name for name in TEXTS if "console" in read(name)])
def test_commands_run(name: str, tmp_path: Path) -> None:
    """In a folder of their own, in the order in which they stand; a file that is named above its text is there."""
    for language, ending in FILES.items():
        for before, block in blocks(name, language):
            if named := re.search(rf"`(\w+\.{ending})`", before):
                (tmp_path / named[1]).write_text(block, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for command in commands(name):
        if any("://" in word for word in command):
            continue  # an address that is not ours
        if command[0] == "derivgen":
            ran = subprocess.run(
                [sys.executable, "-m", *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200
            )
            assert ran.returncode == 0, f"{' '.join(command)}: {ran.stderr}"
            summary = ran.stderr.startswith("students.csv: ") and "class" in command  # how the roster was understood
            assert ran.stderr == "" or summary
        else:
            assert command[0] in ELSEWHERE, f"a test does not know how to try: {' '.join(command)}"
            if command[0] == "make":
                assert re.search(rf"(?m)^{command[1]}:", read("Makefile")), f"there is no {' '.join(command)}"
    if name == "README.md":
        assert (tmp_path / "output/neuron/key.pdf").is_file()
        assert (tmp_path / "handout/and_gate/worksheet.pdf").is_file()


@pytest.mark.parametrize(
    ("name", "place"), [(name, k) for name in TEXTS for k in range(len(blocks(name, "yaml")))], ids=lambda value: str(value)
)
def test_examples_load_and_are_true(name: str, place: int, tmp_path: Path) -> None:
    """Each example is a spec; a part of one is put into a small spec."""
    text = blocks(name, "yaml")[place][1]
    whole = re.search(r"(?m)^(equations|network):", text)
    for before, cells in blocks(name, "csv"):
        if named := re.search(r"`(\w+\.csv)`", before):
            (tmp_path / named[1]).write_text(cells, encoding="utf-8")
    path = tmp_path / "example.yaml"
    path.write_text(text if whole else BASE + text, encoding="utf-8")
    evaluation, found = checked(path)
    assert found.failed == 0
    assert found.gradients
    spec = evaluation.derivation.spec if isinstance(evaluation, ArrayEvaluation) else evaluation.graph.spec
    assert spec.warnings == ()


def test_the_message_in_the_readme_is_the_real_one(tmp_path: Path) -> None:
    ((_, told),) = blocks("README.md", "text")
    spec = blocks("README.md", "yaml")[0][1].replace("sig(", "sigg(")
    (tmp_path / "neuron.yaml").write_text(spec, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "derivgen", "show", "neuron.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=1200,
    )
    assert ran.stderr == told


SHAPES = tuple(
    getattr(shape, name)
    for name in vars(shape)
    if name.endswith("Shape") and name != "Shape" and isinstance(getattr(shape, name), type)
)


def rows(kind: type) -> Iterator[str]:
    """A block's keys as rows of a table."""
    yield "| Key | What it holds | For example |"
    yield "|---|---|---|"
    for entry in fields(kind):
        example = entry.metadata["example"]
        described = entry.metadata["description"].removesuffix(f" For example: {example}")
        yield f"| `{entry.name}` | {described} | {f'`{example}` |' if example else '|'}"


@pytest.mark.parametrize("kind", SHAPES, ids=lambda kind: kind.__name__)
def test_every_key_of_the_spec_is_explained(kind: type) -> None:
    """The tables of docs/spec.md are those of the code; where they are not, this prints what should stand there."""
    table = "\n".join(rows(kind))
    assert table in read("docs/spec.md"), f"docs/spec.md should hold\n{table}"


def test_the_tables_are_complete() -> None:
    assert len(SHAPES) >= 11
    assert read("docs/spec.md").count("| Key | What it holds | For example |") == len(SHAPES)
    for kind in losses.KINDS:
        assert f"| `{kind}` |" in read("docs/spec.md")


def test_every_command_is_in_the_readme() -> None:
    for command in main.commands:
        assert f"| `derivgen {command}" in read("README.md")


def test_the_figures_of_checking_are_those_of_the_code() -> None:
    text = read("docs/checking.md")
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    for tolerance in (methods.TOLERANCE, methods.CHAIN_TOLERANCE, complex_step.TOLERANCE):
        power = str(len(str(round(1 / tolerance))) - 1)
        assert f"10{('-' + power).translate(raised)}" in text
    assert f"{arithmetic.DIGITS} digits" in text
    assert f"one central difference for each, {methods.DIGITS} digits" in text
    assert f"10^{{-{len(str(round(1 / methods.STEP))) - 1}}}" in text
    assert f"up to {report.MOST_ONE_BY_ONE} gradients" in text
    assert f"for {report.DRAWN} of them" in text
    words = {40: "forty", 6: "six"}
    assert f"{words[equalities.DRAWS]} draws" in text
    assert f"even {words[numbers.MOST_GUARD]} are not enough" in text
    for key in ("relu", "abs"):
        assert functions.FUNCTIONS[key].convention in text


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads(read("pyproject.toml"))["project"]
    names = [re.split(r"[>=<\[]", line)[0] for line in project["dependencies"]]
    assert len(names) >= 10
    for name in names:
        assert re.search(rf"(?m)^\| `{name}` \| \w", read("CONTRIBUTING.md")), f"CONTRIBUTING.md does not say why {name}"
    others = [re.split(r"[>=<\[]", line)[0] for group in project["optional-dependencies"].values() for line in group]
    for name in others:
        assert name == "derivgen" or f"`{name}`" in read("CONTRIBUTING.md"), name


def test_what_contributing_shows_is_there() -> None:
    text = read("CONTRIBUTING.md")
    for path in re.findall(r"`((?:derivgen|tests|templates|specs|docs)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    assert "_ENTRIES" in (ROOT / "derivgen/maths/functions.py").read_text(encoding="utf-8")
    assert FORMATS
    ((_, examples),) = blocks("CONTRIBUTING.md", "python")
    entries = eval(f"({examples.replace(chr(10) + 'Function', chr(10) + ',Function')},)", vars(functions))  # our text is Python
    assert len(entries) == 2
    assert all(entry.value and len(entry.derivatives) == 1 for entry in entries)


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", read(name)):
        if not link.startswith("https://"):
            assert ((ROOT / name).parent / link.partition("#")[0]).exists(), link


def test_the_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs/images").iterdir())
    assert [picture.name for picture in pictures] == ["key.png", "notes.png", "worksheet.png"]
    for data in (picture.read_bytes() for picture in pictures):
        assert data.startswith(b"\x89PNG")
        assert len(data) < 150_000


def test_the_changelog_knows_this_version() -> None:
    assert f"\n## {__version__}\n" in read("CHANGELOG.md")
