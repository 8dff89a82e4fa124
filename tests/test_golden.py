"""What a few specs become, to the letter: whole folders, so that a missing file fails and so does one too many.

`--refresh-golden` writes them anew; the difference is then read in the diff, and CHANGELOG.md says what changed in the output.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from derivgen.cli.build import rendered
from derivgen.cli.checking import checked
from derivgen.documents.compose import compose, style_of
from derivgen.machine import as_object
from derivgen.pieces import piece_text
from derivgen.rendering.html import render_html
from derivgen.rendering.markdown import render_markdown
from tests.conftest import Golden
from tests.product import AUDIENCES, ROOT

FOLDER = Path(__file__).parent / "golden"
SPECS = tuple(
    ROOT / "specs" / name
    for name in (
        "notes/000_one_expression.yaml",
        "notes/003_numeric_weights.yaml",
        "notes/003_shorthands.yaml",
        "notes/004_recap.yaml",
        "small/logistic.yaml",
        "small/one_neuron.yaml",
        "small/pictures.yaml",
        "small/two_paths.yaml",
    )
)

PIECES = {"logistic": (("gradient_W_13", "tex"), ("numbers_W_13", "md"), ("drawing", "tex"), ("key_chains", "md"))}
"""Specs whose pages are held as Markdown as well, and pieces of theirs, as `kind_name`."""

PAGES = ("logistic", "one_neuron")
"""Those whose web pages are held as well."""


def made(spec: Path) -> dict[str, str]:
    """The texts that a spec becomes, by the name of the file."""
    part = checked(spec)
    texts = {f"{audience}.tex": rendered(part[0], audience) for audience in AUDIENCES}
    texts |= {f"{name}.{form}": piece_text(part[0], name.replace("_", " ", 1), form) for name, form in PIECES.get(spec.stem, ())}
    if spec.stem in PIECES:
        texts |= {f"{audience}.md": render_markdown(compose(part[0], audience), style_of(part[0])) for audience in AUDIENCES}
    if spec.stem in PAGES:
        for audience in AUDIENCES:
            page = render_html(compose(part[0], audience), style_of(part[0]))
            texts[f"{audience}.html"] = page[page.index("<body") :]  # what is above are policy and style
        texts["drawing.svg"] = piece_text(part[0], "drawing", "svg")
    return {**texts, "derive.json": json.dumps(as_object(*part), ensure_ascii=False, indent=1) + "\n"}


def differences(texts: dict[str, str], folder: Path) -> list[str]:
    """How a folder differs from what it should hold: what is missing, what is too much, each changed line."""
    held = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} if folder.is_dir() else {}
    found = [f"{folder.name}/{name} is missing" for name in texts if name not in held]
    found += [f"{folder.name}/{name} is not made any more" for name in held if name not in texts]
    for name in (name for name in texts if name in held):
        before, after = held[name].splitlines(), texts[name].splitlines()
        found += difflib.unified_diff(
            before, after, f"{folder.name}/{name}, expected", f"{folder.name}/{name}, made", lineterm="", n=1
        )
    return found


def refresh(texts: dict[str, str], folder: Path) -> None:
    """Make a folder hold exactly these texts."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def test_there_is_a_folder_for_each_spec_and_no_other(golden: Golden) -> None:
    names = sorted(spec.stem for spec in SPECS)
    if golden.refresh:
        for path in FOLDER.iterdir() if FOLDER.is_dir() else ():
            if path.name not in names:
                refresh({}, path)
                path.rmdir()
        return
    assert sorted(path.name for path in FOLDER.iterdir()) == names
    assert any("language: pt" in spec.read_text(encoding="utf-8") for spec in SPECS)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_texts(spec: Path, golden: Golden) -> None:
    texts = made(spec)
    if golden.refresh:
        refresh(texts, FOLDER / spec.stem)
    found = differences(texts, FOLDER / spec.stem)
    shown = "\n".join(found[:60]) + (f"\n… and {len(found) - 60} lines more" if len(found) > 60 else "")
    assert not found, f"not as expected (make golden, if this is meant):\n{shown}"


def test_what_is_missing_too_much_or_changed_is_told(tmp_path: Path) -> None:
    texts = {"a.tex": "one\ntwo\n", "b.tex": "three\n"}
    folder = tmp_path / "spec"
    assert differences(texts, folder) == ["spec/a.tex is missing", "spec/b.tex is missing"]
    refresh({**texts, "old.tex": ""}, folder)
    assert differences(texts, folder) == ["spec/old.tex is not made any more"]
    refresh(texts, folder)
    assert differences(texts, folder) == []
    (folder / "a.tex").write_text("one\n2\n", encoding="utf-8")
    assert {"-2", "+two"} <= set(differences(texts, folder))


def test_no_refreshing_in_ci(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.conftest import pytest_configure

    class Asked:
        def getoption(self, name: str) -> bool:
            return name == "--refresh-golden"

        def addinivalue_line(self, *_: str) -> None: ...

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.UsageError, match="does not run in CI"):
        pytest_configure(Asked())  # type: ignore[arg-type]
