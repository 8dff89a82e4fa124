"""The manual, built by the real sphinx-build, warnings as errors: whole, no network needed, its lessons' numbers right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from derivgen.cli import main
from derivgen.documents.pieces import KINDS
from derivgen.maths.functions import FUNCTIONS
from tests.product import ROOT

LESSONS = {
    "000_one_expression": ("120", "−192", "−1488", "144"),
    "001_layers": ("283248", "4429684", "3939", "149492"),
    "002_porta_e": ("sig", "Solução", "Cadeias"),
    "003_shorthands": ("dRL", "−1.75"),
    "004_recap": ("power rule", "chain rule", "Solution"),
}


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manual")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", str(folder / "doctrees")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        [*command, str(ROOT / "docs"), str(folder / "html")], capture_output=True, text=True, timeout=1200, env=environment
    )
    assert ran.stderr == ""
    assert ran.returncode == 0
    return folder / "html"


class _Page(HTMLParser):
    """What a page loads, its words, its headings."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.loads: list[str] = []
        self.words: list[str] = []
        self.levels: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "img", "iframe"} and given.get("src"):
            self.loads.append(given["src"] or "")
        if tag == "link" and given.get("rel") == "stylesheet":
            self.loads.append(given["href"] or "")
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    @property
    def text(self) -> str:
        """The words in a row."""
        return " ".join("".join(self.words).replace("’", "'").split())

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def pages(manual: Path) -> dict[str, str]:
    found = {path.relative_to(manual).as_posix(): path.read_text(encoding="utf-8") for path in sorted(manual.rglob("*.html"))}
    assert len(found) >= 20
    return found


def test_every_page_is_there(manual: Path) -> None:
    sources = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert len(sources) >= 20
    assert {path.with_suffix(".html").as_posix() for path in sources} <= set(pages(manual))


def test_no_network_is_needed(manual: Path) -> None:
    for name, text in pages(manual).items():
        loaded = _Page(text).loads
        assert loaded, name
        assert not [address for address in loaded if "//" in address], name
        assert "mathjax.js" not in text.lower(), name


def test_headings_go_down_one_by_one(manual: Path) -> None:
    for name, text in pages(manual).items():
        levels = _Page(text).levels
        main = levels[levels.index(1) :] if 1 in levels else []
        assert main or name in {"genindex.html", "search.html"}, name
        assert [pair for pair in pairwise(main) if pair[1] > pair[0] + 1] == [], name


@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_say_the_numbers(lesson: str, manual: Path) -> None:
    page = pages(manual)[f"lessons/{lesson}.html"]
    words = _Page(page).text
    for said in LESSONS[lesson]:
        assert said in words, f"{lesson} does not say {said}"
    assert page.count("<math") > 30
    assert "<svg" in page
    assert "<details" in page
    assert "derivgen-spec" not in words


def test_the_registries_are_whole(manual: Path) -> None:
    functions, kinds = (_Page(pages(manual)[f"reference/{name}.html"]).text for name in ("functions", "kinds"))
    assert FUNCTIONS
    for function in FUNCTIONS.values():
        assert ", ".join(function.names) in functions
        assert function.source in functions
    assert KINDS
    for kind, entry in KINDS.items():
        assert kind in kinds
        assert entry.means in kinds


def test_every_command_is_in_the_reference(manual: Path) -> None:
    text = _Page(pages(manual)["reference/commands.html"]).text
    assert len(main.commands) >= 10
    for name, command in main.commands.items():
        assert f"derivgen {name}" in text
        for option in (word for param in command.params for word in param.opts if word.startswith("--")):
            assert option in text, f"{name} {option}"
