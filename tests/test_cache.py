"""The cache keeps what it is given, and is no cache rather than a danger or an error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from derivgen import cache
from derivgen.maths import grammar


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DERIVGEN_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_what_is_kept_is_found_again(folder: Path) -> None:
    assert cache.kept("tables") is None
    cache.keep("tables", b"some bytes")
    assert cache.kept("tables") == b"some bytes"
    assert [path.name for path in folder.iterdir()] == ["tables"]


def test_damage_is_noticed(folder: Path) -> None:
    cache.keep("tables", b"some bytes")
    path = folder / "tables"
    for data in (b"", b"abc", path.read_bytes()[:-1], path.read_bytes() + b"x"):
        path.write_bytes(data)
        assert cache.kept("tables") is None


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions on Windows")
def test_what_others_may_write_is_not_read(folder: Path) -> None:
    cache.keep("tables", b"some bytes")
    (folder / "tables").chmod(0o666)
    assert cache.kept("tables") is None
    (folder / "tables").chmod(0o600)
    folder.chmod(0o777)
    assert cache.kept("tables") is None
    folder.chmod(0o700)
    (folder / "link").symlink_to(folder / "tables")
    assert cache.kept("link") is None


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DERIVGEN_CACHE", str(tmp_path / "file" / "below"))
    cache.keep("tables", b"some bytes")
    assert cache.kept("tables") is None


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DERIVGEN_CACHE")
    name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    monkeypatch.setenv(name, str(tmp_path))
    assert cache.folder() == tmp_path / "derivgen"
    monkeypatch.setenv(name, "relative")
    assert cache.folder() == Path.home() / ".cache" / "derivgen"


@pytest.mark.parametrize("damage", [None, b"no tables at all"])
def test_the_parser_is_made_anew_when_its_tables_are_damaged(folder: Path, damage: bytes | None) -> None:
    grammar.parser_of.cache_clear()
    assert grammar.parser_of("grammar.lark", ("sum", "equation", "signature")).parse("a + b", start="sum")
    (name,) = [path.name for path in folder.iterdir()]
    if damage is not None:
        cache.keep(name, damage)
    grammar.parser_of.cache_clear()
    assert grammar.parser_of("grammar.lark", ("sum", "equation", "signature")).parse("a + b", start="sum")
    assert cache.kept(name) != damage
