"""The command as a process of its own, in a folder of its own, with one small spec beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.product import ROOT

SPEC = """\
title: One neuron
equations: |
  z = w*x + b
  a = sig(z)
  L = (y - a)^2
inputs: [x]
targets: [y]
values: {x: 2, w: 1/2, b: -1, y: 1}
"""

WRONG = """\
title: Wrong twice
equations: |
  z = w*x + b
  a = sigg(z)
  L = (y - a)^2
colour: red
"""


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


class Shell:
    """A folder to run commands in."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, *arguments: str, given: str | None = None, **environment: str) -> Said:
        """`derivgen` with these arguments and this on its standard input; warnings of Python are errors."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DERIVGEN_TEX", "NO_COLOR", "FORCE_COLOR", "COLUMNS"}
        }
        command = [sys.executable, "-W", "error", "-m", "derivgen", *arguments]
        ran = subprocess.run(
            command,
            input=given or "",
            cwd=self.folder,
            env={**inherited, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=1200,
        )
        assert "Traceback" not in ran.stderr
        return Said(ran.returncode, ran.stdout, ran.stderr)

    def files(self, below: str) -> list[str]:
        """The files below a folder, in order."""
        return sorted(
            path.relative_to(self.folder / below).as_posix() for path in (self.folder / below).rglob("*") if path.is_file()
        )

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def derivgen(tmp_path: Path) -> Shell:
    """A shell with `spec.yaml`, which is right, and `wrong.yaml`, which is not."""
    shell = Shell(tmp_path)
    shell.write("spec.yaml", SPEC)
    shell.write("wrong.yaml", WRONG)
    return shell


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """A program to be named by DERIVGEN_TEX: a shell script with the given commands."""
    if os.name != "posix":
        pytest.skip("the program is a shell script")

    def make(commands: str) -> str:
        path = tmp_path / "engine"
        path.write_text(f"#!/bin/sh\n{commands}\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return make
