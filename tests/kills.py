"""Runs that are killed at random moments: `python -m tests.kills --kills 60`.

`build`, `class` and `weave` are started in turn, over two states of the same spec that take turns as well, and ended by SIGKILL:
at a moment of their time, or as soon as a temporary file is seen. Afterwards every file has to be whole: byte for byte as a run
that nobody disturbed writes it for one of the two states (of a class's ledger each line), every PDF one that opens. Then the same
command runs to its end: all is as if nothing had happened, and no temporary file is left, neither beside the files, nor in the
system's folder for them, nor in the cache. The same seed gives the same moments, as far as a machine repeats itself. A short run
is a test (`tests/test_kills.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf

KINDS = ("build", "class", "weave")
STATES = ("-1", "3/4")
"""What `w` is in the two states of the spec."""
SPEC = """\
title: A neuron
equations: |
  z = w*x + b
  a = sigmoid(z)
  L = (y - a)^2
values: {{x: {x}, b: 1, y: 1, w: {w}}}
{random}"""
RANDOM = "random: {x: {integers: [-9, 9]}}\n"
MARK = "<!-- derivgen: net.yaml {0} -->\n<!-- /derivgen -->\n"
PIECES = ("chain w", "gradient b", "forward", "drawing")
PATIENCE = 120.0
"""Seconds after which a run that was left alone has failed, and processes of a killed run have outstayed it."""


@dataclass(frozen=True)
class Kill:
    """What came of one kill: when, whether the run was still there, and what was wrong afterwards."""

    kind: str
    when: str
    hit: bool
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One command, killed again and again in a folder; `wholes`: what undisturbed runs write, by state, `seconds`: their time."""

    kind: str
    folder: Path
    formats: str
    wholes: tuple[Mapping[str, bytes], ...]
    seconds: float

    @property
    def output(self) -> Path:
        """Return the folder that the command writes to."""
        return self.folder / "out"

    def kill(self, pick: random.Random, state: int, finish: bool) -> Kill:
        """Run the command over a state of the spec, kill it, and look at the files; with `finish` run it to its end as well."""
        prepare(self.folder, self.kind, state)
        process = start(self.folder, self.kind, self.formats)
        if pick.random() < 0.5:
            seen = wait_for_temporary(process, self.output, self.seconds * 3)
            time.sleep(pick.random() ** 2 * 0.02)
            when = "at a temporary file" if seen else "at the end"
        else:
            moment = pick.uniform(0, self.seconds)
            when = f"after {moment:.2f} s"
            sleep_at_most(process, moment)
        hit = process.poll() is None
        alone = pick.random() < 0.5
        end(process, alone)
        faults = [f"{name}: half-written" for name in half_written(files_of(self.output), self.wholes)]
        faults += outstayed(process)
        if finish:
            faults += self._finished(state)
        return Kill(self.kind, when + (", the process alone" if alone else ", with its children"), hit, tuple(faults))

    def _finished(self, state: int) -> list[str]:
        process = start(self.folder, self.kind, self.formats)
        code = process.wait(PATIENCE)
        found, wanted = files_of(self.output), self.wholes[state]
        faults = [f"the second run ends with {code}"] * (code != 0)
        faults += [f"{name}: differs after the second run" for name in sorted(wanted) if found.get(name) != wanted[name]]
        faults += [f"{name}: left over" for name in sorted(found.keys() - wanted.keys())]
        return faults + [f"{name}: left over" for name in temporary_files(self.folder)]


def prepare(folder: Path, kind: str, state: int) -> None:
    """Write the spec in one of its states; for `weave` also the documents, where there are none yet."""
    out = folder / "out" if kind == "weave" else folder
    out.mkdir(parents=True, exist_ok=True)
    drawn = kind == "class"
    text = SPEC.format(w=STATES[state], x=2, random=RANDOM if drawn else "")
    (out / "net.yaml").write_text(text.replace("x: 2, ", "") if drawn else text, encoding="utf-8")
    if kind != "weave" or (out / "notes.md").exists():
        return
    marked = "\n".join(MARK.format(piece) for piece in PIECES)
    tex = "\n".join(f"% derivgen: net.yaml {piece}\n% /derivgen" for piece in PIECES)
    cells = [{"cell_type": "markdown", "metadata": {}, "source": MARK.format(piece)} for piece in PIECES]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    texts = {"notes.md": marked, "page.html": marked, "notes.tex": tex, "notes.ipynb": json.dumps(notebook, indent=1)}
    for name, content in texts.items():
        (out / name).write_text(content, encoding="utf-8")


def start(folder: Path, kind: str, formats: str) -> subprocess.Popen[bytes]:
    """Start the command in a session, with a folder for temporary files and a cache, of its own."""
    forms = [word for form in formats.split(",") for word in ("--format", form)]
    arguments = {
        "build": ["build", "net.yaml", "-o", "out", *forms],
        "class": ["class", "net.yaml", "--count", "5", "-o", "out", *forms, "--jobs", "2"],
        "weave": ["weave", "out"],
    }[kind]
    for name in ("tmp", "cache"):
        (folder / name).mkdir(exist_ok=True)
    root = str(Path(__file__).resolve().parent.parent)
    own = {"TMPDIR": str(folder / "tmp"), "DERIVGEN_CACHE": str(folder / "cache"), "PYTHONPATH": root}
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "derivgen", *arguments],
            cwd=folder,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes], alone: bool) -> None:
    """Kill the process, or its whole group."""
    try:
        if alone:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def outstayed(process: subprocess.Popen[bytes]) -> list[str]:
    """Wait until the children of a killed process are gone; say so where they stay."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return []
        time.sleep(0.05)
    end(process, alone=False)
    return ["its children live on without it"]


def sleep_at_most(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait so long, or until the process has ended."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def wait_for_temporary(process: subprocess.Popen[bytes], output: Path, seconds: float) -> bool:
    """Wait until a new temporary file stands below the output; return False where the process has ended, or after so long."""
    before, give_up = set(temporary_files(output)), time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < give_up:
        if set(temporary_files(output)) - before:
            return True
        time.sleep(0.001)
    return False


def temporary_files(folder: Path) -> list[str]:
    """Return what stands below a folder under a temporary name, and all there is in the system's folder and the cache."""
    found = []
    for place, folders, files in os.walk(folder):
        here = Path(place).relative_to(folder)
        inside = here.parts[:1] == ("tmp",)
        found += [str(here / name) for name in (*folders, *files) if inside or "derivgen-" in name or name.endswith(".tmp")]
    return sorted(found)


def files_of(output: Path) -> dict[str, bytes]:
    """Return every file below a folder that has no temporary name; those of a spec itself left out."""
    paths = [path for path in output.rglob("*") if path.is_file() and path.suffix not in (".tmp", ".yaml")]
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in sorted(paths)}


def half_written(found: Mapping[str, bytes], wholes: tuple[Mapping[str, bytes], ...]) -> list[str]:
    """Return the names of files that no undisturbed run writes, and of PDFs that do not open."""
    wrong = []
    for name, content in found.items():
        versions = [whole[name] for whole in wholes if name in whole]
        if name.startswith("finished/"):
            lines = {line for version in versions for line in version.splitlines(keepends=True)}
            whole = all(line in lines for line in content.splitlines(keepends=True))
        else:
            whole = content in versions
        if not whole or (name.endswith(".pdf") and not opens(content)):
            wrong.append(name)
    return wrong


def opens(content: bytes) -> bool:
    """Return whether a PDF can be opened and has pages."""
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            return len(pdf.pages) > 0
    except pikepdf.PdfError:
        return False


def trial(kind: str, folder: Path, formats: str) -> Trial:
    """Run the command undisturbed over each state of the spec; return what it wrote, and a fresh folder for the kills."""
    wholes, seconds = [], 0.0
    for state in range(len(STATES)):
        own = folder / f"whole{state}"
        prepare(own, kind, state)
        if kind == "weave":
            wholes.append(files_of(own / "out"))
        begun = time.monotonic()
        code = start(own, kind, formats).wait(PATIENCE)
        seconds = time.monotonic() - begun
        assert code == 0, (own / "said.txt").read_text(encoding="utf-8")
        wholes.append(files_of(own / "out"))
    if kind == "weave":  # the unwoven documents are whole, too
        wholes = [wholes[1], wholes[3], wholes[0]]
    assert wholes[0] != wholes[1]
    return Trial(kind, folder / "killed", formats, tuple(wholes), seconds)


def kills(kind: str, folder: Path, count: int, seed: int = 0, formats: str = "pdf,md,html,tex", finish: int = 3) -> list[Kill]:
    """Kill a command so many times; after each `finish`-th kill it runs to its end."""
    pick, tried = random.Random(f"{seed} {kind}"), trial(kind, folder, formats)
    return [tried.kill(pick, number % len(STATES), (number + 1) % finish == 0 or number + 1 == count) for number in range(count)]


def main() -> int:
    """Run, print the report, return 1 if there was a fault."""
    options = argparse.ArgumentParser(description="Runs that are killed at random moments.")
    options.add_argument("--kills", type=int, default=60)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    found: Counter[str] = Counter()
    for kind in KINDS:
        folder = Path(tempfile.mkdtemp(prefix=f"kills-{kind}-"))
        done = kills(kind, folder, given.kills // len(KINDS), given.seed)
        for one in done:
            found[f"{kind} {'killed' if one.hit else 'ended before'}"] += 1
            found["killed at a temporary file"] += one.hit and one.when.startswith("at a temporary")
            found["faults"] += len(one.faults)
            for fault in one.faults:
                print(f"--- {kind}, {one.when}: {fault}", flush=True)
        if not any(one.faults for one in done):
            shutil.rmtree(folder)
    print(", ".join(f"{number} {what}" for what, number in found.items()), flush=True)
    return int(found["faults"] > 0)


if __name__ == "__main__":
    sys.exit(main())
