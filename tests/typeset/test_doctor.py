"""The diagnosis of this machine, and of ones where something is wrong."""

from pathlib import Path

from derivgen.typeset import engines
from derivgen.typeset.doctor import diagnose


def test_this_machine_is_healthy():
    diagnosis = diagnose()
    assert diagnosis.healthy, diagnosis.trial
    assert diagnosis.best == diagnosis.engines[0]
    assert diagnosis.trial.pages == 1
    assert diagnosis.trial.size > 10_000
    assert 0 < diagnosis.trial.seconds < 30


def test_an_engine_that_fails_is_told_not_raised(fake_engine):
    fake_engine("echo no luck today; exit 1")
    diagnosis = diagnose()
    assert not diagnosis.healthy
    assert "no luck today" in diagnosis.trial.problem
    assert any("DERIVGEN_TEX" in warning for warning in diagnosis.warnings)


def test_a_missing_engine_is_told_not_raised(monkeypatch):
    monkeypatch.setenv("DERIVGEN_TEX", "/nowhere/to/be/found")
    diagnosis = diagnose()
    assert (diagnosis.best, diagnosis.trial, diagnosis.healthy) == (None, None, False)
    assert "/nowhere/to/be/found" in diagnosis.warnings[0]


def test_a_path_that_tex_cannot_search_is_a_warning(monkeypatch, tmp_path):
    program = tmp_path / "a{b},c" / "pdflatex"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("DERIVGEN_TEX", str(program))
    warnings = [warning for warning in diagnose().warnings if "file search" in warning]
    assert len(warnings) == 1
    assert "contains { } ," in warnings[0]


def test_another_engine_than_the_embedded_is_a_warning(monkeypatch, tmp_path):
    (tmp_path / "xelatex").write_text("#!/bin/sh\necho Fake\n")
    (tmp_path / "xelatex").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engines, "_embedded", lambda: None)
    diagnosis = diagnose()
    assert diagnosis.best.program == Path(tmp_path / "xelatex")
    assert any("line breaks may differ" in warning for warning in diagnosis.warnings)
    assert "wrote no PDF" in diagnosis.trial.problem
