"""Documents and engines to try: real ones, and programs that hang or fail on purpose."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

PREAMBLE = "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{lmodern}\n\\begin{document}\n"


@pytest.fixture
def document() -> Callable[[str], str]:
    """A whole document around a body, which starts in line 5."""
    return lambda body: f"{PREAMBLE}{body}\n\\end{{document}}\n"


@pytest.fixture
def fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes `DERIVGEN_TEX` name a shell script with the given commands."""
    if os.name != "posix":
        pytest.skip("the fake engine is a shell script")

    def make(commands: str) -> Path:
        program = tmp_path / "fake-engine"
        program.write_text(f"#!/bin/sh\n{commands}\n")
        program.chmod(0o755)
        monkeypatch.setenv("DERIVGEN_TEX", str(program))
        return program

    return make


@pytest.fixture(autouse=True)
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is the best one here, whatever the developer has chosen."""
    monkeypatch.delenv("DERIVGEN_TEX", raising=False)
