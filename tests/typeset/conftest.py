"""Documents and engines to try: real ones, and programs that hang or fail on purpose."""

from __future__ import annotations

import os
import time
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


def is_alive(process: int) -> bool:
    """Say whether a process still runs after a while; a killed one that nobody has waited for is dead, too."""
    stat = Path(f"/proc/{process}/stat")
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    for _ in range(500):
        if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return False
        time.sleep(0.02)
    return True
