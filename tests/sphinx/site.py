"""A course's site in a folder of its own, built by the real sphinx-build in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.product import ROOT

CONF = """\
project = "Course"
extensions = ["derivgen.sphinx", "myst_parser"]
show_warning_types = True
latex_elements = {"fontpkg": r"\\usepackage{lmodern}"}
"""
NET = (ROOT / "specs/notes/002_and_gate_numbers.yaml").read_text(encoding="utf-8")
NEURON = (ROOT / "specs/small/one_neuron.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Build:
    """What a build said, its exit code, and where it wrote to."""

    code: int
    said: str
    complaints: str
    folder: Path

    def page(self, name: str) -> str:
        """A page's text."""
        return (self.folder / name).read_text(encoding="utf-8")

    @property
    def read_again(self) -> tuple[int, int, int]:
        """How many pages were added, changed and removed since the last build."""
        found = re.search(r"(\d+) added, (\d+) changed, (\d+) removed", self.said)
        assert found, self.said
        return int(found[1]), int(found[2]), int(found[3])

    @property
    def all_text(self) -> str:
        """Everything a build put into its folder, as text."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        assert files
        return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def site(folder: Path, pages: Mapping[str, str], conf: str = "") -> Path:
    """Write a site: its pages and specs by name."""
    for name, text in {"conf.py": CONF + conf, **pages}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def build(source: Path, builder: str = "html", *options: str) -> Build:
    """Build a site; what it writes stands in `_build/<builder>` beside its pages, the doctrees elsewhere."""
    target = source / "_build" / builder
    command = [sys.executable, "-m", "sphinx", "-b", builder, "-d", str(source / "_build/doctrees"), *options]
    ran = subprocess.run(
        [*command, str(source), str(target)],
        capture_output=True,
        text=True,
        timeout=1200,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "LC_ALL": "C.UTF-8"},
    )
    return Build(ran.returncode, ran.stdout, ran.stderr, target)
