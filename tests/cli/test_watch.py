"""`build --watch`: what is saved is built anew, what is wrong is told, and Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.product import heeding_interrupts

SPEC = "equations: L = (y - w*x)^2\nvalues: {w: 1, x: 2, y: %s}\n"


def until(true: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(30_000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("this did not come true within ten minutes")


def test_each_save_is_built(tmp_path: Path) -> None:
    spec, other = tmp_path / "spec.yaml", tmp_path / "other.yaml"
    spec.write_text(SPEC % 5)
    other.write_text(SPEC % 7)
    command = [sys.executable, "-m", "derivgen", "build", "spec.yaml", "other.yaml", "--watch", "--format", "tex"]
    command += ["--audience", "key"]
    path = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    said, wrong = tmp_path / "said.txt", tmp_path / "wrong.txt"
    with said.open("wb") as out, wrong.open("wb") as err:
        running = subprocess.Popen(heeding_interrupts(command), cwd=tmp_path, env=environment, stdout=out, stderr=err)
    try:
        made, others = tmp_path / "output/spec/key.tex", tmp_path / "output/other/key.tex"
        until(lambda: made.exists() and others.exists())
        first, before = made.read_text(), others.stat().st_mtime_ns
        spec.write_text("equations: L = (y -\n")
        until(lambda: "spec.yaml:1:" in wrong.read_text())
        spec.write_text(SPEC % 6)
        until(lambda: said.read_text().count("output/spec/key.tex") == 2)
        assert made.read_text() != first
        assert others.stat().st_mtime_ns == before
        running.send_signal(signal.SIGINT)
        running.wait(timeout=600)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 0
    assert said.read_text().splitlines() == ["output/spec/key.tex", "output/other/key.tex", "output/spec/key.tex"]
    assert "Traceback" not in wrong.read_text()
