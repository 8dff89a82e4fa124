"""`build --watch`: what is saved is built anew, what is wrong is told, and Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.product import heed_interrupts

SPEC = "equations: L = (y - w*x)^2\nvalues: {w: 1, x: 2, y: %s}\n"


def until(true: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(3_000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("this did not come true within a minute")


def test_each_save_is_built(tmp_path: Path) -> None:
    spec, other = tmp_path / "spec.yaml", tmp_path / "other.yaml"
    spec.write_text(SPEC % 5)
    other.write_text(SPEC % 7)
    command = [sys.executable, "-m", "derivgen", "build", "spec.yaml", "other.yaml", "--watch", "--format", "tex"]
    command += ["--audience", "key"]
    path = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    try:
        made, others = tmp_path / "output/spec/key.tex", tmp_path / "output/other/key.tex"
        until(lambda: made.exists() and others.exists())
        first, before = made.read_text(), others.stat().st_mtime_ns
        spec.write_text("equations: L = (y -\n")
        time.sleep(0.3)
        spec.write_text(SPEC % 6)
        until(lambda: made.read_text() != first)
        assert others.stat().st_mtime_ns == before
        running.send_signal(signal.SIGINT)
        said, wrong = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 0
    assert said.splitlines()[:2] == ["output/spec/key.tex", "output/other/key.tex"] and said.count("output/spec/key.tex") >= 2
    assert "Traceback" not in wrong and "spec.yaml:1:" in wrong
