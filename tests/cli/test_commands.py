"""The other commands: show, derive, verify, new, functions, schema, doctor; and what every one of them owes its user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from derivgen import __version__
from derivgen.cli import main
from derivgen.maths.functions import FUNCTIONS
from tests.cli.conftest import SPEC, Shell
from tests.product import ROOT

COMMANDS = tuple(main.commands)


def test_all_commands_are_there() -> None:
    assert set(COMMANDS) >= {"build", "show", "derive", "verify", "new", "functions", "schema", "doctor"}


def test_show(derivgen: Shell) -> None:
    said = derivgen("show", "spec.yaml")
    assert (said.code, said.err) == (0, "")
    assert "∂L/∂w" in said.out
    assert "-1/2" in said.out
    assert "\x1b" not in said.out, "no colour unless on a terminal"
    assert "∂L/∂w" not in derivgen("show", "spec.yaml", "--wrt", "b").out


def test_derive(derivgen: Shell) -> None:
    said = derivgen("derive", "spec.yaml", "--json")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert set(found) >= {"derivgen", "title", "loss", "samples", "quantities", "gradients", "checks"}
    assert found["gradients"]["w"]["value"] == "-1/2"
    assert list(json.loads(derivgen("derive", "spec.yaml", "--json", "--wrt", "b").out)["gradients"]) == ["b"]
    assert derivgen("derive", "-", "--json", given=SPEC).out == said.out


def test_verify(derivgen: Shell) -> None:
    said = derivgen("verify", "spec.yaml")
    assert (said.code, said.err) == (0, "")
    assert "2 gradients by three roads" in said.out
    assert "all true" in said.out
    said = derivgen("verify", "spec.yaml", "wrong.yaml")
    assert said.code == 2
    assert "spec.yaml: " in said.out
    assert "wrong.yaml:4:7" in said.err
    said = derivgen("verify", "spec.yaml", "--quiet")
    assert (said.code, said.out) == (0, "")


EDGE = "equations: L = w^1.5 + v^2\nvalues: {w: 0, v: 3}\n"
KINK = "equations: L = ReLU(w - 1)^2 + w\nvalues: {w: 1}\n"


def test_what_cannot_be_checked_is_no_pass(derivgen: Shell) -> None:
    derivgen.write("edge.yaml", EDGE)
    said = derivgen("verify", "edge.yaml")
    assert said.code == 1
    assert "all true" not in said.out and said.out.endswith("not checked: the gradient by w\n")
    assert said.err.startswith("warning: the gradient by w is not checked: the loss has no value a small step to both sides")
    assert derivgen("verify", "edge.yaml", "spec.yaml", "--quiet").code == 1
    said = derivgen("build", "edge.yaml", "--format", "tex", "--quiet")
    assert said.code == 0 and said.err.startswith("warning: the gradient by w is not checked: ")
    said = derivgen("show", "edge.yaml")
    assert said.code == 0 and said.err.startswith("warning: the gradient by w is not checked: ")
    found = json.loads(derivgen("derive", "edge.yaml", "--json").out)["checks"]
    assert (found["gradients"], found["unchecked"]) == (1, 1)


def test_at_a_kink_the_convention_is_named(derivgen: Shell) -> None:
    derivgen.write("kink.yaml", KINK)
    said = derivgen("verify", "kink.yaml")
    assert said.code == 0
    assert "1 gradient by two roads (at a kink: by convention), 1 value on a kink" in said.out
    assert json.loads(derivgen("derive", "kink.yaml", "--json").out)["checks"]["by_convention"] == ["w"]


def test_new_writes_a_spec_that_builds(derivgen: Shell) -> None:
    said = derivgen("new", "mine")
    assert said.code == 0
    assert "derivgen build mine.yaml" in said.out
    assert "derivgen build mine.yaml" in (derivgen.folder / "mine.yaml").read_text(encoding="utf-8")
    said = derivgen("build", "mine.yaml", "--format", "tex")
    assert (said.code, said.err) == (0, "")
    said = derivgen("new", "mine.yaml")
    assert said.code == 2
    assert "exists already" in said.err


def test_functions(derivgen: Shell) -> None:
    said = derivgen("functions", COLUMNS="200")
    assert said.code == 0
    for function in FUNCTIONS.values():
        assert function.names[0] in said.out


def test_schema(derivgen: Shell) -> None:
    said = derivgen("schema")
    assert said.code == 0
    found = json.loads(said.out)
    assert set(found["properties"]) >= {"equations", "network", "values", "data", "worksheet"}


def test_doctor(derivgen: Shell) -> None:
    said = derivgen("doctor")
    assert said.code == 0
    assert f"derivgen {__version__}" in said.out
    assert "1 page" in said.out


def test_a_doctor_without_an_engine(derivgen: Shell) -> None:
    said = derivgen("doctor", DERIVGEN_TEX="no-such-engine")
    assert said.code == 3
    assert "no-such-engine" in said.out + said.err


@pytest.mark.parametrize(
    "arguments", [("bild",), ("build",), ("build", "spec.yaml", "--format", "docx"), ("show", "--json", "spec.yaml"), ()]
)
def test_wrong_usage(derivgen: Shell, arguments: tuple[str, ...]) -> None:
    said = derivgen(*arguments)
    assert said.code == 2
    assert "Usage: " in said.err


def test_a_misspelled_command_or_option_is_helped(derivgen: Shell) -> None:
    assert "Did you mean 'build'?" in derivgen("buildd").err
    assert "--audience" in derivgen("build", "--audiense", "key", "spec.yaml").err


@pytest.mark.parametrize("command", ["build", "show", "derive", "verify"])
def test_a_spec_that_is_not_there(derivgen: Shell, command: str) -> None:
    for name in ("missing.yaml", "."):
        said = derivgen(command, name)
        assert (said.code, said.out) == (2, "")
        assert name in said.err
        assert "hint: " in said.err


def test_no_colour_where_none_is_asked_for(derivgen: Shell) -> None:
    for environment in ({}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
        for arguments in (("functions",), ("show", "spec.yaml"), ("build", "wrong.yaml")):
            said = derivgen(*arguments, **environment)
            assert "\x1b" not in said.out + said.err, arguments


@pytest.mark.skipif(os.name != "posix", reason="pipes of the shell")
def test_a_reader_that_stops_reading(derivgen: Shell) -> None:
    command = f'"{sys.executable}" -m derivgen schema | head -n 1'
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=derivgen.folder,
        capture_output=True,
        text=True,
        timeout=1200,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.stdout.strip() == "{"
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("arguments", ["derive spec.yaml --json", "functions"])
def test_a_full_disk(derivgen: Shell, arguments: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "derivgen", *arguments.split()],
            cwd=derivgen.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=1200,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == ["cannot write the output: No space left on device"]


HEAVY = ("sympy", "mpmath", "numpy", "lark", "jinja2", "pikepdf", "yaml", "babel", "rich")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["schema"], *([command, "--help"] for command in COMMANDS)], ids=" ".join
)
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    program = (
        "import sys\nfrom derivgen.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=1200,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    *said, loaded = ran.stdout.splitlines()
    assert said
    assert loaded == "LOADED []"


def test_a_spec_without_a_command(derivgen: Shell) -> None:
    said = derivgen("spec.yaml")
    assert (said.code, said.out) == (2, "")
    assert "No such command 'spec.yaml': try: derivgen build spec.yaml" in said.err
