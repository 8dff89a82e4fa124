"""Ten cells in a real notebook, run and converted by the real nbconvert: objects show themselves, numbers read back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

import derivgen
from tests.cli.conftest import SPEC

NUMBERS = SPEC.replace("b: -1", "b: 0")
CELLS = (
    "%load_ext derivgen\nimport derivgen",
    "net = derivgen.derive('net.yaml')\nnet",
    "net.gradients['w']",
    "net.piece('chain w')",
    "net.piece('drawing')",
    "net.piece('forward')",
    f"%%derivgen -o other chain w, answer w\n{NUMBERS}",
    "%derivgen net.yaml answer b",
    "print(net, net.gradients['w'].decimal, other.values['a'])",
    "%%derivgen\nequations: L = (y - w*x^2",
)


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebook as it is after it was run, and its spec."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "net.yaml").write_text(NUMBERS, encoding="utf-8")
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{k}") for k, source in enumerate(CELLS)]
    cells[-1].metadata["tags"] = ["raises-exception"]
    (folder / "course.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
    convert(folder, "course.ipynb", "--to", "notebook", "--execute", "--output", "run.ipynb")
    return folder


def convert(folder: Path, *arguments: str) -> None:
    """nbconvert, with folders of its own for whatever Jupyter keeps."""
    own = {name: str(folder / name) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    ran = subprocess.run(
        [sys.executable, "-m", "nbconvert", *arguments],
        cwd=folder,
        env={**os.environ, **own, "JUPYTER_PLATFORM_DIRS": "1", "PYTHONPATH": str(Path(derivgen.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]


def shown(folder: Path, cell: int) -> list[dict[str, Any]]:
    """What a cell shows: each output's texts by their kind."""
    outputs = json.loads((folder / "run.ipynb").read_text(encoding="utf-8"))["cells"][cell]["outputs"]
    return [{kind: "".join(text) for kind, text in output.get("data", {}).items()} for output in outputs]


def numbers(text: str) -> set[float]:
    """The decimal numbers in a text."""
    return {float(found) for found in re.findall(r"-?\d+\.\d+", text)}


def test_a_derivation_shows_its_notes_in_markdown(notebooks: Path) -> None:
    """… one part after the other, the drawings among them as drawings."""
    outputs = shown(notebooks, 1)
    drawings = [output for output in outputs if "text/html" in output]
    words = [output["text/markdown"] for output in outputs if output not in drawings]
    assert drawings
    assert all(re.fullmatch(r'<img alt="[^"]+" src="data:image/svg\+xml;base64,[^"]+">', each["text/html"]) for each in drawings)
    assert all(each["image/png"].startswith("iVBOR") for each in drawings), "LaTeX takes no SVG"
    assert "".join(words).count("$$") >= 4
    assert {0.73106, -0.2115} <= numbers("".join(words))
    assert "data:" not in "".join(words)


def test_mathematics_shows_itself_as_latex(notebooks: Path) -> None:
    (gradient,), (chain,) = shown(notebooks, 2), shown(notebooks, 3)
    assert gradient["text/latex"].startswith(r"$\displaystyle \frac{\partial L}{\partial w} = ")
    assert gradient["text/plain"].startswith("∂L/∂w = ")
    assert chain["text/latex"] == chain["text/markdown"]
    assert chain["text/markdown"].startswith("$$\n")


def test_a_drawing_shows_itself_as_svg(notebooks: Path) -> None:
    (output,) = shown(notebooks, 4)
    assert output["image/svg+xml"].startswith("<svg")
    assert output["text/html"].startswith('<img alt="The computation graph')
    assert set(output) == {"image/svg+xml", "text/html", "application/pdf", "text/plain"}


def test_numbers_read_back(notebooks: Path) -> None:
    (forward,), (answer,) = shown(notebooks, 5), shown(notebooks, 7)
    net = derivgen.derive(notebooks / "net.yaml")
    assert round(float(net.values["a"]), 5) in numbers(forward["text/markdown"])  # type: ignore[arg-type]
    assert round(net.gradients["b"].decimal, 4) in numbers(answer["text/markdown"])  # type: ignore[arg-type]


def test_a_cell_with_a_spec_shows_pieces_and_keeps_the_derivation(notebooks: Path) -> None:
    chain, answer = shown(notebooks, 6)
    assert r"\frac{\partial L}{\partial a}" in chain["text/markdown"]
    assert -0.2115 in numbers(answer["text/markdown"])
    said = json.loads((notebooks / "run.ipynb").read_text(encoding="utf-8"))["cells"][8]["outputs"][0]["text"]
    assert "".join(said) == "<derivation One neuron: L by w, b> -0.2115083711370669 0.731058578630004879251159241822\n"


def test_a_mistake_shows_as_its_message(notebooks: Path) -> None:
    """The message, its line, the caret and the hint; none of our code."""
    (error,) = json.loads((notebooks / "run.ipynb").read_text(encoding="utf-8"))["cells"][9]["outputs"]
    told = [
        "cell.yaml:1:16: a bracket is never closed",
        "  equations: L = (y - w*x^2",
        "                 ^",
        "  hint: add the missing ')'",
    ]
    assert error["traceback"] == told


def test_as_a_web_page(notebooks: Path) -> None:
    convert(notebooks, "run.ipynb", "--to", "html")
    page = (notebooks / "run.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml;base64,") >= 2
    assert r"\frac{\partial L}{\partial a}" in page
    assert "-0.2115" in page


def test_as_latex(notebooks: Path) -> None:
    if shutil.which("pandoc") is None:
        assert not os.environ.get("CI"), "CI has pandoc"
        pytest.skip("nbconvert needs pandoc for LaTeX (apt-get install pandoc)")
    convert(notebooks, "run.ipynb", "--to", "latex")
    tex = (notebooks / "run.tex").read_text(encoding="utf-8")
    assert tex.count(r"\frac{\partial L}{\partial a}") >= 3
    assert r"\includegraphics" in tex
    assert list(notebooks.glob("run_files/*.pdf")) and list(notebooks.glob("run_files/*.png"))
    assert "-0.2115" in tex
