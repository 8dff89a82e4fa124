"""Every wrong spec of tests/bad_specs is refused with exactly the text beside it: place, line, caret, hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivgen.errors import SpecError
from derivgen.spec.load import load

FOLDER = Path(__file__).parent.parent / "bad_specs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def test_there_are_bad_specs() -> None:
    assert len(NAMES) >= 50


def test_every_expected_text_has_its_spec() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_message(name: str, golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(SpecError) as caught:
        load(f"{name}.yaml")
    golden.check(f"{caught.value}\n", FOLDER / f"{name}.txt")
