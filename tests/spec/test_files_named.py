"""Which files stand behind a spec, so that whoever watches it knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivgen.spec.data import files_named


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("equations: L = mean((y - w*x)^2)\ndata: {file: points.csv}\n", ["points.csv"]),
        (
            "network:\n  layers:\n    - {weights: {file: w.npz, array: W}, bias: {file: b.csv}}\n    - {file: w.npz}\n",
            ["w.npz", "b.csv"],
        ),
        ("equations: this is ( wrong\ndata: {file: points.csv}\n", ["points.csv"]),
        ("file: [a, b]\ntitle: file\n", []),
        ("a: {b: [", []),
        ("", []),
    ],
)
def test_files_named(tmp_path: Path, text: str, names: list[str]) -> None:
    """… by a right spec, by a wrong one, and none by a text that is no YAML."""
    spec = tmp_path / "net.yaml"
    spec.write_text(text, encoding="utf-8")
    assert files_named(spec) == tuple(tmp_path / name for name in names)


def test_a_spec_that_is_not_there_names_none(tmp_path: Path) -> None:
    assert files_named(tmp_path / "none.yaml") == ()
